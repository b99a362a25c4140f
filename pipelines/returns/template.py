"""The workbook of a form to be filled in: headers of the layout, drop-downs, notes, last month's identities, and beside them,
locked, the unit's own accepted cumulative of last month. Never a target, never an amount to be sent on (DESIGN §8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..model.fields import FIELDS
from ..model.forms import FormColumn, FormLayout
from ..model.periods import Period
from ..model.programme import Programme
from ..model.units import Unit
from .book import NUMERIC_TYPES, Book, text, width
from .choices import Choices
from .movements import write_movements
from .paper import WHO, on_paper
from .wording import Wording

VERSION = "1"
SPARE_ROWS = 60
_SIGNERS = ("单位负责人：", "统计负责人：", "填表人：", "审核人：", "联系电话：", "报出日期：    年  月  日", "盖章：")
_SIGNERS_EN = ("Head of unit:", "Statistician in charge:", "Prepared by:", "Telephone:", "Date of issue:", "Stamp:")
_GREY = "#E7E9ED"
_REQUIRED = "#FDF2DC"
_HEADER_HEIGHT = 32
_LOCKED_WIDTH = 18
_TITLE_SPAN = 20


@dataclass(frozen=True)
class LastMonth:
    """What the unit had accepted last: identity values by field, and the cumulative (None where there was none)."""

    period: str
    rows: Sequence[tuple[Mapping[str, str], Decimal | None]]


def template(
    layout: FormLayout, unit: Unit, period: Period, programme: Programme, made: datetime, last: LastMonth | None
) -> bytes:
    """The workbook. `made` only dates the file; `last` None leaves the table empty."""
    wording = Wording(programme.language == "en")
    heading = wording.heading(programme.roster.label(unit), period, layout)
    book = Book(made, heading, layout.en)
    sheet = book.sheet(layout.sheets[0] if layout.sheets else layout.name)
    codes = Choices(programme, layout)
    columns = list(layout.columns)
    locked_at = len(columns) if last is not None and layout.amount else None
    at = _marks(book, sheet, layout, unit, period, programme, heading, len(columns))
    widths = _widths(layout, columns, last, wording)
    first = _headers(book, sheet, layout, columns, at, last, widths, wording)
    rows = _rows(book, sheet, layout, columns, last, first)
    end = first + rows + SPARE_ROWS
    _open_cells(book, sheet, columns, first + rows, end)
    codes.validate(sheet, columns, first, end - 1)
    _footer(book, sheet, layout, end + 1, wording)
    sheet.freeze_panes(first, min(6, len(columns)) if layout.grain != "indicator" else 0)
    named = [n for n, column in enumerate(columns) if column.field in WHO]
    on_paper(sheet, sum(widths), (at, first - 1), (named[0], named[-1]) if named else None, wording.english)
    if locked_at is not None:
        sheet.protect("", _ALLOWED)
    if layout.movements:
        write_movements(book, unit.name, str(period))
    codes.write(book)
    book.meta(
        {
            "template_version": VERSION,
            "programme": programme.name,
            "programme_version": programme.version,
            "form": layout.name,
            "unit": unit.code,
            "period": str(period),
        }
    )
    return book.content()


_ALLOWED = {
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "insert_rows": True,
    "sort": True,
    "autofilter": True,
    "select_locked_cells": True,
    "select_unlocked_cells": True,
}


def _marks(
    book: Book,
    sheet: Any,
    layout: FormLayout,
    unit: Unit,
    period: Period,
    programme: Programme,
    heading: str,
    span: int,
) -> int:
    """Title, legal marks, sender; returns the row of the header."""
    approved = bool(layout.approval_no) and not programme.simulated
    if span <= _TITLE_SPAN:
        sheet.merge_range(0, 0, 0, span - 1, heading, book.format(bold=True, font_size=16, align="center"))
    else:  # in the middle of a wide table it would stand on a page of its own
        sheet.write_string(0, 0, heading, book.format(bold=True, font_size=16))
    small = book.format(font_size=9, font_color="#59616B")
    w = Wording(programme.language == "en")
    marks = [
        f"{w.of('表号:', 'Form no.: ')}{layout.table_no or '—'}",
        f"{w.of('制定机关:', 'Authority: ')}{layout.authority or '—'}",
        f"{w.of('批准文号:', 'Approval no.: ')}{layout.approval_no or '—'}",
        f"{w.of('有效期至:', 'Valid until: ')}{layout.valid_until or '—'}",
    ]
    if not approved:
        marks.append(
            w.of("【模拟】未经批准，仅供演示，不得用于统计调查", "[SIMULATED] not approved, for demonstration alone")
        )
    for column, mark in enumerate(marks):
        sheet.write_string(1, column * 2, text(mark), small)
    head = book.format(bold=True)
    label = programme.roster.label(unit)
    sheet.write_string(2, 0, w.of(f"填报单位：{label}", f"Reporting unit: {label}"), head)
    sheet.write_string(2, 2, w.of(f"报告期：{period}", f"Period: {w.span(period)}"), head)
    sheet.write_string(2, 4, w.of(f"单位：{layout.own_unit}", f"Unit of measure: {layout.own_unit}"), head)
    return 3


def names_of(column: FormColumn, wording: Wording) -> tuple[str, str]:
    """(group, name) of a column's header: its first alias, in two levels where the layout groups it."""
    group, _, name = wording.column_name(column).rpartition("|")
    return group, name


