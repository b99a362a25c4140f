"""Lists as dated tags (L23–L25, L35): many-to-many, totals counted once a project, counts and rules checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa

from ..model.dispatch_decisions import DispatchDecision
from ..model.dispatch_policy import DispatchPolicy, ListRule
from ..model.programme import ListMembership
from .arrays import Flags, codes, mapped, positions, wan_yuan
from .decision_history import memberships
from .library import at_least_planned, industrial, manufacturing
from .panel import STAGE, Panel


@dataclass(frozen=True)
class ListTotal:
    """`plan_total`, `ytd` in 万元; `expected_count` as published, None where nothing was; `broken`: members that break the list's rule
    (planned total too small, another industry, led by nobody of the level, not started though all must be)."""

    code: str
    zh: str
    en: str
    projects: int
    plan_total: Decimal
    ytd: Decimal
    expected_count: int | None
    broken: tuple[str, ...]


@dataclass(frozen=True)
class ListsTable:
    """The lists, and the total of all their projects, each counted once."""

    lists: tuple[ListTotal, ...]
    distinct_projects: int
    distinct_plan_total: Decimal
    distinct_ytd: Decimal


def list_members(
    panel: Panel,
    dated: Sequence[ListMembership],
    decisions: Sequence[DispatchDecision],
    policy: DispatchPolicy,
    day: date,
    place: int = -1,
) -> dict[str, Flags]:
    """List code → [n] members on a day, the last of the month at `place` (−1 the month asked for, −2 the one before): tags of the newest
    return by then or who meets the rule of a list that is one, dated memberships of lists.csv, then decisions."""
    rows = panel.member_rows(place)
    tags = _tags(rows)
    known = panel.place_of if dated or decisions else {}
    found = {}
    for rule in policy.lists:
        names = {rule.code, *rule.names}
        members = _meets(rows, rule) if rule.by_rule else np.zeros(len(panel), bool)
        for name in names & tags.keys():
            members |= tags[name]
        for tag in dated:
            if tag.list_code in names and tag.project_code in known and tag.valid_from <= day:
                members[known[tag.project_code]] |= tag.valid_to is None or day <= tag.valid_to
        entered, left = memberships(decisions, "list_entry", "list_exit", day, rule.code)
        for code in entered & known.keys():
            members[known[code]] = True
        for code in left & known.keys():
            members[known[code]] = False
        found[rule.code] = members & panel.known[:, place]
    return found


def _tags(rows: pa.Table) -> dict[str, Flags]:
    """Name of a list in the return → its projects; each distinct combination of tags is split once."""
    mine, texts = codes(rows, "lists")
    tags: dict[str, Flags] = {}
    for position, text in enumerate(texts):
        for name in {part.strip() for part in text.replace("；", ";").replace("、", ";").split(";")} - {""}:
            tags[name] = tags.get(name, np.zeros(len(mine), bool)) | (mine == position)
    return tags


def lists_table(
    panel: Panel, members: Mapping[str, Flags], policy: DispatchPolicy, published: Mapping[str, int] | None = None
) -> ListsTable:
    """Totals of the month asked for. `published`: list code → published count, over the policy's own."""
    rows, union = [], np.zeros(len(panel), bool)
    for rule in policy.lists:
        mine = members[rule.code]
        union |= mine
        rows.append(
            ListTotal(
                rule.code,
                rule.zh,
                rule.en,
                int(mine.sum()),
                wan_yuan(panel.plan_total[mine].sum()),
                wan_yuan(panel.actual[mine, -1].sum()),
                (published or {}).get(rule.code, rule.expected_count),
                _broken(panel, mine, rule),
            )
        )
    return ListsTable(
        tuple(rows), int(union.sum()), wan_yuan(panel.plan_total[union].sum()), wan_yuan(panel.actual[union, -1].sum())
    )


def _broken(panel: Panel, members: Flags, rule: ListRule) -> tuple[str, ...]:
    bad = members & ~_meets(panel.latest, rule)
    if rule.all_started:
        bad |= members & ~panel.reached()[:, STAGE["start"]]
    return tuple(panel.project_codes[n] for n in positions(bad))


def _meets(rows: pa.Table, rule: ListRule) -> Flags:
    """[rows]: projects with the planned total, the industry and the leading level that the list asks for."""
    good = np.ones(rows.num_rows, bool)
    if rule.min_plan_wan_yuan is not None:
        good &= at_least_planned(rows, rule.min_plan_wan_yuan)
    if rule.industry:
        good &= manufacturing(rows) if rule.industry == "manufacturing" else industrial(rows)
    if rule.lead_levels:
        good &= mapped(rows, "lead_level", lambda level: level in rule.lead_levels, bool)
    return good
