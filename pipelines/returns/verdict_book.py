"""The workbook that goes back: 说明, the data as sent with what failed marked and said in a text column, 错误清单. Filled in and
sent again it is a valid submission: every cell stands where it stood, under the same header."""

from __future__ import annotations

from ..model.findings import verdict_label
from .book import Book, height, text
from .movements import write_movements
from .paper import ONE_PAGE, on_paper
from .verdict import SEVERITIES, Returning
from .verdict_data import write_data
from .verdict_front import FILLS, front
from .wording import Wording

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
        write_data(book, part, data if len(returning.parts) == 1 else own, w)
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


def _list(book: Book, returning: Returning) -> None:
    """Every finding on a line; its headers are none of a form's."""
    w = Wording(returning.english)
    columns = _LIST_EN if w.english else _LIST
    sheet = book.sheet(w.of("错误清单", "Findings"))
    head = book.format(bold=True, border=1, align="center")
    wrap = book.format(text_wrap=True, valign="top", border=1)
    sheet.put_row(0, [(at, name, head) for at, (name, _) in enumerate(columns)])
    for at, (_, wide) in enumerate(columns):
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
        fill = book.format(bg_color=FILLS[finding.severity], border=1, valign="top")
        sheet.put_row(row, [(at, text(value), fill if at == 7 else wrap) for at, value in enumerate(texts)])
    on_paper(sheet, ONE_PAGE, (0, 0), english=w.english)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(returning.all_findings), 1), len(columns) - 1)
