"""The publication gate: what would mislead readers keeps a draft from being signed until it is corrected, answered, or overruled by a
signed decision that is printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from ...errors import Refused, Terminal
from ...model.loading import Edition, MonthClose
from ...model.periods import Period
from ...model.publication import CORRECTION, Block, DecisionKind
from ...model.ranking import Ranking
from ...model.rulings import PUBLICATION, Explanation, RuledCell
from ...model.scopes import scope_key
from ...model.typed_texts import typed_line, typed_text
from ...publish.edition_context import BilingualText, Overruling
from ..records.closing_queries import closing_findings, holds, subject
from ..records.submission_status import SubmissionStatus
from ..runtime.context import Context
from .open_queries import GATED, file_queries, open_query, rejected_details, scored_units

_WITHHELD = {"不予公布", "暂缺"}
"""Remarks of a unit whose figure is left out on purpose."""


def find_blocks(
    context: Context,
    period: Period,
    closing: MonthClose,
    ranking: Ranking,
    levels: Mapping[str, Decimal],
    found: Sequence[SubmissionStatus],
    as_of: datetime,
) -> tuple[Block, ...]:
    """Every reason not to sign this ranking, those that were overruled among them. `levels`: the figures of the units, those too that
    disclosure control keeps back; `found`: units and bureau."""
    return (
        *_figures(context, ranking),
        *_bases(context, period, ranking),
        *_province(context, ranking),
        *_closing(context, closing, ranking, found, as_of),
        *file_queries(context, ranking, levels, found),
        *rejected_details(context, ranking, found),
    )


def overrulings(context: Context, period: Period, blocks: Sequence[Block], as_of: datetime) -> dict[str, Overruling]:
    """block id → the decision by which it was overruled."""
    by_id = {block.block_id: block for block in blocks}
    return {
        e.cell.value: Overruling(
            BilingualText(by_id[e.cell.value].zh, by_id[e.cell.value].en),
            e.text,
            e.given_by,
            e.given_at,
            _kind(by_id[e.cell.value]),
        )
        for e in context.warehouse.rulings.explanations(str(period))
        if e.cell.form == PUBLICATION and e.cell.value in by_id and e.period == str(period) and holds(e, as_of)
    }


def _kind(block: Block) -> DecisionKind:
    return "correction" if block.kind == CORRECTION else "figure"


def overrule(
    context: Context,
    period: Period,
    blocks: Sequence[Block],
    wanted: Sequence[str],
    reason: str,
    name: str,
    now: datetime,
) -> list[Explanation]:
    """A signed decision to publish the figures as they are, for the named blocks; printed in the edition."""
    refuse_wordless(reason, name)
    by_id = {block.block_id: block for block in blocks}
    unknown = [i for i in wanted if i not in by_id]
    if unknown:
        raise Refused(
            f"没有这些待核定事项：{'、'.join(unknown)}",
            f"nothing of that id keeps the month from being signed: {', '.join(unknown)}",
            f"saima close {period}",
        )
    return context.warehouse.rulings.put_explanations(
        [
            gate_decision(
                RuledCell(by_id[i].unit_code, PUBLICATION, by_id[i].rule or by_id[i].kind, "", "", i),
                period,
                reason,
                name,
                now,
            )
            for i in wanted
        ]
    )


def gate_decision(cell: RuledCell, period: Period, reason: str, name: str, now: datetime) -> Explanation:
    """A decision as the ledger keeps it: accepted by whoever took it."""
    month, text, by = str(period), typed_text(reason), typed_line(name)
    return Explanation(cell, month, month, "其他", text, "desk", "", by, now, "accepted", by, now)


def refuse_wordless(reason: str, name: str) -> None:
    """Terminal without a reason of ten characters or a name; what nobody sees is none."""
    if len(typed_text(reason)) < 10:
        raise Terminal(
            "核定须写明理由（至少十个字）", "a decision needs its reason (at least ten characters)", "--reason …"
        )
    if not typed_line(name):
        raise Terminal("核定人姓名为空", "who decides has no name", "--as 姓名 / --as NAME")


def refuse_blocked(edition: Edition) -> None:
    """Refused where the drafted edition carries blocks that nobody lifted."""
    document = edition.document
    blocking = document.get("blocking")
    if isinstance(blocking, list) and blocking:
        zh, en = (
            separator.join(
                f"{text}{times.format(n)}" if n > 1 else text
                for text, n in Counter(str(b[language]).rstrip("。.") for b in blocking).items()
            )
            for language, separator, times in (("zh", "；", "（{} 项）"), ("en", "; ", " ({})"))
        )
        raise Refused(
            f"{edition.edition_id} 有 {len(blocking)} 项未核定，不能签发：{zh}",
            f"{edition.edition_id} cannot be signed, {len(blocking)} to settle: {en}",
            f"更正、说明（saima explain）或核定（saima overrule {edition.period}），编号见 saima close {edition.period} / correct, "
            "explain or overrule",
        )


def _figures(context: Context, ranking: Ranking) -> Iterator[Block]:
    """No unit with a figure at all (files that nobody could read leave all of them missing); a return that was accepted and carries no
    ranked figure, or no base to rank it by."""
    if all(unit.inputs.state in ("missing", "rejected") for unit in ranking.units):
        yield Block(
            "nothing_ranked",
            ranking.city.code or "",
            "没有一个单位的报送被接受，无数可发布。",
            "No unit's return was accepted: there is no figure to publish.",
        )
    for unit in ranking.units:
        inputs = unit.inputs
        if inputs.state == "unranked" and not _WITHHELD & set(inputs.remarks):
            yield Block(
                "figure_missing",
                unit.unit_code,
                f"{unit.name}已报送，但没有排名指标的数。",
                f"{unit.name_en} has reported, but without the ranked figure.",
            )
        method = context.programme.method
        by_levels = method.base_source == "bureau" and method.rank_by == "levels"
        if inputs.state == "scored" and inputs.base is None and by_levels:
            yield Block(
                "base_missing", unit.unit_code, f"{unit.name}没有可比基数。", f"{unit.name_en} has no comparable base."
            )


def _bases(context: Context, period: Period, ranking: Ranking) -> Iterator[Block]:
    """Σ bases against the city's base, where every unit has one."""
    method, city = context.programme.method, ranking.city
    if method.base_source != "bureau" or city.base is None:
        return
    counties = {u.code for u in context.programme.roster.ranked_at(period) if u.kind == "county"}
    territorial = scope_key(method.unit_scope) == "territorial"
    bases = [u.inputs.base for u in ranking.units if not territorial or u.unit_code in counties]
    known = [base for base in bases if base is not None]
    if not known or len(known) < len(bases):
        return
    difference = sum(known, Decimal(0)) - city.base
    if abs(difference) > max(Decimal(1), Decimal(len(known)) / 2):
        yield Block(
            "bases_differ",
            city.code or "",
            f"各单位可比基数之和与{city.zh}可比基数不符。",
            f"The units' comparable bases do not sum to the base of {city.en}.",
            detail=f"Σ − {city.base:f} = {difference:f}",
        )


