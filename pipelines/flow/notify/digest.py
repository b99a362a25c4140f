"""One message a day to the bureau instead of forty: who is late, who corrects, who is due, what came in, what else there is.

Once a working day at `digest_at`, and on the day of a freeze, to each recipient whose list is not empty. A list names at most
`LISTED` entries, the furthest on the ladder first; how many more there are is a remark. What a recipient snoozed is counted,
what somebody acknowledged is marked. Everything collected for the recipient since the last digest is folded into this one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ...alerts.escalation_policy import LATE_STEPS, Case, awaited_year, escalation_steps_of
from ...alerts.lateness import EscalationStep
from ...model.notifications import Contact, Hold, Notification, OutboxRow
from ..runtime.context import Context
from .notification_builder import About, NotificationBuilder

DIGEST = "digest"
LISTED = 60
SOON: tuple[EscalationStep, ...] = ("T-1", "T-4h", "T")


@dataclass
class Digests:
    """Digests to write, the collected messages each of them tells, and whether today's were looked at."""

    notices: list[Notification] = field(default_factory=list)
    folded: dict[str, list[str]] = field(default_factory=dict)
    looked: bool = False


def digests(
    context: Context, builder: NotificationBuilder, owed: Sequence[Case], holds: Sequence[Hold], now: datetime
) -> Digests:
    """The digests of the day; none before `digest_at`, on a day off that is no freeze day, or a second time a day."""
    programme, book = context.programme, context.warehouse.alerts
    zone = ZoneInfo(programme.time_zone)
    today, clock = now.astimezone(zone).date(), now.astimezone(zone).time()
    last = book.heartbeats().get(DIGEST)
    freezes = {c.row.freeze.astimezone(zone).date() for c in owed if c.row.freeze is not None}
    open_today = programme.calendar.workdays.is_workday(today) or today in freezes
    found = Digests()
    if clock < programme.alerting.digest_at or not open_today or (last and last.astimezone(zone).date() >= today):
        return found
    found.looked = True
    collected: dict[tuple[str, str], list[OutboxRow]] = defaultdict(list)
    for row in book.rows(states=("collected",), as_of=now):
        collected[(row.notice.channel, row.notice.address)].append(row)
    unassigned = context.warehouse.follow_ups.unassigned_seen(last or now - timedelta(days=1), now)
    year = awaited_year(programme.calendar, now)
    news = year is not None and f"calendar {year}" not in book.heartbeats()
    for recipient, contacts in _recipients(builder).items():
        own = [c for c in owed if any(_answers_for(contact, c) for contact in contacts)]
        facts = _facts(context, builder, own, holds, collected[recipient], now)
        remarks = _remarks(facts, collected[recipient], unassigned, year)
        if not (any(facts.values()) or collected[recipient] or unassigned or news):
            continue
        shown = {name: entries[:LISTED] for name, entries in facts.items() if name != "snoozed"}
        zh, en = ([remark[n] for remark in remarks] for n in (0, 1))
        notice = builder.digest(
            contacts[0], today, {**shown, "remarks_zh": zh, "remarks_en": en}, now, builder.out_at(now, About())
        )
        found.notices.append(notice)
        found.folded[notice.message_id] = [row.notice.message_id for row in collected[recipient]]
    if news and found.notices:
        book.beat(f"calendar {year}", now)
    return found


def _recipients(builder: NotificationBuilder) -> Mapping[tuple[str, str], list[Contact]]:
    found: dict[tuple[str, str], list[Contact]] = defaultdict(list)
    for contact in builder.programme.contacts:
        if contact.audience == "bureau":
            found[(contact.channel, contact.address)].append(contact)
    return found


def _answers_for(contact: Contact, case: Case) -> bool:
    return contact.unit_code in ("*", case.unit_code) and contact.form in ("*", case.form)


def _facts(
    context: Context,
    builder: NotificationBuilder,
    owed: Sequence[Case],
    holds: Sequence[Hold],
    collected: Sequence[OutboxRow],
    now: datetime,
) -> dict[str, list[dict[str, Any]]]:
    lists: dict[str, list[dict[str, Any]]] = {
        "late": [],
        "due_soon": [],
        "revising": [],
        "recovered": [],
        "snoozed": [],
    }
    calendar = context.programme.calendar
    for case in owed:
        if case.opening is None:
            continue
        reached = [rung for rung, at in escalation_steps_of(calendar, case.row, case.opening).items() if at <= now]
        rung = reached[-1] if reached else ""
        late = now >= max(case.opening.due, case.opening.opened_at) and rung in LATE_STEPS
        revising = case.opening.reason in ("rejected", "returned")
        own = [h for h in holds if h.holds(case.unit_code, case.period, case.form, rung, now)]
        entry = {
            **builder.names(About(case.unit_code, case.period, case.form)),
            "rung": rung,
            "due": case.opening.due,
            "workdays_late": case.workdays_late,
            "acknowledged": any(h.kind == "ack" for h in own),
        }
        snoozed = next((h for h in own if h.kind == "snooze"), None)
        if snoozed is not None:
            lists["snoozed"].append(entry)
        elif late or revising or rung in SOON:
            lists["late" if late else "revising" if revising else "due_soon"].append(entry)
    order = {rung: place for place, rung in enumerate(("T+2", "T+1", "T", "T-4h", "T-1", "T-3", ""))}
    for entries in lists.values():
        entries.sort(key=lambda e: (order[e["rung"]], e["unit_code"], e["period"], e["form_en"]))
    for row in collected:
        n = row.notice
        if n.kind == "recovery":
            names = builder.names(About(n.unit_code, n.period, n.form))
            arrived = datetime.fromisoformat(n.facts["arrived_at"])
            entry = {
                **names,
                "rung": "",
                "due": arrived,
                "workdays_late": n.facts["workdays_late"],
                "acknowledged": False,
            }
            lists["recovered"].append(entry)
    return lists


def _remarks(
    facts: Mapping[str, Sequence[Any]], collected: Sequence[OutboxRow], unassigned: int, year: int | None
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, zh, en in (
        ("late", "未报、迟报", "late"),
        ("due_soon", "临近截止", "due soon"),
        ("revising", "退改", "being corrected"),
        ("recovered", "已补报", "recovered"),
    ):
        more = len(facts[name]) - LISTED
        if more > 0:
            found.append(
                (
                    f"{zh}共 {len(facts[name])} 份，另有 {more} 份未列出，见 saima late",
                    f"{len(facts[name])} {en}, {more} of them not listed: see saima late",
                )
            )
    if facts["snoozed"]:
        count = len(facts["snoozed"])
        found.append((f"暂缓催报 {count} 份", f"{count} snoozed"))
    moved = [row.notice.text.subject for row in collected if row.notice.kind == "deadline_change"]
    found += [(subject, subject) for subject in moved]
    if unassigned:
        found.append(
            (
                f"未能归属或读取的文件 {unassigned} 个，见 saima status",
                f"{unassigned} files without a unit: see saima status",
            )
        )
    if year is not None:
        found.append(
            (
                f"{year} 年节假日安排尚未录入，该年日历为推算",
                f"the holidays of {year} are not entered: its calendar is computed",
            )
        )
    return found
