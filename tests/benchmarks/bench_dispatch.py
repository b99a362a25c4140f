"""All tables of the dispatch loop for a country: 2,850 units with 50 library projects each, a year of returns.

    python tests/benchmarks/bench_dispatch.py [--units 2850] [--projects 50] [--months 12] [--profile]

The rows are made before the clock starts and stand in memory, the lake is not read. Timed: the view (plans as they were frozen, the
panel) and the document of every command. Exit 1 above 10 s of processor time (which a busy
machine does not stretch)."""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.dispatch.library import dispatch_library
from pipelines.dispatch.panel import Panel, build_panel
from pipelines.dispatch.service_teams import PARTS
from pipelines.dispatch.snails import snail_projects
from pipelines.flow.dispatch.dispatch_view import DispatchView
from pipelines.flow.dispatch.documents_of import month_documents
from pipelines.flow.runtime.context import load_programme
from pipelines.model.amount_arrays import yuan_as_amounts
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.fields import STAGES
from pipelines.model.loading import SubmissionRow
from pipelines.model.periods import Period
from pipelines.model.programme import Target
from pipelines.model.tables import arrow_schema, fact_table
from pipelines.model.units import UnitRoster

LIMIT_SECONDS = 10.0
DAY, AS_OF = date(2022, 12, 31), datetime(2023, 1, 10, tzinfo=UTC)


def amounts(values: np.ndarray) -> pa.Array:
    """Whole 万元 as the lake stores them."""
    return yuan_as_amounts(values * 10_000)


def month_texts(values: np.ndarray) -> pa.Array:
    names = [f"{index // 12:04d}-{index % 12 + 1:02d}" for index in range(24_200, 24_300)]
    return pa.array(names).take(pa.array(values - 24_200))


