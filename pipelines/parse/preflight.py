"""Checks of a zip-based workbook before any reader touches it (reference/ecosystem.md §4.3, faults.md #31–#39).

Nothing here is the last wall: the process that parses has limits of memory, CPU and time. These checks turn the known
attacks into a sentence a clerk understands, and hand over what fast readers lose (formulas without value, error cells)."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from pipelines.model.submissions import Problem

from .cell_references import cell_twice, far_cell, references
from .compound import chain_problem
from .detect import ZIP, detect, ole2_streams
from .mail import attachments
from .opendocument import has_external_links
from .parted_values import has_marked_text, parted_value
from .raised_digits import has_special_runs
from .zip_directory import MAX_INFLATED, Kind, a01, directory_problems, file_name, inner_name, is_litter, kind_of

MAX_FILE = 200 * 1024 * 1024
MAX_SHARED_STRINGS = 64 * 1024 * 1024
MAX_TEXT = 1024 * 1024
"""Bytes between two tags of an XML part; the longest cell Excel writes has 32,767 characters."""
MAX_RATIO = 300
RATIO_MATTERS_FROM = 16 * 1024 * 1024
"""Repetitive sheets compress a hundredfold and are harmless while small; a bomb is large *and* dense."""

MAX_COLUMN, MAX_ROW = 300, 200_000
"""A cell at XFD1048576 aborts calamine; 5 KB are enough for it."""
_NEEDED = (".rels", "workbook.xml", "styles.xml", "content.xml", "manifest.xml")
_NEVER_READ = ("customxml/", "docprops/", "xl/customproperty", "xl/printersettings/", "xl/media/", "pictures/")
"""Parts no reader looks into: document servers leave UTF-16 there, and pictures are XML with a DOCTYPE (SVG)."""
_TEXTS = ("sharedstrings.xml", "content.xml")
_UNIQUE_COUNT = re.compile(rb"""\suniqueCount\s*=\s*["']([0-9]{1,20})["']""")
_FAR = rb"""["'](?:[A-Z]{3}[0-9]+|[L-Z][A-Z][0-9]+|K[O-Z][0-9]+|[A-Z]{0,2}(?:[2-9][0-9]{5}|[0-9]{7}))["']"""
_EMPTY_CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^<>]*?\s)?r=" + _FAR + rb"[^<>]*?(?:/>|>\s*</(?:\w+:)?c>)")
_EMPTY_ROW = re.compile(rb"<(?:\w+:)?row\s(?:[^<>]*?\s)?r=" + _FAR + rb"[^<>]*?(?:/>|>\s*</(?:\w+:)?row>)")
_MAIN = re.compile(rb"""<(?:\w+:)?workbook[\s>]""")
_STYLE_SHEET = re.compile(rb"<(?:\w+:)?styleSheet[\s>]")
"""Sheets and styles are known by what they are: programs may give their parts other names and folders than Excel does."""


_OLE2_TYPES = {
    "WordDocument": "Word",
    "PowerPoint Document": "PowerPoint",
    "__properties_version1.0": "Outlook (MSG)",
    "VisioDocument": "Visio",
}
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class Scan:
    """What the pass over a file found: the problems, what kind it is by content, and the inflated parts of a workbook that its
    reader needs (of a package all files, by their names as people read them)."""

    problems: tuple[Problem, ...] = ()
    parts: dict[str, bytes] = field(default_factory=dict)
    kind: Kind = "text"


def inspect(content: bytes) -> Scan:
    """Preflight of the bytes of a file."""
    container, seen = detect(content)
    if container == "empty":
        return Scan((a01("empty_file"),))
    if container == "other":
        return Scan((a01("unknown_type", seen=seen),))
    if container == "html":
        return Scan(kind="html")
    if container == "mail":
        return _mail(content)
    if container == "ole2":
        return Scan(tuple(_ole2(content)), kind="xls")
    if container == "zip":
        return _zip(content)
    return Scan()


def _mail(content: bytes) -> Scan:
    """Attachments of a mail; a zip among them is opened, since the mail is only its envelope."""
    attached, problem = attachments(content)
    if problem is not None:
        return Scan((problem,), kind="package")
    files: dict[str, bytes] = {}
    for name, data in attached.items():
        inner = inspect(data) if data.startswith(ZIP) else Scan()
        if inner.kind != "package":
            files[name] = data
            continue
        if inner.problems:
            return Scan(tuple(replace(one, sheet=name) for one in inner.problems), kind="package")
        files.update({f"{name}/{member}": bytes_ for member, bytes_ in inner.parts.items()})
        if sum(map(len, files.values())) > MAX_INFLATED:
            return Scan((a01("too_large", bytes=sum(map(len, files.values())), limit=MAX_INFLATED, part=name),))
    return Scan((), files, "package")


def _ole2(content: bytes) -> Iterator[Problem]:
    streams = ole2_streams(content)
    if loop := chain_problem(content):
        yield a01("corrupt", reason=f"OLE2: {loop}")
    elif streams & {"EncryptedPackage", "EncryptionInfo"}:
        yield a01("encrypted")
    elif not streams & {"Workbook", "Book"}:
        seen = next((name for stream, name in _OLE2_TYPES.items() if stream in streams), "OLE2")
        yield a01("unknown_type", seen=seen)
    elif streams & {"_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA"}:
        yield a01("macros", part="VBA")


