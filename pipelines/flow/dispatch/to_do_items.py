"""The to-do list of the 经信局 for a month: overdue stages (E12), projects below the floor of their list (F06), projects without one
leader and team (F07), and plans that were changed after they were frozen. Administrative data; never findings on a return."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from expectations.catalogue import RULES

from ...dispatch.arrays import positions
from ...dispatch.leaders import Assignment
from ...errors import Refused
from ...indicators.plan_baseline import plan_changes
from ...model.fields import FIELDS
from ...model.periods import Period
from ...model.printed_table import PrintedTable, printed
from ...validate.period.closing_rules import DispatchRegister, LedProject
from ...validate.period.validate_period import dispatch_items
from ..records.frozen_plans import plan_baseline
from ..runtime.context import Context
from .dispatch_view import DispatchView
from .own_codes import LEADER_LIST


class ToDoItem(BaseModel):
    """One thing to do. `row` of the return of `submission`; null where the item is about no row."""

    rule: str
    unit: str
    name: str
    submission: str | None
    row: int | None
    field: str
    value: str
    message_zh: str
    message_en: str


class RuleState(BaseModel):
    """How one of the rules fared: rows looked at and items found, or why it could not be asked."""

    rule: str
    formula: str
    status: str
    rows: int
    items: int
    reason: str


class PlanChangeItem(BaseModel):
    """A plan that is other than frozen: logged and shown, never scored. Amounts as decimal text, months YYYY-MM."""

    unit: str
    name: str
    project_code: str
    project_name: str
    field: str
    frozen: str
    now: str


class ToDoDocument(BaseModel):
    """`saima dispatch items PERIOD --json`."""

    period: str
    as_of: datetime
    items: list[ToDoItem]
    rules: list[RuleState]
    plan_changes: list[PlanChangeItem]


def to_do_document(context: Context, period: Period, as_of: datetime) -> ToDoDocument:
    """The list over the dispatch returns that counted at the instant; Refused where there are none."""
    view = DispatchView(context, period, as_of)
    rows = view.month_rows(view.form)
    if rows is None or not rows.num_rows:
        raise Refused(f"{period} 没有调度月报", f"there is no dispatch return for {period}", f"saima status {period}")
    found, runs = dispatch_items(str(period), context.programme, {view.form: rows}, _register(view))
    baseline = plan_baseline(context, period, rows, as_of)
    return ToDoDocument(
        period=str(period),
        as_of=as_of,
        items=[
            ToDoItem(
                rule=item.finding.rule,
                unit=item.unit_code,
                name=_name(context, item.unit_code),
                submission=item.submission_id,
                row=item.finding.row,
                field=item.finding.field,
                value=item.finding.value,
                message_zh=item.finding.message_zh,
                message_en=item.finding.message_en,
            )
            for item in found
        ],
        rules=[
            RuleState(
                rule=run.rule,
                formula=RULES[run.rule].formula,
                status=run.status,
                rows=run.rows,
                items=run.failed,
                reason=run.reason,
            )
            for run in runs
        ],
        plan_changes=[
            PlanChangeItem(
                unit=change.unit_code,
                name=_name(context, change.unit_code),
                project_code=change.project_code,
                project_name=change.project_name,
                field=change.field,
                frozen=change.frozen,
                now=change.now,
            )
            for change in (plan_changes(rows, baseline) if baseline else ())
        ],
    )


def _register(view: DispatchView) -> DispatchRegister:
    """Members of the lists, and of the library with how many lead and serve them."""
    codes = view.panel.project_codes
    members = {code: frozenset(codes[n] for n in positions(mask)) for code, mask in view.members.items()}
    if LEADER_LIST not in view.programme.forms and not view.assignments:
        return DispatchRegister(members)
    led: dict[str, list[Assignment]] = {}
    for one in view.leading:
        led.setdefault(one.project_code, []).append(one)
    return DispatchRegister(
        members,
        tuple(
            LedProject(
                unit,
                code,
                view.name_of(code),
                len({one.leader_code for one in led.get(code, ())}),
                len({one.team_code for one in led.get(code, ()) if one.team_code}),
            )
            for code, unit in view.library_codes()
        ),
    )


def print_to_do(document: ToDoDocument) -> list[PrintedTable]:
    """The list as people read it, and the changed plans where there are any."""
    tables = [
        printed(
            f"{document.period} 经信待办",
            "to-do items",
            (("单位", "unit"), ("规则", "rule"), ("行", "row", True), ("事项", "item")),
            [(one.name, one.rule, one.row, one.message_zh) for one in document.items],
        )
    ]
    if document.plan_changes:
        tables.append(
            printed(
                f"{document.period} 冻结后改动的计划，不计分",
                "plans changed after the freeze, not scored",
                (("单位", "unit"), ("项目", "project"), ("指标", "field"), ("冻结", "frozen"), ("现报", "now")),
                [
                    (one.name, one.project_name or one.project_code, _field(one.field), one.frozen, one.now)
                    for one in document.plan_changes
                ],
            )
        )
    return tables


def _field(name: str) -> str:
    return FIELDS[name].zh if name in FIELDS else name


def _name(context: Context, code: str) -> str:
    unit = context.programme.roster.get(code)
    return unit.name if unit else code
