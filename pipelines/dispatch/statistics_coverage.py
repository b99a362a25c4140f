"""应统未统 (L22): on an approval list or in the dispatch library, construction started, and absent from statistics. The absence is the
administrative fact that the dispatch return states (入统时间); no statistical return is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa

from .arrays import NEVER, YUAN, days, months, positions, wan_yuan, yuan
from .panel import STAGE, Panel


@dataclass(frozen=True)
class UncoveredProject:
    """`source`: approval (the round `survey_round` found it) or dispatch; `newly_found` in that round. Amount 万元."""

    project_code: str
    unit_code: str
    source: str
    plan_total: Decimal
    started: str
    months_waiting: int
    survey_round: int | None
    newly_found: bool


MIN_PLAN_YUAN = 500 * YUAN
"""The threshold of the statistics: planned total of 500 万元 (domain.md §2.1)."""


def uncovered(panel: Panel, approvals: pa.Table | None, day: date) -> list[UncoveredProject]:
    """By unit and code. `approvals`: the newest round of every unit (approval_list). A project that the dispatch return knows as
    entered is covered, whatever list it stands on; of a unit that sent none the newest return speaks. A return that states no entry of
    any project does not say: then the list speaks for the project. What stands on the lists of two
    units (one that went over to the other) is one project, as the newer round has it."""
    start = panel.done[:, -1, STAGE["start"]]
    entered = panel.stat_entry[:, -1] <= panel.now
    known = panel.known[:, -1]
    waiting = known & panel.says_entry[:, -1] & (start <= panel.now) & ~entered & (panel.plan_total >= MIN_PLAN_YUAN)
    found = [
        UncoveredProject(
            panel.project_codes[n],
            panel.unit_codes[n],
            "dispatch",
            wan_yuan(panel.plan_total[n]),
            _month(int(start[n])),
            panel.now - int(start[n]),
            None,
            False,
        )
        for n in positions(waiting)
    ]
    if approvals is not None and approvals.num_rows:
        told = {panel.project_codes[n] for n in positions(known & panel.says_entry[:, -1])}
        found += _approved(approvals, told, panel.now, day)
    return sorted(found, key=lambda u: (u.unit_code, u.project_code))


def _approved(approvals: pa.Table, told: set[str], now: int, day: date) -> list[UncoveredProject]:
    started, (total, _) = days(approvals, "start_on"), yuan(approvals, "plan_total")
    entered = months(approvals, "stat_entry_ym") <= now
    places = positions((started <= min(day.toordinal(), int(NEVER))) & ~entered & (total >= MIN_PLAN_YUAN))
    rows: Sequence[dict[str, object]] = approvals.take(pa.array(places, pa.int64())).to_pylist()
    found: dict[object, UncoveredProject] = {}
    for n, row in zip(places, rows, strict=True):
        if row["project_code"] in told:
            continue
        on = date.fromordinal(int(started[n]))
        one = UncoveredProject(
            str(row["project_code"]),
            str(row["unit_code"]),
            "approval",
            wan_yuan(total[n]),
            f"{on:%Y-%m}",
            now - (on.year * 12 + on.month - 1),
            int(str(row["survey_round"])) if row.get("survey_round") is not None else None,
            row.get("newly_found") == "yes",
        )
        key = row["project_code"] or n
        other = found.get(key)
        if other is None or (one.survey_round or 0, other.unit_code) > (other.survey_round or 0, one.unit_code):
            found[key] = one
    return list(found.values())


def _month(index: int) -> str:
    return f"{index // 12:04d}-{index % 12 + 1:02d}"
