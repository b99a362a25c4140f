"""The first sheet of the workbook that goes back: what the file is, how it was judged, what to do."""

from __future__ import annotations

from collections.abc import Mapping

from ..model.rulings import REASONS
from .book import Book, height, text
from .paper import on_paper
from .verdict import SEVERITIES, Returning, local
from .wording import Wording

FILLS: Mapping[str, str] = {"error": "#F4B9B2", "query": "#FFE699", "information": "#DDEBF7"}
_WORD_FILLS: Mapping[str, str] = {"accepted": "#CDE8D2", "accepted_with_queries": FILLS["query"]}
EXPLANATION = "上报说明"
_FRONT = 110


def front(book: Book, returning: Returning) -> None:
    """Write the sheet."""
    sheet = book.sheet(Wording(returning.english).of("说明", "Read me"))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, _FRONT)
    on_paper(sheet, 140, english=returning.english)
    w = Wording(returning.english)
    rows = _front_rows(returning, w)
    label = book.format(bold=True, valign="top")
    value = book.format(text_wrap=True, valign="top")
    said = book.format(bold=True, valign="top", bg_color=_WORD_FILLS.get(returning.word, FILLS["error"]))
    for at, (name, content) in enumerate(rows):
        sheet.set_row(at, height([(content, _FRONT)]))
        form = said if name.startswith(("审核结论", "verdict")) else value
        sheet.put_row(at, [(0, text(name), label), (1, text(content), form)])


def _front_rows(returning: Returning, w: Wording) -> list[tuple[str, str]]:
    """What the first sheet says: what the file is, how it was judged, what to do."""
    rows: list[tuple[str, str]] = [
        (w.of("审核结论 verdict", "verdict"), w.verdict(returning.word, returning.held)),
        *([(w.of("主要原因 root cause", "root cause"), cause)] if (cause := w.root_cause(returning)) else []),
        (w.of("文件 file", "file"), returning.name),
        ("SHA-256", returning.sha256),
    ]
    if any(part.submission_id for part in returning.parts):  # a file that nobody has sent yet has not arrived
        rows.append((w.of("到达 arrived", "arrived"), local(returning.moment, returning.time_zone)))
    rows += [(w.of("市统计局 bureau", "bureau"), remark) for remark in returning.remarks]
    if returning.simulated:
        rows.insert(0, (w.of("模拟", "simulated"), w.both("模拟数据", "simulated data")))
    for part in returning.parts:
        counts = w.of(
            ";".join(f"{SEVERITIES[s][0]} {part.count(s)} 条" for s in SEVERITIES),
            "; ".join(f"{SEVERITIES[s][1]} {part.count(s)}" for s in SEVERITIES),
        )
        split = w.of(
            f"收到 {part.received} = 采用 {part.accepted} + 隔离 {part.quarantined} + 非数据 {part.not_data}",
            f"received {part.received} = accepted {part.accepted} + quarantined {part.quarantined} + not data {part.not_data}",
        )
        rows += [
            (
                w.form_name(part.layout),
                f"{part.unit_name} {part.part.period or '?'}:{w.verdict(part.word, part.quarantined)}",
            ),
            (w.of("  问题 findings", "  findings"), counts),
            (w.of("  行 rows", "  rows"), split),
            (w.of("  报送截止 due", "  due"), local(part.due, returning.time_zone)),
            (w.of("  更正截止 corrections", "  corrections until"), local(part.audit_due, returning.time_zone)),
        ]
    return [*rows, *_advice(returning, w)]


def _advice(returning: Returning, w: Wording) -> list[tuple[str, str]]:
    explanation = w.explanation_column(returning.parts[0].layout) if returning.parts else EXPLANATION
    english = (
        "what to do",
        f"Red cells must be corrected. Yellow ones: correct them or say why in {explanation} of the row. "
        "Send this same workbook back: its data sheets are read, nothing else.",
    )
    if w.english:
        return [english]
    declared = any(part.declared for part in returning.parts)
    return [
        (
            "怎么办 1",
            "红色单元格为强制性错误，须更正；黄色为核实性问题：有误则更正，无误则在该行“上报说明”写明原因（至少十个字）。",
        ),
        (
            "怎么办 2",
            "上报说明可先写原因类别再写情况，例如“设备集中到货：进口设备三台于本月到厂”。类别：" + "、".join(REASONS),
        ),
        (
            "怎么办 3",
            "全文件的问题：在任一行的上报说明中写明规则编号和原因。改好后直接把本工作簿发回，即为重新报送；只读取数据表。",
        ),
        *(
            (("数据表 data", "随附清单所报的单位、报告期写在数据表上方；原文件没有标题行的，数据表比原文件下移一行。"),)
            if declared
            else ()
        ),
        english,
    ]
