"""A month's ranking as its signers see it: the draft beside the edition before, every changed cell, what blocks it, who has signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ...errors import Refused
from ...model.loading import Edition, Signature
from ...model.periods import Period
from ...publish.differences import LEAD, changes
from ...warehouse.editions.edition_heads import EditionHead
from ..month.draft import as_it_stands, newest_closing
from ..month.gate_documents import BlockDocument, GateDocument, UndecidedDocument, WithheldDocument, gate_document
from ..month.prerelease import SentBack, reopened_by, sent_back
from ..month.release import embargo, in_turn, outdated, outstanding, signatures_in_order, under_embargo
from ..records.submission_status import is_history
from ..runtime.context import Context

FILES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".zip": "application/zip",
    ".txt": "text/plain; charset=utf-8",
    ".py": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".parquet": "application/octet-stream",
}
"""Kinds of the files of an edition, by their ending."""


MOST_EDITIONS = 120
"""What a list shows at once; those of an older period are asked for by it."""


@dataclass(frozen=True)
class RankingView:
    """A month's newest edition. `before`: unit → its row in the edition compared with; `blocks`: what keeps it from being signed;
    `in_turn`: outstanding roles that may sign now;
    `why_not`: why there is no draft; `sent_back`: who returned this draft, `reopened`: who returned the one that it begins anew."""

    period: Period
    edition: Edition | None
    document: Mapping[str, Any]
    compared: Edition | None
    before: Mapping[str, Mapping[str, Any]]
    changed: Mapping[tuple[str, str], Any]
    blocks: Sequence[BlockDocument]
    outstanding: Sequence[str]
    in_turn: Sequence[str]
    signatures: Sequence[Signature]
    publish_at: datetime | None
    held: tuple[str, str] | None
    why_not: str = ""
    sent_back: SentBack | None = None
    reopened: SentBack | None = None
    withheld: Sequence[WithheldDocument] = ()
    """What disclosure control keeps back of the draft, with the reasons."""
    undecided: Sequence[UndecidedDocument] = ()
    """What rules across units left open at the closing."""
    outdated: bool = False
    """Returns that count came, or were judged again, since it was drafted: it can no longer be signed."""


def ranking_view(context: Context, period: Period, now: datetime) -> RankingView:
    """The newest draft or edition of a month; makes none."""
    edition = context.warehouse.editions.newest(str(period))
    gate = _gate(context, period, now) if edition is None or edition.state == "draft" else None
    blocks, withheld, undecided = (gate.blocks, gate.withheld, gate.undecided) if gate else ((), (), ())
    if edition is None:
        why = _why(context, period)
        kept = RankingView(period, None, {}, None, {}, {}, blocks, (), (), (), None, None, why)
        return replace(kept, withheld=withheld, undecided=undecided)
    compared = compared_with(context, edition)
    before = {u["unit"]: u for u in _units(compared.document)} if compared else {}
    found = changes(compared.document, edition.document, levels=True) if compared else []
    return RankingView(
        period,
        edition,
        as_it_stands(context, edition),
        compared,
        before,
        {(c["unit"], c["field"]): c["before"] for c in found if c["table"] == LEAD},
        blocks,
        outstanding(context, edition),
        in_turn(context, edition),
        signatures_in_order(context, edition),
        embargo(context, period),
        under_embargo(context, period, now),
        sent_back=sent_back(context, edition),
        reopened=reopened_by(context, edition),
        withheld=withheld,
        undecided=undecided,
        outdated=outdated(context, edition),
    )


def compared_with(context: Context, edition: Edition) -> Edition | None:
    """The edition before: what was published of the same month, whose readers a correction is for; else an earlier draft of it, else the
    one published for the month before."""
    heads = context.warehouse.edition_heads
    same = [e for e in heads.newest(True, MOST_EDITIONS, edition.period) if e.number < edition.number]
    published = [e for e in same if e.state == "published"]
    earlier = published or same or heads.newest(False, 1, before=edition.period)
    return context.warehouse.editions.by_id(earlier[0].edition_id) if earlier else None


def _units(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    units: Any = document["units"]
    return list(units)


def _gate(context: Context, period: Period, now: datetime) -> GateDocument | None:
    try:
        newest_closing(context, period)
        return gate_document(context, period, now)
    except Refused:
        return None


def _why(context: Context, period: Period) -> str:
    if is_history(context, period):
        return "历史数据，不排名 / loaded as history, not ranked"
    closes = context.warehouse.closings.all(str(period))
    return "" if closes else "尚未关账 / the month is not closed yet"


def editions(context: Context, drafts: bool, period: Period | None = None) -> list[EditionHead]:
    """Editions, the newest first, of one period where it is named; drafts and what they superseded only for those who may see them."""
    return context.warehouse.edition_heads.newest(drafts, MOST_EDITIONS, str(period) if period else None)


def edition_periods(context: Context, drafts: bool) -> tuple[str, ...]:
    """Periods that have editions to be seen, the newest first."""
    return context.warehouse.edition_heads.periods(drafts)


def edition_head(context: Context, edition_id: str, drafts: bool) -> EditionHead:
    """Of one edition; Refused where it is not there or may not be seen."""
    head = context.warehouse.edition_heads.of_id(edition_id)
    if head is None or not (drafts or head.state == "published"):
        raise Refused("没有这一版", "no such edition")
    return head


def edition_file(context: Context, edition_id: str, name: str, drafts: bool) -> tuple[bytes, str]:
    """(bytes, media type) of a file of an edition; Refused for an edition or a file that is not there or may not be seen. The name
    is looked up among the files of the edition's folder, never joined to a path."""
    edition = edition_head(context, edition_id, drafts)
    page = Path(edition.published_path or edition.path)
    folder = page.parent
    known = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    path = known.get(name or page.name)
    if path is None or path.is_symlink() or path.suffix not in FILES:
        raise Refused("没有这个文件", "no such file")
    return path.read_bytes(), FILES[path.suffix]
