"""A bulletin (通报) as Word in the form of official documents (GB/T 9704): A4 upright, title in the middle, numbered headings, body of
28 points, tables with repeated heads, the date to the right; charts as pictures. Ready to be edited."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from .bulletin_text import BulletinText
from .edition_context import BilingualText
from .word_document import empty_document, printable_text, repeat_head, same_bytes

_BODY, _TITLE, _HEADING = "仿宋_GB2312", "方正小标宋简体", "黑体"


@dataclass(frozen=True)
class BulletinFrame:
    """What stands around the sentences. `marks`: draft, simulated, demonstration; `signed`: who issues it and the day; `imprint`: its
    makers, source and contact, a line each."""

    title: str
    addressed_to: str
    marks: tuple[str, ...]
    signed: tuple[str, str]
    source: str
    imprint: tuple[str, ...] = ()


@dataclass(frozen=True)
class BulletinChart:
    """A picture (PNG) with its caption."""

    caption: str
    png: bytes


def bulletin(
    frame: BulletinFrame,
    text: BulletinText,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    charts: Sequence[BulletinChart],
) -> bytes:
    """The document; the same content gives the same bytes."""
    document = empty_document(frame.title)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _BODY, Pt(16)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _BODY)
    normal.paragraph_format.line_spacing = Pt(28)
    for mark in frame.marks:
        _line(document, mark, align=WD_ALIGN_PARAGRAPH.CENTER, font=_HEADING, size=14)
    _line(document, frame.title, align=WD_ALIGN_PARAGRAPH.CENTER, font=_TITLE, size=22, style="Title")
    _line(document, frame.addressed_to)
    sections: list[tuple[str, Sequence[BilingualText]]] = [
        ("总体情况", text.overall),
        ("各地排名", text.places),
        ("变化情况", text.moves),
        ("报送情况", text.returns),
    ]
    numbers = iter("一二三四")
    for name, texts in sections:
        if texts:
            _line(document, f"{next(numbers)}、{name}", font=_HEADING, indent=True, style="Heading 1")
            _line(document, "".join(one.zh for one in texts), indent=True)
    for name in frame.signed:
        _line(document, name, align=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(document, "附表  各地区排名情况", font=_HEADING, style="Heading 1")
    _fill(document, head, rows)
    for chart in charts:
        document.add_picture(io.BytesIO(chart.png), width=Mm(150))
        # an exact line height shows one line of a picture
        document.paragraphs[-1].paragraph_format.line_spacing = 1.0
        document.paragraphs[-1].paragraph_format.keep_with_next = True
        _line(document, chart.caption, align=WD_ALIGN_PARAGRAPH.CENTER, size=12)
    _line(document, text.summary.en, size=12)
    for said in (frame.source, *frame.imprint):
        _line(document, said, size=10.5)
    buffer = io.BytesIO()
    document.save(buffer)
    return same_bytes(buffer.getvalue())


def _line(
    document: object,
    text: str,
    *,
    align: WD_ALIGN_PARAGRAPH | None = None,
    font: str = "",
    size: float = 16,
    indent: bool = False,
    style: str = "Normal",
) -> None:
    paragraph = document.add_paragraph(style=style)  # type: ignore[attr-defined]
    run = paragraph.add_run(printable_text(text))
    run.font.size = Pt(size)
    run.font.color.rgb = RGBColor(0, 0, 0)  # headings of the template are blue
    name = font or _BODY
    run.font.name = name
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
    if align is not None:
        paragraph.alignment = align
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(32)


def _fill(document: object, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    grid = document.add_table(rows=1, cols=len(head))  # type: ignore[attr-defined]
    grid.style = "Table Grid"
    repeat_head(grid)
    for cells, texts in ((grid.rows[0].cells, head), *((grid.add_row().cells, row) for row in rows)):
        for cell, text in zip(cells, texts, strict=True):
            cell.text = printable_text(text)
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.line_spacing = Pt(18)
                for run in paragraph.runs:
                    run.font.size = Pt(11)
