"""Who saw or judged an edition before it was public: accesses to drafts and opinions with which a draft was sent back, in the audit log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from getpass import getuser

from pydantic import BaseModel

from ...model.loading import Edition
from ...model.typed_texts import typed_line
from ...warehouse.editions.edition_heads import EditionHead
from ..runtime.context import Context

ACCESS, OPINION = "prerelease_access", "send_back"


class AccessDocument(BaseModel):
    """One look at an unpublished edition: by whom, with which command."""

    edition: str
    by: str
    how: str
    at: datetime


class AccessListDocument(BaseModel):
    """`saima access`: pre-release access to the editions of a period, oldest first (UK Code of Practice T3: minimal and logged)."""

    period: str
    accesses: list[AccessDocument]


class OpinionDocument(BaseModel):
    """Why a draft was sent back."""

    edition: str
    role: str
    by: str
    opinion: str
    at: datetime


def record_access(
    context: Context, edition: Edition | EditionHead, how: str, at: datetime, name: str | None = None
) -> None:
    """Log that somebody is shown an edition that is not public. `name`: who says so, else the account of this machine."""
    if edition.state == "draft":
        context.warehouse.audit(typed_line(name or "") or _account(), ACCESS, edition.edition_id, {"how": how}, at)


def accesses(context: Context, period: str) -> AccessListDocument:
    """All accesses to editions of the period before their publication."""
    editions = [head.edition_id for head in context.warehouse.edition_heads.of_period(period)]
    found = [
        AccessDocument(edition=e.subject, by=e.actor, how=str(e.detail["how"]), at=e.at)
        for e in context.warehouse.audit_entries(action=ACCESS, subjects=editions)
    ]
    return AccessListDocument(period=period, accesses=found)


def record_opinion(context: Context, edition_id: str, role: str, name: str, opinion: str, at: datetime) -> None:
    """Log the opinion with which a reviewer sends a draft back."""
    context.warehouse.audit(name, OPINION, edition_id, {"role": role, "opinion": opinion}, at)


def opinions(context: Context, edition_ids: Collection[str]) -> list[OpinionDocument]:
    """The opinions on these editions, oldest first."""
    return [
        OpinionDocument(
            edition=e.subject, role=str(e.detail["role"]), by=e.actor, opinion=str(e.detail["opinion"]), at=e.at
        )
        for e in context.warehouse.audit_entries(action=OPINION, subjects=edition_ids)
    ]


@dataclass(frozen=True)
class SentBack:
    """That a draft was sent back: by whom in which role, and with which opinion ('' where none was recorded)."""

    edition_id: str
    role: str
    by: str
    opinion: str


def sent_back(context: Context, edition: Edition | EditionHead) -> SentBack | None:
    """Who sent this draft back; None where nobody did (or where it is no draft)."""
    if edition.state == "published":
        return None
    refused = [s for s in context.warehouse.editions.signatures(edition.edition_id) if s.decision == "refused"]
    if not refused:
        return None
    last = max(refused, key=lambda s: s.at)
    said = [one.opinion for one in opinions(context, (edition.edition_id,)) if one.role == last.role]
    return SentBack(edition.edition_id, last.role, last.name, said[-1] if said else "")


def reopened_by(context: Context, edition: Edition) -> SentBack | None:
    """Who sent the draft back that this one begins anew; None for any other."""
    earlier = [e for e in context.warehouse.edition_heads.of_period(edition.period) if e.number < edition.number]
    return sent_back(context, earlier[-1]) if earlier else None


def _account() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "unknown"
