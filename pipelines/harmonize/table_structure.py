"""Problems of a table's structure: headers (A03), rows of another unit (A06)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.fields import FIELDS
from pipelines.model.forms import field_of
from pipelines.model.header_text import header_key, months_named
from pipelines.model.periods import Period
from pipelines.model.programme import Programme
from pipelines.model.raw import RawSheet, cell_address, column_letter
from pipelines.model.submissions import Problem

from .doubtful_cells import doubtful_cells
from .headers import DetectedTable
from .numbers import fold
from .record_widths import uneven
from .rows import RowClasses
from .sum_rows import figure

SIDE_BY_SIDE = 3
"""From so many repeated headers on it is a second table beside the first, not a column given twice."""

_NOTE = re.compile(
    r"备注|备忘|核对|核实|核查|批注|附注|标注|标记|校验|检查|审核|审查|自用|内部|联系|电话|手机|经办|填表|责任人|跟踪|对接|情况说明|说明"
    r"|remark|note|comment|memo|check|contact"
)
_UNNAMED = re.compile(r"Unnamed: ?0(?:\.\d+)?|index|level_0")
"""What pandas calls the column of row numbers that it wrote before and reads again."""
_YEAR = re.compile(r"(?<!\d)(20\d{2})(?:年|-|\.|/)")
_LAST_YEAR = ("last_year", "base")
_FIGURES = ("amount", "quantity", "rate", "integer")


def structure_problems(
    sheet: RawSheet, table: DetectedTable, classes: RowClasses, sheets: Sequence[str], kind: str
) -> list[Problem]:
    """All that is said of a table before its cells are cast; `kind` of the file."""
    problems = [*header_problems(sheet, table, classes, sheets), *uneven(sheet, table, classes, kind)]
    problems += [*hidden_rows(sheet, classes), *hidden_columns(sheet, table, classes)]
    problems += [*struck_rows(sheet, table, classes), *unverified_zeros(sheet, table, classes)]
    return [*problems, *disguised_cells(sheet, table, classes), *doubtful_cells(sheet, table, classes)]


def header_problems(sheet: RawSheet, table: DetectedTable, classes: RowClasses, sheets: Sequence[str]) -> list[Problem]:
    """A03: missing, duplicate, ambiguous and unknown columns, a second table."""
    form, row = table.layout.name, sheet.row_numbers[table.bottom] or None

    def problem(kind: str, at: int | None = None, field: str = "", header: str = "", **params: str) -> Problem:
        cell = cell_address(row, at + sheet.first_column) if at is not None and row is not None else ""
        return Problem(
            "A03", sheet.label, cell, row, field, header, {"kind": kind, "form": form, "header": header, **params}
        )

    problems = [problem("missing_column", field=name, zh=_named(table, name)) for name in table.missing]
    if len(table.duplicate) >= SIDE_BY_SIDE:
        first, last = table.duplicate[0][0], table.duplicate[-1][0]
        both = (
            f"{cell_address(row or 0, first + sheet.first_column)}:{cell_address(row or 0, last + sheet.first_column)}"
        )
        return [*problems, problem("side_by_side", first, table.duplicate[0][2], table.duplicate[0][1], cells=both)]
    for at, header, name in table.duplicate:
        if FIELDS[name].type == "text" and _is_own_note(sheet, classes, at, header):
            problems.append(problem("own_column", at, "", header, severity="information"))
            continue
        both = ", ".join(cell_address(row or 0, a + sheet.first_column) for a in (table.columns[name], at))
        problems.append(problem("duplicate_header", at, name, header, cells=both))
    problems += [
        problem("ambiguous_header", at, "", header, fields=", ".join(names)) for at, header, names in table.ambiguous
    ]
    for at, header in table.unknown:
        if _UNNAMED.fullmatch(header.strip()) and _is_row_index(sheet, classes, at):
            continue
        own = _is_own_note(sheet, classes, at, header)
        more = {"severity": "information"} if own else {}
        problems.append(problem("own_column" if own else "unknown_column", at, "", header, **more))
    problems += [problem("unknown_column", at) for at in _headless(sheet, table, classes)]
    if len(sheets) > 1:
        problems.append(problem("two_tables", sheets=", ".join(sheets)))
    for i in classes.second_headers[:1]:
        number = sheet.row_numbers[i]
        problems.append(
            Problem("A03", sheet.label, f"A{number}", number, params={"kind": "second_header", "form": form})
        )
    return problems


def _named(table: DetectedTable, column_name: str) -> str:
    """What a missing column is called: its field, in a wide table with its indicator."""
    column = table.layout.column(column_name)
    indicator = table.layout.indicator(column.indicator) if column is not None else None
    zh = FIELDS[field_of(column_name)].zh
    return f"{indicator.zh}|{zh}" if indicator is not None else zh


def _is_own_note(sheet: RawSheet, classes: RowClasses, at: int, header: str) -> bool:
    """A column a clerk keeps for notes of the own, or one in which nothing stands: no figure is lost with it. Figures under such a
    header make it a column that somebody may have renamed."""
    cells = [row[at] for i in classes.data if at < len(row := sheet.rows[i]) and row[at] not in (None, "")]
    if not cells:
        return True
    texts = all(isinstance(cell, str) and figure(cell) is None for cell in cells)
    return texts and _NOTE.search(header_key(header)) is not None


def _headless(sheet: RawSheet, table: DetectedTable, classes: RowClasses) -> list[int]:
    """Columns with data and no header at all."""
    header_width = max((len(sheet.rows[i]) for i in range(table.top, table.bottom + 1)), default=0)
    known = {*table.columns.values(), *(at for at, *_ in (*table.unknown, *table.duplicate, *table.ambiguous))}
    bare = [
        at
        for at in range(header_width)
        if at not in known and not any(at < len(row) and row[at] for row in sheet.rows[table.top : table.bottom + 1])
    ]
    return [
        at
        for at in bare
        if any(at < len(sheet.rows[i]) and str(sheet.rows[i][at] or "").strip() for i in classes.data)
        and not _is_row_index(sheet, classes, at)
    ]


def _is_row_index(sheet: RawSheet, classes: RowClasses, at: int) -> bool:
    """The first column, without a header of its own, that counts the rows from 0 or 1: what a data frame writes, no figure."""
    if at or len(classes.data) < 2:
        return False
    numbers = [figure(row[at]) if at < len(row := sheet.rows[i]) else None for i in classes.data]
    return numbers[0] in (0, 1) and numbers == [numbers[0] + n for n in range(len(numbers))]


def foreign_rows(
    rows: pa.DetectedTable, unit_code: str | None, sheet: RawSheet, letters: Mapping[str, str], programme: Programme
) -> list[Problem]:
    """A06 where rows name another unit of the roster than the sender; codes the sender may use (accepted_codes) are its own.
    Without a known sender, a code that is on no roster is named (the unit has left, or was never there)."""
    if "reported_unit_code" not in rows.column_names or not len(rows):
        return []
    column = rows["reported_unit_code"]
    codes = [code for code in pc.unique(column).to_pylist() if code is not None]
    if unit_code is None:
        unknown = [code for code in codes if programme.roster.get(code) is None]
        kind, bad = "unknown_unit", unknown
    else:
        unit = programme.roster.get(unit_code)
        own = {unit_code, *(unit.accepted_codes if unit else ())}
        kind, bad = "rows_differ", [c for c in codes if c not in own and programme.roster.get(c) is not None]
    if not bad:
        return []
    number = rows["row_no"].to_pylist()[column.to_pylist().index(bad[0])]
    params = {"kind": kind, "value": bad[0], "values": ", ".join(bad[:10]), "source": "rows", "unit": unit_code or ""}
    cell = f"{letters['reported_unit_code']}{number}" if "reported_unit_code" in letters else ""
    return [Problem("A06", sheet.label, cell, number, "reported_unit_code", bad[0], params)]


@lru_cache(maxsize=2_048)
def _years_named(header: str) -> frozenset[int]:
    return frozenset(int(year) for year in _YEAR.findall(fold(header)))


def header_months(sheet: RawSheet, table: DetectedTable, period: str | None) -> list[Problem]:
    """A05 where a header names another month or another year than the one the file is for: the title was changed and the table was
    not."""
    if period is None:
        return []
    row = sheet.row_numbers[table.bottom] or None
    for name, header in table.headers.items():
        months = months_named(header)
        years = _years_named(header)
        last = any(word in name for word in _LAST_YEAR)
        year = Period.parse(period).year
        other_year = years and years.isdisjoint((year, year - 1) if last else (year,))
        if other_year or (months and Period.parse(period).month not in months):
            cell = cell_address(row, table.columns[name] + sheet.first_column) if row else ""
            params = {
                "kind": "contradiction",
                "first": period,
                "first_source": "title",
                "second": header,
                "second_source": "header",
            }
            return [Problem("A05", sheet.label, cell, row, name, header, params)]
    return []


def hidden_rows(sheet: RawSheet, classes: RowClasses) -> list[Problem]:
    """Rows a filter hides are data like others; the sender is told, since nobody sees them on the screen."""
    hidden = [sheet.row_numbers[i] for i in classes.data if sheet.row_numbers[i] in sheet.hidden_rows]
    if not hidden:
        return []
    shown = ", ".join(map(str, hidden[:20])) + (" …" if len(hidden) > 20 else "")
    params = {"kind": "hidden_rows", "severity": "information", "rows": shown, "count": str(len(hidden))}
    return [Problem("A03", sheet.label, row=hidden[0], params=params)]


def hidden_columns(sheet: RawSheet, table: DetectedTable, classes: RowClasses) -> list[Problem]:
    """Columns of figures that are not shown are data like others; the sender is told, since nobody sees them on the screen."""
    number = sheet.row_numbers[table.bottom]
    found = []
    for name, at in table.columns.items():
        if at + sheet.first_column not in sheet.hidden_columns or FIELDS[name].type not in _FIGURES:
            continue
        if any(at < len(row := sheet.rows[i]) and row[at] not in (None, "") for i in classes.data):
            found.append((at + sheet.first_column, name))
    if not found:
        return []
    found.sort()
    params = {
        "kind": "hidden_columns",
        "severity": "information",
        "columns": "、".join(f"{column_letter(column)}「{FIELDS[name].zh}」" for column, name in found),
        "columns_en": ", ".join(f"{column_letter(column)} ({name})" for column, name in found),
        "count": str(len(found)),
    }
    return [Problem("A03", sheet.label, cell_address(number, found[0][0]), number, found[0][1], params=params)]


def struck_rows(sheet: RawSheet, table: DetectedTable, classes: RowClasses) -> list[Problem]:
    """Rows struck through, half of their cells or an amount, are data like others; whether they are meant is asked: some clerks delete
    that way."""
    if not sheet.struck:
        return []
    amounts = [at + sheet.first_column for name, at in table.columns.items() if FIELDS[name].type == "amount"]
    struck = []
    for i in classes.data:
        number = sheet.row_numbers[i]
        filled = [at for at, cell in enumerate(sheet.rows[i], sheet.first_column) if cell not in (None, "")]
        crossed = {at for at in filled if (number, at) in sheet.struck}
        if crossed and (2 * len(crossed) >= len(filled) or not crossed.isdisjoint(amounts)):
            struck.append(number)
    if not struck:
        return []
    shown = ", ".join(map(str, struck[:20])) + (" …" if len(struck) > 20 else "")
    params = {"kind": "struck_rows", "severity": "query", "rows": shown, "count": str(len(struck))}
    return [Problem("A03", sheet.label, row=struck[0], params=params)]


def unverified_zeros(sheet: RawSheet, table: DetectedTable, classes: RowClasses) -> list[Problem]:
    """Amounts that are formulas with a stored 0, where no formula of the sheet has any other result: perhaps nobody calculated them."""
    if not sheet.unverified:
        return []
    amounts = {at + sheet.first_column: name for name, at in table.columns.items() if FIELDS[name].type == "amount"}
    found = [
        (sheet.row_numbers[i], column)
        for i in classes.data
        for column in sorted(amounts)
        if (sheet.row_numbers[i], column) in sheet.unverified
    ]
    if not found:
        return []
    shown = ", ".join(cell_address(*place) for place in found[:10]) + (" …" if len(found) > 10 else "")
    params = {"kind": "stored_zeros", "severity": "query", "cells": shown, "count": str(len(found))}
    row, column = found[0]
    return [Problem("A03", sheet.label, cell_address(row, column), row, amounts[column], "0", params)]


def disguised_cells(sheet: RawSheet, table: DetectedTable, classes: RowClasses) -> list[Problem]:
    """A04 where the number format of amounts shows another figure than is stored: a thousandth or ten-thousandth (the sender sees
    万元, the cell holds 元), nothing, or digits that are none of the number's."""
    problems = []
    for kind, places in (("display_scaled", sheet.scaled), ("display_disguised", sheet.disguised)):
        for name, at in table.columns.items() if places else ():
            if FIELDS[name].type != "amount":
                continue
            column = at + sheet.first_column
            found = [
                i
                for i in classes.data
                if (sheet.row_numbers[i], column) in places
                and sheet.rows[i][at]
                and not isinstance(sheet.rows[i][at], str)
            ]
            if found:
                row, value = sheet.row_numbers[found[0]], str(sheet.rows[found[0]][at])
                params = {"kind": kind, "count": str(len(found)), "value": value}
                problems.append(Problem("A04", sheet.label, cell_address(row, column), row, name, value, params))
                break
    return problems
