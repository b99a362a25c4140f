"""Draft: current rows of a closed month → indicators → ranking → draft edition. The same inputs make no second draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from expectations.catalogue import RULES_VERSION

from ...errors import Refused
from ...indicators.compute import compute
from ...indicators.unit_totals import parent_figures
from ...model.formulas import printed_rate, rate_text
from ...model.loading import HISTORY, DraftEdition, Edition, MonthClose
from ...model.periods import Period
from ...model.programme import Programme
from ...model.ranking import Ranking, UnitState
from ...publish.document import rank_document
from ...publish.edition import render
from ...publish.edition_context import EditionContext, InputUsed, PreviousPlace
from ...ranking import rank
from ..records.submission_status import SubmissionStatus, submission_statuses
from ..runtime.context import Context

TOP = 3


@dataclass(frozen=True)
class Drafted:
    """The edition that stands for the month's inputs; `changed` when it was made just now."""

    edition: Edition
    changed: bool

    @property
    def top(self) -> list[tuple[int, str, str]]:
        return top_of(self.edition.document)


def draft(context: Context, period: Period, now: datetime) -> Drafted:
    """Make the draft of the newest closing, unless an edition of the same inputs exists. Refused for an open month."""
    closing = newest_closing(context, period)
    warehouse = context.warehouse
    for edition in reversed(warehouse.editions(str(period))):
        if edition.inputs_hash == closing.inputs_hash and edition.state != "superseded":
            return Drafted(edition, False)
    number = warehouse.next_edition_id(str(period))
    ranking, edition_context = compose(context, period, closing, number, now)
    folder = context.settings.editions / str(period) / number / "draft"
    render(ranking, edition_context, folder)
    document = rank_document(ranking, edition_context)
    saved = warehouse.save_draft(
        DraftEdition(
            number,
            str(period),
            closing.inputs_hash,
            str(document["content_hash"]),
            ranking.method,
            document,
            str(folder / "index.html"),
            now,
        )
    )
    return Drafted(saved, True)


def newest(context: Context, period: Period, now: datetime) -> Edition:
    """The newest draft or edition; a draft is made where the month's closing has none yet. Refused when none is possible."""
    existing = context.warehouse.edition(str(period))
    closes = context.warehouse.closes(str(period))
    if existing is not None and (not closes or closes[-1].inputs_hash == existing.inputs_hash):
        return existing
    return draft(context, period, now).edition


def as_it_stands(context: Context, edition: Edition) -> dict[str, Any]:
    """The JSON of `saima rank`: what was drafted, with who has signed it since and whether it is published."""
    signed = [s for s in context.warehouse.signatures(edition.edition_id) if s.content_hash == edition.content_hash]
    approved = [s for s in signed if s.decision == "approved"]
    return {
        **edition.document,
        "state": edition.state,
        "demonstration": any(s.demonstration for s in approved),
        "published_at": edition.published_at.isoformat() if edition.published_at else None,
        "signatures": [
            {"role": s.role, "name": s.name, "at": s.at.isoformat(), "demonstration": s.demonstration} for s in approved
        ],
    }


def newest_closing(context: Context, period: Period) -> MonthClose:
    """The last closing of the month. Refused where it was never closed, or is history."""
    closes = context.warehouse.closes(str(period))
    if not closes:
        raise Refused(
            f"{period} 尚未关账,没有排名", f"{period} is not closed, there is no ranking", f"saima close {period}"
        )
    if closes[-1].reason == HISTORY:
        raise Refused(f"{period} 是历史数据,不排名", f"{period} was loaded as history and is not ranked")
    return closes[-1]


def compose(
    context: Context, period: Period, closing: MonthClose, edition_id: str, drafted_at: datetime
) -> tuple[Ranking, EditionContext]:
    """The ranking and the edition's context, both decided by the closing alone: composing again gives the same."""
    programme, warehouse, name = context.programme, context.warehouse, str(period)
    found = submission_statuses(context, period, closing.closed_at)
    findings = tuple(warehouse.period_findings(name, closing.inputs_hash))
    open_by_unit: dict[str, int] = {}
    for unit, finding in findings:
        if finding.severity == "query" and not finding.answered:
            open_by_unit[unit] = open_by_unit.get(unit, 0) + 1
    previous = programme.calendar.previous(programme.lead_form, period)

    def rows(form: str, month: Period | None) -> Any:
        return warehouse.current_facts(form, str(month)) if month and form in programme.forms else None

    dispatch_form = programme.form_name("dispatch")
    level, base, dispatch = (rows(f, period) for f in (programme.lead_form, programme.form_name("base"), dispatch_form))
    states = unit_states(found, programme.lead_form, open_by_unit)
    earlier = rows(programme.lead_form, previous)

    def ranked(about: Programme) -> Ranking:
        counted = dispatch if dispatch_form in about.forms else None
        units, city = compute(period, about, level, base, counted, states, earlier)
        made = rank(units, city, about.method, about.seasonal.get(period.month), period)
        return replace(made, parents=parent_figures(period, about, units, level, base))

    ranking = ranked(programme)
    further = tuple((about, ranked(about)) for about in map(programme.about, programme.method.further))
    calendar_row = programme.calendar.row(programme.lead_form, period)
    bureau = submission_statuses(context, period, closing.closed_at, bureau=True)
    inputs = tuple(
        InputUsed(s.current.submission_id, s.current.sha256, s.unit.code, s.form, s.current.version)
        for s in (*found, *bureau)
        if s.current
    )
    above = {group.code for group in ranking.parents}
    parents = tuple(
        InputUsed(row.submission_id, row.sha256, unit, form, row.version)
        for (unit, form), row in sorted(warehouse.current(name, programme.lead_form).items() if above else ())
        if unit in above
    )
    return ranking, EditionContext(
        edition_id,
        period,
        programme,
        RULES_VERSION,
        drafted_at,
        number=int(edition_id.rsplit("-e", 1)[1]),
        freeze=calendar_row.freeze if calendar_row else None,
        inputs=(*inputs, *parents),
        findings=findings,
        previous=_previous_places(context, previous),
        corrects=_published_before(context, name, edition_id),
        further=further,
    )


