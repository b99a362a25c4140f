"""The workbook that goes back: 说明, the data as sent with what failed marked and said in a text column, 错误清单. Filled in and
sent again it is a valid submission: every cell stands where it stood, under the same header."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..model.findings import VERDICT_LABELS, Finding
from ..model.forms import REMARKS_COLUMN
from ..model.rulings import REASONS
from .book import Book, height, text, width, write
from .canonical import SheetData, canonical_rows
from .movements import write_movements
from .paper import ONE_PAGE, WHO, on_paper
from .verdict import SEVERITIES, ReturnedPart, Returning, by_row, field_name, local, position, to_do, worst_first

FILLS: Mapping[str, str] = {"error": "#F4B9B2", "query": "#FFE699", "information": "#DDEBF7"}
_WORD_FILLS: Mapping[str, str] = {"accepted": "#CDE8D2", "accepted_with_queries": FILLS["query"]}
EXPLANATION = "上报说明"
_FRONT = 110
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


def verdict_book(returning: Returning) -> bytes:
    """The workbook of a judged file."""
    book = Book(returning.moment, "审核结果", VERDICT_LABELS.get(returning.word, ("", ""))[0])
    _front(book, returning)
    for number, part in enumerate(returning.parts):
        _data(
            book, part, "数据" if len(returning.parts) == 1 else f"数据{number + 1}-{part.part.sheet or part.layout.zh}"
        )
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


def _front(book: Book, returning: Returning) -> None:
    sheet = book.sheet("说明")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, _FRONT)
    on_paper(sheet, 140)
    zh, en = VERDICT_LABELS.get(returning.word, (returning.word, returning.word))
    rows: list[tuple[str, str]] = [
        ("审核结论 verdict", f"{zh} / {en}"),
        ("文件 file", returning.name),
        ("SHA-256", returning.sha256),
    ]
    if any(part.submission_id for part in returning.parts):  # a file that nobody has sent yet has not arrived
        rows.append(("到达 arrived", local(returning.moment, returning.time_zone)))
    rows += [("市统计局 bureau", remark) for remark in returning.remarks]
    if returning.simulated:
        rows.insert(0, ("模拟", "模拟数据 / simulated data"))
    for part in returning.parts:
        word = VERDICT_LABELS.get(part.word, (part.word, part.word))
        counts = ";".join(f"{SEVERITIES[s][0]} {part.count(s)} 条" for s in SEVERITIES)
        rows += [
            (f"{part.layout.zh}", f"{part.unit_name} {part.part.period or '?'}:{word[0]} / {word[1]}"),
            ("  问题 findings", counts),
            (
                "  行 rows",
                f"收到 {part.received} = 采用 {part.accepted} + 隔离 {part.quarantined} + 非数据 {part.not_data}",
            ),
            ("  报送截止 due", local(part.due, returning.time_zone)),
            ("  更正截止 corrections", local(part.audit_due, returning.time_zone)),
        ]
    rows += [
        (
            "怎么办 1",
            "红色单元格为强制性错误,须更正;黄色为核实性问题:有误则更正,无误则在该行“上报说明”写明原因(至少十个字)。",
        ),
        (
            "怎么办 2",
            "上报说明可先写原因类别再写情况,例如“设备集中到货:进口设备三台于本月到厂”。类别:" + "、".join(REASONS),
        ),
        (
            "怎么办 3",
            "全文件的问题:在任一行的上报说明中写明规则编号和原因。改好后直接把本工作簿发回,即为重新报送;只读取数据表。",
        ),
        *(
            (("数据表 data", "随附清单所报的单位、报告期写在数据表上方;原文件没有标题行的,数据表比原文件下移一行。"),)
            if any(part.declared for part in returning.parts)
            else ()
        ),
        (
            "what to do",
            "Red cells must be corrected. Yellow ones: correct them or say why in 上报说明 of the row. "
            "Send this same workbook back: its data sheets are read, nothing else.",
        ),
    ]
    label = book.format(bold=True, valign="top")
    value = book.format(text_wrap=True, valign="top")
    said = book.format(bold=True, valign="top", bg_color=_WORD_FILLS.get(returning.word, FILLS["error"]))
    for at, (name, content) in enumerate(rows):
        sheet.set_row(at, height([(content, _FRONT)]))
        sheet.write_string(at, 0, text(name), label)
        sheet.write_string(at, 1, text(content), said if name.startswith("审核结论") else value)


def _data(book: Book, part: ReturnedPart, name: str) -> None:
    """The rows as sent at their own addresses; behind them the findings of each row as text."""
    sheet = book.sheet(name)
    data = _sent(part) if part.part.columns else canonical_rows(part)
    found = by_row(part)
    explain_at, remark_at = _own_columns(data)
    bold = book.format(bold=True, text_wrap=True, border=1, align="center", valign="vcenter")
    wrap = book.format(text_wrap=True, valign="top", font_color="#9C1C1C")
    write_in = book.format(text_wrap=True, valign="top", bg_color="#FFFBE6")
    for number, row_class, cells in data.rows:
        at = number - 1
        typed = row_class in ("data", "total")
        for column, cell in enumerate(cells):
            if column == remark_at:
                continue
            mark = data.marks.get((at, column))
            form = book.format(bg_color=FILLS[mark[0].severity]) if mark else bold if row_class == "header" else None
            write(sheet, at, column, cell, data.fields.get(column, "") if typed else "", form)
        about = found.get(number - data.shift, []) if row_class == "data" else []
        if about:
            said = _remark(about)
            sheet.set_row(at, height([(said, _REMARKS)], 8))
            sheet.write_string(at, remark_at, text(said), wrap)
            if len(cells) <= explain_at or not cells[explain_at]:
                sheet.write_blank(at, explain_at, None, write_in)
    _comments(book, sheet, data)
    widths = _widths(data)
    for column, wide in enumerate(widths):
        sheet.set_column(column, column, wide)
    sheet.set_column(explain_at, explain_at, 40)
    sheet.set_column(remark_at, remark_at, _REMARKS)
    header = data.header
    named = sorted(at for at, field in data.fields.items() if field in WHO)
    heads = (header - 1, max(part.part.header_row, header) - 1) if header is not None else None
    on_paper(sheet, sum(widths) + 120, heads, (named[0], named[-1]) if named else None)
    if header is not None:
        if explain_at not in data.fields:
            sheet.write_string(header - 1, explain_at, EXPLANATION, bold)
        sheet.write_string(header - 1, remark_at, REMARKS_COLUMN, bold)
        kept = named[-1] + 1 if named and named[-1] < _FROZEN else 0
        sheet.freeze_panes(max(part.part.header_row, header), kept)
        bottom = max(number for number, _, _ in data.rows)
        choices = [f"{reason}:" for reason in REASONS]
        sheet.data_validation(
            header, explain_at, bottom, explain_at, {"validate": "list", "source": choices, "show_error": False}
        )


def _widths(data: SheetData) -> list[int]:
    """Columns as wide as what they hold; titles run over, headers wrap."""
    shown = [cells for _, row_class, cells in data.rows if row_class in ("data", "total")][:_SAMPLED]
    return [width([cells[n] for cells in shown if n < len(cells)], 10, 30) for n in range(data.width)]


def _own_columns(data: SheetData) -> tuple[int, int]:
    """Columns of 上报说明 and 审核意见: those the sheet has (a workbook that comes back again), else behind the last one."""
    given = next((at for at, field in data.fields.items() if field == "explanation"), None)
    header = next((cells for number, _, cells in data.rows if number == data.header), [])
    remarks = next((at for at, cell in enumerate(header) if cell.strip() == REMARKS_COLUMN), None)
    explain_at = data.width if given is None else given
    return explain_at, (max(data.width, explain_at + 1) if remarks is None else remarks)


def _comments(book: Book, sheet: Any, data: SheetData) -> None:
    """Every finding of a failing cell as its comment; cells beyond what was sent are marked too."""
    widths = {number - 1: len(cells) for number, _, cells in data.rows}
    for (at, column), findings in data.marks.items():
        if column >= widths.get(at, 0):
            sheet.write_blank(at, column, None, book.format(bg_color=FILLS[findings[0].severity]))
        content = text("\n".join(_short(f) for f in findings))[:1500]
        sheet.write_comment(at, column, content, {"x_scale": 2.2, "y_scale": 1.6})


def _sent(part: ReturnedPart) -> SheetData:
    """The rows of a file with addresses, each where it stood."""
    raw = part.part.raw
    numbers, classes, cells = (raw[name].to_pylist() for name in ("row_no", "row_class", "cells"))
    rows = [(n, c, [str(v) for v in json.loads(t)]) for n, c, t in zip(numbers, classes, cells, strict=True)]
    places = {field: position(f"{letter}1") for field, letter in part.part.columns.items()}
    fields = {at[1]: field for field, at in places.items() if at is not None}
    rows, shift = _with_declared(part, rows)
    marks: dict[tuple[int, int], list[Finding]] = {}
    for finding in part.findings:
        at = position(finding.cell)
        if at is not None:
            marks.setdefault((at[0] + shift, at[1]), []).append(finding)
    return SheetData(rows, fields, {at: worst_first(found) for at, found in marks.items()}, shift)


def _with_declared(
    part: ReturnedPart, rows: list[tuple[int, str, list[str]]]
) -> tuple[list[tuple[int, str, list[str]]], int]:
    """What only the sidecar said is written above the table, since the workbook travels without it: behind the title, or in a
    row of its own, which moves the table down by one."""
    said = {
        "unit": f"填报单位:{part.unit_name}",
        "period": f"报告期:{part.part.period}",
        "amount_unit": f"单位:{part.declared.get('amount_unit')}",
    }
    labels = [label for key, label in said.items() if part.declared.get(key)]
    if not labels:
        return rows, 0
    if min((number for number, row_class, _ in rows if row_class != "title"), default=1) == 1:
        return [(1, "title", labels), *((number + 1, row_class, cells) for number, row_class, cells in rows)], 1
    if rows and rows[0][0] == 1:
        return [(1, "title", [*rows[0][2], *labels]), *rows[1:]], 0
    return [(1, "title", labels), *rows], 0


def _short(finding: Finding) -> str:
    return f"[{SEVERITIES[finding.severity][0]} {finding.rule}] {finding.message_zh}"


def _remark(findings: Sequence[Finding]) -> str:
    return "\n".join(f"{n}. {_short(f)}" for n, f in enumerate(findings, 1))


def _list(book: Book, returning: Returning) -> None:
    """Every finding on a line; its headers are none of a form's."""
    sheet = book.sheet("错误清单")
    head = book.format(bold=True, border=1, align="center")
    wrap = book.format(text_wrap=True, valign="top", border=1)
    for at, (name, wide) in enumerate(_LIST):
        sheet.write_string(0, at, name, head)
        sheet.set_column(at, at, wide)
    for row, finding in enumerate(returning.all_findings, start=1):
        severity = SEVERITIES[finding.severity][0]
        texts = (
            str(row),
            finding.sheet,
            str(finding.row or ""),
            finding.cell,
            field_name(finding.field),
            finding.value,
            finding.rule,
            severity,
            finding.message_zh,
            to_do(finding)[0],
            finding.message_en,
        )
        wraps = [(value, wide) for value, (_, wide) in zip(texts, _LIST, strict=True)]
        sheet.set_row(row, height(wraps))
        for at, value in enumerate(texts):
            form = book.format(bg_color=FILLS[finding.severity], border=1, valign="top") if at == 7 else wrap
            sheet.write_string(row, at, text(value), form)
    on_paper(sheet, ONE_PAGE, (0, 0))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(returning.all_findings), 1), len(_LIST) - 1)
