"""All tables of the dispatch loop for a country: 2,850 units with 50 library projects each, six months of returns.

    python tests/benchmarks/bench_dispatch.py [--units 2850] [--projects 50] [--months 6]

The rows are made before the clock starts. Printed: seconds of each table and of all. Exit 1 above
10 s of processor time (which a busy machine does not stretch)."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.dispatch.achievements import achievements, new_starts
from pipelines.dispatch.factor_ranking import factor_proposal
from pipelines.dispatch.leaders import assignments, leader_lines
from pipelines.dispatch.library import dispatch_library
from pipelines.dispatch.panel import Panel, build_panel
from pipelines.dispatch.project_lists import list_members, lists_table
from pipelines.dispatch.red_flags import red_flags
from pipelines.dispatch.snails import snail_projects, warned_projects
from pipelines.dispatch.stage_board import stage_board
from pipelines.dispatch.statistics_coverage import uncovered
from pipelines.model.dispatch_policy import FACTORS, DispatchPolicy, ListRule
from pipelines.model.fields import STAGES
from pipelines.model.periods import Period
from pipelines.model.tables import AMOUNT

LIMIT_SECONDS = 10.0
POLICY = DispatchPolicy(
    lists=(
        ListRule(code="city_100m", zh="亿元以上", en="x", names=("市级亿元以上",)),
        ListRule(code="province_1bn", zh="省重大", en="x", names=("省重大548",)),
    )
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
    timed("list totals", lambda: lists_table(panel, members, POLICY))
    timed("achievements", lambda: achievements(panel, POLICY, library))
    timed("new starts", lambda: new_starts(panel, POLICY))
    timed("coverage", lambda: uncovered(panel, None, day))
    barred = frozenset(snail.project_code for snail in snails)
    for factor in FACTORS:
        timed(
            f"factor {factor.key}",
            lambda factor=factor: factor_proposal(panel, POLICY, factor, library, Decimal(20_000), barred),
        )
    led = pa.table(
        {
            "project_code": panel.project_codes,
            "leader_code": [f"L{n % 5000}" for n in range(len(panel))],
            "unit_code": panel.unit_codes,
        }
    )
    everybody = list(zip(panel.project_codes, panel.unit_codes, strict=True))
    timed("leaders", lambda: leader_lines(everybody, assignments(led), {}, POLICY, day))
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
