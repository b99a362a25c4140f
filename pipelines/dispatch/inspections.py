"""Inspections that follow the snails (督查跟着蜗牛项目走, L30): a state machine fed by decisions and replies, deadlines in working days.

slip → inspection → talk → exposure are the steps; at each step: open → answered → rectified → closed. What is due and unanswered, or
answered and not rectified, may be escalated; a closed inspection may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from ..errors import Refused
from ..model.calendar import Workdays
from ..model.dispatch_decisions import DecisionKind, DispatchDecision
from ..model.dispatch_policy import DispatchPolicy
from ..model.dispatch_states import MOVE_NAMES, STATE_NAMES

InspectionState = Literal["open", "answered", "rectified", "closed"]
MOVES: Mapping[str, tuple[DecisionKind, ...]] = {
    "open": ("inspection_answered", "inspection_rectified", "inspection_escalated", "inspection_closed"),
    "answered": ("inspection_rectified", "inspection_escalated", "inspection_closed"),
    "rectified": ("inspection_closed", "inspection_escalated"),
    "closed": (),
}
"""State → decisions it allows."""
_AFTER: Mapping[str, InspectionState] = {
    "inspection_answered": "answered",
    "inspection_rectified": "rectified",
    "inspection_closed": "closed",
    "inspection_escalated": "open",
}


@dataclass(frozen=True)
class InspectionEvent:
    """A line of an inspection's file: what, when, by whom, on which document."""

    kind: str
    on: date
    by: str
    document: str
    reason: str
    step: str


@dataclass(frozen=True)
class Inspection:
    """`due`: day by which the present step has to be answered; `overdue` as of a day: due and not answered."""

    id: str
    project_code: str
    unit_code: str
    step: str
    state: InspectionState
    opened_on: date
    due: date
    events: tuple[InspectionEvent, ...]

    def overdue(self, day: date) -> bool:
        return self.state == "open" and day > self.due


@dataclass(frozen=True)
class Reply:
    """A line of inspection_reply: the county's answer through the intake."""

    inspection_id: str
    replied_on: date
    status: str
    document: str = ""
    note: str = ""


def inspection_id(opened_on: date, project_code: str) -> str:
    """`DC202207-<project>`: one inspection of a project a month."""
    return f"DC{opened_on:%Y%m}-{project_code}"


def inspections(
    decisions: Iterable[DispatchDecision],
    policy: DispatchPolicy,
    workdays: Workdays,
    replies: Sequence[Reply] = (),
    day: date | None = None,
) -> dict[str, Inspection]:
    """Every inspection by id, replayed from what its decisions (in the order of the books) and replies say up to `day`: what is decided
    ahead has not happened before its day. `day` None: all of it."""
    found: dict[str, Inspection] = {}
    events: list[tuple[date, int, DispatchDecision | Reply]] = [
        (d.valid_from, d.ordinal, d) for d in decisions if d.kind.startswith("inspection_")
    ]
    events += [(r.replied_on, 1 << 60, r) for r in replies]
    happened = [event for event in events if day is None or event[0] <= day]
    for _, _, event in sorted(happened, key=lambda e: (e[0], e[1])):
        if isinstance(event, Reply):
            one = found.get(event.inspection_id)
            if one is not None:
                found[one.id] = _with_reply(one, event)
        elif event.kind == "inspection_opened":
            found[event.subject] = _opened(event, policy, workdays)
        elif event.subject in found and allowed(found[event.subject], event.kind):
            found[event.subject] = _after(found[event.subject], event, policy, workdays)
    return found


def allowed(inspection: Inspection, kind: str) -> bool:
    return kind in MOVES[inspection.state]


def _opened(event: DispatchDecision, policy: DispatchPolicy, workdays: Workdays) -> Inspection:
    step = policy.step(event.detail.get("step", "")) or policy.steps[0]
    return Inspection(
        event.subject,
        event.detail["project_code"],
        event.unit_code,
        step.key,
        "open",
        event.valid_from,
        workdays.add(event.valid_from, step.workdays),
        (_line(event, step.key),),
    )


def _after(one: Inspection, event: DispatchDecision, policy: DispatchPolicy, workdays: Workdays) -> Inspection:
    step, due = one.step, one.due
    if event.kind == "inspection_escalated":
        following = policy.step_after(one.step)
        if following is None:
            return one
        step, due = following.key, workdays.add(event.valid_from, following.workdays)
    return replace(one, step=step, due=due, state=_AFTER[event.kind], events=(*one.events, _line(event, step)))


