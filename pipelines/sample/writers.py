"""Tables to bytes: workbooks by XlsxWriter, CSV, JSON. Equal input gives equal bytes (no clock, fixed zip times)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from .form_tables import Cell, FormTable


def to_xlsx(tables: Sequence[FormTable], created: datetime) -> bytes:
    """A workbook, one sheet a table: merged title, unit of amount at the right, one or two header rows, total and footers.
    `created` (naive, local) goes into the properties."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm", "strings_to_urls": False})
    book.set_properties({"title": "模拟数据", "comments": "simulated", "created": created})
    title = book.add_format({"bold": True, "font_size": 14, "align": "center"})
    right = book.add_format({"align": "right"})
    head = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True})
    month = book.add_format({"num_format": "yyyy-mm"})
    for table in tables:
        _sheet(book.add_worksheet(table.sheet), table, title, right, head, month)
    book.close()
    return buffer.getvalue()


def _sheet(sheet: Any, table: FormTable, title: Any, right: Any, head: Any, month: Any) -> None:
    last = len(table.headers) - 1
    for number, note in enumerate(table.notes):
        if number == 0:
            sheet.merge_range(number, 0, number, last, note, title)
        elif note.startswith("单位"):
            sheet.write_string(number, last, note, right)
        else:
            sheet.write_string(number, 0, note)
    at = max(table.header_row - 1, len(table.notes))
    at = _headers(sheet, table, at, head)
    sheet.freeze_panes(at, 0)
    for row in table.rows:
        _row(sheet, at, row, month)
        at += 1
    for extra in ([table.total] if table.total else []) + table.footers:
        _row(sheet, at, extra, month)
        at += 1


def _headers(sheet: Any, table: FormTable, at: int, head: Any) -> int:
    """Writes the header rows; returns the row after them. Groups are merged over their columns, lone columns over both rows."""
    if not any(group for group, _ in table.headers):
        for column, (_, name) in enumerate(table.headers):
            sheet.write_string(at, column, name, head)
        return at + 1
    column = 0
    while column < len(table.headers):
        group, name = table.headers[column]
        if not group:
            sheet.merge_range(at, column, at + 1, column, name, head)
            column += 1
            continue
        end = column
        while end + 1 < len(table.headers) and table.headers[end + 1][0] == group:
            end += 1
        if end > column:
            sheet.merge_range(at, column, at, end, group, head)
        else:
            sheet.write_string(at, column, group, head)
        for inside in range(column, end + 1):
            sheet.write_string(at + 1, inside, table.headers[inside][1], head)
        column = end + 1
    return at + 2


def _row(sheet: Any, at: int, row: Sequence[Cell], month: Any) -> None:
    for column, value in enumerate(row):
        if value is None or value == "":
            continue
        if isinstance(value, str):
            sheet.write_string(at, column, value)
        elif isinstance(value, date):
            sheet.write_datetime(at, column, datetime(value.year, value.month, value.day), month)  # noqa: DTZ001  # Excel has no zones
        else:
            sheet.write_number(at, column, float(value))


def to_csv(table: FormTable, encoding: str) -> bytes:
    """Title lines, one header row, data, total and footers, padded as spreadsheet programs export them; CRLF."""
    width = len(table.headers)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    for note in table.notes:
        writer.writerow([note, *[""] * (width - 1)])
    writer.writerow([name for _, name in table.headers])
    for row in table.rows + ([table.total] if table.total else []) + table.footers:
        texts = ["" if value is None else str(value) for value in row]
        writer.writerow(texts + [""] * (width - len(texts)))
    return buffer.getvalue().encode(encoding)


def to_json(table: FormTable, meta: dict[str, str]) -> bytes:
    """`{"meta": …, "rows": […]}` with the layout's header words as keys; numbers are JSON numbers."""
    names = [name for _, name in table.headers]
    rows = [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in table.rows]
    return json.dumps({"meta": meta, "rows": rows}, ensure_ascii=False, indent=0).encode()


def _plain(value: Cell) -> str | int | float | None:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
