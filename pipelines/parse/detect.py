"""What a file is, told from its first bytes and its directory, never from its name (A01)."""

from __future__ import annotations

from typing import Literal

from .file_types import seen_type
from .html_table import is_markup_table
from .mail import is_mail

Container = Literal["zip", "ole2", "mail", "html", "text", "empty", "other"]

ZIP = b"PK\x03\x04"
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<workbook", b"<meta", b"<head", b"<mht", b"<div")
_WEB_ARCHIVE = b"mime-version:"
"""What spreadsheets save as a single web page begins with; a mail says more of itself."""
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x84\x31\x95\x33")


def detect(content: bytes) -> tuple[Container, str]:
    """The container and, for `other`, the name of what was seen instead of a table (PDF, HTML …)."""
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return "empty", ""
    if content.startswith(ZIP):
        return "zip", ""
    if content.startswith(OLE2):
        return "ole2", ""
    if seen := seen_type(content):
        return "other", seen
    if is_mail(content):
        return "mail", ""
    if is_markup_table(content):
        return "html", ""
    head = content[:512]
    while bom := next((bom for bom in _BOMS if head.startswith(bom)), None):
        head = head.removeprefix(bom)
    head = head.lstrip().lower()
    if head.startswith(_WEB_ARCHIVE):
        return "other", "MHT (单个文件网页 / a web archive)"
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
        "__properties_version1.0",
        "VisioDocument",
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
