"""Recording what people decide: checked on everything that stands at the instant, then added to the books for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from ...dispatch.decision_history import permits
from ...dispatch.inspections import check_move, inspection_id
from ...dispatch.leaders import check_leader
from ...dispatch.target_pace import target_ids
from ...errors import Refused
from ...model.dispatch_decisions import CAUSE_ZH, PERMITS, DecisionKind, DispatchDecision
from ...model.periods import Period
from ...model.typed_dates import typed_period
from ...model.typed_texts import typed_line, typed_text
from ..runtime.context import Context
from .decision_request import DecisionRequest, refuse_incomplete, says_the_same
from .dispatch_view import DispatchView
from .own_codes import decided_apart
from .people_tables import budget_of, factors_document
from .public_showcase import refresh_showcases


def newest_view(context: Context, now: datetime) -> DispatchView:
    """The newest month with an accepted dispatch return at the instant."""
    form = context.programme.form_name("dispatch")
    for period in context.warehouse.periods_backwards(form) if form else ():
        if any(row.current for row in context.warehouse.submissions(period, now, form)):
            return DispatchView(context, Period.parse(period), now)
    raise Refused("还没有采用的调度月报", "no dispatch return is accepted yet", "saima process / saima month PERIOD")


def decide(context: Context, request: DecisionRequest, now: datetime) -> DispatchDecision:
    """Records one decision (`record_decision`); where it says who may be named outside, the showcases follow."""
    done = record_decision(context, request, now)
    if request.kind in PERMITS:
        refresh_showcases(context, now)
    return done


def record_decision(context: Context, request: DecisionRequest, now: datetime) -> DispatchDecision:
    """Refused where a decision lacks what it rests on, or where what stands does not allow it. A decision that is recorded already is
    returned as it stands in the books, not recorded twice."""
    view = newest_view(context, now)
    return _record(view, decision_of(view, request))


def record_once(
    context: Context, request: DecisionRequest, now: datetime, known: Sequence[DispatchDecision]
) -> DispatchDecision | None:
    """The same of a line of a register; None where a decision on its subject says it already, however the project is named. `known`:
    those on the subject as the line names it."""
    view = newest_view(context, now)
    decision = decision_of(view, request)
    if decision.subject != request.subject:
        known = context.warehouse.decisions.about(decision.subject)
    return None if any(says_the_same(one, decision) for one in known) else _record(view, decision)


def decision_of(view: DispatchView, request: DecisionRequest) -> DispatchDecision:
    """What a request comes to: its project by code, its day and its unit. Refused where it is incomplete or nothing of that name is
    known."""
    request = replace(
        request,
        decided_by=typed_line(request.decided_by),
        document=typed_line(request.document),
        reason=typed_text(request.reason),
        detail={key: typed_text(value) for key, value in request.detail.items()},
    )
    day = request.valid_from or view.today
    refuse_incomplete(request, day)
    subject, unit, detail = _subject(view, request, day)
    return DispatchDecision(
        request.kind,
        subject,
        request.decided_by,
        view.as_of,
        day,
        request.valid_to,
        unit,
        request.document,
        request.reason,
        {key: value for key, value in detail.items() if value},
    )


def _record(view: DispatchView, decision: DispatchDecision) -> DispatchDecision:
    standing: list[DispatchDecision] = []

    def checked(known: Sequence[DispatchDecision]) -> list[DispatchDecision]:
        check = _CHECKS.get(_group(decision.kind))
        fresh = DispatchView(view.context, view.period, view.as_of)
        made = check(fresh, decision) if check is not None else decision
        standing.extend(one for one in known if says_the_same(one, made))
        return [] if standing else [made]

    recorded = view.context.warehouse.decisions.record(checked, [decision.subject])
    return (recorded or standing)[0]


def _group(kind: DecisionKind) -> str:
    return "inspection" if kind.startswith("inspection_") else kind


def _subject(view: DispatchView, request: DecisionRequest, day: date) -> tuple[str, str, dict[str, str]]:
    """(subject, unit, detail): projects must be known; an inspection is known by its id and opened by its project."""
    detail = dict(request.detail)
    if request.kind == "inspection_opened":
        project, unit = _project(view, request.subject)
        detail["project_code"] = project
        detail.setdefault("step", view.policy.steps[min(1, len(view.policy.steps) - 1)].key)
        if view.policy.step(detail["step"]) is None:
            known = ", ".join(step.key for step in view.policy.steps)
            raise Refused(
                f"没有这一级：{detail['step']}", f"no such step: {detail['step']}", f"可用 / allowed: {known}"
            )
        return inspection_id(day, project), unit, detail
    if request.kind.startswith("inspection_"):
        known_one = view.inspections_on(date.max).get(request.subject)
        return request.subject, known_one.unit_code if known_one else "", detail
    if request.kind == "factor_budget":
        _factor(view, request.subject)
        detail["amount"] = _amount(detail.get("amount", ""))
        return request.subject, "", detail
    if request.kind == "target_version":
        ids = [i for i, _ in target_ids(view.programme.targets, view.policy.target_names)]
        if request.subject not in ids:
            raise Refused(f"没有目标 {request.subject}", f"no such target: {request.subject}", ", ".join(ids[:12]))
        detail["value"] = _amount(detail.get("value", ""))
        return request.subject, "", detail
    project, unit = _project(view, request.subject)
    if request.kind in ("factor_accepted", "factor_refused"):
        detail["period"] = str(typed_period(detail["period"]))
    if request.kind in ("list_entry", "list_exit"):
        codes = [rule.code for rule in view.policy.lists]
        if detail.get("list") not in codes:
            raise Refused(
                f"没有清单 {detail.get('list')}",
                f"no such list: {detail.get('list')}",
                f"可用 / allowed: {', '.join(codes)}",
            )
    if request.kind == "plan_change":
        detail["value"] = _amount(detail.get("value", ""))
    return project, unit, detail


def _project(view: DispatchView, text: str) -> tuple[str, str]:
    """A project of the newest returns, by code (or its unique name)."""
    panel = view.panel
    if text in panel.place_of:
        return text, panel.unit_codes[panel.place_of[text]]
    named = [place for place, name in enumerate(view.names) if name == text]
    if len(named) == 1:
        return panel.project_codes[named[0]], panel.unit_codes[named[0]]
    raise Refused(
        f"调度月报中没有项目 {text}",
        f"no such project in the dispatch returns: {text}",
        "写项目代码，见「调度服务库」（saima dispatch library PERIOD）/ give the project code, see the library",
    )


def _factor(view: DispatchView, key: str) -> None:
    keys = [factor.key for factor in view.policy.factors]
    if key not in keys:
        raise Refused(f"没有要素 {key}", f"no such factor: {key}", f"可用 / allowed: {', '.join(keys)}")


def _amount(text: str) -> str:
    try:
        value = Decimal(text)
        if value.is_finite() and value >= 0:
            return format(value, "f")
    except InvalidOperation:
        value = Decimal(-1)
    raise Refused(f"不是数量：{text}", f"not an amount: {text!r}", "写不带单位的数 / a number without a unit")


def _check_inspection(view: DispatchView, decision: DispatchDecision) -> DispatchDecision:
    """On its day, and for one that is opened also against what is decided ahead: a project has one inspection at a time."""
    day = max(view.today, decision.valid_from)
    for known in {day, date.max if decision.kind == "inspection_opened" else day}:
        check_move(view.inspections_on(known), decision, view.policy, day)
    return decision


def _check_exemption(_: DispatchView, decision: DispatchDecision) -> DispatchDecision:
    """A known cause; where a public factor lacks, the department that owes it is named in the county's stead."""
    cause = decision.detail.get("cause", "")
    if cause not in CAUSE_ZH:
        raise Refused(f"没有这一豁免原因：{cause}", f"no such cause: {cause}", f"可用 / allowed: {', '.join(CAUSE_ZH)}")
    if cause == "public_factor" and not decision.detail.get("department"):
        raise Refused(
            "因公共要素豁免的，须写明责任部门",
            "an exemption for a public factor names the department that owes it",
            "--department 市自然资源和规划局",
        )
    return decision


