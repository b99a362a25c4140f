"""The dispatch returns and decisions of a home as of an instant: everything the tables of a month are computed from, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import pyarrow as pa

from ...dispatch.arrays import Flags
from ...dispatch.decision_history import Exemption, exemptions, known_at, notices
from ...dispatch.inspections import Inspection, Reply, inspections
from ...dispatch.leaders import Assignment, assignments
from ...dispatch.library import Library, dispatch_library
from ...dispatch.panel import Panel, build_panel
from ...dispatch.project_lists import list_members
from ...dispatch.red_flags import RedFlag, red_flags
from ...dispatch.service_teams import IssueLine, issue_lines
from ...dispatch.snails import SnailProject, snail_projects
from ...errors import Refused
from ...model.dispatch_decisions import DispatchDecision
from ...model.dispatch_policy import DispatchPolicy
from ...model.loading import SubmissionRow
from ...model.periods import Period
from ...model.programme import Programme
from ...model.submissions import ACCEPTED
from ..records.frozen_plans import PLAN, planned_rows
from ..runtime.context import Context
from .accepted_returns import AcceptedReturns
from .own_codes import ASSIGNED, LEADER_LIST, decided_apart
from .standing_issues import standing_issues
from .table_words import named_units

MONTHS_BACK = 12
"""A panel holds so many reporting months: a snail's run and a year's increments lie inside them."""


@dataclass(frozen=True)
class DispatchView:
    """A month as of an instant. Only what had arrived and was recorded by `as_of` is known: asked later it is the same. `day`: last day of
    the month, on which validity is looked at; `today`: the local day of `as_of`, for deadlines."""

    context: Context
    period: Period
    as_of: datetime

    @property
    def programme(self) -> Programme:
        return self.context.programme

    @property
    def policy(self) -> DispatchPolicy:
        return self.programme.dispatch

    @cached_property
    def day(self) -> date:
        return self.period.shift(1).first_day - timedelta(days=1)

    @cached_property
    def today(self) -> date:
        return self.as_of.astimezone(ZoneInfo(self.programme.time_zone)).date()

    @property
    def form(self) -> str:
        """The programme's dispatch return; "" where it has none."""
        return self.programme.form_name("dispatch")

    def with_later_decisions(self) -> DispatchView:
        """The same question asked anew of the decisions; the returns that are read already are not read again."""
        fresh = DispatchView(self.context, self.period, self.as_of)
        fresh.__dict__.update({name: self.__dict__[name] for name in ("panel", "returns") if name in self.__dict__})
        return fresh

    # the returns of counties

    @cached_property
    def periods(self) -> list[Period]:
        """Reporting months of the dispatch return up to this one, ascending."""
        known = [p for p in self.programme.calendar.periods(self.form) if p <= self.period]
        return known[-MONTHS_BACK:]

    @cached_property
    def panel(self) -> Panel:
        """Refused where the month has no accepted dispatch return yet."""
        if self.form not in self.programme.forms or self.period not in self.periods:
            raise Refused(
                f"{self.period} 不是调度月报的报告期",
                f"{self.period} is no period of the dispatch return",
                "报告期见 calendar.csv / see calendar.csv",
            )
        sent = self.returns.between(self.form, str(self.periods[0]), str(self.period))
        have = {row.period for row in sent}
        if str(self.period) not in have:
            raise Refused(
                f"{self.period} 到 {self.today} 还没有采用的调度月报",
                f"no dispatch return of {self.period} is accepted by {self.today}",
                f"saima status {self.period}",
            )
        reporting = [p for p in self.periods if str(p) in have]
        plans = {year: self.frozen_plans(year) for year in sorted({p.year for p in reporting})}
        versions = [row.submission_id for row in sent]
        rows = planned_rows(
            self.context, self.context.warehouse.facts(self.form, versions), versions, plans, self.as_of
        )
        periods = {text: Period.parse(text) for text in have}
        accepted = [(row.unit_code, periods[row.period]) for row in sent]
        return build_panel(rows, reporting, accepted, self.policy.library.months_without_return)

    def frozen_plans(self, year: int) -> pa.Table | None:
        """project_plan of a year as 31 January froze it."""
        return self.month_rows(PLAN, Period.parse(str(year)))

    @cached_property
    def revised_plans(self) -> pa.Table | None:
        """The newest accepted versions of project_plan that came after: logged, not scored."""
        if PLAN not in self.programme.forms:
            return None
        newest: dict[str, SubmissionRow] = {}
        for row in self.context.warehouse.submissions(str(self.period.year), self.as_of, PLAN):
            older = newest.get(row.unit_code)
            if row.revision and row.word in ACCEPTED and (older is None or row.arrived_at > older.arrived_at):
                newest[row.unit_code] = row
        return self.returns.rows(PLAN, list(newest.values()))

    @cached_property
    def returns(self) -> AcceptedReturns:
        """What counties had sent by the instant."""
        return AcceptedReturns(self.context, self.as_of)

    @property
    def _year_before(self) -> Period:
        """The first of the months that a panel may hold."""
        return self.period.shift(1 - MONTHS_BACK)

    def month_rows(self, form: str, period: Period | None = None) -> pa.Table | None:
        """Accepted rows of a monthly form, None where the programme has no such form or nobody sent it."""
        wanted = str(period or self.period)
        return self.returns.rows(form, self.returns.between(form, wanted, wanted))

    def rows_of_year(self, form: str) -> pa.Table | None:
        """Rows of a monthly form of this month and the eleven before it."""
        return self.returns.rows(form, self.returns.between(form, str(self._year_before), str(self.period)))

    def snapshot(self, form: str) -> pa.Table | None:
        """Rows of a snapshot form: of every unit the newest event up to the day. Who sent none within a year is looked up further back."""
        sent = self.returns.newest_of_units(form, self.snapshot_day, self.units, self._year_before.first_day)
        return self.returns.rows(form, sent)

    @cached_property
    def snapshot_day(self) -> date:
        """Lists that are sent on a day speak for the month if they came before its end, or by the instant where that is earlier."""
        return min(self.day, self.today)

    def events(self, form: str) -> pa.Table | None:
        """Rows of all events of a form up to the instant."""
        return self.returns.rows(form, self.returns.between(form, None, self.today.isoformat()))

    def week_rows(self, form: str, week: str) -> tuple[pa.Table | None, dict[str, datetime]]:
        """(rows of a weekly form, unit → when its file came)."""
        sent = self.returns.between(form, week, week)
        return self.returns.rows(form, sent), {row.unit_code: row.arrived_at for row in sent}

    # decisions

    @cached_property
    def decisions(self) -> list[DispatchDecision]:
        """Those that are anything to the months of the panel."""
        known = known_at(self.context.warehouse.decisions.holding(self._year_before.first_day, self.as_of), self.as_of)
        return decided_apart(known, self.returns.shared_codes) if any(d.kind == ASSIGNED for d in known) else known

    @cached_property
    def exempted(self) -> dict[str, Exemption]:
        return exemptions(self.decisions, self.day)

    @cached_property
    def noticed(self) -> dict[str, list[date]]:
        return notices(self.decisions)

    @cached_property
    def inspections(self) -> dict[str, Inspection]:
        return self.inspections_on(self.today)

    def inspections_on(self, day: date) -> dict[str, Inspection]:
        """As they stand on a day, by what is recorded and sent by the instant."""
        rows = self.events("inspection_reply")
        texts = ("reply_status", "doc_no", "measure_note")
        replies = [
            Reply(row["inspection_id"], row["replied_on"], *(row.get(name) or "" for name in texts))
            for row in (rows.to_pylist() if rows is not None else ())
            if row.get("replied_on")
        ]
        return inspections(self.decisions, self.policy, self.programme.calendar.workdays, replies, day)

    # what most tables need

    @cached_property
    def assignments(self) -> list[Assignment]:
        """Leaders of projects by the newest snapshots and the decisions."""
        return assignments(self.snapshot(LEADER_LIST), self.decisions, self.former_units)

    @cached_property
    def leading(self) -> list[Assignment]:
        """The assignments that hold for the month."""
        return [one for one in self.assignments if one.holds_on(self.snapshot_day)]

    @cached_property
    def issues(self) -> list[IssueLine]:
        """Issues of the month's logs, and what stood open in the newest one of a unit that sent none."""
        rows = standing_issues(self.returns, self.period, self.policy.library.months_without_return)
        return issue_lines(rows, self.policy, self.programme.calendar.workdays, self.snapshot_day)

    @cached_property
    def library(self) -> Library:
        return dispatch_library(self.panel, self.decisions, self.policy, self.day)

    @cached_property
    def members(self) -> dict[str, Flags]:
        """List code → members among the panel's projects."""
        return list_members(self.panel, self.programme.lists, self.decisions, self.policy, self.day)

    def scope(self, name: str) -> Flags:
        """Projects a table is about: library, all, or a list code."""
        if name == "library":
            return self.library.members
        if name == "all":
            return self.panel.known[:, -1]
        if name in self.members:
            return self.members[name]
        known = ("library", "all", *self.members)
        raise Refused(f"没有范围 {name}", f"no such scope: {name}", f"可用 / allowed: {', '.join(known)}")

    def scope_before(self, name: str) -> Flags | None:
        """The same a reporting month earlier; None where the panel has no month before."""
        if len(self.panel.month_indices) < 2:
            return None
        index = self.panel.month_indices[-2]
        day = Period(index // 12, index % 12 + 1).shift(1).first_day - timedelta(days=1)
        if name == "library":
            return dispatch_library(self.panel, self.decisions, self.policy, day, -2).members
        if name == "all":
            return self.panel.known[:, -2]
        return list_members(self.panel, self.programme.lists, self.decisions, self.policy, day, -2)[name]

    @cached_property
    def snails(self) -> list[SnailProject]:
        return snail_projects(self.panel, self.policy, self.library.members, self.exempted, self.noticed)

    @cached_property
    def flags(self) -> list[RedFlag]:
        return red_flags(self.panel, self.policy, self.library.members, self.open_findings)

    @cached_property
    def missing_units(self) -> list[str]:
        """Ranking units of the month without an accepted dispatch return: their projects are counted as the newest return left them
        (`Panel.known`), without a light."""
        wanted = str(self.period)
        sent = {row.unit_code for row in self.returns.between(self.form, wanted, wanted)}
        return [unit.code for unit in self.programme.roster.ranked_at(self.period) if unit.code not in sent]

    @cached_property
    def names(self) -> list[str]:
        """Name of each project of the panel, in its order."""
        return [str(name or "") for name in self.panel.column("project_name")]

    @property
    def former_units(self) -> Mapping[str, frozenset[str]]:
        """Of projects that went over: the units that had them before; {} while the month has no return (memos are looked at)."""
        try:
            return self.panel.former_units
        except Refused:
            return {}

    @cached_property
    def unit_of(self) -> dict[str, str]:
        """Project code → the unit that reports it, whoever had it before."""
        return dict(zip(self.panel.project_codes, self.panel.unit_codes, strict=True))

    def name_of(self, project_code: str) -> str:
        """Name of a project; '' where the returns do not know it."""
        place = self.panel.place_of.get(project_code)
        return "" if place is None else self.names[place]

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit code → name."""
        return named_units(self.programme)

    @cached_property
    def open_findings(self) -> frozenset[str]:
        """Projects with an inspection that is not closed."""
        return frozenset(one.project_code for one in self.inspections.values() if one.state != "closed")

    def library_codes(self) -> list[tuple[str, str]]:
        """(project, unit) of the library, by unit and code."""
        places = self.panel.by_unit(self.library.members).tolist()
        return [(self.panel.project_codes[n], self.panel.unit_codes[n]) for n in places]
