"""Leaders of library projects (领导联挂), one line a leader: what they lead, their last action, and the alert of silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ...dispatch.leaders import Assignment, LeaderLine, last_actions, leader_lines
from .dispatch_view import DispatchView
from .own_codes import bare


@dataclass(frozen=True)
class LeaderSummary:
    """A leader as of the month. `projects`: library projects led; `silent`: those without an action for the policy's days, counted from
    the leader's newest visit or else from the assignment; `silent_days`: the longest of these spans, None where no span is known."""

    code: str
    name: str
    post: str
    projects: int
    silent: int
    last_action: date | None
    silent_days: int | None


def leader_list(view: DispatchView) -> list[LeaderSummary]:
    """Everybody who leads a project of the library on the month's last known day: the silent ones first, then by name."""
    actions = last_actions(view.rows_of_year("visit_log"), "leader_code", view.snapshot_day)
    lines = leader_lines(view.library_codes(), view.assignments, actions, view.policy, view.snapshot_day)
    led: dict[str, list[tuple[Assignment, LeaderLine]]] = {}
    for line in lines:
        for one in line.leaders:
            led.setdefault(leader_key(one), []).append((one, line))
    found = [_summary(key, own, actions.get(own[0][0].leader_code)) for key, own in led.items()]
    return sorted(found, key=lambda one: (not one.silent, one.name, one.code))


def leader_key(one: Assignment) -> str:
    """By which a leader is asked for: the code, or the name where a return gives none."""
    return one.leader_code or one.leader_name


def own_leader_keys(view: DispatchView, name: str, username: str) -> frozenset[str]:
    """The leaders that a person is: by the leader code as user name, as the unit wrote it, or by the name. Empty for the staff of the
    leaders' office."""
    mine = [
        one for one in view.leading if one.leader_name == name or username in (one.leader_code, bare(one.leader_code))
    ]
    return frozenset(map(leader_key, mine))


def _summary(key: str, own: list[tuple[Assignment, LeaderLine]], last_action: date | None) -> LeaderSummary:
    first = own[0][0]
    spans = [line.silent_days for _, line in own if line.silent_days is not None]
    return LeaderSummary(
        key,
        first.leader_name or first.leader_code,
        first.leader_post,
        len(own),
        sum(line.problem == "silent" for _, line in own),
        last_action,
        max(spans, default=None),
    )
