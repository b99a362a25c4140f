"""What people do to the ladder: acknowledge or snooze a stage, log a call. Each is a row with who, when and why."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ...alerts.escalation_policy import escalation_steps_of
from ...alerts.lateness import ESCALATION_STEPS
from ...errors import Refused, Terminal
from ...model.notifications import Call, Hold
from ...model.periods import Period
from ...model.programme import Programme
from ...model.typed_texts import typed_line, typed_text
from ..records.find_unit import unit_of
from ..records.form_words import form_words
from ..records.submission_status import latest_due
from ..runtime.context import Context
from .reminder_cases import cases
from .watch import stopped_by


def period_or_latest(context: Context, period: Period | None, now: datetime) -> Period:
    """The period asked for, else the latest whose due hour has passed."""
    chosen = period or latest_due(context, now)
    if chosen is None:
        raise Refused("尚无到期的报告期", "no period is due yet", "写出 PERIOD / name a PERIOD")
    return chosen


def hold(
    context: Context,
    kind: Literal["ack", "snooze"],
    unit: str,
    period: Period,
    form: str,
    rung: str,
    reason: str,
    until: datetime | None,
    name: str,
    now: datetime,
) -> list[Hold]:
    """Stops one stage of the ladder of a unit, of every form it owes where `form` is `*`. Refused where it owes none."""
    programme = context.programme
    code = unit_of(programme, unit).code
    _known_form(programme, form)
    reason, name = typed_text(reason), _named(name)
    if rung and rung not in ESCALATION_STEPS:
        raise Terminal(
            f"没有阶段 {rung}", f"no such stage: {rung}", f"允许的值 / allowed: {', '.join(ESCALATION_STEPS)}"
        )
    if kind == "snooze" and not reason:
        raise Terminal("暂缓须写明原因", "a snooze needs its reason", "--reason …")
    if until is not None and until <= now:
        raise Terminal("暂缓须晚于现在到期", "a snooze ends in the future", "--until …")
    rows = [r for r in programme.calendar.rows if r.period == period and (form in ("*", r.form))]
    found = []
    for case in cases(context, now, rows):
        if case.unit_code != code or case.opening is None:
            continue
        reached = [r for r, at in escalation_steps_of(programme.calendar, case.row, case.opening).items() if at <= now]
        if rung or reached:
            stage = rung or reached[-1]
            found.append(Hold(kind, code, str(period), case.form, stage, reason, until, name, now))
    if not found:
        found_unit = unit_of(programme, unit)
        (zh, en), every = form_words(programme, form), form == "*"
        raise Refused(
            f"{programme.roster.label(found_unit)} {period} {'各报表' if every else zh}没有可停的催报",
            f"nothing of {found_unit.name_en} {period} {'of any form' if every else en} is being chased",
            f"saima late {period}",
        )
    waiting = context.warehouse.alerts.rows(periods=(str(period),), states=("pending", "collected"))
    for one in found:
        context.warehouse.alerts.hold(one, *stopped_by(one, waiting))
    return found


def log_call(
    context: Context,
    unit: str,
    period: Period,
    form: str,
    called_at: datetime,
    called_by: str,
    spoke_to: str,
    answer: str,
    now: datetime,
) -> Call:
    """Records a telephone call about a form (`*`: about every one)."""
    _known_form(context.programme, form)
    called_by, spoke_to, answer = _named(called_by), typed_line(spoke_to), typed_text(answer)
    if not answer:
        raise Terminal("请写明答复", "a call needs its answer", "--answer …")
    if called_at > now:
        raise Terminal("通话时间晚于现在", "the call lies in the future", "--at …")
    code = unit_of(context.programme, unit).code
    call = Call(code, str(period), form, called_at, called_by, spoke_to, answer, now)
    context.warehouse.alerts.log_call(call)
    return call


def _known_form(programme: Programme, form: str) -> None:
    if form != "*" and form not in programme.forms:
        raise Terminal(
            f"没有报表 {form}", f"no such form: {form}", f"允许的值 / allowed: *, {', '.join(programme.forms)}"
        )


def _named(name: str) -> str:
    known = typed_line(name)
    if not known:
        raise Terminal("请写明经办人", "who does it?", "--as …")
    return known
