"""Leaders (领导联挂, L19, L30): exactly one at a time for every library project; last action; silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import pyarrow as pa

from ..errors import Refused
from ..model.dispatch_decisions import DispatchDecision
from ..model.dispatch_policy import DispatchPolicy
from ..model.text_arrays import cell_values


class Assignment(NamedTuple):
    """A leader of a project from a day on; `valid_to` inclusive."""

    project_code: str
    leader_code: str
    leader_name: str
    leader_post: str
    leader_level: str
    team_code: str
    team_name: str
    unit_code: str
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class LeaderLine(NamedTuple):
    """A library project and its leader. `problem`: none (no leader), several (a second leader), silent (no action for the policy's
    days), '' in order. `last_action`: newest logged visit of the leader, `silent_days` since it (or since the assignment)."""

    project_code: str
    unit_code: str
    leaders: tuple[Assignment, ...]
    last_action: date | None
    silent_days: int | None
    problem: str


_FIELDS = ("leader_code", "leader_name", "leader_post", "leader_level", "team_code", "team_name", "unit_code")


def assignments(
    rows: pa.Table | None, decisions: Iterable[DispatchDecision] = (), moved: Mapping[str, frozenset[str]] | None = None
) -> list[Assignment]:
    """Assignments of the newest snapshots, then those decided by hand; a decided one ends what stood before it the day before.
    `moved`: projects that went over to another unit → the units that had them before. Where another list names such a project, those of
    the former units say nothing of it any more; until then the leader goes with the project."""
    found: list[Assignment] = []
    if rows is not None:
        columns: list[list[Any]] = [_texts(rows, name) for name in ("project_code", *_FIELDS)]
        begins = [first or date.min for first in _column(rows, "valid_from")]
        found = list(map(Assignment, *columns, begins, _column(rows, "valid_to")))
        if moved:
            new = [one for one in found if one.unit_code not in moved.get(one.project_code, ())]
            named = {one.project_code for one in new}
            found = [*new, *(one for one in found if one.project_code not in named)]
    for decision in decisions:
        if decision.kind == "leader_assigned":
            found = [_ended(one, decision) for one in found]
            texts = {name: decision.detail.get(name, "") for name in _FIELDS} | {"unit_code": decision.unit_code}
            found.append(_assignment(decision.subject, texts, decision.valid_from, decision.valid_to))
    found.sort(key=attrgetter("project_code", "valid_from", "leader_code"))
    return found


def _column(rows: pa.Table, name: str) -> list[Any]:
    return cell_values(rows[name]) if name in rows.column_names else [None] * rows.num_rows


def _texts(rows: pa.Table, name: str) -> list[str]:
    return [value or "" for value in _column(rows, name)]


def _assignment(project_code: str, texts: Mapping[str, str], begins: date, ends: date | None) -> Assignment:
    return Assignment(project_code=project_code, **texts, valid_from=begins, valid_to=ends)


def _ended(one: Assignment, decision: DispatchDecision) -> Assignment:
    """Only the leader that the decision says it replaces ends."""
    if one.project_code != decision.subject or decision.detail.get("replaces") != one.leader_code:
        return one
    return one._replace(valid_to=date.fromordinal(decision.valid_from.toordinal() - 1))


def check_leader(known: Sequence[Assignment], decision: DispatchDecision) -> None:
    """Refused for a second leader at the same time."""
    day = decision.valid_from
    for one in known:
        if (
            one.project_code == decision.subject
            and one.holds_on(day)
            and one.leader_code not in (decision.detail["leader_code"], decision.detail.get("replaces"))
        ):
            raise Refused(
                f"项目 {decision.subject} 已由 {one.leader_name or one.leader_code}（{one.leader_code}）联挂，一个项目同时只有一位",
                f"project {decision.subject} has the leader {one.leader_code} already: one at a time",
                f"--replaces {one.leader_code}，或另定 --from / or another --from",
            )


def last_actions(visits: pa.Table | None, field: str, day: date) -> dict[str, date]:
    """Code in `field` (leader_code, helper_code, team_code) → newest visited_on up to a day."""
    found: dict[str, date] = {}
    if visits is None or field not in visits.column_names:
        return found
    for code, on in zip(cell_values(visits[field]), cell_values(visits["visited_on"]), strict=True):
        if code and on and on <= day and on > found.get(code, date.min):
            found[code] = on
    return found


def leader_lines(
    members: Sequence[tuple[str, str]],
    known: Sequence[Assignment],
    actions: Mapping[str, date],
    policy: DispatchPolicy,
    day: date,
) -> Iterator[LeaderLine]:
    """One line a library project (code, unit) as of a day, by unit and code. Lines are made as they are asked for: a country's are
    142,500 objects that nobody keeps."""
    first: dict[str, Assignment] = {}
    further: dict[str, list[Assignment]] = {}
    for one in known:
        if one.holds_on(day) and first.setdefault(one.project_code, one) is not one:
            further.setdefault(one.project_code, []).append(one)
    for code, unit in sorted(members, key=itemgetter(1, 0)):
        own = (first[code], *further.get(code, ())) if code in first else ()
        yield _line(code, unit, own, actions, policy, day)


def _line(
    code: str, unit: str, own: tuple[Assignment, ...], actions: Mapping[str, date], policy: DispatchPolicy, day: date
) -> LeaderLine:
    distinct = own if len(own) < 2 else tuple({one.leader_code: one for one in own}.values())
    if not distinct:
        return LeaderLine(code, unit, (), None, None, "none")
    if len(distinct) > 1:
        return LeaderLine(code, unit, distinct, None, None, "several")
    last = actions.get(distinct[0].leader_code)
    since = last or distinct[0].valid_from
    silent = (day - since).days if since > date.min else None
    problem = "silent" if silent is None or silent > policy.cadence.leader_silent_days else ""
    return LeaderLine(code, unit, distinct, last, silent, problem)