def _province(context: Context, ranking: Ranking) -> Iterator[Block]:
    city, most = ranking.city, context.programme.province_areas
    for place, zh, en in ((city.rank_level_province, "总量", "level"), (city.rank_growth_province, "增速", "growth")):
        if place is not None and (place < 1 or (most is not None and place > most)):
            limit = f"1—{most}" if most else "≥ 1"
            yield Block(
                "province_rank",
                city.code or "",
                f"{city.zh}{zh}的全省位次为{place}，应为{limit}。",
                f"{city.en}: place {place} in the province by {en}, must be {limit}.",
            )


def _closing(
    context: Context, closing: MonthClose, ranking: Ranking, found: Sequence[SubmissionStatus], as_of: datetime
) -> Iterator[Block]:
    """Open queries of the rules across units, about a ranked unit or asked of the bureau."""
    ranked = scored_units(ranking)
    for code, finding in closing_findings(context, closing, as_of):
        known = context.programme.roster.get(code)
        of_bureau = known is None or known.kind == "bureau"
        if finding.rule not in GATED or finding.severity != "query" or finding.answered:
            continue
        if not of_bureau and code not in ranked:
            continue
        forms = (context.programme.form_name("base"),) if of_bureau else (context.programme.lead_form,)
        sent = _submission(found, code, forms)
        yield open_query(ranking, known, finding.rule, finding.message_zh, code, sent, subject(finding))


def _submission(found: Sequence[SubmissionStatus], code: str, forms: Sequence[str]) -> str:
    return next((s.current.submission_id for s in found if s.current and s.unit.code == code and s.form in forms), "")