def _published_before(context: Context, period: str, edition_id: str) -> tuple[str, Mapping[str, object]] | None:
    """The newest edition of the period that was published before this one."""
    number = int(edition_id.rsplit("-e", 1)[1])
    out = [e for e in context.warehouse.editions(period) if e.published_at and e.number < number]
    return (out[-1].edition_id, out[-1].document) if out else None


def unit_states(
    found: list[SubmissionStatus], lead_form: str, open_period_queries: Mapping[str, int]
) -> dict[str, UnitState]:
    """Per ranking unit: lateness is the worst of its scored forms; the state is that of the form the level comes from."""
    by_unit: dict[str, list[SubmissionStatus]] = {}
    for status in found:
        by_unit.setdefault(status.unit.code, []).append(status)
    return {code: _unit_state(own, lead_form, open_period_queries.get(code, 0)) for code, own in by_unit.items()}


def _unit_state(own: list[SubmissionStatus], lead_form: str, open_period_queries: int) -> UnitState:
    lead = next((s for s in own if s.form == lead_form), None)
    sent = lead is not None and lead.latest is not None
    state = "accepted" if lead is not None and lead.accepted else "rejected" if sent else "missing"
    current = [s.current for s in own if s.current]
    data_rows = sum(row.accepted + row.quarantined for row in current)
    unanswered = sum(row.open_queries for row in current) + open_period_queries
    share = min(Decimal(1), Decimal(unanswered) / Decimal(data_rows)) if data_rows else Decimal(0)
    return UnitState(
        state,  # type: ignore[arg-type]
        workdays_late=max((s.workdays_late for s in own), default=0),
        late=any(s.late for s in own),
        unanswered_share=share,
        quarantined=any(row.quarantined for row in current),
        lead_quarantined=bool(lead and lead.current and lead.current.quarantined),
        missing_forms=tuple(s.form for s in own if not s.accepted),
    )


def _previous_places(context: Context, previous: Period | None) -> dict[str, PreviousPlace]:
    edition = context.warehouse.edition(str(previous)) if previous else None
    units: Any = edition.document["units"] if edition else []
    return {unit["unit"]: PreviousPlace(unit["rank"], _printed_growth(unit)) for unit in units}


def _printed_growth(unit: Mapping[str, Any]) -> Decimal | None:
    """The rate the table prints: the official one where there is one."""
    rate = unit["growth"] if unit["growth_official"] is None else unit["growth_official"]
    return None if rate is None else Decimal(str(rate))


def top_of(document: Mapping[str, object]) -> list[tuple[int, str, str]]:
    """The first places as (rank, name, figures) for a summary."""
    units: Any = document["units"]
    ranked = [unit for unit in units if unit["rank"] is not None]
    return [(unit["rank"], unit["name"], _figures(unit)) for unit in ranked[:TOP]]


def _figures(unit: Mapping[str, Any]) -> str:
    rate = printed_rate(unit["growth"], unit["growth_official"])
    growth = "—" if rate is None else rate_text(rate, signed=True)
    return f"{unit['score']} 分,{growth}" if unit["score"] is not None else growth


def summary_md(edition: Edition) -> str:
    """What a signer reads before deciding: the table in Markdown. Names are escaped, they come from the programme."""
    units: Any = edition.document["units"]
    lines = ["| 位次 | 单位 | 得分 | 增速 | 备注 |", "|---|---|---|---|---|"]
    for unit in units:
        rate = printed_rate(unit["growth"], unit["growth_official"])
        growth = "—" if rate is None else rate_text(rate)
        cells = (unit["rank"] or "—", unit["name"], unit["score"] or "—", growth, "、".join(unit["remarks"]))
        lines.append("| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |")
    return "\n".join(lines)
