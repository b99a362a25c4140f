"""The dispatch loop: its tables as of now, briefs, the book of decisions, and the forms by which people decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from ..errors import Refused
from ..flow.dispatch.decision_request import DecisionRequest
from ..flow.dispatch.documents_of import (
    BUILDERS,
    as_csv,
    brief_of,
    decision_tables,
    decisions_document,
    dispatch_document,
    unit_names,
)
from ..flow.dispatch.print_tables import print_tables
from ..flow.dispatch.record_decision import decide
from ..flow.portal.desk_view import periods_shown
from ..model.accounts import Right
from ..model.dispatch_decisions import CAUSE_ZH, JUDGED_AT_MONTH_END, NEEDS_DOCUMENT, REQUIRED_DETAIL, DecisionKind
from ..model.dispatch_policy import DispatchPolicy
from ..model.dispatch_states import DECISION_NAMES
from ..model.periods import Period
from ..model.typed_dates import typed_day
from .guards import Posted, Visit, posting, viewing
from .page_writer import page
from .period_choice import PeriodQuery, parsed_period
from .unit_pages import attachment, go

router = APIRouter()
Dispatch = Annotated[Visit, Depends(viewing(Right.DISPATCH))]
TITLES: Mapping[str, tuple[str, str]] = {
    "library": ("调度服务库", "library"),
    "stages": ("六环节", "stages"),
    "flags": ("红旗", "red flags"),
    "snails": ("蜗牛", "snails"),
    "inspections": ("督查", "inspections"),
    "factors": ("要素", "factors"),
    "leaders": ("领导联挂", "leaders"),
    "teams": ("专班备忘", "team memos"),
    "helpers": ("助企服务员", "helpers"),
    "targets": ("目标", "targets"),
    "lists": ("清单", "lists"),
    "coverage": ("应统未统", "coverage"),
    "campaign": ("攻坚", "campaign"),
    "showcase": ("成果晾晒", "showcase"),
}


@dataclass(frozen=True)
class DecisionForm:
    """What a kind of decision asks for besides who, document, reason and days. `subject`: what the decision is about."""

    subject: tuple[str, str] = ("项目代码", "project code")
    detail: tuple[tuple[str, str, str], ...] = ()
    ends: bool = False


_FACTOR = ("factor", "要素", "factor")
_PERIOD = ("period", "建议所属月份 YYYY-MM", "month of the proposal")
DECISIONS: Mapping[DecisionKind, DecisionForm] = {
    "library_entry": DecisionForm(),
    "library_exit": DecisionForm(),
    "list_entry": DecisionForm(detail=(("list", "清单代码", "list"),), ends=True),
    "list_exit": DecisionForm(detail=(("list", "清单代码", "list"),)),
    "exemption": DecisionForm(detail=(("cause", "原因", "cause"), ("department", "责任部门", "department")), ends=True),
    "notice": DecisionForm(),
    "inspection_opened": DecisionForm(detail=(("step", "级别", "step"),)),
    "inspection_answered": DecisionForm(("督查单或项目", "inspection or project")),
    "inspection_rectified": DecisionForm(("督查单或项目", "inspection or project")),
    "inspection_closed": DecisionForm(("督查单或项目", "inspection or project")),
    "inspection_escalated": DecisionForm(("督查单或项目", "inspection or project")),
    "factor_budget": DecisionForm(("要素", "factor"), (("amount", "额度", "amount"),), True),
    "factor_accepted": DecisionForm(detail=(_FACTOR, _PERIOD, ("amount", "数量（缺省为需求）", "amount"))),
    "factor_refused": DecisionForm(detail=(_FACTOR, _PERIOD)),
    "target_version": DecisionForm(("目标编号", "target id"), (("value", "目标值", "value"),)),
    "leader_assigned": DecisionForm(
        detail=(
            ("leader_code", "领导代码", "leader code"),
            ("leader_name", "姓名", "name"),
            ("leader_post", "职务", "post"),
            ("leader_level", "级别", "level"),
            ("replaces", "接替的领导代码", "replaces"),
        ),
        ends=True,
    ),
    "publication_permit": DecisionForm(
        detail=(("purpose", "用途", "purpose"), ("notified_on", "告知日期", "told on"), ("reply", "陈述申辩", "reply")),
        ends=True,
    ),
    "permit_withdrawn": DecisionForm(detail=(("purpose", "用途", "purpose"),)),
    "plan_change": DecisionForm(detail=(("value", "年度计划（万元）", "annual plan, 万元"),)),
}


def choices(policy: DispatchPolicy) -> Mapping[str, Sequence[tuple[str, str, str]]]:
    """Fields of decisions that take one of a few values: (value, Chinese, English); nobody types the codes of the program."""
    factors = [(one.key, str(one.zh), str(one.en)) for one in policy.factors]
    return {
        "cause": [(key, zh, key.replace("_", " ")) for key, zh in CAUSE_ZH.items()],
        "factor": factors,
        "factor_budget": factors,
        "step": [(one.key, str(one.zh), str(one.en)) for one in policy.steps],
        "purpose": [("showcase", "成果晾晒", "showcase"), ("snail", "蜗牛项目", "snail")],
    }


def dispatch_periods(visit: Visit) -> tuple[str, ...]:
    """Months of the dispatch return that have opened, the newest first."""
    return periods_shown(visit.context, visit.state.now(), visit.context.programme.form_name("dispatch"))


def month_asked(visit: Visit, period: str | None) -> Period:
    """The month asked for, else the newest with dispatch returns that count."""
    if period:
        return parsed_period(period)
    form = visit.context.programme.form_name("dispatch")
    for one in dispatch_periods(visit):
        if visit.context.warehouse.current(one, form):
            return Period.parse(one)
    raise Refused("还没有调度月报", "there is no dispatch return yet")


@router.get("/dispatch")
def brief(visit: Dispatch, period: PeriodQuery = None) -> Response:
    """The city's brief of the month."""
    month = month_asked(visit, period)
    visit.viewed("dispatch", table="brief", period=str(month))
    made = brief_of(visit.context, month, visit.state.now())
    return _tables(visit, month, "brief", made.tables, made.paragraphs)


