"""Tables for people as a Word document (docx): briefs and memos that an office goes on editing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table

from ..model.printed_table import PrintedTable
from .table_page import PageFrame

FONT = "宋体"
_DATE = (2022, 1, 1, 0, 0, 0)
"""Time of the entries in the container: the same content gives the same bytes."""


def word_document(frame: PageFrame, tables: Sequence[PrintedTable]) -> bytes:
    """A4 document with title, paragraphs and tables whose heads repeat on every page."""
    document = empty_document(frame.title)
    _paper(document.sections[0], frame.portrait)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10.5)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    document.add_heading(printable_text(frame.title), level=1)
    simulated = " · 模拟数据 / simulated data" if frame.simulated else ""
    document.add_paragraph(printable_text(f"{frame.programme} · {frame.made}{simulated}"))
    if frame.marking:
        document.add_paragraph(frame.marking)
    for text in frame.paragraphs:
        document.add_paragraph(printable_text(text))
    for table in tables:
        document.add_heading(printable_text(table.zh), level=2)
        if table.rows:
            _fill(document.add_table(rows=1, cols=len(table.columns)), table)
        else:
            document.add_paragraph("无 / none")
        if table.note:
            document.add_paragraph(printable_text(table.note))
    buffer = io.BytesIO()
    document.save(buffer)
    return same_bytes(buffer.getvalue())


def empty_document(title: str) -> WordDocument:
    """A document of this title, without what the library's template brings along: the preview picture of another document, its author
    and remarks."""
    document = Document()
    package = document.part.package
    for key in [key for key, rel in package.rels.items() if rel.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
        del package.rels[key]
    about = document.core_properties
    about.title, about.author, about.comments = printable_text(title)[:255], "", ""
    return document


def _paper(section: object, portrait: bool) -> None:
    width, height = (Mm(210), Mm(297)) if portrait else (Mm(297), Mm(210))
    section.orientation = WD_ORIENT.PORTRAIT if portrait else WD_ORIENT.LANDSCAPE  # type: ignore[attr-defined]
    section.page_width, section.page_height = width, height  # type: ignore[attr-defined]
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(15))


def _fill(grid: Table, table: PrintedTable) -> None:
    grid.style = "Table Grid"
    head = grid.rows[0]
    repeat_head(grid)
    for cell, column in zip(head.cells, table.columns, strict=True):
        cell.text = printable_text(column.zh)
    for row in table.rows:
        cells = grid.add_row().cells  # type: ignore[no-untyped-call]
        for cell, column, text in zip(cells, table.columns, row, strict=True):
            cell.text = printable_text(text)
            if column.numeric:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def repeat_head(grid: Table) -> None:
    """The first row stands on top of every page."""
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    grid.rows[0]._tr.get_or_add_trPr().append(repeated)


def printable_text(text: str) -> str:
    """XML takes no control characters; a name from a file may hold any."""
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def same_bytes(content: bytes) -> bytes:
    """The container with fixed times."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _DATE), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
