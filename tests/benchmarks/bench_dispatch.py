"""All tables of the dispatch loop for a country: 2,850 units with 50 library projects each, six months of returns.

    python tests/benchmarks/bench_dispatch.py [--units 2850] [--projects 50] [--months 6]

The rows are made before the clock starts. Printed: seconds of each table and of all. Exit 1 above
10 s of processor time (which a busy machine does not stretch)."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.dispatch.achievements import achievements, new_starts
from pipelines.dispatch.campaign_progress import campaign_status
from pipelines.dispatch.decision_history import exemptions
from pipelines.dispatch.enterprise_helpers import helpers_table
from pipelines.dispatch.factor_ranking import factor_proposal
from pipelines.dispatch.inspections import inspection_queue, inspections
from pipelines.dispatch.leaders import assignments, last_actions, leader_lines
from pipelines.dispatch.library import dispatch_library
from pipelines.dispatch.panel import Panel, build_panel
from pipelines.dispatch.project_lists import list_members, lists_table
from pipelines.dispatch.red_flags import red_flags
from pipelines.dispatch.service_teams import PARTS, issue_counts, issue_lines, memo_lines
from pipelines.dispatch.snails import snail_projects, warned_projects
from pipelines.dispatch.stage_board import stage_board
from pipelines.dispatch.statistics_coverage import uncovered
from pipelines.dispatch.target_pace import TargetFacts, target_status
from pipelines.model.calendar import Workdays
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.dispatch_policy import FACTORS, Campaign, DispatchPolicy, ListRule
from pipelines.model.fields import STAGES
from pipelines.model.periods import Period
from pipelines.model.programme import Target
from pipelines.model.tables import AMOUNT

LIMIT_SECONDS = 10.0
POLICY = DispatchPolicy(
    lists=(
        ListRule(code="city_100m", zh="亿元以上", en="x", names=("市级亿元以上",)),
        ListRule(code="province_1bn", zh="省重大", en="x", names=("省重大548",)),
    )
)
WEEKDAYS = Workdays({})
SEASONAL = {6: Decimal("0.58"), 12: Decimal(1)}
CAMPAIGN = Campaign(
    code="push", zh="攻坚", en="push", starts=date(2022, 6, 1), ends=date(2022, 9, 30), lists=("city_100m",)
)


def amounts(values: np.ndarray) -> pa.Array:
    """Whole 万元 as the lake stores them."""
    words = np.zeros((len(values), 2), np.int64)
    words[:, 0] = values * 10_000
    return pa.Array.from_buffers(AMOUNT, len(values), [None, pa.py_buffer(words.tobytes())])


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
        self.leaders = pa.table({"project_code": codes, "leader_code": leaders, "unit_code": owners})
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
        self.teams = {f"T{unit}": ("专班", unit) for unit in self.units}
        parts = {f"{part}_on": pa.array([day] * len(self.units), pa.date32()) for part in PARTS}
        notes = {f"{part}_note": ["内容"] * len(self.units) for part in PARTS}
        self.memos = pa.table({"team_code": list(self.teams), **parts, **notes})
        self._day = day

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


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=2_850)
    parser.add_argument("--projects", type=int, default=50)
    parser.add_argument("--months", type=int, default=6)
    options = parser.parse_args()
    rows = returns(options.units, options.projects, options.months)
    day = date(2022, options.months, 28)
    seconds: dict[str, float] = {}
    processor = time.process_time()

    def timed(name: str, make: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        made = make()
        seconds[name] = time.perf_counter() - started
        return made

    months = [Period(2022, month + 1) for month in range(options.months)]
    panel: Panel = timed("panel", lambda: build_panel(rows, months))
    library = timed("library", lambda: dispatch_library(panel, [], POLICY, day)).members
    timed("stages", lambda: stage_board(panel, library))
    snails = timed("snails", lambda: snail_projects(panel, POLICY, library, {}))
    warned = timed("warned", lambda: warned_projects(panel, POLICY, library, snails))
    flags = timed("flags", lambda: red_flags(panel, POLICY, library))
    members = timed("lists", lambda: list_members(panel, [], [], POLICY, day))
    totals = timed("list totals", lambda: lists_table(panel, members, POLICY))
    timed("achievements", lambda: achievements(panel, POLICY, library))
    timed("new starts", lambda: new_starts(panel, POLICY))
    timed("coverage", lambda: uncovered(panel, None, day))
    barred = frozenset(snail.project_code for snail in snails)
    for factor in FACTORS:
        timed(
            f"factor {factor.key}",
            lambda factor=factor: factor_proposal(panel, POLICY, factor, library, Decimal(20_000), barred),
        )
    people = PeopleTables(panel, day)
    everybody = list(zip(panel.project_codes, panel.unit_codes, strict=True))
    known = timed("assignments", lambda: assignments(people.leaders))
    actions = timed("last actions", lambda: last_actions(people.visits, "leader_code", day))
    timed("leaders", lambda: leader_lines(everybody, known, actions, POLICY, day))
    issues = timed("issues", lambda: issue_lines(people.issues, POLICY, WEEKDAYS, day))
    timed("issue counts", lambda: issue_counts(issues, ["land", "energy"]))
    due = datetime(2022, options.months + 1, 4, 9, tzinfo=UTC)
    memos = timed("memos", lambda: memo_lines(people.teams, people.memos, dict.fromkeys(people.units, due), due))
    helpers = timed(
        "helpers", lambda: helpers_table(people.roster, people.visits, people.visits, issues, POLICY, day, None)
    )
    decisions = people.decisions(snails)
    timed("exemptions", lambda: exemptions(decisions, day))
    found = timed("inspections", lambda: inspections(decisions, POLICY, WEEKDAYS, (), day))
    running = {(s.unit_code, s.project_code): s.months for s in snails}
    queue = timed("queue", lambda: inspection_queue(running, found, POLICY, day))
    facts = TargetFacts(investment={unit: dict.fromkeys(months, Decimal(1_000)) for unit in people.units})
    wanted = [
        Target("annual_investment", unit, ">=", Decimal(9_000), "2022", Period(2022, 1), "") for unit in people.units
    ]
    statuses = timed(
        "targets", lambda: [target_status(t, t.scope, months[-1], facts, SEASONAL, decisions[:10]) for t in wanted]
    )
    timed("campaign", lambda: campaign_status(CAMPAIGN, day, totals.lists, statuses[:3], {day: Decimal(1)}))
    assert len(memos[0]) == len(people.units) and helpers.total and found and queue
    for name, took in seconds.items():
        sys.stdout.write(f"{name:14} {took:6.2f} s\n")
    total, spent = sum(seconds.values()), time.process_time() - processor
    sys.stdout.write(
        f"{len(panel)} projects, {options.months} months, {rows.num_rows} rows; {len(snails)} snails, {len(warned)} warned, "
        f"{len(flags)} flags: {total:.2f} s, of them {spent:.2f} s of processor (limit {LIMIT_SECONDS:.0f} s)\n"
    )
    return int(spent > LIMIT_SECONDS or not snails or not warned or not flags)


if __name__ == "__main__":
    sys.exit(main())
