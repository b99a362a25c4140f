"""The week's look (Monday 09:00) and the step after publication: who is told what waits, and which tables are laid down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from ...model.dispatch_decisions import DispatchDecision
from ...model.notifications import Audience, Contact, Notification
from ...model.periods import Period
from ...warehouse.db.locking import file_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ..notify.notification_builder import About, NotificationBuilder
from ..records.noted_files import DISPATCH, lay_down
from ..runtime.code_version import code_version
from ..runtime.context import Context
from .dispatch_view import DispatchView
from .documents import Document
from .documents_of import as_csv, as_page, month_documents
from .people_tables import helpers_document, inspections_document, leaders_document, teams_document
from .project_tables import snails_document
from .public_showcase import publish_showcase, refresh_showcases
from .record_decision import newest_view
from .sql_rows import rows_as_csv, table_rows

DATA = "data"
DISPATCH_LOCK = "dispatch.lock"
MATTERS: dict[str, tuple[str, str]] = {
    "memo": ("服务专班备忘未交、迟交或不全", "weekly memos missing, late or incomplete"),
    "issue": ("超期问题", "issues overdue"),
    "helper": ("超出频次的助企服务员", "helpers beyond their cadence"),
    "silent": ("久无动作或无联挂领导的项目", "projects whose leader is silent or missing"),
    "inspection": ("督查逾期未答复", "inspections overdue"),
    "queue": ("待立案或升级的蜗牛项目", "snails to be inspected or escalated"),
}
"""What the week looks at: matter → Chinese and English."""
TOLD: dict[Audience, tuple[str, ...]] = {
    "county": ("memo", "issue", "helper", "inspection"),
    "leader": ("silent", "inspection"),
    "bureau": ("memo", "issue", "helper", "silent", "inspection", "queue"),
}
"""Audience → the matters it is told of. A county hears of its own alone; nobody reads names or amounts in a message."""


class WeeklyDocument(Document):
    """What a look found: matter → unit → count, and how many messages it put into the outbox."""

    week: str
    period: str
    matters: dict[str, dict[str, int]]
    messages: int


class DispatchStepDocument(Document):
    """The step after publication: reminder slips recorded for the warned projects, tables laid down (internal); `showcase`: folder of
    the public showcase beside the published edition, None where nothing is published."""

    period: str
    notices: int
    files: list[str]
    folder: str
    showcase: str | None


@dataclass(frozen=True)
class _Found:
    week: str
    counts: dict[str, dict[str, int]]


def look_at_the_week(context: Context, now: datetime) -> WeeklyDocument:
    """Looks at the week before and puts one message a recipient into the outbox; a second look of the week says nothing twice.
    The public showcases follow the permits of the moment: they end without a decision."""
    view = newest_view(context, now)
    found = _matters(view)
    notices = _messages(context, view, found, now)
    fresh = context.warehouse.alerts.post(notices) if notices else []
    refresh_showcases(context, now)
    return WeeklyDocument(week=found.week, period=str(view.period), matters=found.counts, messages=len(fresh))


def _matters(view: DispatchView) -> _Found:
    """Counts of each matter by unit as of the instant; the memo week is the one that ended last Sunday."""
    monday = view.today - timedelta(days=view.today.weekday() + 7)
    ended = monday.isocalendar()
    week = f"{ended.year}-W{ended.week:02d}"
    counts: dict[str, dict[str, int]] = {matter: defaultdict(int) for matter in MATTERS}
    teams = teams_document(view, week)
    for team in teams.teams:
        counts["memo"][team.unit] += team.state != "complete"
    for issue in teams.issues:
        counts["issue"][issue.unit] += issue.overdue
    for helper in helpers_document(view).late:
        counts["helper"][helper.unit] += 1
    for line in leaders_document(view).leaders:
        counts["silent"][line.unit] += bool(line.problem)
    inspections = inspections_document(view)
    for one in inspections.inspections:
        counts["inspection"][one.unit] += one.overdue
    for item in inspections.queue:
        counts["queue"][item.unit] += 1
    kept = {matter: {unit: n for unit, n in sorted(own.items()) if n} for matter, own in counts.items()}
    return _Found(week, kept)


def _messages(context: Context, view: DispatchView, found: _Found, now: datetime) -> list[Notification]:
    programme = context.programme
    first = programme.alerting.alerts_from
    if first is None or view.period < first or not programme.channels:
        return []
    builder, notices = NotificationBuilder(programme), []
    for unit in programme.roster.ranked_at(view.period):
        own = _told(found, TOLD["county"], unit.code)
        contacts = programme.contacts_for(unit.code, view.form, "county") if own else ()
        about = About(unit.code, str(view.period), view.form)
        notices += [_message(builder, contact, about, found.week, own, view.period, now) for contact in contacts]
    for audience in ("leader", "bureau"):
        whole = _told(found, TOLD[audience], None)
        about = About("", str(view.period), view.form)
        for contact in builder.audience(audience) if whole else ():
            notices.append(_message(builder, contact, about, found.week, whole, view.period, now))
    return notices


def _told(found: _Found, matters: tuple[str, ...], unit: str | None) -> list[dict[str, object]]:
    told: list[dict[str, object]] = []
    for matter in matters:
        own = found.counts[matter]
        count = sum(own.values()) if unit is None else own.get(unit, 0)
        if count:
            told.append({"what_zh": MATTERS[matter][0], "what_en": MATTERS[matter][1], "count": count})
    return told


def _message(
    builder: NotificationBuilder,
    contact: Contact,
    about: About,
    week: str,
    matters: list[dict[str, object]],
    period: Period,
    now: datetime,
) -> Notification:
    return builder.dispatch(contact, about, week, matters, f"saima dispatch teams · inspections {period}", now)


def run_dispatch_step(context: Context, period: Period, now: datetime) -> DispatchStepDocument:
    """After publication: a reminder slip is recorded for every warned project of the month (once), and every table is laid down as
    page and CSV under `dispatch/<period>` of the home. Internal: nothing of it is in the published folder."""
    view = DispatchView(context, period, now)
    warned = snails_document(view).warned
    day = view.today

    def slips(known: object) -> list[DispatchDecision]:
        told = {d.subject for d in known if d.kind == "notice" and d.detail.get("period") == str(period)}  # type: ignore[attr-defined]
        return [_slip(one.project_code, one.unit, period, day, now) for one in warned if one.project_code not in told]

    recorded = context.warehouse.decisions.record(slips, [one.project_code for one in warned])
    if recorded:
        view = view.with_later_decisions()  # the tables say who was told, as they would if they were asked for again
    folder = dispatch_folder(context, str(period))
    showcase = publish_showcase(context, period, now)
    return DispatchStepDocument(
        period=str(period),
        notices=len(recorded),
        files=_lay_down(context, view, folder, now),
        folder=str(folder),
        showcase=str(showcase) if showcase else None,
    )


def dispatch_folder(context: Context, period: str) -> Path:
    """Where the pages of a month lie."""
    return context.settings.home / "dispatch" / period


def _slip(project: str, unit: str, period: Period, day: date, now: datetime) -> DispatchDecision:
    reason = "进度或环节滞后，请在三个工作日内说明 / behind: explain within three working days"
    return DispatchDecision("notice", project, "saima", now, day, None, unit, "", reason, {"period": str(period)})


def _lay_down(context: Context, view: DispatchView, folder: Path, now: datetime) -> list[str]:
    """Pages and CSV to print, every table as rows in SQL and in `data/` of the folder."""
    documents = month_documents(view)
    rows = table_rows(documents)

    def files() -> Iterator[tuple[str, bytes]]:
        for name, content in rows_as_csv(rows).items():
            yield f"{DATA}/{name}", content
        for name, document in documents.items():
            yield f"{name}.html", as_page(context, document, view.as_of)
            yield f"{name}.csv", as_csv(context, document)

    with file_lock(context.settings.home / DISPATCH_LOCK, BUSY_SECONDS, "dispatch"):
        context.warehouse.dispatch_rows.replace(str(view.period), view.as_of, rows, code_version())
        laid_down = lay_down(context, DISPATCH, str(view.period), folder, files(), now)
    return [name for name in laid_down if "/" not in name]
