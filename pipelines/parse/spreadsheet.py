"""Workbooks (xlsx, xls) through calamine: values as stored, every sheet with its offset, merged ranges, visibility."""

from __future__ import annotations

import io
from collections.abc import Sequence

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from pipelines.model.raw import Cell, ParsedFile, RawSheet
from pipelines.model.submissions import Problem

from .preflight import Scan
from .workbook_xml import SheetFacts, is_1904, sheet_facts, sheet_parts

MAX_CELLS = 8_000_000
"""Cells of the used rectangle of one sheet; 200,000 rows of 40 columns. More takes over 1 GB."""


def read_workbook(content: bytes, name: str, kind: str, scan: Scan) -> ParsedFile:
    """All worksheets; hidden ones by name only. May raise whatever the reader raises, BaseException included."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        return ParsedFile(name, kind, problems=(Problem("A01", params={"kind": "encrypted"}),))
    parts = sheet_parts(scan.parts)
    sheets: list[RawSheet] = []
    for index, about in enumerate(book.sheets_metadata):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        if about.visible != SheetVisibleEnum.Visible:
            sheets.append(RawSheet(about.name, (), (), hidden=True))
            continue
        sheet = book.get_sheet_by_index(index)
        facts = sheet_facts(scan.parts[parts[about.name]]) if about.name in parts else SheetFacts()
        if sheet.start is None:
            sheets.append(RawSheet(about.name, (), (), no_value=facts.no_value, errors=facts.errors))
            continue
        if sheet.height * sheet.width > MAX_CELLS:
            params = {"kind": "too_many_cells", "count": str(sheet.height * sheet.width), "limit": str(MAX_CELLS)}
            return ParsedFile(name, kind, problems=(Problem("A01", sheet=about.name, params=params),))
        rows: Sequence[Sequence[Cell]] = sheet.to_python()
        first_row, first_column = sheet.start[0] + 1, sheet.start[1] + 1
        merged = tuple(
            (top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        )
        sheets.append(
            RawSheet(
                about.name, rows, range(first_row, first_row + len(rows)), first_column, merged,
                hidden_rows=facts.hidden_rows, no_value=facts.no_value, errors=facts.errors,
            )
        )  # fmt: skip
    if not any(not sheet.hidden for sheet in sheets):
        return ParsedFile(name, kind, problems=(Problem("A01", params={"kind": "no_sheet"}),))
    return ParsedFile(name, kind, tuple(sheets), epoch_1904=is_1904(scan.parts))
