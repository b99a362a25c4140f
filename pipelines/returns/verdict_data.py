"""The data of a file on its way back: every cell where it stood, what failed marked, the findings of each row as text behind it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from ..model.fields import FIELDS
from ..model.findings import Finding
from ..model.rulings import REASONS
from .book import NUMERIC_TYPES, Book, height, text, texts, width
from .canonical import SheetData, canonical_rows
from .exact_numbers import is_exact
from .paper import WHO, on_paper
from .verdict import SEVERITIES, ReturnedPart, by_row, position, worst_first
from .verdict_front import FILLS
from .wording import Wording

_REMARKS = 80
_SAMPLED = 60
"""Rows looked at for the width of a column."""
_FROZEN = 8
"""Columns up to the project's name stay in sight where they are no more than this."""


def write_data(book: Book, part: ReturnedPart, name: str, w: Wording) -> None:
    """The rows as sent at their own addresses; behind them the findings of each row as text."""
    sheet = book.sheet(name)
    data = _sent(part, w) if part.part.columns else canonical_rows(part)
    explain_at, remark_at = _own_columns(data, w)
    _write_rows(book, sheet, data, part, w)
    _comments(book, sheet, data, w)
    widths = _widths(data)
    for column, wide in enumerate(widths):
        sheet.set_column(column, column, wide)
    sheet.set_column(explain_at, explain_at, 40)
    sheet.set_column(remark_at, remark_at, _REMARKS)
    header = data.header
    named = sorted(at for at, field in data.fields.items() if field in WHO)
    heads = (header - 1, max(part.part.header_row, header) - 1) if header is not None else None
    on_paper(sheet, sum(widths) + 120, heads, (named[0], named[-1]) if named else None, w.english)
    if header is not None:
        kept = named[-1] + 1 if named and named[-1] < _FROZEN else 0
        sheet.freeze_panes(max(part.part.header_row, header), kept)
        bottom = max(number for number, _, _ in data.rows)
        choices = [f"{reason}:" for reason in REASONS]
        if not w.english:
            sheet.data_validation(
                header, explain_at, bottom, explain_at, {"validate": "list", "source": choices, "show_error": False}
            )


def _write_rows(book: Book, sheet: Any, data: SheetData, part: ReturnedPart, w: Wording) -> None:
    """Rows that nothing was found in, which are nearly all, go together; the others and the headers cell by cell."""
    explain_at, remark_at = _own_columns(data, w)
    found = by_row(part)
    bold = book.format(bold=True, text_wrap=True, border=1, align="center", valign="vcenter")
    wrap = book.format(text_wrap=True, valign="top", font_color="#9C1C1C")
    write_in = book.format(text_wrap=True, valign="top", bg_color="#FFFBE6")
    numeric = {at for at, field in data.fields.items() if field in FIELDS and FIELDS[field].type in NUMERIC_TYPES}
    marked: dict[int, dict[int, Any]] = {}
    for (at, column), findings in data.marks.items():
        marked.setdefault(at, {})[column] = book.format(bg_color=FILLS[findings[0].severity])
    plain: dict[bool, list[tuple[int, Sequence[str]]]] = {True: [], False: []}
    contents = texts([cells for _, _, cells in data.rows])
    for (number, row_class, _), cells in zip(data.rows, contents, strict=True):
        if remark_at < len(cells):  # of an earlier answer: written anew
            cells = [*cells[:remark_at], "", *cells[remark_at + 1 :]]
        at, is_data = number - 1, row_class == "data"
        typed = is_data or row_class == "total"
        about = found.get(number - data.shift, []) if is_data else []
        if not about and at not in marked and row_class != "header":
            plain[typed].append((at, cells))
            continue
        row = _cells(cells, numeric if typed else (), bold if row_class == "header" else None, marked.get(at, {}))
        if about:
            said = _remark(about, w)
            sheet.set_row(at, height([(said, _REMARKS)], 8))
            row[remark_at] = (text(said), wrap)
            if explain_at >= len(cells) or cells[explain_at] == "":
                row[explain_at] = (None, write_in)
        if number == data.header:
            row[remark_at] = (w.remarks_column, bold)
            if explain_at not in data.fields:
                row[explain_at] = (w.explanation_column(part.layout), bold)
        sheet.put_row(at, [(column, *row[column]) for column in sorted(row)])
    for typed, rows in plain.items():
        sheet.put_texts([at for at, _ in rows], [cells for _, cells in rows], numeric if typed else ())


