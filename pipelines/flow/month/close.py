"""Close a month: the rules across units run over what counts, and the result is recorded once per inputs_hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from ...model.calendar import local_text
from ...model.loading import HISTORY, MonthClose
from ...model.periods import Period
from ...validate.period.validate_period import DETAIL_COLUMNS, Beside, validate_period, versions_at_due
from ..intake.validate_batch import stop_on_broken
from ..records.form_words import form_words
from ..records.frozen_targets import with_frozen_targets
from ..records.history_rows import as_now
from ..records.submission_status import SubmissionStatus, is_history, submission_statuses
from ..runtime.context import Context
from ..runtime.lineage_events import note_read
from ..runtime.stage_log import logged_stage
from .unit_states import freeze_moment

NAMED = 6
"""So many of the forms that keep a month open are named."""


@dataclass(frozen=True)
class Closed:
    """The answer to "close this month": `emitted` only when this closing is new (inputs changed or first time)."""

    period: str
    closed: bool
    reason: str
    inputs_hash: str | None
    emitted: bool
    missing: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The JSON of `saima close` (DESIGN §8)."""
        return {"period": self.period, "closed": self.closed, "reason": self.reason, "missing": list(self.missing)}


def closable(context: Context, now: datetime) -> list[str]:
    """Open periods that can be closed at `now` and whose inputs are not closed yet (close_month DAG, hourly)."""
    known = set(context.programme.calendar.periods(context.programme.lead_form))
    changed = [Period.parse(name) for name in context.warehouse.follow_ups.periods_to_close()]
    return [
        str(period)
        for period in changed
        if period in known and not is_history(context, period) and obstacle(context, period, now) is None
    ]


def obstacle(context: Context, period: Period, now: datetime) -> str | None:
    """Why the month cannot close yet; None when it can.

    It can when the freeze has passed (where none is declared: the last date of its calendar row), or when every unit is
    accepted with the due hour past; with `base_source = bureau` never without city_month (DESIGN §7).
    """
    programme = context.programme
    row = programme.calendar.row(programme.lead_form, period)
    if row is None:
        zh, en = form_words(programme, programme.lead_form)
        return f"报送日历中 {period} 没有{zh} / the calendar has no {en} for {period}"
    if programme.method.base_source == "bureau" and not any(
        s.accepted for s in submission_statuses(context, period, now, forms=(programme.form_name("base"),), bureau=True)
    ):
        zh, en = form_words(programme, programme.form_name("base"))
        return f"缺少市统计局的{zh}（可比基数），请其报送 / the bureau has not sent: {en}"
    frozen_at = freeze_moment(context, period) or row.county_due
    if now >= frozen_at:
        return None
    if now < row.county_due:
        due = local_text(row.county_due, programme.calendar.time_zone)
        return f"报送截止时间（{due}）未到 / the due hour has not passed"
    waiting = [s for s in submission_statuses(context, period, now) if not s.accepted]
    if waiting:
        frozen = local_text(frozen_at, programme.calendar.time_zone)
        zh, en = _named(context, waiting)
        return f"尚有 {len(waiting)} 份未通过（{zh}），{frozen} 冻结 / {len(waiting)} forms not accepted before the freeze: {en}"
    return None


def _named(context: Context, waiting: Sequence[SubmissionStatus]) -> tuple[str, str]:
    """The first of them by unit and form, Chinese and English."""
    programme, shown = context.programme, waiting[:NAMED]
    words = [form_words(programme, s.form) for s in shown]
    zh = "、".join(f"{programme.roster.label(s.unit)} {word}" for s, (word, _) in zip(shown, words, strict=True))
    en = ", ".join(f"{s.unit.name_en} {word}" for s, (_, word) in zip(shown, words, strict=True))
    more = len(waiting) > NAMED
    return f"{zh}{'等' if more else ''}", f"{en}{' and others' if more else ''}"


@logged_stage(
    "close",
    lambda done: {"period": done.period, "closed": done.closed, "emitted": done.emitted, "missing": len(done.missing)},
)
def close(context: Context, period: Period, now: datetime) -> Closed:
    """Run the period rules and record the closing; the same inputs close once, whoever asks how often."""
    name, warehouse = str(period), context.warehouse
    with warehouse.one_view():
        hindered = obstacle(context, period, now)
        found = submission_statuses(context, period, now)
        missing = tuple(missing_units(context, found))
        if hindered:
            return Closed(name, False, hindered, None, False, missing)
        inputs = warehouse.inputs_hash(name)
        if _closed_with(context, period, inputs):
            return Closed(name, True, "已关账，输入未变 / closed before with the same inputs", inputs, False, missing)
        current = {form: _current(context, form, name) for form in context.programme.forms}
        beside, programme = _beside(context, period, now), with_frozen_targets(context, period.year)
    findings, runs = validate_period(name, programme, current, beside)
    note_read(sum(table.num_rows for table in current.values()), None, runs)
    stop_on_broken(runs)
    closing = MonthClose(name, inputs, now, "冻结或全部到齐 / frozen or complete", tuple(missing), tuple(runs))
    new = warehouse.closings.close(closing, [(f.unit_code, f.finding) for f in findings])
    return Closed(name, True, "已关账 / closed", inputs, new, missing)


def _current(context: Context, form: str, period: str) -> pa.Table:
    """Accepted rows of the submissions that count."""
    ids = [row.submission_id for row in context.warehouse.current(period, form).values()]
    columns = _columns(context, form)
    return context.warehouse.facts(form, ids, columns, in_order=columns is None)


def _columns(context: Context, form: str) -> list[str] | None:
    """What the rules across units look at in the projects, of which a country has 800,000 a month, in any order; None: all of any
    other form."""
    if form != context.programme.form_name("detail"):
        return None
    there = context.warehouse.lake.register.fact(form).columns
    return [name for name in DETAIL_COLUMNS if name in there]


def _beside(context: Context, period: Period, now: datetime) -> Beside:
    """The ledger as of the closing, the lead form as it stood at the due hour, and the same month of last year."""
    warehouse, programme = context.warehouse, context.programme
    versions = warehouse.submissions(str(period), as_of=now)
    at_due = [v.submission_id for v in versions_at_due(programme, period, versions).values()]
    last_year = str(period.same_month_last_year)
    return Beside(
        tuple(versions),
        {programme.lead_form: warehouse.facts(programme.lead_form, at_due)} if at_due else {},
        {
            form: as_now(
                context,
                form,
                warehouse.current_facts(form, last_year, _columns(context, form)),
                period.same_month_last_year,
                period,
            )
            for form in (programme.lead_form, programme.form_name("detail"))
            if form
        },
    )


def close_as_history(context: Context, period: Period, now: datetime) -> None:
    """Mark a month as history: it will never be chased, closed by the DAG or ranked."""
    name = str(period)
    context.warehouse.closings.close(MonthClose(name, context.warehouse.inputs_hash(name), now, HISTORY, ()))


def missing_units(context: Context, found: list[SubmissionStatus]) -> list[str]:
    """Ranking units without an accepted version of the form the ranking's level comes from."""
    lead = context.programme.lead_form
    return [s.unit.code for s in found if s.form == lead and not s.accepted]


def _closed_with(context: Context, period: Period, inputs_hash: str) -> bool:
    return any(c.inputs_hash == inputs_hash for c in context.warehouse.closings.all(str(period)))