@router.get("/dispatch/decisions")
def decisions(visit: Dispatch, subject: str | None = None, kind: str | None = None) -> Response:
    """The book of decisions, and for those who decide a form."""
    visit.viewed("dispatch", table="decisions")
    document = decisions_document(visit.context, visit.state.now(), subject or None)
    newest_first = document.model_copy(update={"decisions": document.decisions[::-1]})
    tables = decision_tables(visit.context, newest_first)
    chosen = next((known for known in DECISIONS if known == kind), None)
    return page(
        visit.request,
        visit.session,
        "decisions.html",
        tables=tables,
        titles=TITLES,
        kinds=DECISION_NAMES,
        chosen=chosen,
        form=DECISIONS[chosen] if chosen else None,
        choices=choices(visit.context.programme.dispatch),
        needs_document=chosen in NEEDS_DOCUMENT if chosen else False,
        month_end=chosen in JUDGED_AT_MONTH_END,
        needed=REQUIRED_DETAIL.get(chosen, ()) if chosen else (),
        subject=subject or "",
        table="decisions",
        period=None,
    )


@router.post("/dispatch/decisions")
def do_decide(visit: Annotated[Posted, Depends(posting(Right.DISPATCH_DECIDE))]) -> Response:
    """Records a decision, as `saima dispatch decide` does."""
    kind = next((known for known in DECISIONS if known == visit.text("kind")), None)
    if kind is None:
        raise HTTPException(422)
    detail = {name: visit.text(name) for name, _, _ in DECISIONS[kind].detail if visit.text(name)}
    request = DecisionRequest(
        kind,
        visit.text("subject"),
        visit.account.name,
        visit.text("document"),
        visit.text("reason"),
        typed_day(visit.text("begins")),
        typed_day(visit.text("ends")),
        detail,
    )
    with visit.state.work:
        done = decide(visit.context, request, visit.state.now())
    return go(visit, f"/dispatch/decisions?subject={quote(done.subject, safe='')}")


@router.get("/dispatch/{table}")
def dispatch_table(visit: Dispatch, table: str, period: PeriodQuery = None) -> Response:
    """One of the tables of `saima dispatch`."""
    if table not in BUILDERS:
        raise HTTPException(404)
    month = month_asked(visit, period)
    visit.viewed("dispatch", table=table, period=str(month))
    document = dispatch_document(visit.context, table, month, visit.state.now())
    return _tables(visit, month, table, print_tables(document, unit_names(visit.context)), ())


@router.get("/dispatch/{table}/csv")
def dispatch_csv(visit: Dispatch, table: str, period: PeriodQuery = None, week: PeriodQuery = None) -> Response:
    """The same as CSV, of teams in a week; what a spreadsheet would run is defused."""
    if table not in BUILDERS:
        raise HTTPException(404)
    month = month_asked(visit, period)
    visit.viewed("dispatch", table=table, period=str(month), what="csv")
    asked = str(parsed_period(week)) if week else None
    document = dispatch_document(visit.context, table, month, visit.state.now(), week=asked)
    name = f"{table}_{asked or month}.csv"
    return attachment(as_csv(visit.context, document), "text/csv; charset=utf-8", name)


def _tables(visit: Visit, month: Period, table: str, tables: object, paragraphs: object) -> Response:
    return page(
        visit.request,
        visit.session,
        "dispatch.html",
        period=month,
        periods=dispatch_periods(visit),
        table=table,
        titles=TITLES,
        tables=tables,
        paragraphs=paragraphs,
    )