def _check_withdrawal(view: DispatchView, decision: DispatchDecision) -> DispatchDecision:
    """There is a permit to withdraw."""
    purpose = decision.detail["purpose"]
    if decision.subject not in permits(view.decisions, max(view.today, decision.valid_from), purpose):
        raise Refused(
            f"项目 {decision.subject} 没有在用的公开许可（{purpose}）",
            f"project {decision.subject} has no permit for {purpose} that could be withdrawn",
            f"saima dispatch decisions {decision.subject}",
        )
    return decision


def _check_leader(view: DispatchView, decision: DispatchDecision) -> DispatchDecision:
    check_leader(view.assignments, *decided_apart([decision], view.returns.shared_codes))
    return decision


def _check_factor(view: DispatchView, decision: DispatchDecision) -> DispatchDecision:
    """What is granted was asked for, and stays within what is left of the budget; without an amount the whole need is granted."""
    factor = decision.detail.get("factor", "")
    _factor(view, factor)
    asked = DispatchView(view.context, Period.parse(decision.detail["period"]), view.as_of)
    block = next(b for b in factors_document(asked).factors if b.factor == factor)
    place = next((row for row in block.projects if row.project_code == decision.subject), None)
    if place is None:
        raise Refused(
            f"项目 {decision.subject} 没有{block.zh}需求，或在蜗牛名单上",
            f"project {decision.subject} states no need of {factor}, or is a snail",
            f"saima dispatch factors {decision.detail['period']}",
        )
    amount = Decimal(_amount(decision.detail.get("amount") or format(place.need, "f")))
    budget = budget_of(asked, factor)
    taken = block.granted - (place.decided_amount or Decimal(0))
    measured = block.unit_of_measure
    if budget is None or taken + amount > budget:
        raise Refused(
            f"{block.zh}额度不足（{measured}）：额度 {'未定' if budget is None else budget}，已用 {taken}，本次 {amount}",
            f"not enough {factor} ({measured}): budget {'not set' if budget is None else budget}, taken {taken}, this one {amount}",
            f"先定额度 / set the budget first: saima dispatch decide budget {factor} AMOUNT --from {asked.day}",
        )
    return replace(decision, detail={**decision.detail, "amount": format(amount, "f")})


_CHECKS: dict[str, Callable[[DispatchView, DispatchDecision], DispatchDecision]] = {
    "inspection": _check_inspection,
    "exemption": _check_exemption,
    "leader_assigned": _check_leader,
    "permit_withdrawn": _check_withdrawal,
    "factor_accepted": _check_factor,
}
