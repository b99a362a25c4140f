"""The sheet 变动表: who left, moved, was renamed or got another code since last month, with the document it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.movements import COLUMNS, KINDS, SHEET, Movement
from .book import Book, text
from .paper import on_paper

_ROWS = 40


def write_movements(book: Book, unit_name: str, period: str, lines: Sequence[Movement] = ()) -> None:
    """The sheet with its drop-down and the lines there are; two filled columns only name a project, so no form is taken for it."""
    sheet = book.sheet(SHEET)
    title = book.format(bold=True, font_size=14)
    head = book.format(bold=True, align="center", border=1, text_wrap=True)
    cell = book.format(border=1, border_color="#C9CED6", num_format="@")
    sheet.write_string(0, 0, text(f"{unit_name} {period} 项目{SHEET}"), title)
    sheet.write_string(
        1,
        0,
        "退库：项目不再报送；移交：转到另一单位（填对方单位）；更名、改码：填变动前后的名称或编码。没有变动不用填。",
    )
    last = 2 + len(lines) + _ROWS
    for at, name in enumerate(COLUMNS):
        sheet.write_string(2, at, name, head)
        sheet.set_column(at, at, 18)
        for row in range(3, last + 1):
            sheet.write_blank(row, at, None, cell)
    for row, line in enumerate(lines, start=3):
        said = (
            line.kind,
            line.stat_project_no,
            line.project_name,
            line.before,
            line.after,
            line.month,
            line.doc_no,
            line.reason,
        )
        for at, value in enumerate(said):
            sheet.write_string(row, at, text(value), cell)
    sheet.data_validation(3, 0, last, 0, {"validate": "list", "source": list(KINDS)})
    sheet.freeze_panes(3, 0)
    on_paper(sheet, 18 * len(COLUMNS), (2, 2))
