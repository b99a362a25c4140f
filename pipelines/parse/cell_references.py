"""Addresses of the cells and rows of a sheet of an xlsx, found with numpy: ten times faster than a regular expression, and this runs over
every cell received. Told from them: cells that lie further out than any reader survives, and cells that a sheet holds twice."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_CHUNK = 4 * 1024 * 1024
_TAIL = 16
"""Bytes behind the last address of a part: no element ends sooner."""
_LEAST = 32
References = Sequence[tuple[int, npt.NDArray[np.uint8], npt.NDArray[np.int64]]]
"""By chunk of a part: where it begins, its bytes, and where in them a reference begins, of which the next eleven bytes are among them."""


def references(sheet: bytes) -> References:
    """Every ` r="` in the XML of a sheet."""
    found = []
    for start in range(0, len(sheet), _CHUNK):
        part = np.frombuffer(sheet, np.uint8, min(_CHUNK + _LEAST, len(sheet) - start), start)
        stop = min(_CHUNK, len(part) - _TAIL)
        if stop > 0:
            marks = (part[1 : stop + 1] == ord("r")) & (part[2 : stop + 2] == ord("=")) & (part[:stop] <= ord(" "))
            found.append((start, part, np.flatnonzero(marks) + 4))
    return found


def far_cell(sheet: References) -> str:
    """The first cell or row reference beyond column KN (300) or row 199,999; "" where there is none."""
    for _, part, at in sheet:
        first, second, third = part[at], part[at + 1], part[at + 2]
        letters = (_is_letter(first)).astype(np.int64)
        two = letters.astype(np.bool_) & _is_letter(second)
        three = two & _is_letter(third)
        letters += two
        late = two & ((first > ord("K")) | ((first == ord("K")) & (second > ord("N"))))
        digits = at + letters
        tall = _is_digit(part[digits + 5]) & (_is_digit(part[digits + 6]) | (part[digits] >= ord("2"))) & ~three
        far = at[three | late | tall]
        if len(far):
            text = part[int(far[0]) : int(far[0]) + 12].tobytes().decode("ascii", "replace")
            reference = re.split(r"[^A-Z0-9]", text)[0]
            return f"A{reference}" if reference.isdigit() else reference
    return ""


def cell_twice(sheet: References, end: int) -> str:
    """The first address that two cells, or two rows, carry before `end`, where the rows end; "" where there is none. No spreadsheet writes
    that; which of the two a program shows is its own affair, so that what is read may be another figure than the one that was seen."""
    found: list[npt.NDArray[np.uint64]] = []
    for start, part, everywhere in sheet:
        at = everywhere[: np.searchsorted(everywhere, end - start + 4)]
        address = np.zeros(len(at), np.uint64)
        inside = np.ones(len(at), np.bool_)
        for place in range(8):
            letter = part[at + place]
            inside &= letter >= ord("0")
            if not inside.any():
                break
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


def _is_letter(characters: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return (characters >= ord("A")) & (characters <= ord("Z"))


def _is_digit(characters: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return (characters >= ord("0")) & (characters <= ord("9"))