def _headers(
    book: Book,
    sheet: Any,
    layout: FormLayout,
    columns: Sequence[FormColumn],
    at: int,
    last: LastMonth | None,
    widths: Sequence[int],
    wording: Wording,
) -> int:
    """One or two header rows with notes; returns the first data row."""
    head = {"bold": True, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True}
    must = book.format(**head, bg_color=_REQUIRED)
    may = book.format(**head)
    names = [names_of(column, wording) for column in columns]
    grouped = any(group for group, _ in names)
    bottom = at + 1 if grouped else at
    column = 0
    while column < len(columns):
        group, _ = names[column]
        end = column
        while group and end + 1 < len(columns) and names[end + 1][0] == group:
            end += 1
        form = must if columns[column].required else may
        if grouped and end > column:
            sheet.merge_range(at, column, at, end, group, form)
        elif grouped and group:
            sheet.write_string(at, column, group, form)
        for inside in range(column, end + 1):
            form = must if columns[inside].required else may
            if grouped and not group:
                sheet.merge_range(at, inside, bottom, inside, _header(layout, columns[inside], wording), form)
            else:
                sheet.write_string(bottom, inside, _header(layout, columns[inside], wording), form)
            sheet.write_comment(
                bottom if group or not grouped else at,
                inside,
                wording.column_note(columns[inside], _unit(layout, columns[inside])),
                {"x_scale": 1.6, "font_size": 9},
            )
            sheet.set_column(inside, inside, widths[inside])
        column = end + 1
    if last is not None and layout.amount:
        form = book.format(**head, bg_color=_GREY)
        label = f"{wording.locked_column}({last.period}{wording.of(',已采用,只读', ', read-only')})"
        if grouped:
            sheet.merge_range(at, len(columns), bottom, len(columns), label, form)
        else:
            sheet.write_string(at, len(columns), label, form)
        sheet.set_column(len(columns), len(columns), _LOCKED_WIDTH)
    for row in range(at, bottom + 1):
        sheet.set_row(row, _HEADER_HEIGHT if row == bottom else None)
    return bottom + 1


def _widths(layout: FormLayout, columns: Sequence[FormColumn], last: LastMonth | None, wording: Wording) -> list[int]:
    """Columns as wide as half their header, which wraps, and as what is carried over from last month."""
    found = []
    for column in columns:
        carried = [values.get(column.field, "") for values, _ in last.rows] if last else []
        head = -(-width([_header(layout, column, wording)], 0, 60) // 2) + 2
        found.append(max(11, min(head, 22), width(carried, 0, 38)))
    return found


def _header(layout: FormLayout, column: FormColumn, wording: Wording) -> str:
    name = names_of(column, wording)[1]
    unit = _unit(layout, column)
    return f"{'*' if column.required else ''}{name}{f'({unit})' if unit else ''}"


def _unit(layout: FormLayout, column: FormColumn) -> str:
    """The unit printed in the header: money of the form where every row is money, m² …; a long form says it row by row."""
    field = FIELDS[column.field]
    if field.type == "amount":
        return layout.own_unit if layout.grain != "indicator" else ""
    return "%" if field.type == "rate" else field.unit


def _rows(
    book: Book, sheet: Any, layout: FormLayout, columns: Sequence[FormColumn], last: LastMonth | None, first: int
) -> int:
    """Last month's identities, and the locked cumulative beside them; returns how many rows."""
    if last is None:
        return 0
    locked = book.format(locked=True, bg_color=_GREY, border=1, num_format="#,##0.####", font_color="#59616B")
    carried = set(layout.identity)
    for number, (values, cumulative) in enumerate(last.rows):
        for column, about in enumerate(columns):
            value = values.get(about.field, "") if about.field in carried else ""
            form = _cell_format(book, about)
            if value:
                sheet.write_string(first + number, column, text(value), form)
            else:
                sheet.write_blank(first + number, column, None, form)
        if not layout.amount:
            continue
        if cumulative is not None:
            sheet.write_number(first + number, len(columns), float(cumulative), locked)
        else:
            sheet.write_blank(first + number, len(columns), None, locked)
    return len(last.rows)


def _cell_format(book: Book, column: FormColumn) -> Any:
    kind = FIELDS[column.field].type
    if kind in NUMERIC_TYPES:
        return book.format(locked=False, border=1, border_color="#C9CED6")
    return book.format(locked=False, border=1, border_color="#C9CED6", num_format="@")


def _open_cells(book: Book, sheet: Any, columns: Sequence[FormColumn], first: int, end: int) -> None:
    """Rows to write into: text cells for codes, so that a code keeps its zeros and a long one its digits."""
    for row in range(first, end):
        for column, about in enumerate(columns):
            sheet.write_blank(row, column, None, _cell_format(book, about))


def _footer(book: Book, sheet: Any, layout: FormLayout, row: int, wording: Wording) -> None:
    """Who answers for the form, and the stamp: the labels that the layout's own reader knows for a footer."""
    signers = _SIGNERS_EN if wording.english else _SIGNERS
    known = [label for label in signers if any(re.search(p, "".join(label.split())) for p in layout.footers)]
    step = 2 if len(layout.columns) > 2 * len(signers) else 1
    for number, label in enumerate(known):
        sheet.write_string(row, number * step, label, book.format(locked=False))
