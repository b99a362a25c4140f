"""What the bureau's desk shows of a month: units × forms, queries in the order of their impact, rule health, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from expectations.catalogue import RULES

from ...errors import Refused
from ...model.forms import FormLayout
from ...model.loading import LedgerReceipt, SubmissionRow
from ...model.periods import Period
from ...model.rulings import Explanation
from ...model.units import Unit
from ..month.quality_report import queries_of_month
from ..records.submission_status import (
    SubmissionStatus,
    files_of_no_unit,
    latest_due,
    refuse_unknown,
    submission_statuses,
)
from ..runtime.context import Context
from .unit_view import SentPart, sent_parts


@dataclass(frozen=True)
class DeskCell:
    """A form of a unit: its status and the escalation step it stands on."""

    status: SubmissionStatus
    step: str | None


@dataclass(frozen=True)
class DeskMonth:
    """The month at a glance. `cells`: (unit code, form) → cell; `unassigned`: files of no known unit or period."""

    period: Period
    periods: tuple[str, ...]
    forms: tuple[FormLayout, ...]
    units: tuple[Unit, ...]
    bureaus: tuple[Unit, ...]
    bureau_forms: tuple[FormLayout, ...]
    cells: Mapping[tuple[str, str], DeskCell]
    unassigned: Sequence[LedgerReceipt]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class RuleFigures:
    """What a rule looked at and found in a month; `broken`: the reason where it raised over some submission."""

    rule: str
    severity: str
    formula: str
    rows: int
    evaluated: int
    not_applicable: int
    failed: int
    broken: str


@dataclass(frozen=True)
class SourceFigures:
    """A source of files: how many came within a year, when the last one arrived, how many answers wait to be delivered."""

    name: str
    kind: str
    location: str
    files: int
    last_arrival: datetime | None
    waiting: int


def month_in_hand(context: Context, now: datetime) -> Period:
    """The month people work on: the newest whose lead form is open for reporting, else the latest that is due."""
    calendar, lead = context.programme.calendar, context.programme.lead_form
    opened = [p for p in calendar.periods(lead) if (row := calendar.row(lead, p)) and row.open <= now]
    period = opened[-1] if opened else latest_due(context, now)
    if period is None:
        raise Refused("报送日历尚未开始", "nothing is due by the calendar yet")
    return period


def desk_month(context: Context, period: Period, now: datetime) -> DeskMonth:
    """Every ranking unit and every scored form of the month; Terminal for a period that is not in the calendar."""
    refuse_unknown(context, period)
    programme = context.programme
    units = submission_statuses(context, period, now)
    bureau = submission_statuses(context, period, now, bureau=True)
    found = [*units, *bureau]
    cells = {(s.unit.code, s.form): DeskCell(s, _step(s)) for s in found}
    return DeskMonth(
        period,
        periods_shown(context, now),
        tuple(programme.forms[f] for f in programme.forms_in_order if any(s.form == f for s in units)),
        tuple({s.unit.code: s.unit for s in units}.values()),
        tuple({s.unit.code: s.unit for s in bureau}.values()),
        tuple(programme.forms[f] for f in programme.forms_in_order if any(s.form == f for s in bureau)),
        cells,
        files_of_no_unit(context, period, now),
        {
            "expected": len(units),
            "received": sum(s.latest is not None for s in units),
            "accepted": sum(s.accepted for s in units),
            "late": sum(s.late for s in units),
            "errors": sum(s.latest.errors for s in found if s.latest),
            "open_queries": sum(s.latest.open_queries for s in found if s.latest),
        },
    )


def _step(s: SubmissionStatus) -> str | None:
    """The escalation step a form that is not in stands on."""
    return s.lateness.rung if s.lateness is not None and s.lateness.arrival_status != "in" else None


def periods_shown(context: Context, now: datetime, form: str = "") -> tuple[str, ...]:
    """Months whose lead form has opened, or `form` where one is named, the newest first."""
    calendar, lead = context.programme.calendar, form or context.programme.lead_form
    opened = [str(p) for p in calendar.periods(lead) if (row := calendar.row(lead, p)) and row.open <= now]
    return tuple(reversed(opened))


@dataclass(frozen=True)
class VersionView:
    """A version with its findings, and its siblings."""

    part: SentPart
    unit: Unit | None
    siblings: tuple[SubmissionRow, ...]


def version_view(context: Context, submission_id: str) -> VersionView:
    """A version for the bureau; Refused where there is none."""
    row = context.warehouse.follow_ups.version(submission_id)
    if row is None:
        raise Refused("没有这份报送", "no such submission")
    rows = context.warehouse.submissions(row.period, form=row.form)
    siblings = tuple(r for r in rows if r.unit_code == row.unit_code)
    shown = next(r for r in siblings if r.submission_id == submission_id)
    return VersionView(sent_parts(context, [shown])[0], context.programme.roster.get(row.unit_code), siblings)


SHOWN_QUERIES = 200
"""Of queries and of explanations: what a person reads at once; the next come up as these are settled."""


@dataclass(frozen=True)
class QueryView:
    """Open and answered queries in the order of their impact, and the explanations, those that wait for the bureau first: as many as a
    page shows of each. `open_queries`, `every_query`, `waiting`, `every_explanation`: how many there are."""

    queries: Sequence[Mapping[str, object]]
    explanations: Sequence[Explanation]
    open_queries: int
    every_query: int
    waiting: int
    every_explanation: int


def query_view(context: Context, period: Period, now: datetime) -> QueryView:
    """Queries of a month as `saima report` orders them; none where nothing has arrived."""
    queries = queries_of_month(context, period, now)
    given = context.warehouse.rulings.explanations(str(period))
    order = {"given": 0, "returned": 1, "accepted": 2}
    ordered = sorted(given, key=lambda e: (order[e.state], e.cell.unit_code, e.cell.rule, e.given_at))
    return QueryView(
        queries[:SHOWN_QUERIES],
        ordered[:SHOWN_QUERIES],
        sum(not q["answered"] for q in queries),
        len(queries),
        sum(e.state == "given" for e in given),
        len(given),
    )


def rule_figures(context: Context, period: Period) -> list[RuleFigures]:
    """Every rule of the catalogue over the newest versions of the month; broken ones first, then those that found most."""
    rows = [r for r in context.warehouse.submissions(str(period)) if r.latest]
    tally = {rule: [0, 0, 0, 0] for rule in RULES}
    broken: dict[str, str] = {}
    for total in context.warehouse.verdict_history.rule_totals([r.submission_id for r in rows]):
        if total.rule not in tally:
            continue
        own = tally[total.rule]
        own[0] += total.rows
        own[1] += total.submissions if total.status == "evaluated" else 0
        own[2] += total.submissions if total.status == "not_applicable" else 0
        own[3] += total.failed
        if total.status == "broken":
            broken[total.rule] = total.reason
    figures = [
        RuleFigures(
            r.id,
            r.severity,
            r.formula,
            tally[r.id][0],
            tally[r.id][1],
            tally[r.id][2],
            tally[r.id][3],
            broken.get(r.id, ""),
        )
        for r in RULES.values()
    ]
    return sorted(figures, key=lambda f: (not f.broken, -f.failed, f.rule))


COUNTED_BACK = timedelta(days=366)
"""How far back files of a source are counted: what is asked at every scrape of the monitor must not grow with the home."""


def source_figures(context: Context, now: datetime) -> list[SourceFigures]:
    """The programme's sources and any other that files came from within a year (an upload, a folder named on the command line)."""
    known = {s.name: s for s in context.programme.sources}
    seen = context.warehouse.follow_ups.sources(now - COUNTED_BACK, known)
    undelivered = context.settings.home / "undelivered"
    names = [*known, *(name for name in seen if name not in known)]
    return [
        SourceFigures(
            name,
            known[name].kind if name in known else "folder",
            known[name].location.rpartition("@")[2] if name in known else "",
            seen.get(name, (0, None))[0],
            seen.get(name, (0, None))[1],
            sum(path.is_file() for path in (undelivered / name).rglob("*")) if (undelivered / name).is_dir() else 0,
        )
        for name in names
    ]
