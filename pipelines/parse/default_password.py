"""Workbooks that a spreadsheet program opens without asking: "protect structure" encrypts with a password everybody has."""

from __future__ import annotations

import io

import msoffcrypto
from msoffcrypto.format.ooxml import OOXMLFile

from .compound import chain_problem
from .detect import OLE2

PASSWORD = "VelvetSweatshop"  # noqa: S105  # no secret: it stands in the specification
"""Excel's built-in password ([MS-OFFCRYPTO] 2.1): a protected structure is written with it."""
MAX_ROUNDS = 1_000_000
"""Rounds of hashing a file may ask for; Excel writes 100,000."""


def opened(content: bytes) -> bytes:
    """The workbook inside; the bytes themselves where they are not encrypted, or with a password of their own."""
    if not content.startswith(OLE2) or chain_problem(content):
        return content
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(content))
        if not office.is_encrypted():
            return content
        out = io.BytesIO()
        if isinstance(office, OOXMLFile):
            rounds = office.info.get("spinValue", 0) if isinstance(office.info, dict) else 0
            if rounds > MAX_ROUNDS:
                return content
            office.load_key(password=PASSWORD, verify_password=True)
        else:
            office.load_key(password=PASSWORD)
        office.decrypt(out)
    except Exception:
        return content
    return out.getvalue()
