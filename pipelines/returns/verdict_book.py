"""The workbook that goes back: 说明, the data as sent with what failed marked and said in a text column, 错误清单. Filled in and
sent again it is a valid submission: every cell stands where it stood, under the same header."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..model.fields import FIELDS
from ..model.findings import Finding, verdict_label
from ..model.rulings import REASONS
from .book import NUMERIC_TYPES, Book, height, text, width
from .book import number as figure_of
from .canonical import SheetData, canonical_rows
from .fast_sheet import Cell
from .movements import write_movements
from .paper import ONE_PAGE, WHO, on_paper
from .verdict import SEVERITIES, ReturnedPart, Returning, by_row, position, worst_first
from .verdict_front import FILLS, front
from .wording import Wording

_REMARKS = 80
_SAMPLED = 60
"""Rows looked at for the width of a column."""
_FROZEN = 8
"""Columns up to the project's name stay in sight where they are no more than this."""
_LIST = (
    ("序号", 6),
    ("工作表", 14),
    ("行", 7),
    ("单元格", 9),
    ("指标", 18),
    ("填报值", 18),
    ("规则", 7),
    ("程度", 9),
    ("问题", 60),
    ("怎么办", 32),
    ("English", 52),
)
_LIST_EN = (
    ("No.", 6),
    ("Sheet", 14),
    ("Row", 7),
    ("Cell", 9),
    ("Column", 24),
    ("Value", 18),
    ("Rule", 7),
    ("Severity", 11),
    ("Finding", 70),
    ("What to do", 36),
)


def verdict_book(returning: Returning) -> bytes:
    """The workbook of a judged file."""
    w = Wording(returning.english)
    label = verdict_label(returning.word, returning.held)
    book = Book(returning.moment, w.of("审核结果", "Verdict"), w.of(*label))
    data = w.of("数据", "Data")
    front(book, returning)
    for number, part in enumerate(returning.parts):
        own = f"{data}{number + 1}-{part.part.sheet or w.form_name(part.layout)}"
        _data(book, part, data if len(returning.parts) == 1 else own, w)
    for part in returning.parts:
        if part.part.movements:
            write_movements(book, part.unit_name, part.part.period or "", part.part.movements)
    _list(book, returning)
    book.meta(
        {
            "kind": "verdict",
            "sha256": returning.sha256,
            "rules_version": returning.rules_version,
            **{f"submission_{n}": p.submission_id for n, p in enumerate(returning.parts, 1)},
            **{f"form_{n}": p.part.form for n, p in enumerate(returning.parts, 1)},
        }
    )
    return book.content()


def _data(book: Book, part: ReturnedPart, name: str, w: Wording) -> None:
    """The rows as sent at their own addresses; behind them the findings of each row as text."""
    sheet = book.sheet(name)
    data = _sent(part, w) if part.part.columns else canonical_rows(part)
    found = by_row(part)
    explain_at, remark_at = _own_columns(data, w)
    bold = book.format(bold=True, text_wrap=True, border=1, align="center", valign="vcenter")
    wrap = book.format(text_wrap=True, valign="top", font_color="#9C1C1C")
    write_in = book.format(text_wrap=True, valign="top", bg_color="#FFFBE6")
    numeric = {at for at, field in data.fields.items() if field in FIELDS and FIELDS[field].type in NUMERIC_TYPES}
    marked: dict[int, dict[int, str]] = {}
    for (at, column), findings in data.marks.items():
        marked.setdefault(at, {})[column] = findings[0].severity
    for number, row_class, cells in data.rows:
        at = number - 1
        typed = numeric if row_class in ("data", "total") else ()
        marks, plain = marked.get(at, {}), bold if row_class == "header" else None
        about = found.get(number - data.shift, []) if row_class == "data" else []
        written: list[Cell] = []
        for column, cell in enumerate(cells):
            if column == remark_at:
                continue
            form = book.format(bg_color=FILLS[marks[column]]) if column in marks else plain
            if cell == "":
                if about and column == explain_at:
                    written.append((column, None, write_in))
                elif form is not None:
                    written.append((column, None, form))
                continue
            figure = figure_of(cell) if column in typed else None
            written.append((column, text(cell) if figure is None else figure, form))
        sheet.put_row(at, written)
        if about:
            said = _remark(about, w)
            sheet.set_row(at, height([(said, _REMARKS)], 8))
            sheet.write_string(at, remark_at, text(said), wrap)
            if len(cells) <= explain_at:
                sheet.write_blank(at, explain_at, None, write_in)
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
        if explain_at not in data.fields:
            sheet.write_string(header - 1, explain_at, w.explanation_column(part.layout), bold)
        sheet.write_string(header - 1, remark_at, w.remarks_column, bold)
        kept = named[-1] + 1 if named and named[-1] < _FROZEN else 0
        sheet.freeze_panes(max(part.part.header_row, header), kept)
        bottom = max(number for number, _, _ in data.rows)
        choices = [f"{reason}:" for reason in REASONS]
        if not w.english:
            sheet.data_validation(
                header, explain_at, bottom, explain_at, {"validate": "list", "source": choices, "show_error": False}
            )


