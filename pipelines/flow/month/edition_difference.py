"""What a bureau reviews of a draft: exactly what differs from the last edition, what is missing, late or under query, what keeps it from
being signed, and who has signed or sent it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from ...errors import Refused
from ...model.loading import Edition
from ...model.periods import Period
from ...model.rank_document import ChangedCell
from ...publish.differences import changes
from ...publish.older_documents import completed
from ..runtime.context import Context
from .prerelease import OpinionDocument, opinions
from .release import outstanding

_NOT_RANKED = ("missing", "rejected", "unranked")


class OpenUnit(BaseModel):
    """A unit that is missing, late or under query: its state, working days late, and unanswered queries of its rows."""

    unit: str
    name: str
    state: str
    remarks: list[str]
    workdays_late: int
    queries: int | None
    rows: int | None


class ReviewSignature(BaseModel):
    """A decision of a reviewer."""

    role: str
    name: str
    decision: str
    at: datetime


class EditionDifference(BaseModel):
    """`saima diff`. `against`: the edition compared with, null where there is none; `cells` in its order of units and fields."""

    period: str
    edition: str
    state: str
    against: str | None
    cells: list[ChangedCell]
    missing: list[OpenUnit]
    late: list[OpenUnit]
    under_query: list[OpenUnit]
    blocking: list[dict[str, str]]
    signatures: list[ReviewSignature]
    outstanding: list[str]
    opinions: list[OpinionDocument]


def edition_difference(context: Context, edition: Edition, against: str | None) -> EditionDifference:
    """`against`: an edition's id; None: the edition of the same period before it, else the newest published one of the period before.
    Refused where the edition named does not exist."""
    other = _against(context, edition, against)
    document: Any = completed(edition.document)
    units = [_open_unit(unit) for unit in document["units"]]
    cells = changes(completed(other.document), document, True) if other else []
    return EditionDifference(
        period=edition.period,
        edition=edition.edition_id,
        state=edition.state,
        against=other.edition_id if other else None,
        cells=cells,
        missing=[unit for unit in units if unit.state in _NOT_RANKED],
        late=[unit for unit in units if {"迟报", "逾期未更正"} & set(unit.remarks)],
        under_query=[unit for unit in units if unit.queries],
        blocking=document.get("blocking", []),
        signatures=[
            ReviewSignature(role=s.role, name=s.name, decision=s.decision, at=s.at)
            for s in context.warehouse.editions.signatures(edition.edition_id)
        ],
        outstanding=outstanding(context, edition),
        opinions=opinions(context, _reviewed(context, edition)),
    )


def _against(context: Context, edition: Edition, against: str | None) -> Edition | None:
    heads = context.warehouse.edition_heads
    if against is not None:
        if heads.of_id(against) is None:
            raise Refused(
                f"没有版次 {against}",
                f"there is no edition {against}",
                "编号见 editions/ 目录 / ids: the folder editions/",
            )
        return context.warehouse.editions.by_id(against)
    compared = [e for e in heads.of_period(edition.period) if e.number < edition.number]
    if not compared:
        programme = context.programme
        previous = programme.calendar.previous(programme.lead_form, Period.parse(edition.period))
        compared = [e for e in heads.of_period(str(previous)) if e.published_at] if previous else []
    return context.warehouse.editions.by_id(compared[-1].edition_id) if compared else None


def _reviewed(context: Context, edition: Edition) -> list[str]:
    """The edition and the drafts before it since the last publication: what reviewers said of those led to this one."""
    found: list[str] = []
    for one in context.warehouse.edition_heads.of_period(edition.period):
        if one.number <= edition.number:
            found = [one.edition_id] if one.published_at and one.number < edition.number else [*found, one.edition_id]
    return found


def _open_unit(unit: dict[str, Any]) -> OpenUnit:
    return OpenUnit(
        unit=unit["unit"],
        name=unit["name"],
        state=unit["state"],
        remarks=unit["remarks"],
        workdays_late=unit["workdays_late"],
        queries=unit["unanswered"]["queries"],
        rows=unit["unanswered"]["rows"],
    )
