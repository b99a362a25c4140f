"""`saima calendar`: the releases of the next twelve months from the programme's calendar, and their announcement. What was announced is
kept in the audit log; another hour is announced with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...errors import Refused
from ...model.loading import AuditEntry
from ...model.periods import Period
from ...model.typed_texts import typed_text
from ...publish.release_calendar import (
    MONTHS_AHEAD,
    Release,
    ReleaseCalendar,
    calendar_ics,
    moved,
    moved_changes,
    within_a_year,
)
from ..records.submission_status import is_history
from ..runtime.context import Context
from .release import embargo

RELEASE_CALENDAR = "release_calendar"
"""Action of the entries, key of their detail, and key under which a rebuild carries the newest over."""
_OLDER = "release_calendar.json"
"""Below the home: where versions of November 2026 kept it."""
FILES = ("calendar.json", "calendar.ics")


def release_calendar(context: Context, now: datetime) -> ReleaseCalendar:
    """The calendar as it would be announced now, with the changes announced so far."""
    return _calendar(context, now, announced(context), "")


def announced(context: Context) -> ReleaseCalendar | None:
    """What was announced last; None before the first announcement."""
    if (told := _logged(context)) is not None:
        return ReleaseCalendar.model_validate(told)
    file = context.settings.home / _OLDER
    return ReleaseCalendar.model_validate_json(file.read_bytes()) if file.is_file() else None


def _logged(context: Context) -> Mapping[str, object] | None:
    log = context.warehouse.audit_entries
    return known_calendar([*log(limit=1, action="rebuild"), *log(limit=1, action=RELEASE_CALENDAR)])


def known_calendar(entries: Sequence[AuditEntry]) -> Mapping[str, object] | None:
    """The calendar that the newest of these entries has; None where none has one (a version of November 2026 announced it)."""
    said = [entry.detail.get(RELEASE_CALENDAR) for entry in sorted(entries, key=lambda entry: entry.seq)]
    return next((one for one in reversed(said) if isinstance(one, Mapping)), None)


def announce(context: Context, now: datetime, reason: str) -> ReleaseCalendar:
    """Announce the calendar. Refused where an announced hour is moved and no reason is given."""
    before = announced(context)
    changed = moved(before, _hours(context), now)
    reason = typed_text(reason)
    if changed and len(reason) < 4:
        named = "；".join(
            f"{one.period} {one.before.isoformat()} → {one.after.isoformat() if one.after else '—'}" for one in changed
        )
        raise Refused(
            f"已公布的发布时间有变动，须写明原因：{named}",
            f"announced hours are moved, the reason must be given: {named}",
            "saima calendar --announce --reason 原因 / why",
        )
    calendar = _calendar(context, now, before, reason)
    told = {one.period: one.announced_at for one in before.releases} if before else {}
    calendar = calendar.model_copy(
        update={
            "releases": [
                one.model_copy(update={"announced_at": told.get(one.period) or now}) for one in calendar.releases
            ]
        }
    )
    if calendar != before or _logged(context) is None:
        moves = [{"period": one.period, "before": one.before.isoformat()} for one in changed]
        detail = {"moved": moves, "reason": reason, RELEASE_CALENDAR: calendar.model_dump(mode="json")}
        context.warehouse.audit("saima", RELEASE_CALENDAR, "calendar", detail, now)
        (context.settings.home / _OLDER).unlink(missing_ok=True)
    return calendar


def calendar_files(context: Context) -> dict[str, bytes]:
    """File name → bytes of the announced calendar; nothing before the first announcement."""
    calendar = announced(context)
    if calendar is None:
        return {}
    text = calendar.model_dump_json(indent=2) + "\n"
    return dict(zip(FILES, (text.encode(), calendar_ics(calendar, context.programme.zh)), strict=True))


def _hours(context: Context) -> dict[str, datetime]:
    """period → the moment before which it is not published, of every period of the lead form that has one."""
    programme = context.programme
    periods = programme.calendar.periods(programme.lead_form)
    return {str(p): at for p in periods if (at := embargo(context, p)) is not None}


def _calendar(context: Context, now: datetime, before: ReleaseCalendar | None, reason: str) -> ReleaseCalendar:
    programme, hours = context.programme, _hours(context)
    within = {period: at for period, at in hours.items() if within_a_year(at, now)}
    heads = context.warehouse.edition_heads.published(min(within, default=""))
    published = {e.period: e.edition_id for e in heads}
    releases = [
        Release(
            period=period,
            title_zh=f"{programme.zh} {period}",
            title_en=f"{programme.en} {period}",
            at=at,
            state="published" if period in published else "due" if at <= now else "announced",
            edition=published.get(period),
        )
        for period, at in sorted(within.items(), key=lambda pair: (pair[1], pair[0]))
        if at > now or period in published or not is_history(context, Period.parse(period))
    ]
    ahead = [one.period for one in releases if one.at > now]
    return ReleaseCalendar(
        programme=programme.name,
        time_zone=programme.time_zone,
        months_ahead=MONTHS_AHEAD,
        complete_until=max(ahead, key=lambda text: Period.parse(text), default=None),
        releases=releases,
        changes=moved_changes(before, hours, now, reason) if reason else (before.changes if before else []),
    )
