"""Documents about people: inspections, factors, leaders, service teams, helpers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from ...dispatch.enterprise_helpers import helpers_table
from ...dispatch.factor_ranking import factor_proposal
from ...dispatch.inspections import inspection_queue
from ...dispatch.leaders import last_actions, leader_lines
from ...dispatch.service_teams import IssueLine, issue_counts, memo_lines, open_issues, week_due
from ...model.dispatch_decisions import DispatchDecision
from ...model.typed_dates import typed_week
from .column_rows import Rows
from .dispatch_view import DispatchView
from .documents import (
    CriterionRow,
    FactorBlock,
    FactorRow,
    FactorsDocument,
    HelperLevels,
    HelpersDocument,
    InspectionEventRow,
    InspectionRow,
    InspectionsDocument,
    IssueCount,
    IssueRow,
    LateHelperRow,
    LeaderRow,
    LeadersDocument,
    QueueRow,
    TeamRow,
    TeamsDocument,
    UnitHelpers,
)
from .standing_teams import teams_in_week


def inspections_document(view: DispatchView) -> InspectionsDocument:
    """Every inspection opened up to the instant, under the unit that has the project now and so answers, and what the ladder proposes
    for the snails of the month."""
    rows = [
        InspectionRow(
            id=one.id,
            project_code=one.project_code,
            name=view.name_of(one.project_code),
            unit=view.unit_of.get(one.project_code, one.unit_code),
            step=one.step,
            state=one.state,
            due=one.due,
            opened_at=one.opened_on,
            overdue=one.overdue(view.today),
            events=[
                InspectionEventRow(kind=e.kind, on=e.on, by=e.by, document=e.document, reason=e.reason, step=e.step)
                for e in one.events
            ],
        )
        for one in sorted(view.inspections.values(), key=lambda i: (i.opened_on, i.id))
    ]
    running = {(s.unit_code, s.project_code): s.months for s in view.snails if s.exemption is None}
    queue = inspection_queue(running, view.inspections, view.policy, view.today)
    return InspectionsDocument(
        period=str(view.period),
        as_of=view.as_of,
        inspections=rows,
        queue=[
            QueueRow(
                project_code=item.project_code,
                name=view.name_of(item.project_code),
                unit=item.unit_code,
                proposal=item.proposal,
                step=item.step,
                inspection_id=item.inspection_id,
                snail_months=item.snail_months,
            )
            for item in queue
        ],
        by_state=dict(sorted(Counter(row.state for row in rows).items())),
    )


def budget_of(view: DispatchView, factor: str) -> Decimal | None:
    """The budget that the department set for the month, the last one that holds on its last day."""
    amount = None
    for decision in view.decisions:
        if decision.kind == "factor_budget" and decision.subject == factor and decision.holds_on(view.day):
            amount = Decimal(decision.detail["amount"])
    return amount


def factors_document(view: DispatchView) -> FactorsDocument:
    """Ranked proposals within the budgets, and what people decided. Snails that no exemption covers get nothing."""
    barred = sorted(snail.project_code for snail in view.snails if snail.exemption is None)
    decided: dict[tuple[str, str], DispatchDecision] = {}
    for decision in view.decisions:
        if decision.kind in ("factor_accepted", "factor_refused") and decision.detail.get("period") == str(view.period):
            decided[(decision.detail["factor"], decision.subject)] = decision
    blocks = []
    for factor in view.policy.factors:
        proposal = factor_proposal(
            view.panel, view.policy, factor, view.library.members, budget_of(view, factor.key), barred
        )
        rows = []
        for place in proposal.places:
            decision_of = decided.get((factor.key, place.project_code))
            rows.append(
                FactorRow(
                    rank=place.rank,
                    project_code=place.project_code,
                    name=view.name_of(place.project_code),
                    unit=place.unit_code,
                    score=place.score,
                    need=place.need,
                    proposed=place.proposed,
                    decision=decision_of.kind.removeprefix("factor_") if decision_of else None,
                    decided_amount=_granted(decision_of) if decision_of else None,
                    criteria=[
                        CriterionRow(key=c.key, value=c.value, points=c.points, weight=c.weight) for c in place.criteria
                    ],
                )
            )
        blocks.append(
            FactorBlock(
                factor=factor.key,
                zh=factor.zh,
                unit_of_measure=factor.unit,
                department=factor.department,
                budget=proposal.budget,
                needed=proposal.needed,
                proposed=proposal.proposed,
                granted=sum(
                    (_granted(one) or Decimal(0) for (key, _), one in decided.items() if key == factor.key), Decimal(0)
                ),
                projects=rows,
            )
        )
    return FactorsDocument(period=str(view.period), as_of=view.as_of, barred=barred, factors=blocks)


def _granted(decision: DispatchDecision) -> Decimal | None:
    """What a decision grants, whether its project still competes or not: the budget is spent. None: it refuses, or was recorded
    without an amount."""
    amount = decision.detail.get("amount")
    return Decimal(amount) if amount and decision.kind == "factor_accepted" else None


def leaders_document(view: DispatchView) -> LeadersDocument:
    """One line a library project: its leader, last action, silence; none and several are problems."""
    actions = last_actions(view.rows_of_year("visit_log"), "leader_code", view.snapshot_day)
    rows: dict[str, list[Any]] = {field.name: [] for field in fields(LeaderRow)}
    shared: dict[tuple[str, ...], list[str]] = {}
    problems: Counter[str] = Counter()
    with_one = 0
    for line in leader_lines(view.library_codes(), view.assignments, actions, view.policy, view.snapshot_day):
        names = tuple(one.leader_name or one.leader_code for one in line.leaders)
        posts = tuple(one.leader_post for one in line.leaders)
        rows["project_code"].append(line.project_code)
        rows["name"].append(view.name_of(line.project_code))
        rows["unit"].append(line.unit_code)
        rows["leaders"].append(shared.setdefault(names, list(names)))
        rows["posts"].append(shared.setdefault(posts, list(posts)))
        rows["last_action"].append(line.last_action)
        rows["silent_days"].append(line.silent_days)
        rows["problem"].append(line.problem)
        with_one += len(line.leaders) == 1
        problems[line.problem] += 1
    del problems[""]
    return LeadersDocument(
        period=str(view.period),
        as_of=view.as_of,
        projects=len(rows["unit"]),
        with_one_leader=with_one,
        problems=dict(sorted(problems.items())),
        leaders=Rows(LeaderRow, rows),
    )


def week_of(view: DispatchView, week: str | None = None) -> tuple[str, date]:
    """(ISO week, its Monday): the one asked for, else the last that ended by the last day of the month or the instant. Terminal for a
    text that is no week."""
    if week is not None:
        asked = typed_week(week)
        return str(asked), asked.first_day
    sunday = view.snapshot_day - timedelta(days=(view.snapshot_day.weekday() + 1) % 7)
    ends = sunday.isocalendar()
    return f"{ends.year}-W{ends.week:02d}", sunday - timedelta(days=6)


def teams_document(view: DispatchView, week: str | None = None) -> TeamsDocument:
    """The memos of a week, 4/4 or what is missing, and the open issues by class with their SLA."""
    name, monday = week_of(view, week)
    due = week_due(monday, view.policy.cadence.memo_due_hour, view.programme.time_zone)
    rows, arrived = view.week_rows("service_memo", name)
    owing, standing = teams_in_week(view, monday)
    lines, unknown = memo_lines(owing, rows, arrived, due, standing)
    issues = view.issues
    classes = {kind.code: kind.zh for kind in view.policy.issue_classes}
    return TeamsDocument(
        period=str(view.period),
        as_of=view.as_of,
        week=name,
        due=due,
        teams=[
            TeamRow(
                team=line.team_code,
                name=line.team_name,
                unit=line.unit_code,
                parts=line.parts,
                missing=list(line.missing),
                state=line.state,
                arrived_at=line.arrived_at,
                issues_raised=line.issues_raised,
                issues_solved=line.issues_solved,
            )
            for line in lines
        ],
        unknown_teams=unknown,
        by_state=dict(sorted(Counter(line.state for line in lines).items())),
        issues=issue_rows(open_issues(issues)),
        issue_counts=[
            IssueCount(issue_class=key, zh=classes.get(key, key), open=o, overdue=late, closed=done)
            for key, (o, late, done) in issue_counts(issues, list(classes)).items()
        ],
    )


def issue_rows(issues: Sequence[IssueLine]) -> Rows[IssueRow]:
    """What a document says of issues, in their order."""
    own = {"unit": "unit_code", "team": "team_code"}
    names = [field.name for field in fields(IssueRow)]
    return Rows(IssueRow, {name: list(map(attrgetter(own.get(name, name)), issues)) for name in names})


def helpers_document(view: DispatchView) -> HelpersDocument:
    """The roster on three levels against the published total, visits and cases of the month, who is late."""
    table = helpers_table(
        view.snapshot("helper_roster"),
        view.rows_of_year("visit_log"),
        view.month_rows("visit_log"),
        view.issues,
        view.policy,
        view.snapshot_day,
    )
    return HelpersDocument(
        period=str(view.period),
        as_of=view.as_of,
        total=table.total,
        published=table.published,
        difference=table.difference,
        by_level=_levels(table.by_level),
        visits=table.visits,
        contacts=table.contacts,
        cases=table.cases,
        closed=table.closed,
        overdue=table.overdue,
        closing_rate=Decimal(table.closed) / table.cases if table.cases else None,
        units=[UnitHelpers(unit=unit, by_level=_levels(levels)) for unit, levels in table.by_unit.items()],
        late=Rows(
            LateHelperRow,
            {
                "helper": [one.helper_code for one in table.late],
                "unit": [one.unit_code for one in table.late],
                "level": [one.level for one in table.late],
                "days_since_contact": [one.days_since_contact for one in table.late],
                "days_since_visit": [one.days_since_visit for one in table.late],
            },
        ),
    )


def _levels(levels: object) -> HelperLevels:
    counts = dict(levels)  # type: ignore[call-overload]
    return HelperLevels(city=counts["city"], county=counts["county"], township=counts["township"])