def _with_reply(one: Inspection, reply: Reply) -> Inspection:
    state: InspectionState = "rectified" if reply.status in ("rectified", "review_requested") else "answered"
    if one.state == "closed" or (one.state == "rectified" and state == "answered"):
        return one
    line = InspectionEvent("reply", reply.replied_on, one.unit_code, reply.document, reply.note, one.step)
    return replace(one, state=state, events=(*one.events, line))


def _line(event: DispatchDecision, step: str) -> InspectionEvent:
    return InspectionEvent(event.kind, event.valid_from, event.decided_by, event.document, event.reason, step)


def check_move(found: Mapping[str, Inspection], decision: DispatchDecision, policy: DispatchPolicy, day: date) -> None:
    """Refused where the machine does not allow the decision, saying what it allows."""
    if decision.kind == "inspection_opened":
        _check_opening(found, decision)
        return
    one = found.get(decision.subject)
    if one is None:
        raise Refused(
            f"没有督查单 {decision.subject}",
            f"no such inspection: {decision.subject}",
            "用 saima dispatch inspections PERIOD 查看编号 / see the ids there",
        )
    if not allowed(one, decision.kind):
        (state, state_en), (move, move_en) = STATE_NAMES[one.state], MOVE_NAMES[decision.kind]
        possible = [MOVE_NAMES[kind] for kind in MOVES[one.state]]
        raise Refused(
            f"督查单 {one.id} {state}，不能再{move}",
            f"inspection {one.id} is {state_en}: {move_en} is not possible",
            f"可以{'、'.join(zh for zh, _ in possible) or '—'} / possible: {', '.join(en for _, en in possible) or '—'}",
        )
    if decision.kind == "inspection_closed" and one.state != "rectified" and not decision.reason.strip():
        raise Refused(
            f"{one.id} 尚未整改，销号须写明理由", f"{one.id} is not rectified: closing it needs a reason", "--reason …"
        )
    if decision.kind == "inspection_escalated":
        if policy.step_after(one.step) is None:
            step = policy.step(one.step)
            raise Refused(
                f"{one.id} 已在最后一级（{step.zh if step else one.step}）",
                f"{one.id} stands at the last step ({step.en if step else one.step})",
                "办结或销号 / rectify or close it",
            )
        if not one.overdue(day) and not decision.reason:
            raise Refused(
                f"{one.id} 未到期（{one.due}），提前升级须写明理由",
                f"{one.id} is not overdue (due {one.due}): escalating early needs a reason",
                "--reason …",
            )


def _check_opening(found: Mapping[str, Inspection], decision: DispatchDecision) -> None:
    project = decision.detail["project_code"]
    open_ones = [one for one in found.values() if one.project_code == project and one.state != "closed"]
    if open_ones or decision.subject in found:
        known = (open_ones or [found[decision.subject]])[0]
        state, state_en = STATE_NAMES[known.state]
        raise Refused(
            f"项目 {project} 已有督查单 {known.id}（{state}）",
            f"project {project} has the inspection {known.id} already ({state_en})",
            "答复、升级或销号 / answer, escalate or close it",
        )


@dataclass(frozen=True)
class QueueItem:
    """What the ladder proposes for a snail (people decide): open at a step, or escalate an inspection to it."""

    project_code: str
    unit_code: str
    proposal: Literal["open", "escalate"]
    step: str
    inspection_id: str | None
    snail_months: int


def inspection_queue(
    snail_months: Mapping[tuple[str, str], int], found: Mapping[str, Inspection], policy: DispatchPolicy, day: date
) -> list[QueueItem]:
    """Proposals for the snails that no exemption covers: (unit, project) → months running. One month: the step after the slip; each
    further month the next one; overdue inspections first."""
    open_by_project = {one.project_code: one for one in found.values() if one.state != "closed"}
    keys = [step.key for step in policy.steps]
    queue = []
    for (unit, project), months in sorted(snail_months.items()):
        wanted = min(months, len(keys) - 1)
        one = open_by_project.get(project)
        if one is None:
            queue.append(QueueItem(project, unit, "open", keys[min(1, len(keys) - 1)], None, months))
        elif keys.index(one.step) < wanted or one.overdue(day):
            following = policy.step_after(one.step)
            if following is not None:
                queue.append(QueueItem(project, unit, "escalate", following.key, one.id, months))
    return sorted(queue, key=lambda q: (q.proposal != "escalate", -q.snail_months, q.unit_code, q.project_code))