def _cells(
    cells: Sequence[str], numeric: Collection[int], plain: Any, marks: Mapping[int, Any]
) -> dict[int, tuple[str | float | None, Any]]:
    """Column → value and format; failing cells are marked, also beyond what was sent."""
    row: dict[int, tuple[str | float | None, Any]] = {column: (None, form) for column, form in marks.items()}
    for column, cell in enumerate(cells):
        form = marks.get(column, plain)
        if cell:
            row[column] = (float(cell) if column in numeric and is_exact(cell) else cell, form)
        elif form is not None:
            row[column] = (None, form)
    return row


def _widths(data: SheetData) -> list[int]:
    """Columns as wide as what they hold; titles run over, headers wrap."""
    shown = [cells for _, row_class, cells in data.rows if row_class in ("data", "total")][:_SAMPLED]
    held = [width(column, 10, 30) for column in zip_longest(*shown, fillvalue="")]
    return held + [10] * (data.width - len(held))


def _own_columns(data: SheetData, w: Wording) -> tuple[int, int]:
    """Columns of 上报说明 and 审核意见: those the sheet has (a workbook that comes back again), else behind the last one."""
    given = next((at for at, field in data.fields.items() if field == "explanation"), None)
    header = next((cells for number, _, cells in data.rows if number == data.header), [])
    remarks = next((at for at, cell in enumerate(header) if cell.strip() == w.remarks_column), None)
    explain_at = data.width if given is None else given
    return explain_at, (max(data.width, explain_at + 1) if remarks is None else remarks)


def _comments(book: Book, sheet: Any, data: SheetData, w: Wording) -> None:
    """Every finding of a failing cell as its comment; a cell in a row that was not sent is marked too."""
    rows = {number - 1 for number, _, _ in data.rows}
    for (at, column), findings in data.marks.items():
        if at not in rows:
            sheet.write_blank(at, column, None, book.format(bg_color=FILLS[findings[0].severity]))
        content = text("\n".join(_short(f, w) for f in findings))[:1500]
        sheet.write_comment(at, column, content, {"x_scale": 2.2, "y_scale": 1.6})


def _sent(part: ReturnedPart, w: Wording) -> SheetData:
    """The rows of a file with addresses, each where it stood."""
    raw = part.part.raw
    numbers, classes, cells = (raw[name].to_pylist() for name in ("row_no", "row_class", "cells"))
    contents: list[list[str]] = json.loads(f"[{','.join(cells)}]")
    rows = list(zip(numbers, classes, contents, strict=True))
    places = {field: position(f"{letter}1") for field, letter in part.part.columns.items()}
    fields = {at[1]: field for field, at in places.items() if at is not None}
    rows, shift = _with_declared(part, rows, w)
    marks: dict[tuple[int, int], list[Finding]] = {}
    for finding in part.findings:
        at = position(finding.cell)
        if at is not None:
            marks.setdefault((at[0] + shift, at[1]), []).append(finding)
    return SheetData(rows, fields, {at: worst_first(found) for at, found in marks.items()}, shift)


def _with_declared(
    part: ReturnedPart, rows: list[tuple[int, str, list[str]]], w: Wording
) -> tuple[list[tuple[int, str, list[str]]], int]:
    """What only the sidecar said is written above the table, since the workbook travels without it: behind the title, or in a
    row of its own, which moves the table down by one."""
    said = {
        "unit": w.of(f"填报单位：{part.unit_name}", f"Reporting unit: {part.unit_name}"),
        "period": w.of(f"报告期：{part.part.period}", f"Period: {part.part.period}"),
        "amount_unit": w.of("单位：", "Unit of measure: ") + str(part.declared.get("amount_unit")),
    }
    labels = [label for key, label in said.items() if part.declared.get(key)]
    if not labels:
        return rows, 0
    if min((number for number, row_class, _ in rows if row_class != "title"), default=1) == 1:
        return [(1, "title", labels), *((number + 1, row_class, cells) for number, row_class, cells in rows)], 1
    if rows and rows[0][0] == 1:
        return [(1, "title", [*rows[0][2], *labels]), *rows[1:]], 0
    return [(1, "title", labels), *rows], 0


def _short(finding: Finding, w: Wording) -> str:
    return f"[{w.of(*SEVERITIES[finding.severity])} {finding.rule}] {w.message(finding)}"


def _remark(findings: Sequence[Finding], w: Wording) -> str:
    return "\n".join(f"{n}. {_short(f, w)}" for n, f in enumerate(findings, 1))
