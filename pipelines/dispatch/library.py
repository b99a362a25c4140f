"""The dispatch library (市级全周期投资调度服务库, L28): who is in it, by rule or by decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np
import pyarrow as pa

from ..model.dispatch_decisions import DispatchDecision
from ..model.dispatch_policy import DispatchPolicy
from .arrays import YUAN, Flags, mapped, positions, yuan
from .decision_history import memberships
from .panel import Panel

Entry = Literal["rule", "decision"]


@dataclass(frozen=True)
class Library:
    """`members` [n] of the panel's projects; `by_decision` the ones a decision let in; `left` those a decision took out though
    the rule would keep them; `unknown` were let in and stand in no return of the month."""

    members: Flags
    by_decision: frozenset[str]
    left: frozenset[str]
    unknown: frozenset[str]

    def entry(self, project_code: str) -> Entry:
        return "decision" if project_code in self.by_decision else "rule"


def dispatch_library(
    panel: Panel, decisions: Sequence[DispatchDecision], policy: DispatchPolicy, day: date, place: int = -1
) -> Library:
    """Members on a day, the last of the month at `place` (−1 the month asked for, −2 the one before): manufacturing projects of the
    policy's planned total in the return of that month (where a unit sent none, in its newest one by then), with the entries and exits
    decided by hand."""
    here, rows = panel.known[:, place], panel.member_rows(place)
    entered, left = memberships(decisions, "library_entry", "library_exit", day)
    members = here & at_least_planned(rows, policy.library.min_plan_wan_yuan) & manufacturing(rows)
    if entered or left:
        known = panel.place_of
        for code in entered:
            if code in known:
                members[known[code]] = here[known[code]]
        for code in left:
            if code in known:
                members[known[code]] = False
    sent = {panel.project_codes[n] for n in positions(here)} if entered else set()
    return Library(members, entered, left, frozenset(entered - sent))


def at_least_planned(rows: pa.Table, wan_yuan: Decimal) -> Flags:
    """[rows]: planned total of at least so much."""
    result: Flags = yuan(rows, "plan_total")[0] >= int(wan_yuan * YUAN)
    return result


def manufacturing(rows: pa.Table) -> Flags:
    """[rows]: division 13–43 of GB/T 4754; a return without the column is of manufacturing projects, as its title says."""
    return _of_divisions(rows, 13, 43)


def industrial(rows: pa.Table) -> Flags:
    """[rows]: 工业 (L35), sections B, C and D of GB/T 4754, divisions 06–46; a return without the column is of manufacturing projects."""
    return _of_divisions(rows, 6, 46)


def _of_divisions(rows: pa.Table, first: int, last: int) -> Flags:
    if "industry_code" not in rows.column_names:
        return np.ones(rows.num_rows, bool)

    def within(industry_code: str) -> bool:
        text = industry_code.lstrip("BCDbcd")[:2]
        return not text or (text.isdigit() and first <= int(text) <= last)

    return mapped(rows, "industry_code", within, bool)
