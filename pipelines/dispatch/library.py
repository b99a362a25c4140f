"""The dispatch library (市级全周期投资调度服务库, L28): who is in it, by rule or by decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from ..model.dispatch_decisions import DispatchDecision
from ..model.dispatch_policy import DispatchPolicy
from .arrays import YUAN, Flags, mapped, positions
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
    """Members on a day, the last of the month at `place`: manufacturing projects of the policy's planned total in the return of the
    month (where a unit sent none, in its newest one), with the entries and exits decided by hand."""
    here = panel.known[:, place]
    entered, left = memberships(decisions, "library_entry", "library_exit", day)
    members = here & (panel.plan_total >= int(policy.library.min_plan_wan_yuan * YUAN)) & manufacturing(panel)
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


def manufacturing(panel: Panel) -> Flags:
    """Division 13–43 of GB/T 4754; a return without the column is of manufacturing projects, as its title says."""
    return _of_divisions(panel, 13, 43)


def industrial(panel: Panel) -> Flags:
    """工业 (L35): sections B, C and D of GB/T 4754, divisions 06–46; a return without the column is of manufacturing projects."""
    return _of_divisions(panel, 6, 46)


def _of_divisions(panel: Panel, first: int, last: int) -> Flags:
    if "industry_code" not in panel.latest.column_names:
        return np.ones(len(panel), bool)

    def within(industry_code: str) -> bool:
        text = industry_code.lstrip("BCDbcd")[:2]
        return not text or (text.isdigit() and first <= int(text) <= last)

    return mapped(panel.latest, "industry_code", within, bool)
