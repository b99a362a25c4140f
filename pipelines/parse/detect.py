"""What a file is, told from its first bytes and its directory, never from its name (A01)."""

from __future__ import annotations

from typing import Literal

from .mail import is_mail

Container = Literal["zip", "ole2", "mail", "text", "empty", "other"]

ZIP = b"PK\x03\x04"
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"{\\rtf", "RTF"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3", "SQLite"),
    (b"PK\x05\x06", "ZIP"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<workbook", b"<meta", b"<head", b"<mht", b"mime-version:")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def detect(content: bytes) -> tuple[Container, str]:
    """The container and, for `other`, the name of what was seen instead of a table (PDF, HTML …)."""
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return "empty", ""
    if content.startswith(ZIP):
        return "zip", ""
    if content.startswith(OLE2):
        return "ole2", ""
    for magic, seen in _MAGIC:
        if content.startswith(magic):
            return "other", seen
    if is_mail(content):
        return "mail", ""
    head = content[:512]
    for bom in _BOMS:
        head = head.removeprefix(bom)
    head = head.lstrip().lower()
    if head.startswith(_MARKUP):
        return "other", "HTML/XML"
    return "text", ""


def ole2_streams(content: bytes) -> frozenset[str]:
    """Names in the directory of an OLE2 file. Directory entries are 128 bytes, aligned, the name in UTF-16LE with its
    length at offset 64 and the type at 66 ([MS-CFB] 2.6.1); found by name, so a broken allocation table does not matter."""
    found = set()
    for name in (
        "Workbook",
        "Book",
        "EncryptedPackage",
        "EncryptionInfo",
        "WordDocument",
        "PowerPoint Document",
        "_VBA_PROJECT_CUR",
        "_VBA_PROJECT",
        "VBA",
    ):
        for spelling in {name, name.upper()}:  # names of a compound file are compared without regard to case
            needle = spelling.encode("utf-16-le") + b"\x00\x00"
            length = len(needle).to_bytes(2, "little")
            at = content.find(needle)
            while at >= 0:
                if (
                    at % 128 == 0
                    and content[at + 64 : at + 66] == length
                    and content[at + 66 : at + 67] in b"\x01\x02\x05"
                ):
                    found.add(name)
                    break
                at = content.find(needle, at + 1)
    return frozenset(found)
