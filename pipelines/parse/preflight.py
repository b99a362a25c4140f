"""Checks of a zip-based workbook before any reader touches it (reference/ecosystem.md §4.3, faults.md #31–#39).

Nothing here is the last wall: the process that parses has limits of memory, CPU and time. These checks turn the known
attacks into a sentence a clerk understands, and hand over what fast readers lose (formulas without value, error cells)."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from pipelines.model.submissions import Problem

from .detect import detect, ole2_streams

MAX_FILE = 200 * 1024 * 1024
MAX_PARTS = 2_000
MAX_INFLATED = 256 * 1024 * 1024
MAX_SHARED_STRINGS = 64 * 1024 * 1024
MAX_RATIO = 300
RATIO_MATTERS_FROM = 16 * 1024 * 1024
"""Repetitive sheets compress a hundredfold and are harmless while small; a bomb is large *and* dense."""

MAX_COLUMN, MAX_ROW = 300, 200_000
"""A cell at XFD1048576 aborts calamine; 5 KB are enough for it."""
_CHUNK = 4 * 1024 * 1024
_MAIN = re.compile(rb"""<(?:\w+:)?workbook[\s>]""")


@dataclass(frozen=True)
class Scan:
    """What the pass over a zip found: the problems, and the inflated XML parts a workbook reader needs."""

    problems: tuple[Problem, ...] = ()
    parts: dict[str, bytes] = field(default_factory=dict)


def preflight(path: Path, name: str) -> list[Problem]:
    """Problems (A01) of the container of a file; empty where a reader may try. `name` is for nothing but messages."""
    if path.stat().st_size > MAX_FILE:
        return [_a01("too_large", bytes=path.stat().st_size, limit=MAX_FILE)]
    return list(inspect(path.read_bytes()).problems)


def inspect(content: bytes) -> Scan:
    """Preflight of the bytes of a file."""
    container, seen = detect(content)
    if container == "empty":
        return Scan((_a01("empty_file"),))
    if container == "other":
        return Scan((_a01("unknown_type", seen=seen),))
    if container == "ole2":
        return Scan(tuple(_ole2(content)))
    if container == "zip":
        return _zip(content)
    return Scan()


def _a01(kind: str, **params: object) -> Problem:
    return Problem("A01", params={"kind": kind, **{key: str(value) for key, value in params.items()}})


def _ole2(content: bytes) -> Iterator[Problem]:
    streams = ole2_streams(content)
    if streams & {"EncryptedPackage", "EncryptionInfo"}:
        yield _a01("encrypted")
    elif not streams & {"Workbook", "Book"}:
        seen = "Word" if "WordDocument" in streams else "PowerPoint" if "PowerPoint Document" in streams else "OLE2"
        yield _a01("unknown_type", seen=seen)
    elif streams & {"_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA"}:
        yield _a01("macros", part="VBA")


def _zip(content: bytes) -> Scan:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if problems := list(_directory(entries)):
                return Scan(tuple(problems))
            return _parts(archive, entries, len(content))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        return Scan((_a01("corrupt", reason=str(error)[:200]),))


def _directory(entries: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    """What the directory of the zip says before anything is inflated."""
    if len(entries) > MAX_PARTS:
        yield _a01("too_many_parts", count=len(entries), limit=MAX_PARTS)
        return
    if any(entry.flag_bits & 0x1 for entry in entries):
        yield _a01("encrypted")
        return
    names = [entry.filename for entry in entries]
    twice = [n for n, count in Counter(n.casefold() for n in names).items() if count > 1]
    if twice:
        yield _a01("duplicate_part", part=twice[0])
    for name in names:
        if name.startswith("/") or "\\" in name or "\x00" in name or ".." in PurePosixPath(name).parts:
            yield _a01("unsafe_part_name", part=name)
            return
    lower = {n.casefold() for n in names}
    if "[content_types].xml" not in lower:
        seen = "ODS" if "mimetype" in lower and "content.xml" in lower else "ZIP"
        yield _a01("unknown_type", seen=seen)
        return
    if any(n.endswith("workbook.bin") for n in lower):
        yield _a01("unknown_type", seen="XLSB")
        return
    if not any("workbook" in n and n.endswith(".xml") for n in lower):
        seen = (
            "DOCX"
            if any(n.startswith("word/") for n in lower)
            else "PPTX"
            if "ppt/presentation.xml" in lower
            else "ZIP"
        )
        yield _a01("unknown_type", seen=seen)
        return
    for kind, marks in (("macros", ("vbaproject.bin", "/macrosheets/")), ("external_links", ("/externallinks/",))):
        part = next((n for n in names if any(mark in f"/{n.casefold()}" for mark in marks)), None)
        if part is not None:
            yield _a01(kind, part=part)
    declared = sum(entry.file_size for entry in entries)
    if declared > MAX_INFLATED:
        yield _a01("too_large", bytes=declared, limit=MAX_INFLATED)


def _parts(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], size: int) -> Scan:
    """Inflates every part once, counting what really comes out, and looks into those that are XML."""
    total = 0
    kept: dict[str, bytes] = {}
    for entry in entries:
        limit = MAX_SHARED_STRINGS if entry.filename.casefold().endswith("sharedstrings.xml") else MAX_INFLATED
        with archive.open(entry) as stream:
            data = stream.read(min(limit, MAX_INFLATED - total) + 1)
        total += len(data)
        if total > MAX_INFLATED or len(data) > limit:
            return Scan((_a01("too_large", bytes=total, limit=limit, part=entry.filename),))
        if total > RATIO_MATTERS_FROM and total > size * MAX_RATIO:
            return Scan((_a01("ratio", ratio=total // max(size, 1), limit=MAX_RATIO, part=entry.filename),))
        head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
        if head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
            return Scan((_a01("corrupt", reason=f"{entry.filename}: UTF-16 XML"),))
        if not head.startswith(b"<"):
            continue
        if b"<!D" in data or b"<!E" in data:
            return Scan((_a01("entity", part=entry.filename),))
        lower = entry.filename.casefold()
        if "/worksheets/" in f"/{lower}" or _MAIN.search(data[:4096]) or lower.endswith((".rels", "workbook.xml")):
            kept[entry.filename] = data
        if b"sheetData" not in data:
            continue
        far = far_cell(data)
        if far:
            return Scan((Problem("A01", cell=far, params={"kind": "far_cell", "cell": far, "part": entry.filename}),))
    return Scan((), kept)


def far_cell(sheet: bytes) -> str:
    """The first cell or row reference beyond column KN (300) or row 199,999 in the XML of a sheet; "" where there is none.

    Looks at every ` r="` with numpy: ten times faster than a regular expression, and this runs over every cell received."""
    for start in range(0, len(sheet), _CHUNK):
        part = np.frombuffer(sheet, np.uint8, min(_CHUNK + 32, len(sheet) - start), start)
        if len(part) < 16:
            continue
        at = np.flatnonzero((part[1:-12] == ord("r")) & (part[2:-11] == ord("=")) & (part[:-13] <= ord(" "))) + 4
        at = at[at < len(part) - 9]
        first, second, third = part[at], part[at + 1], part[at + 2]
        letters = (_is_letter(first)).astype(np.int64)
        two = letters.astype(np.bool_) & _is_letter(second)
        three = two & _is_letter(third)
        letters += two
        late = two & ((first > ord("K")) | ((first == ord("K")) & (second > ord("N"))))
        digits = at + letters
        sixth = (part[digits + 5] >= ord("0")) & (part[digits + 5] <= ord("9"))
        seventh = (part[np.minimum(digits + 6, len(part) - 1)] >= ord("0")) & (
            part[np.minimum(digits + 6, len(part) - 1)] <= ord("9")
        )
        tall = sixth & (seventh | (part[digits] >= ord("2"))) & ~three
        far = at[three | late | tall]
        if len(far):
            text = part[int(far[0]) : int(far[0]) + 12].tobytes().decode("ascii", "replace")
            return re.split(r"[^A-Z0-9]", text)[0]
    return ""


def _is_letter(characters: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return (characters >= ord("A")) & (characters <= ord("Z"))
