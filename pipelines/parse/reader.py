"""The one door into parse: a file of the archive becomes cells with addresses, or problems; a bad file never raises."""

from __future__ import annotations

import io
from pathlib import Path

import msoffcrypto

from pipelines.model.raw import ParsedFile
from pipelines.model.submissions import Problem

from .detect import detect
from .preflight import MAX_FILE, inspect
from .spreadsheet import read_workbook
from .text import read_text


def parse(path: Path, name: str) -> ParsedFile:
    """Reads a file by its content. Whatever a reader raises for a bad file, panics of the Rust reader (BaseException)
    included, becomes a problem A01; OSError of the archive itself is the house's and is raised. Run it in a process with
    limits of memory, CPU and time (flow does): some workbooks abort the interpreter."""
    if path.stat().st_size > MAX_FILE:
        params = {"kind": "too_large", "bytes": str(path.stat().st_size), "limit": str(MAX_FILE)}
        return ParsedFile(name, "unknown", problems=(Problem("A01", params=params),))
    content = path.read_bytes()
    try:
        return _read(content, name)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except MemoryError:
        params = {"kind": "too_large", "bytes": str(len(content)), "limit": str(MAX_FILE)}
    except BaseException as error:  # a pyo3 PanicException is no Exception
        if _is_encrypted(content):
            params = {"kind": "encrypted"}
        else:
            params = {"kind": "reader_failed", "reason": f"{type(error).__name__}: {error}"[:200]}
    return ParsedFile(name, "unknown", problems=(Problem("A01", params=params),))


def _is_encrypted(content: bytes) -> bool:
    """An old workbook (BIFF) with a password looks like any other until its records are read."""
    if detect(content)[0] != "ole2":
        return False
    try:
        return bool(msoffcrypto.OfficeFile(io.BytesIO(content)).is_encrypted())
    except Exception:
        return False


def _read(content: bytes, name: str) -> ParsedFile:
    container, _ = detect(content)
    scan = inspect(content)
    kind = {"zip": "xlsx", "ole2": "xls"}.get(container, "unknown")
    if scan.problems:
        return ParsedFile(name, kind, problems=scan.problems)
    if container in ("zip", "ole2"):
        return read_workbook(content, name, kind, scan)
    return read_text(content, name)
