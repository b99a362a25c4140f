"""The sheet 变动表: who left, moved, was renamed or got another code since last month, with the document it rests on."""

from __future__ import annotations

from ..model.periods import Period
from ..model.units import Unit
from .book import Book
from .paper import on_paper

SHEET = "变动表"
MOVEMENTS = ("退库", "移交", "更名", "改码")
COLUMNS = (
    "变动类型", "基层表编码", "项目名称", "变动前", "变动后", "变动月份", "依据文号", "变动原因",
)  # fmt: skip
_ROWS = 40


def write_movements(book: Book, unit: Unit, period: Period) -> None:
    """An empty sheet with its drop-down; two filled columns only name a project, so no form is taken for it."""
    sheet = book.sheet(SHEET)
    title = book.format(bold=True, font_size=14)
    head = book.format(bold=True, align="center", border=1, text_wrap=True)
    cell = book.format(border=1, border_color="#C9CED6", num_format="@")
    sheet.write_string(0, 0, f"{unit.name} {period} 项目{SHEET}", title)
    sheet.write_string(
        1, 0, "退库:项目不再报送;移交:转到另一单位(填对方单位);更名、改码:填变动前后的名称或编码。没有变动不用填。"
    )
    for at, name in enumerate(COLUMNS):
        sheet.write_string(2, at, name, head)
        sheet.set_column(at, at, 18)
        for row in range(3, 3 + _ROWS):
            sheet.write_blank(row, at, None, cell)
    sheet.data_validation(3, 0, 2 + _ROWS, 0, {"validate": "list", "source": list(MOVEMENTS)})
    sheet.freeze_panes(3, 0)
    on_paper(sheet, 18 * len(COLUMNS), (2, 2))