def returns(units: int, projects: int, months: int) -> pa.Table:
    """Rows of all months; about one project in ten is late with something."""
    random, n = np.random.default_rng(2022), units * projects
    codes = pa.array([f"22{k % 100:02d}-{300_000 + k // projects}-04-01-{k:06d}" for k in range(n)])
    own = {f"{stage}_plan": 24_255 + random.integers(-3, 12, n) + 3 * place for place, stage in enumerate(STAGES)}
    done = {stage: own[f"{stage}_plan"] + random.choice([0, 0, 0, 0, -1, 1, 4], n) for stage in STAGES}
    total = random.integers(100_000, 900_000, n)
    parts = []
    for month in range(months):
        now = 2022 * 12 + month
        planned = total // 40 * (month + 1)
        columns: dict[str, Any] = {
            "period": pa.array([f"2022-{month + 1:02d}"]).take(pa.array(np.zeros(n, np.int64))),
            "unit_code": pa.array([f"{300_000 + k // projects}" for k in range(n)]),
            "project_code": codes,
            "project_name": codes,
            "lists": pa.array(["市级亿元以上", "市级亿元以上;省重大548"]).take(pa.array(random.integers(0, 2, n))),
            "na_flag": pa.array(["", "供地"]).take(pa.array(random.integers(0, 2, n))),
            "plan_total": amounts(total),
            "planned_ytd": amounts(planned),
            "actual_ytd": amounts(planned * random.integers(50, 130, n) // 100),
            **{f"{name}_need": amounts(random.integers(0, 200, n)) for name in ("land", "energy", "funds")},
            "expected_output": amounts(total * 2),
            "land_area": amounts(random.integers(20, 400, n)),
            "energy_use": amounts(random.integers(100, 20_000, n)),
            **{name: month_texts(values) for name, values in own.items()},
            **{f"{stage}_actual": month_texts(np.where(at <= now, at, 24_299)) for stage, at in done.items()},
            "commission_actual": month_texts(done["capacity"]),
            "trial_actual": month_texts(done["completion"]),
            "stat_entry_ym": month_texts(done["start"] + random.choice([0, 0, 0, 5], n)),
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


class PeopleTables:
    """Leaders, visits, issues, memos, helpers and decisions of the same country: a leader a project, 20 issues and 10 helpers a unit, a
    team a unit, an inspection for every tenth snail."""

    def __init__(self, panel: Panel, day: date) -> None:
        self.units = sorted(set(panel.unit_codes))
        codes, owners = panel.project_codes, panel.unit_codes
        leaders = [f"L{n % 5000}" for n in range(len(panel))]
        self.leaders = pa.table(
            {
                "project_code": codes,
                "leader_code": leaders,
                "unit_code": owners,
                "team_code": [f"T{unit}" for unit in owners],
                "valid_from": pa.array([date(2022, 1, 5)] * len(panel), pa.date32()),
            }
        )
        helpers = [(f"F{unit}-{n}", unit) for unit in self.units for n in range(10)]
        names = [code for code, _ in helpers]
        begins = pa.array([date(2022, 1, 1)] * len(helpers), pa.date32())
        levels = pa.array(["county", "township"] * (len(helpers) // 2))
        places = [unit for _, unit in helpers]
        self.roster = pa.table(
            {"helper_code": names, "helper_level": levels, "unit_code": places, "valid_from": begins}
        )
        count = len(helpers)
        self.visits = pa.table(
            {
                "helper_code": names,
                "leader_code": [f"L{n % 5000}" for n in range(count)],
                "visited_on": pa.array([day] * count, pa.date32()),
                "unit_code": places,
                "visit_kind": ["visit"] * count,
            }
        )
        total = 20 * len(self.units)
        raised = pa.array([date(2022, 1, 10)] * total, pa.date32())
        self.issues = pa.table(
            {
                "issue_no": [f"W{n}" for n in range(total)],
                "unit_code": [self.units[n // 20] for n in range(total)],
                "project_code": [codes[n % len(codes)] for n in range(total)],
                "issue_class": ["land"] * total,
                "raised_on": raised,
                "closed_on": pa.array([None if n % 3 else day for n in range(total)], pa.date32()),
                "due_on": raised,
                "helper_code": [names[n % count] for n in range(total)],
            }
        )
        self.teams = [f"T{unit}" for unit in self.units]
        parts = {f"{part}_on": pa.array([day] * len(self.units), pa.date32()) for part in PARTS}
        notes = {f"{part}_note": ["内容"] * len(self.units) for part in PARTS}
        self.memos = pa.table({"team_code": self.teams, "unit_code": self.units, **parts, **notes})
        self._day = day

    def plans(self, panel: Panel) -> pa.Table:
        """project_plan of every project: a twelfth of a tenth of its planned total each month."""
        monthly = yuan_as_amounts(panel.plan_total // 120)
        months = {f"plan_m{month:02d}": monthly for month in range(1, 13)}
        own = {"unit_code": panel.unit_codes, "project_code": panel.project_codes}
        return pa.table({**own, "annual_plan": yuan_as_amounts(panel.plan_total // 10), **months})

    def decisions(self, snails: list[Any]) -> list[DispatchDecision]:
        at = datetime(2022, 6, 1, tzinfo=UTC)
        return [
            DispatchDecision(
                "inspection_opened",
                f"DC202206-{snail.project_code}",
                "督查室",
                at,
                self._day,
                None,
                snail.unit_code,
                "文",
                "",
                {"project_code": snail.project_code, "step": "inspection"},
                n,
            )
            for n, snail in enumerate(snails[::10], 1)
        ]


class Warehouse:
    """The rows of a country in memory, behind the questions that `DispatchView` asks: a version of every unit, period and form."""

    def __init__(self, forms: dict[str, dict[str, pa.Table]], decisions: list[DispatchDecision]) -> None:
        self._sent: dict[str, list[SubmissionRow]] = {}
        self._rows: dict[str, pa.Table] = {}
        for form, periods in forms.items():
            tables = []
            for period, rows in periods.items():
                codes = rows["unit_code"].to_pylist()
                names = {unit: f"{form}-{period}-{unit}" for unit in dict.fromkeys(codes)}
                ids = pa.array(names[unit] for unit in codes)
                columns = rows.drop_columns(["period"]) if "period" in rows.column_names else rows
                periods_of = pa.array([period]).take(pa.array(np.zeros(len(codes), np.int64)))
                tables.append(columns.append_column("submission_id", ids).append_column("period", periods_of))
                self._sent.setdefault(form, []).extend(
                    version(form, period, unit, name) for unit, name in names.items()
                )
            self._rows[form] = complete(pa.concat_tables(tables), form)
        self.decisions = SimpleNamespace(holding=lambda since, as_of: decisions)
        self.edition_heads = SimpleNamespace(of_period=lambda period: [])

    def submissions(self, period: str | None, as_of: datetime, form: str) -> list[SubmissionRow]:
        return [row for row in self._sent.get(form, ()) if period is None or row.period == period]

    def submissions_between(
        self, form: str, first: str | None, last: str, as_of: datetime, unit_codes: Collection[str] | None
    ) -> list[SubmissionRow]:
        return [
            row
            for row in self._sent.get(form, ())
            if (first or "") <= row.period <= last and (unit_codes is None or row.unit_code in unit_codes)
        ]

    def facts(self, form: str, ids: Sequence[str], columns: Sequence[str] | None = None) -> pa.Table:
        rows = self._rows[form]
        if len(ids) < len(self._sent[form]):
            rows = rows.filter(pc.is_in(rows["submission_id"], value_set=pa.array(ids, pa.string())))
        return rows.select(columns) if columns else rows


def complete(rows: pa.Table, form: str) -> pa.Table:
    """Every column that the lake has for the form, null where these rows say nothing."""
    for field in arrow_schema(fact_table(form).columns):
        if field.name not in rows.column_names:
            rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    return rows


def version(form: str, period: str, unit: str, name: str) -> SubmissionRow:
    values: dict[str, Any] = dict.fromkeys(one.name for one in fields(SubmissionRow))
    at = datetime.combine(
        date.fromisoformat(f"{period}-10" if len(period) == 7 else DAY.isoformat()), datetime.min.time(), UTC
    )
    known = {"submission_id": name, "unit_code": unit, "period": period, "form": form, "name": name, "word": "accepted"}
    return SubmissionRow(**values | known | {"arrived_at": at, "seen_at": at, "state": "accepted", "current": True})


def country(rows: pa.Table, months: int) -> DispatchView:
    """The view of a programme with these units; every form of the loop is sent."""
    jiaxing = load_programme("jiaxing")
    reporting = [Period(2022, month + 1) for month in range(months)]
    panel = build_panel(rows, reporting)
    people = PeopleTables(panel, DAY)
    ranked = next(unit for unit in jiaxing.roster.units if unit.ranked)
    roster = UnitRoster(tuple(replace(ranked, code=u, name=f"县{u}", aliases=(), names=()) for u in people.units))
    targets = tuple(
        Target("annual_investment", u, ">=", Decimal(9_000), "2022", Period(2022, 1), "") for u in people.units
    )
    programme = replace(jiaxing, roster=roster, targets=(*jiaxing.targets, *targets))
    library = dispatch_library(panel, [], programme.dispatch, DAY).members
    snails = snail_projects(panel, programme.dispatch, library, {})
    week = (DAY - timedelta(days=DAY.weekday() + 1)).isocalendar()
    forms = {
        "dispatch_month": {str(p): rows.filter(pc.equal(rows["period"], str(p))) for p in reporting},
        "project_plan": {"2022": people.plans(panel)},
        "leader_assignment": {"2022-02-01": people.leaders},
        "visit_log": {str(reporting[-1]): people.visits},
        "issue_log": {str(reporting[-1]): people.issues},
        "helper_roster": {"2022-01-01": people.roster},
        "service_memo": {f"{week.year}-W{week.week:02d}": people.memos},
    }
    warehouse = Warehouse(forms, people.decisions(snails))
    return DispatchView(SimpleNamespace(programme=programme, warehouse=warehouse), reporting[-1], AS_OF)  # type: ignore[arg-type]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=2_850)
    parser.add_argument("--projects", type=int, default=50)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    options = parser.parse_args()
    view = country(returns(options.units, options.projects, options.months), options.months)
    profile = cProfile.Profile() if options.profile else None
    started, processor = time.perf_counter(), time.process_time()
    if profile:
        profile.enable()
    panel = view.panel
    seen = time.process_time() - processor
    documents: dict[str, Any] = month_documents(view)
    spent, took = time.process_time() - processor, time.perf_counter() - started
    if profile:
        profile.disable()
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
    snails, flags, library = documents["snails"], documents["flags"], documents["library"]
    sys.stdout.write(
        f"{len(panel)} projects, {options.months} months, {options.months * len(panel)} rows; {len(snails.projects)} snails, "
        f"{len(snails.warned)} warned, {len(flags.projects)} flags: {took:.2f} s; {spent:.2f} s of processor, of them "
        f"{seen:.2f} s for the view (limit {LIMIT_SECONDS:.0f} s)\n"
    )
    assert library.total and all(p.annual_plan is not None for p in library.projects[:100])
    assert documents["teams"].teams and documents["helpers"].total and documents["inspections"].queue
    assert documents["leaders"].leaders and len(documents["targets"].units) >= options.units
    return int(spent > LIMIT_SECONDS or not snails.projects or not snails.warned or not flags.projects)


if __name__ == "__main__":
    sys.exit(main())
