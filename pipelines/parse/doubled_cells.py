"""Cells that a sheet of an xlsx holds twice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_CHUNK = 16 << 20


def cell_twice(sheet: bytes) -> str:
    """The first address that two cells, or two rows, of a sheet carry; "" where there is none. No spreadsheet writes that; which of the
    two a program shows is its own affair, so that what is read may be another figure than the one that was seen."""
    end = sheet.rfind(b"</sheetData>")
    found: list[npt.NDArray[np.uint64]] = []
    for start in range(0, max(end, 0), _CHUNK):
        part = np.frombuffer(sheet, np.uint8, min(_CHUNK + 32, len(sheet) - start), start)
        stop = min(_CHUNK, end - start, len(part) - 16)
        if stop < 1:
            continue
        at = (
            np.flatnonzero(
                (part[1 : stop + 1] == ord("r")) & (part[2 : stop + 2] == ord("=")) & (part[:stop] <= ord(" "))
            )
            + 4
        )
        address = np.zeros(len(at), np.uint64)
        inside = np.ones(len(at), np.bool_)
        for place in range(8):
            letter = part[at + place]
            inside &= letter >= ord("0")
            address |= np.where(inside, letter, 0).astype(np.uint64) << np.uint64(8 * place)
        found.append(address)
    if not found:
        return ""
    ordered = np.sort(np.concatenate(found))
    double = ordered[1:][(ordered[1:] == ordered[:-1]) & (ordered[1:] > 0)]
    if not len(double):
        return ""
    text = int(double[0]).to_bytes(8, "little").rstrip(b"\0").decode("ascii", "replace")
    return f"A{text}" if text.isdigit() else text
