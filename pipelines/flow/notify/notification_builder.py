"""From a cause to the notices about it: the facts of each kind, the text, the key that makes it unique, and when it may go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...alerts.escalation_policy import Step, deferred, provisional_years
from ...alerts.messages import FOLDER, render
from ...model.loading import SubmissionRow
from ...model.notifications import Audience, Contact, Kind, MessageText, Notification
from ...model.periods import Period
from ...model.programme import Programme
from ...model.rulings import Return

PRIORITY: Mapping[Kind, int] = {
    "engineer": 1,
    "return": 2,
    "escalation": 3,
    "public_mark": 3,
    "reminder": 3,
    "recovery": 4,
    "receipt": 5,
    "digest": 6,
    "deadline_change": 2,
    "dispatch": 4,
}
"""Lower goes first among what is due to one recipient."""


OVERTAKEN = "已由后一阶段取代 / overtaken by a later rung"


@dataclass(frozen=True)
class About:
    """The form of a unit and period that a notice is about; all empty for one that is about none."""

    unit_code: str = ""
    period: str = ""
    form: str = ""


NOTHING = About()


class NotificationBuilder:
    """Makes the notices of one programme. Texts carry a status and a link (`model.messages.FACTS`), never rows or amounts."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        folder = programme.path / FOLDER
        self._overrides = folder if folder.is_dir() else None

    def always(self, period: str = "") -> dict[str, Any]:
        """The facts of every kind."""
        p = self.programme
        link = f"{p.alerting.board_url}/saima/desk" if p.alerting.board_url else ""
        query = f"?period={period}" if link and period else ""
        return {
            "programme_zh": p.zh,
            "programme_en": p.en,
            "simulated": p.simulated,
            "time_zone": p.time_zone,
            "link": link + query,
        }

    def names(self, about: About) -> dict[str, Any]:
        """Names of the unit and the form, for a text."""
        unit = self.programme.roster.get(about.unit_code)
        form = self.programme.forms.get(about.form)
        return {
            "unit_code": about.unit_code,
            "unit_name": self.programme.roster.label(unit) if unit else about.unit_code,
            "period": about.period,
            "form_zh": form.zh if form else about.form,
            "form_en": form.en if form else about.form,
        }

    def notice(
        self,
        kind: Kind,
        contact: Contact,
        key: str,
        facts: Mapping[str, Any],
        at: datetime,
        not_before: datetime,
        about: About = NOTHING,
        rung: str = "",
        opening: str = "",
        defer_to_digest: bool = False,
    ) -> Notification:
        """One notice to one contact; `defer_to_digest`: it is collected for the digest of the day."""
        given = self.always(about.period) | (self.names(about) if about.unit_code else {}) | dict(facts)
        return Notification(
            key=key,
            kind=kind,
            channel=contact.channel,
            address=contact.address,
            audience=contact.audience,
            text=render(kind, given, self._overrides, self.programme.languages),
            created_at=at,
            not_before=not_before,
            unit_code=about.unit_code,
            period=about.period,
            form=about.form,
            rung=rung,
            link=given["link"],
            priority=PRIORITY[kind],
            facts=_plain(facts),
            role=contact.role,
            opening=opening,
            state="collected" if defer_to_digest else "pending",
        )

    def out_at(self, at: datetime, about: About) -> datetime:
        """When a notice of `at` about a form may go out: quiet hours and days off defer."""
        row = self.programme.calendar.row(about.form, Period.parse(about.period)) if about.period else None
        return deferred(self.programme.calendar, self.programme.alerting, at, row.freeze if row else None)[0]

    def rung(self, step: Step, now: datetime) -> Notification:
        """A rung of the ladder; the bureau reads it in its digest."""
        case = step.case
        facts = {
            "rung": step.rung,
            "due": step.opening.due,
            "revising": step.opening.reason in ("rejected", "returned"),
            "provisional": bool(provisional_years(self.programme.calendar, case.row)),
            "workdays_late": case.workdays_late,
        }
        about = About(case.unit_code, case.period, case.form)
        return self.notice(
            step.kind,
            step.contact,
            step.key,
            facts,
            now,
            step.not_before,
            about,
            step.rung,
            step.opening.name,
            step.contact.audience == "bureau",
        )

    def passed(self, step: Step, now: datetime) -> Notification:
        """The record of a rung that a later one overtook: never sent, so it has no text."""
        c, case = step.contact, step.case
        return Notification(
            key=step.key,
            kind=step.kind,
            channel=c.channel,
            address=c.address,
            audience=c.audience,
            text=MessageText("", ""),
            created_at=now,
            not_before=step.not_before,
            unit_code=case.unit_code,
            period=case.period,
            form=case.form,
            rung=step.rung,
            role=c.role,
            opening=step.opening.name,
            state="passed",
            reason=OVERTAKEN,
            facts={"due": step.opening.due.isoformat(), "at": step.at.isoformat()},
        )

    def receipt(self, row: SubmissionRow, contact: Contact, now: datetime) -> Notification:
        """The verdict on a file, once a recipient and load: the same verdict again is no news, another one and back again is."""
        about = About(row.unit_code, row.period, row.form)
        dates = self.programme.calendar.row(row.form, Period.parse(row.period))
        facts = {
            "file_name": row.name.rsplit("/", 1)[-1],
            "arrived_at": row.arrived_at,
            "verdict": row.word,
            "version": row.version,
            "errors": row.errors,
            "queries": row.queries,
            "due": dates.county_due if dates else None,
            "corrections_until": dates.city_audit_due if dates else None,
        }
        key = "|".join(("receipt", row.submission_id, row.load_id, contact.channel, contact.address))
        return self.notice("receipt", contact, key, facts, now, self.out_at(now, about), about)

    def recovery(
        self, row: SubmissionRow, contact: Contact, opening: str, workdays: int, now: datetime
    ) -> Notification:
        """The file of a unit that was late is in: to whoever was told that it was late."""
        about = About(row.unit_code, row.period, row.form)
        facts = {"arrived_at": row.arrived_at, "verdict": row.word, "workdays_late": workdays}
        parts = ("recovery", row.period, row.form, row.unit_code, opening, contact.channel, contact.address)
        return self.notice(
            "recovery",
            contact,
            "|".join(parts),
            facts,
            now,
            self.out_at(now, about),
            about,
            opening=opening,
            defer_to_digest=contact.audience == "bureau",
        )

    def returned(self, row: SubmissionRow, done: Return) -> list[Notification]:
        """A file that the bureau sent back: to the county's contacts of the form."""
        about = About(row.unit_code, row.period, row.form)
        facts = {"version": row.version, "deadline": done.deadline}
        at = done.returned_at
        return [
            self.notice(
                "return",
                contact,
                "|".join(("return", row.submission_id, contact.channel, contact.address)),
                facts,
                at,
                self.out_at(at, about),
                about,
                opening=f"r:{row.submission_id}",
            )
            for contact in self.programme.contacts_for(row.unit_code, row.form, "county")
        ]

    def deadline_change(
        self, about: About, contact: Contact, ordinal: int, changes: Sequence[Mapping[str, Any]], now: datetime
    ) -> Notification:
        """A moved deadline, once a change and recipient (a contact of many units hears it once)."""
        parts = ("deadline", about.period, about.form, str(ordinal), contact.channel, contact.address)
        facts = {k: v for k, v in self.names(about).items() if k.startswith(("form", "period"))} | {"changes": changes}
        return self.notice(
            "deadline_change",
            contact,
            "|".join(parts),
            facts,
            now,
            self.out_at(now, about),
            About("", about.period, about.form),
            defer_to_digest=contact.audience == "bureau",
        )

    def digest(
        self, contact: Contact, day: date, facts: Mapping[str, Any], now: datetime, not_before: datetime
    ) -> Notification:
        """The day's digest of one recipient."""
        key = "|".join(("digest", day.isoformat(), contact.channel, contact.address))
        return self.notice("digest", contact, key, {"day": day, **facts}, now, not_before)

    def dispatch(
        self,
        contact: Contact,
        about: About,
        week: str,
        matters: Sequence[Mapping[str, Any]],
        command: str,
        now: datetime,
    ) -> Notification:
        """What waits in the dispatch loop, once a week to each recipient and unit; quiet hours defer it."""
        key = "|".join(("dispatch", week, about.unit_code, contact.audience, contact.channel, contact.address))
        facts = {"week": week, "matters": list(matters), "command": command}
        return self.notice("dispatch", contact, key, facts, now, self.out_at(now, about), about)

    def engineer(
        self, problem: str, name: str, zh: str, en: str, detail: str, remedy: str, since: datetime | None, now: datetime
    ) -> list[Notification]:
        """A broken house, to every engineer, at once (no quiet hours); `name` tells one occurrence from the next."""
        facts = {"problem": problem, "what_zh": zh, "what_en": en, "detail": detail, "since": since, "remedy": remedy}
        return [
            self.notice("engineer", c, "|".join(("engineer", problem, name, c.channel, c.address)), facts, now, now)
            for c in self.audience("engineer")
        ]

    def day(self, moment: datetime) -> str:
        """The local date: what is told once a day is told once a working person's day."""
        return moment.astimezone(ZoneInfo(self.programme.time_zone)).date().isoformat()

    def audience(self, audience: Audience) -> list[Contact]:
        """Every contact of an audience, each address once per channel."""
        found = {(c.channel, c.address): c for c in self.programme.contacts if c.audience == audience}
        return list(found.values())


def _plain(value: Any) -> Any:
    """Facts as JSON: instants and days as ISO text."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value
