"""`saima return`: the bureau sends a version back; `saima withdraw`: the county takes its own back before the due hour. It counts
no more, and the unit owes a new one by the deadline."""

from __future__ import annotations

from datetime import datetime

from ...alerts.escalation_policy import not_before_alerts
from ...errors import Refused, Terminal
from ...model.calendar import local_text
from ...model.loading import SubmissionRow
from ...model.periods import Period
from ...model.rulings import Return
from ...model.typed_texts import typed_line, typed_text
from ..notify.notification_builder import NotificationBuilder
from ..notify.send import Clock, deliver
from ..records.finding_documents import submission
from ..records.form_words import form_words
from ..runtime.context import Context
from .take_effect import let_take_effect

_NEXT_PERIOD = "已冻结，在下一报告期用更正代码调整 / frozen: correct it in the next period with a correction code"
_BY_DECISION = (
    "已冻结，在下一报告期用更正代码调整；市局决定更正本期的，先在 calendar.csv 后移本期的冻结和发布时间 / "
    "frozen: correct it in the next period with a correction code; where the bureau decides to correct this one, move its freeze and "
    "publication in calendar.csv first"
)
"""An edition r1 is the bureau's decision (domain_decisions §3), and a change of the calendar is one that the books keep."""
_RETURNED = "请市统计局退回，或报送更正件 / ask the bureau to return it, or send a corrected file"


def return_submission(
    context: Context, submission_id: str, reason: str, deadline: datetime | None, name: str, now: datetime
) -> tuple[SubmissionRow, Return]:
    """Records the return and lets it take effect. Refused for a version that is not the newest, was returned before, or whose
    period is frozen (a later correction goes into the next period's cumulative figure)."""
    reason, name = typed_text(reason), typed_line(name)
    if not reason:
        raise Terminal("退回须写明原因", "a return needs its reason", "--reason …")
    version = _newest(context, submission_id)
    row = context.programme.calendar.row(version.form, Period.parse(version.period))
    freeze = row.freeze if row else None
    if freeze is not None and now >= freeze:
        since = local_text(freeze, context.programme.time_zone)
        raise Refused(
            f"{version.period} 已于 {since} 冻结，不能退回", f"{version.period} froze at {since}", _BY_DECISION
        )
    until = deadline or (row.city_audit_due if row else None)
    if until is not None and (until <= now or (freeze is not None and until > freeze)):
        raise Terminal(
            "退回期限须晚于现在，且不晚于冻结时间",
            "the deadline must lie between now and the freeze",
            f"冻结 / freeze: {local_text(freeze, context.programme.time_zone) or '—'}",
        )
    done = Return(submission_id, reason, until, name, now)
    notified = (
        NotificationBuilder(context.programme).returned(version, done)
        if not_before_alerts(context.programme.alerting, version.period)
        else ()
    )
    context.warehouse.rulings.add_return(done, notified)
    let_take_effect(context, now)
    return submission(context, submission_id), done


def return_and_notify(
    context: Context,
    submission_id: str,
    reason: str,
    deadline: datetime | None,
    name: str,
    now: datetime,
    clock: Clock | None = None,
    patience: float = 300.0,
) -> tuple[SubmissionRow, Return]:
    """The same, and its unit is told at once; `clock` and `patience` as `deliver` takes them."""
    returned = return_submission(context, submission_id, reason, deadline, name, now)
    deliver(context, now, clock, patience)
    return returned


def withdraw(
    context: Context, submission_id: str, reason: str, name: str, now: datetime
) -> tuple[SubmissionRow, Return]:
    """撤回: until the due hour, which stays the deadline. Refused afterwards (the bureau returns it then, on request), and for a
    version that is not the newest or was returned before."""
    reason, name = typed_text(reason), typed_line(name)
    if not reason:
        raise Terminal("撤回须写明原因", "a withdrawal needs its reason", "--reason …")
    version = _newest(context, submission_id)
    row = context.programme.calendar.row(version.form, Period.parse(version.period))
    if row is not None and now >= row.county_due:
        due = local_text(row.county_due, context.programme.time_zone)
        frozen = row.freeze is not None and now >= row.freeze
        zh, en = form_words(context.programme, version.form)
        raise Refused(
            f"{version.period} {zh}的报送截止时间（{due}）已过，不能撤回",
            f"the due hour of {version.period}, {en}, has passed ({due})",
            _NEXT_PERIOD if frozen else _RETURNED,
        )
    done = Return(submission_id, reason, row.county_due if row else None, name, now, withdrawn=True)
    context.warehouse.rulings.add_return(done)
    let_take_effect(context, now)
    return submission(context, submission_id), done


def _newest(context: Context, submission_id: str) -> SubmissionRow:
    version = submission(context, submission_id)
    siblings = context.warehouse.submissions(version.period, form=version.form)
    newest = next(r for r in siblings if r.unit_code == version.unit_code and r.latest)
    if newest.submission_id != submission_id:
        raise Refused(
            f"只能退回或撤回最新的一份：{newest.submission_id}",
            f"only the newest version can be returned or withdrawn: {newest.submission_id}",
        )
    return version
