"""What the directory of a zip says before anything in it is inflated: what kind of file it is, names that lie, sizes that cannot be."""

from __future__ import annotations

import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Set
from pathlib import PurePosixPath
from typing import Literal

from pipelines.model.submissions import Problem

MAX_PARTS = 2_000
MAX_INFLATED = 256 * 1024 * 1024
MAX_FILES = 100
"""Files of a package; a county's return in parts has a handful."""
_FORBIDDEN = (
    ("macros", ("vbaproject.bin", "/macrosheets/", "/basic/", "/scripts/")),
    ("external_links", ("/externallinks/",)),
)
_DOCUMENTS = (
    ("ofd.xml", "OFD"),
    ("uof.xml", "UOF (标文通)"),
    ("index/document.iwa", "Apple Numbers"),
    ("meta-inf/container.xml", "EPUB"),
)
_DRIVE = re.compile("[A-Za-z]:")
Kind = Literal["xlsx", "xlsb", "xls", "ods", "package", "html", "text"]


def a01(kind: str, **params: object) -> Problem:
    """A problem A01 of a variant."""
    return Problem("A01", params={"kind": kind, **{key: str(value) for key, value in params.items()}})


def kind_of(names: Set[str]) -> Kind:
    """What a zip is by the names in its directory (lower case): a workbook, a document the checks refuse, or a package."""
    if "[content_types].xml" in names:
        return "xlsb" if any(name.endswith("workbook.bin") for name in names) else "xlsx"
    return "ods" if "content.xml" in names and "mimetype" in names else "package"


def directory_problems(entries: list[zipfile.ZipInfo], kind: Kind) -> Iterator[Problem]:
    """What the directory of the zip says before anything is inflated."""
    limit = MAX_FILES if kind == "package" else MAX_PARTS
    if len(entries) > limit:
        yield a01("too_many_parts", count=len(entries), limit=limit)
        return
    if any(entry.flag_bits & 0x1 for entry in entries):
        yield a01("encrypted")
        return
    names = [file_name(entry) if kind == "package" else inner_name(entry.filename) for entry in entries]
    twice = [n for n, count in Counter(n.casefold() for n in names).items() if count > 1]
    if twice:
        yield a01("duplicate_part", part=twice[0])
    for entry, name in zip(entries, names, strict=True):
        unsafe = name.startswith("/") or "\x00" in name or ".." in PurePosixPath(name).parts
        if unsafe or _DRIVE.match(name) or stat.S_ISLNK(entry.external_attr >> 16):
            yield a01("unsafe_part_name", part=name)
            return
    lower = {n.casefold() for n in names}
    if kind == "xlsx" and not any("workbook" in n and n.endswith(".xml") for n in lower):
        word = any(n.startswith("word/") for n in lower)
        seen = "DOCX" if word else "PPTX" if "ppt/presentation.xml" in lower else "ZIP"
        yield a01("unknown_type", seen=seen)
        return
    document = next((seen for mark, seen in _DOCUMENTS if mark in lower), None) if kind == "package" else None
    if document is not None:
        yield a01("unknown_type", seen=document)
        return
    for problem, marks in _FORBIDDEN if kind != "package" else ():
        part = next((n for n in names if any(mark in f"/{n.casefold()}" for mark in marks)), None)
        if part is not None:
            yield a01(problem, part=part)
    declared = sum(entry.file_size for entry in entries)
    if declared > MAX_INFLATED:
        yield a01("too_large", bytes=declared, limit=MAX_INFLATED)


def inner_name(name: str) -> str:
    """A name in a zip with forward slashes; some writers on Windows use the other ones."""
    return name.replace("\\", "/")


def file_name(entry: zipfile.ZipInfo) -> str:
    """The name of a file in a package: UTF-8 where the zip or the bytes say so, else GB18030 (Chinese Windows), else as is."""
    return inner_name(_decoded(entry))


def _decoded(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def is_litter(name: str) -> bool:
    """What operating systems leave in a zip."""
    last = PurePosixPath(name).name.casefold()
    return name.startswith("__MACOSX/") or last.startswith((".", "~$")) or last in ("thumbs.db", "desktop.ini")
