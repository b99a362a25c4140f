"""Decisions as of an instant: what was known then, and what of it holds on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ..model.dispatch_decisions import DispatchDecision


def known_at(decisions: Iterable[DispatchDecision], as_of: datetime) -> list[DispatchDecision]:
    """Those recorded by the instant, in the order of the books: the same question later gives the same answer."""
    return sorted((d for d in decisions if d.recorded_at <= as_of), key=lambda d: (d.recorded_at, d.ordinal))


def memberships(
    decisions: Sequence[DispatchDecision], entry: str, leaving: str, day: date, group: str = ""
) -> tuple[frozenset[str], frozenset[str]]:
    """(entered, left) by decision on a day: the last one of a subject whose validity covers the day stands. `group`: the list
    code that list decisions carry."""
    state: dict[str, str] = {}
    for decision in decisions:
        if decision.kind in (entry, leaving) and decision.holds_on(day) and decision.detail.get("list", "") == group:
            state[decision.subject] = decision.kind
    entered = frozenset(subject for subject, kind in state.items() if kind == entry)
    return entered, frozenset(subject for subject, kind in state.items() if kind == leaving)


@dataclass(frozen=True)
class Exemption:
    """Why a snail is none for now, until when, on which document; `department` is listed in its stead where a public factor lacks."""

    project_code: str
    cause: str
    document: str
    until: date | None
    department: str = ""


def exemptions(decisions: Iterable[DispatchDecision], day: date) -> dict[str, Exemption]:
    """Project → the exemption that holds on a day, the one recorded last."""
    return {
        d.subject: Exemption(d.subject, d.detail["cause"], d.document, d.valid_to, d.detail.get("department", ""))
        for d in decisions
        if d.kind == "exemption" and d.holds_on(day)
    }


@dataclass(frozen=True)
class PublicationPermit:
    """What allows a snail's or showcase project's name outside: basis document, notice, reply and expiry (domain_decisions §6)."""

    project_code: str
    purpose: str
    document: str
    notified_on: str
    reply: str
    until: date


def permits(decisions: Iterable[DispatchDecision], day: date, purpose: str) -> dict[str, PublicationPermit]:
    """Project → the complete permit for a purpose (snail, showcase) that holds on a day. One without expiry, and one for a snail
    without notice or reply, permits nothing; one that was withdrawn since (`decisions` in the order of the books) permits no longer."""
    found: dict[str, PublicationPermit] = {}
    for d in decisions:
        if d.kind == "permit_withdrawn" and d.detail.get("purpose") == purpose and d.holds_on(day):
            found.pop(d.subject, None)
            continue
        if d.kind != "publication_permit" or d.detail.get("purpose") != purpose or not d.holds_on(day):
            continue
        notified, reply = d.detail.get("notified_on", ""), d.detail.get("reply", "")
        if d.valid_to is not None and d.document and (purpose != "snail" or (notified and reply)):
            found[d.subject] = PublicationPermit(d.subject, purpose, d.document, notified, reply, d.valid_to)
    return found


def notices(decisions: Iterable[DispatchDecision]) -> dict[str, list[date]]:
    """Project → days of its recorded notices, ascending."""
    found: dict[str, list[date]] = {}
    for d in decisions:
        if d.kind == "notice":
            found.setdefault(d.subject, []).append(d.valid_from)
    return {project: sorted(days) for project, days in found.items()}
