"""How the sheets of this room print: A4 landscape with repeated heads (domain_decisions §7)."""

from __future__ import annotations

from typing import Any

ONE_PAGE = 230
"""Characters that still print legibly on the width of one A4 page in landscape."""
_WIDE_SCALE = 62
WHO = ("stat_project_no", "project_code", "project_name")
"""Fields that say which project a row is about: repeated on every page of a table that is wider than one."""


def on_paper(
    sheet: Any,
    wide: int,
    heads: tuple[int, int] | None = None,
    who: tuple[int, int] | None = None,
    english: bool = False,
) -> None:
    """Page layout of a sheet `wide` characters across; `heads` first and last row of the header, `who` columns to repeat."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&Cpage &P of &N" if english else "&L&A&C第 &P 页 共 &N 页")
    if heads is not None:
        sheet.repeat_rows(*heads)
    if wide <= ONE_PAGE:
        sheet.fit_to_pages(1, 0)
        return
    sheet.set_print_scale(_WIDE_SCALE)
    sheet.print_across()
    if who is not None:
        sheet.repeat_columns(*who)
