"""The one door into parse: a file of the archive becomes cells with addresses, or problems; a bad file never raises."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msoffcrypto

from pipelines.model.raw import ParsedFile
from pipelines.model.submissions import Problem

from .cell_text import tidied
from .default_password import opened
from .detect import detect
from .html_table import read_html
from .package import read_package
from .preflight import MAX_FILE, Scan, inspect
from .spreadsheet import read_workbook
from .text import read_text
from .text_encoding import ENCODINGS


def parse(path: Path, name: str, encodings: Sequence[str] = ENCODINGS) -> ParsedFile:
    """Reads a file by its content; `encodings` are what text files of the programme may be that are no UTF-8. Whatever a reader raises
    for a bad file, panics of the Rust reader (BaseException) included, becomes a problem A01; OSError of the archive itself is the
    system's and is raised, so is MemoryError: what holds the memory may be another file. Run it in a process with limits of memory,
    CPU and time (flow does): some workbooks abort the interpreter."""
    if path.stat().st_size > MAX_FILE:
        params = {"kind": "too_large", "bytes": str(path.stat().st_size), "limit": str(MAX_FILE)}
        return ParsedFile(name, "unknown", problems=(Problem("A01", params=params),))
    content = path.read_bytes()
    try:
        return _read(content, name, encodings)
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # a pyo3 PanicException is no Exception
        return _failed(content, name, error)


def _failed(content: bytes, name: str, error: BaseException) -> ParsedFile:
    params = {"kind": "reader_failed", "reason": f"{type(error).__name__}: {error}"[:200]}
    if isinstance(error, RecursionError):
        params = {"kind": "corrupt", "reason": "嵌套过深 / nested too deeply"}
    if _is_encrypted(content):
        params = {"kind": "encrypted"}
    return ParsedFile(name, "unknown", problems=(Problem("A01", params=params),))


def _is_encrypted(content: bytes) -> bool:
    """An old workbook (BIFF) with a password looks like any other until its records are read."""
    if detect(content)[0] != "ole2":
        return False
    try:
        return bool(msoffcrypto.OfficeFile(io.BytesIO(content)).is_encrypted())
    except Exception:
        return False


def _read(content: bytes, name: str, encodings: Sequence[str]) -> ParsedFile:
    content = opened(content)
    scan = inspect(content)
    if scan.kind == "package" and not scan.problems:
        return read_package(scan.parts, name, partial(_read_member, encodings=encodings))
    return _read_file(content, name, scan, encodings)


def _read_member(content: bytes, name: str, encodings: Sequence[str]) -> ParsedFile:
    """A file of a package; a package in it is named, not opened."""
    try:
        content = opened(content)
        scan = inspect(content)
        if scan.kind == "package":
            return ParsedFile(name, "package", problems=scan.problems)
        return _read_file(content, name, scan, encodings)
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # a pyo3 PanicException is no Exception
        return _failed(content, name, error)


def _read_file(content: bytes, name: str, scan: Scan, encodings: Sequence[str]) -> ParsedFile:
    if scan.problems:
        kind = scan.kind if scan.kind not in ("text", "package") else "unknown"
        return ParsedFile(name, kind, problems=scan.problems)
    if scan.kind == "html":
        return tidied(read_html(content, name, encodings))
    if scan.kind != "text":
        return tidied(read_workbook(content, name, scan))
    return tidied(read_text(content, name, encodings))