def _zip(content: bytes) -> Scan:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            kind = kind_of({inner_name(entry.filename).casefold() for entry in entries})
            if problems := list(directory_problems(entries, kind)):
                return Scan(tuple(problems), kind=kind)
            if entries and min(entry.header_offset for entry in entries) != 0:
                return Scan((a01("corrupt", reason="polyglot: bytes before the zip"),), kind=kind)
            if kind == "package":
                return files_of(archive, entries, len(content))
            return _parts(archive, entries, len(content), kind)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        return Scan((a01("corrupt", reason=str(error)[:200]),))


def files_of(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], size: int) -> Scan:
    """The files of a package, inflated under the same caps as the parts of a workbook; one inside another is refused."""
    total = 0
    kept: dict[str, bytes] = {}
    for entry in entries:
        name = file_name(entry)
        if name.endswith("/") or is_litter(name):
            continue
        with archive.open(entry) as stream:
            data = stream.read(MAX_INFLATED - total + 1)
        total += len(data)
        if problem := _too_dense(total, len(data), MAX_INFLATED, size, name):
            return Scan((problem,), kind="package")
        kept[name] = data
    if not kept:
        return Scan((a01("empty_file"),), kind="package")
    return Scan((), kept, "package")


def _too_dense(total: int, length: int, limit: int, size: int, name: str) -> Problem | None:
    if total > MAX_INFLATED or length > limit:
        return a01("too_large", bytes=total, limit=limit, part=name)
    if total > RATIO_MATTERS_FROM and total > size * MAX_RATIO:
        return a01("ratio", ratio=total // max(size, 1), limit=MAX_RATIO, part=name)
    return None


def _parts(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], size: int, kind: Kind) -> Scan:
    """Inflates every part once, counting what really comes out, and looks into those that are XML."""
    total = 0
    kept: dict[str, bytes] = {}
    for entry in entries:
        name = inner_name(entry.filename)
        lower = name.casefold()
        limit = MAX_SHARED_STRINGS if lower.endswith("sharedstrings.xml") else MAX_INFLATED
        with archive.open(entry) as stream:
            data = stream.read(min(limit, MAX_INFLATED - total) + 1)
        total += len(data)
        if problem := _too_dense(total, len(data), limit, size, name):
            return Scan((problem,), kind=kind)
        if lower.startswith(_NEVER_READ):
            continue
        head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
        if head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
            return Scan((a01("corrupt", reason=f"{name}: UTF-16 XML"),), kind=kind)
        if not head.startswith(b"<"):
            if (lower.endswith(".bin") and kind == "xlsb") or lower == "mimetype":
                kept[name] = data
            continue
        if b"!" in data and (b"<!D" in data or b"<!E" in data):
            return Scan((a01("entity", part=name),), kind=kind)
        filled = b"sheetData" in data
        if (filled or lower.endswith(_TEXTS)) and (problem := _swollen(data, name)):
            return Scan((problem,), kind=kind)
        told = lower.endswith("sharedstrings.xml") and (b"_x" in data or has_special_runs(data))
        if (
            told
            or filled
            or "/comment" in lower
            or ("/drawings/" in lower and b"txBody" in data)
            or _STYLE_SHEET.search(data[:2048])
            or "/worksheets/" in f"/{lower}"
            or _MAIN.search(data[:4096])
            or lower.endswith(_NEEDED)
        ):
            kept[name] = data
        if not filled:
            continue
        addresses = references(data)
        far = far_cell(addresses)
        if far and (bare := without_empty_cells(data)) is not data:
            kept[name] = data = bare
            addresses = references(data)
            far = far_cell(addresses)
        if far:
            params = {"kind": "far_cell", "cell": far, "part": name}
            return Scan((Problem("A01", cell=far, params=params),), kind=kind)
        if twice := cell_twice(addresses, data.rfind(b"</sheetData>")):
            return Scan((Problem("A01", cell=twice, params={"kind": "cell_twice", "cell": twice}),), kind=kind)
        if parted := parted_value(data):
            return Scan((a01("value_in_pieces", part=name, cell=parted),), kind=kind)
    return Scan(tuple(_ods_problems(kept)) if kind == "ods" else (), kept, kind)


def _swollen(data: bytes, name: str) -> Problem | None:
    """A table of texts that claims more entries than it has bytes (a reader reserves memory for them), or one text of a
    size that no cell has (32,767 characters in Excel)."""
    claimed = _UNIQUE_COUNT.search(data, 0, 4096)
    if claimed is not None and int(claimed[1]) > len(data):
        return a01("corrupt", reason=f"{name}: uniqueCount {claimed[1].decode()}")
    if len(data) > MAX_TEXT:
        tags = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("<"))
        if int(np.max(np.diff(tags, append=len(data)))) > MAX_TEXT:
            return a01("cell_too_long", part=name, limit=MAX_TEXT)
    return None


def _ods_problems(parts: dict[str, bytes]) -> Iterator[Problem]:
    """OpenDocument: what its own parts say about type, password and links to other files."""
    if not parts.get("mimetype", b"").startswith(ODS_TYPE):
        yield a01("unknown_type", seen="OpenDocument")
    elif b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        yield a01("encrypted")
    elif has_external_links(parts.get("content.xml", b"")):
        yield a01("external_links", part="content.xml")
    elif has_marked_text(parts.get("content.xml", b"")):
        yield a01("value_in_pieces", part="content.xml", cell="CDATA")


def without_empty_cells(sheet: bytes) -> bytes:
    """The XML of a sheet without those far cells and rows that hold nothing but a format: readers pass them over wherever they lie.
    The very same bytes where there are none."""
    bare, cells = _EMPTY_CELL.subn(b"", sheet)
    bare, rows = _EMPTY_ROW.subn(b"", bare)
    return bare if cells or rows else sheet