def _widths(data: SheetData) -> list[int]:
    """Columns as wide as what they hold; titles run over, headers wrap."""
    shown = [cells for _, row_class, cells in data.rows if row_class in ("data", "total")][:_SAMPLED]
    return [width([cells[n] for cells in shown if n < len(cells)], 10, 30) for n in range(data.width)]


def _own_columns(data: SheetData, w: Wording) -> tuple[int, int]:
    """Columns of 上报说明 and 审核意见: those the sheet has (a workbook that comes back again), else behind the last one."""
    given = next((at for at, field in data.fields.items() if field == "explanation"), None)
    header = next((cells for number, _, cells in data.rows if number == data.header), [])
    remarks = next((at for at, cell in enumerate(header) if cell.strip() == w.remarks_column), None)
    explain_at = data.width if given is None else given
    return explain_at, (max(data.width, explain_at + 1) if remarks is None else remarks)


def _comments(book: Book, sheet: Any, data: SheetData, w: Wording) -> None:
    """Every finding of a failing cell as its comment; cells beyond what was sent are marked too."""
    widths = {number - 1: len(cells) for number, _, cells in data.rows}
    for (at, column), findings in data.marks.items():
        if column >= widths.get(at, 0):
            sheet.write_blank(at, column, None, book.format(bg_color=FILLS[findings[0].severity]))
        content = text("\n".join(_short(f, w) for f in findings))[:1500]
        sheet.write_comment(at, column, content, {"x_scale": 2.2, "y_scale": 1.6})


def _sent(part: ReturnedPart, w: Wording) -> SheetData:
    """The rows of a file with addresses, each where it stood."""
    raw = part.part.raw
    numbers, classes, cells = (raw[name].to_pylist() for name in ("row_no", "row_class", "cells"))
    texts: list[list[str]] = json.loads(f"[{','.join(cells)}]")
    rows = list(zip(numbers, classes, texts, strict=True))
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


def _list(book: Book, returning: Returning) -> None:
    """Every finding on a line; its headers are none of a form's."""
    w = Wording(returning.english)
    columns = _LIST_EN if w.english else _LIST
    sheet = book.sheet(w.of("错误清单", "Findings"))
    head = book.format(bold=True, border=1, align="center")
    wrap = book.format(text_wrap=True, valign="top", border=1)
    for at, (name, wide) in enumerate(columns):
        sheet.write_string(0, at, name, head)
        sheet.set_column(at, at, wide)
    for row, finding in enumerate(returning.all_findings, start=1):
        severity = w.of(*SEVERITIES[finding.severity])
        texts = (
            str(row),
            finding.sheet,
            str(finding.row or ""),
            finding.cell,
            w.field_name(finding.field),
            finding.value,
            finding.rule,
            severity,
            w.message(finding),
            w.advice(finding),
            *(() if w.english else (finding.message_en,)),
        )
        wraps = [(value, wide) for value, (_, wide) in zip(texts, columns, strict=True)]
        sheet.set_row(row, height(wraps))
        for at, value in enumerate(texts):
            form = book.format(bg_color=FILLS[finding.severity], border=1, valign="top") if at == 7 else wrap
            sheet.write_string(row, at, text(value), form)
    on_paper(sheet, ONE_PAGE, (0, 0), english=w.english)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(returning.all_findings), 1), len(columns) - 1)
