"""Explanations and waivers: recorded from files and at the desk, decided by the bureau, then the files they touch judged again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from expectations.catalogue import RULES

from ...errors import Refused, Terminal
from ...model.findings import Finding
from ...model.loading import SubmissionRow
from ...model.periods import SPELLINGS, Period
from ...model.rulings import REASONS, Explanation, RuledCell, Waiver
from ...model.submissions import FormPart
from ...model.typed_dates import typed_period
from ...model.typed_texts import typed_line, typed_text
from ...validate.explanations import adequate
from ..records.apply_rulings import Places
from ..records.closing_queries import cell_of, closing_findings
from ..records.finding_documents import finding_of, submission
from ..records.read_submissions import read_receipts
from ..runtime.context import Context
from ..runtime.reader_pool import open_reader
from .take_effect import let_take_effect


def explain(
    context: Context,
    submission_id: str,
    rule: str,
    rows: Sequence[int] | None,
    reason: str,
    text: str,
    until: str | None,
    name: str,
    now: datetime,
) -> list[Explanation]:
    """One explanation for the queries of a rule in a version, or that the month's closing put to its sender: of the given rows,
    or of all (`rows` None)."""
    if reason not in REASONS:
        raise Terminal(f"没有这个原因：{reason}", f"no such reason: {reason}", "、".join(REASONS))
    text, name = typed_text(text), typed_line(name)
    if not adequate(text):
        raise Refused(
            "说明过于简单，请写明情况（至少十个字）", "the explanation says too little (at least ten characters)"
        )
    version = submission(context, submission_id)
    cells = _asked_at_closing(context, version, rule, rows)
    if not cells or RULES[rule].scope != "period":
        _, part, findings = _open(context, submission_id)
        places = Places.of(part, context.programme.forms[version.form], version.unit_code)
        asked = [f for f in findings if f.rule == rule and f.severity == "query" and (rows is None or f.row in rows)]
        cells += [places.cell(f) for f in asked]
    if not cells:
        raise Refused(f"这份报送没有规则 {rule} 的核实性问题", f"this submission has no query of rule {rule} there")
    last = _until(until, version.period)
    given = [Explanation(c, version.period, last, reason, text, "desk", submission_id, name, now) for c in cells]
    _refuse_known_words(context, version.period, given)
    recorded = context.warehouse.rulings.put_explanations(given)
    let_take_effect(context, now)
    return recorded


def _refuse_known_words(context: Context, period: str, given: Sequence[Explanation]) -> None:
    """The words that the bureau returned answer nothing when they are sent again, and words that stand keep the reason and the last
    period that they were given with. The very same again is a second click."""
    known = {e.explanation_id: e for e in context.warehouse.rulings.explanations(period)}
    same = [(one, known[one.explanation_id]) for one in given if one.explanation_id in known]
    if any(before.state == "returned" for _, before in same):
        raise Refused(
            "这段说明市统计局已退回，请补充情况后再提交",
            "the bureau has returned this very explanation: say more and send it again",
        )
    if any((one.reason, one.until) != (before.reason, before.until) for one, before in same):
        raise Refused(
            "这段说明已提交过，原因或有效期与这次不同；请改写说明后再提交",
            "this very explanation was given with another reason or expiry: word it anew and send it again",
        )


def _asked_at_closing(
    context: Context, version: SubmissionRow, rule: str, rows: Sequence[int] | None
) -> list[RuledCell]:
    """The queries of a rule that the last closing of the month put to the sender of this version."""
    closes = context.warehouse.closings.all(version.period)
    if not closes:
        return []
    return [
        cell_of(unit, f)
        for unit, f in closing_findings(context, closes[-1])
        if unit == version.unit_code and f.rule == rule and f.severity == "query" and (rows is None or f.row in rows)
    ]


def decide(
    context: Context,
    ids: Sequence[str],
    state: Literal["accepted", "returned"],
    name: str,
    now: datetime,
    remark: str,
    until: str | None,
    undecided: bool = False,
) -> list[Explanation]:
    """采纳 or 退回; a return says why. `undecided`: whoever decides saw them open, and two people may have."""
    remark, name = typed_text(remark), typed_line(name)
    if state == "returned" and not remark:
        raise Terminal("退回说明须写明原因", "a return needs its reason", "--remark …")
    last = None
    if until is not None:
        last = str(typed_period(until))
        for explained in context.warehouse.rulings.of_tokens(ids)[1]:
            last = _until(until, explained.period)
    decided = context.warehouse.rulings.decide(ids, state, name, now, remark, last, undecided)
    let_take_effect(context, now)
    return decided


def waive(
    context: Context,
    submission_id: str,
    rule: str,
    row: int | None,
    field: str | None,
    reason: str,
    until: str | None,
    name: str,
    now: datetime,
) -> Waiver:
    """Propose to lift one error, or sign what another proposed. Rules of structure, which say that nothing could be read
    rightly, cannot be waived."""
    known = RULES.get(rule)
    if known is None or known.waiver == "none":
        raise Refused(
            f"规则 {rule} 不能豁免", f"rule {rule} cannot be waived", "更正后重新报送 / correct and send again"
        )
    reason, name = typed_text(reason), typed_line(name)
    if len(reason) < 4:
        raise Terminal("豁免须写明理由", "a waiver needs its reason", "--reason …")
    if not name:
        raise Terminal("豁免人姓名为空", "who waives has no name", "--as 姓名 / --as NAME")
    version, part, findings = _open(context, submission_id)
    places = Places.of(part, context.programme.forms[version.form], version.unit_code)
    last = _until(until, version.period)
    cells: dict[RuledCell, Finding] = {}
    for finding in findings:
        if (
            finding.rule == rule
            and finding.row == row
            and field in (None, finding.field)
            and finding.severity == "error"
        ):
            cells[places.cell(finding)] = finding
    if not cells:
        given = [w for w in context.warehouse.rulings.waivers(version.period) if w.submission_id == submission_id]
        if any(w.cell.rule == rule and w.granted for w in given):
            raise Refused("该错误已豁免", "this error is waived already")
        raise Refused(f"该处没有规则 {rule} 的错误", f"there is no error of rule {rule} at that place")
    if len(cells) > 1:
        fields = ", ".join(sorted(cell.field for cell in cells))
        raise Terminal(
            f"该行有多处：{fields}", f"several cells of the row fail: {fields}", "用 --field 指定一处 / name one"
        )
    cell = next(iter(cells))
    signed = context.warehouse.rulings.put_waiver(Waiver(cell, version.period, last, reason, submission_id, name, now))
    if signed.granted:
        let_take_effect(context, now)
    return signed


def _until(until: str | None, period: str) -> str:
    """Last period a ruling holds for; the period itself where none is named."""
    if until is None:
        return period
    ends, begins = typed_period(until), Period.parse(period)
    last = str(ends)
    if ends.kind != begins.kind:
        raise Terminal(
            f"有效期 {last} 与报告期 {period} 不是同一种",
            f"the expiry {last} is not a period like {period}",
            f"写成 / write it like {SPELLINGS[begins.kind]}",
        )
    if last < period:
        raise Terminal(f"有效期 {last} 早于报告期 {period}", f"the expiry {last} is before the period {period}")
    return last


def _open(context: Context, submission_id: str) -> tuple[SubmissionRow, FormPart, tuple[Finding, ...]]:
    """A version, its part read again from the archive, and its findings."""
    version = submission(context, submission_id)
    receipt = context.warehouse.receipts_by_id([version.receipt_id])[version.receipt_id].receipt
    with open_reader(context.programme, context.settings, 1) as reader:
        files = [file for _, file in read_receipts(context, [receipt], reader)]
    part = next((p for file in files for p in file.parts if p.form == version.form), None)
    if part is None:
        raise Refused("该文件无法读取，不能说明或豁免", "the file cannot be read: nothing to explain or waive")
    return version, part, tuple(finding_of(f) for f in context.warehouse.findings([submission_id]).to_pylist())
