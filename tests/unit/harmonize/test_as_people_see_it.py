"""Cells whose reader sees something else, or something more, than a program finds in them: currencies, comments, figures in the colour of
paper, readings."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from .conftest import HEADER, TITLE, kinds, project
from .styled_formats import STYLED


def with_part(workbook: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """A workbook with one of its parts changed."""
    source, out = zipfile.ZipFile(io.BytesIO(workbook)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.namelist():
            data = source.read(part)
            archive.writestr(part, change(data.decode()) if part == name else data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("style", "kind"),
    [
        ('currency-style style:name="N1">SYMBOL<number:number/></number:currency-style', "display_unit"),
        (
            'currency-style style:name="N1"><number:number/><number:text>亿</number:text></number:currency-style',
            "display_unit",
        ),
        (
            'currency-style style:name="N1"><number:number number:display-factor="1000"/></number:currency-style',
            "display_scaled",
        ),
        (
            'number-style style:name="N1"><number:number><number:embedded-text number:position="4">.</number:embedded-text>'
            "</number:number></number:number-style",
            "display_scaled",
        ),
    ],
)
def test_formats_that_only_an_opendocument_has(read_part, style, kind):
    """Formats of currencies were not looked into, and LibreOffice writes 0!.0000 as a point embedded among the digits."""
    row = project(0)
    row[HEADER.index("计划总投资")] = (6000, '0"元"')
    written = STYLED["ods"]([[TITLE[0]], [TITLE[1]], HEADER, row, project(1)])
    symbol = "<number:currency-symbol>$</number:currency-symbol>"
    plain = r'number-style style:name="N1">.*?</number:number-style'
    part = read_part(with_part(written, "content.xml", lambda xml: re.sub(plain, style.replace("SYMBOL", symbol), xml)))
    assert kinds(part) == [("A04", kind)]
