"""Draft: current rows of a closed month → indicators → ranking → draft edition. The same inputs make no second draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...errors import Refused
from ...model.accounts import role_word
from ...model.formulas import printed_rate, rate_text
from ...model.loading import HISTORY, DraftEdition, Edition, MonthClose
from ...model.periods import Period
from ...model.publication import FINAL
from ...publish.document import rank_document
from ...publish.edition import render
from ...publish.markdown_text import markdown_text
from ..records.programme_record import note_programme
from ..records.published_editions import free_edition_id, unknown_to_ledger, writing_editions
from ..runtime.context import Context
from ..runtime.stage_log import logged_stage
from .compose_edition import Composed, compose
from .correction_decisions import finalised
from .draft_pages import lay_down_again
from .prerelease import SentBack, sent_back

TOP = 3


@dataclass(frozen=True)
class Drafted:
    """The edition that stands for the month's inputs; `changed` when it was made just now, `reopened` the edition that it begins anew
    because that one was sent back."""

    edition: Edition
    changed: bool
    reopened: SentBack | None = None

    @property
    def top(self) -> list[tuple[int, str, str]]:
        return top_of(self.edition.document)


@logged_stage(
    "draft", lambda done: {"period": done.edition.period, "edition": done.edition.edition_id, "changed": done.changed}
)
def draft(context: Context, period: Period, now: datetime, reopen: bool = True) -> Drafted:
    """Make the draft of the newest closing, unless one of the same content exists or an edition of the same inputs is published (and
    the period was not settled since, which asks for an edition that says so).
    Another content with the same inputs comes from what people decided since: an explanation, a decision of the gate. A draft that a
    reviewer sent back is drafted again under the next number, also where its content is the same, and signed from the beginning;
    without `reopen` it stands until its content changes. Refused for an open month."""
    with writing_editions(context, "draft"):
        return _draft_once(context, period, now, reopen)


def _draft_once(context: Context, period: Period, now: datetime, reopen: bool) -> Drafted:
    closing = newest_closing(context, period)
    warehouse = context.warehouse
    taken = unknown_to_ledger(context, str(period))
    standing = next(
        (
            e
            for e in reversed(warehouse.editions.all(str(period)))
            if e.inputs_hash == closing.inputs_hash and e.state != "superseded" and e.edition_id not in taken
        ),
        None,
    )
    if standing is not None and standing.state == "published":
        settled = finalised(context, period, now) is not None
        if not settled or standing.document.get("figures") == FINAL:
            return Drafted(standing, False)
        standing = None
    number = standing.edition_id if standing else free_edition_id(context, period)
    composed = compose(context, period, closing, number, now)
    document = rank_document(composed.ranking, composed.edition)
    returned = sent_back(context, standing) if standing else None
    if standing is not None:
        same = document["content_hash"] == standing.content_hash
        if same and (returned is None or not reopen):
            lay_down_again(context, standing)
            return Drafted(standing, False)
        number = free_edition_id(context, period)
        composed = compose(context, period, closing, number, now)
        document = rank_document(composed.ranking, composed.edition)
    note_programme(context, now)
    folder = context.settings.editions / str(period) / number / "draft"
    manifest = render(composed.ranking, composed.edition, folder, document)
    saved = warehouse.editions.save_draft(
        DraftEdition(
            number,
            str(period),
            closing.inputs_hash,
            document["content_hash"],
            composed.ranking.method,
            dict(document),
            str(folder / "index.html"),
            now,
            returned.edition_id if returned else "",
            manifest.sha256,
        )
    )
    return Drafted(saved, True, returned)


def refresh(context: Context, periods: Iterable[str], now: datetime) -> None:
    """Draft again the months whose waiting draft no longer says what people have decided since."""
    for name in sorted(set(periods)):
        period = Period.parse(name)
        edition, closes = context.warehouse.editions.newest(name), context.warehouse.closings.all(name)
        if edition is not None and edition.state == "draft" and closes[-1].inputs_hash == edition.inputs_hash:
            draft(context, period, now, reopen=False)


def composed_now(context: Context, period: Period, now: datetime) -> Composed:
    """The newest closing's edition as it would be drafted now: what the gate says of it is up to date."""
    closing = newest_closing(context, period)
    standing = context.warehouse.editions.newest(str(period))
    number = standing.edition_id if standing else context.warehouse.editions.next_id(str(period))
    return compose(context, period, closing, number, now)


def newest(context: Context, period: Period, now: datetime, reopen: bool = False) -> Drafted:
    """The newest draft or edition; a draft is made where the month's closing has none yet, and with `reopen` where the newest was sent
    back. Refused when none is possible."""
    existing = context.warehouse.editions.newest(str(period))
    closes = context.warehouse.closings.all(str(period))
    known = existing is not None and (not closes or closes[-1].inputs_hash == existing.inputs_hash)
    if existing is not None and known and not (reopen and closes and sent_back(context, existing)):
        with writing_editions(context, "draft"):
            lay_down_again(context, existing)
        return Drafted(existing, False)
    return draft(context, period, now, reopen)


def as_it_stands(context: Context, edition: Edition) -> dict[str, Any]:
    """The JSON of `saima rank`: what was drafted, with who has signed it since and whether it is published."""
    signed = [
        s for s in context.warehouse.editions.signatures(edition.edition_id) if s.content_hash == edition.content_hash
    ]
    approved = [s for s in signed if s.decision == "approved"]
    return {
        **edition.document,
        "state": edition.state,
        "demonstration": any(s.demonstration for s in approved),
        "published_at": edition.published_at.isoformat() if edition.published_at else None,
        "signatures": [
            {"role": s.role, "name": s.name, "at": s.at.isoformat(), "demonstration": s.demonstration} for s in approved
        ],
    }


def newest_closing(context: Context, period: Period) -> MonthClose:
    """The last closing of the month. Refused where it was never closed, or is history."""
    closes = context.warehouse.closings.all(str(period))
    if not closes:
        raise Refused(
            f"{period} 尚未关账，没有排名", f"{period} is not closed, there is no ranking", f"saima close {period}"
        )
    if closes[-1].reason == HISTORY:
        raise Refused(f"{period} 是历史数据，不排名", f"{period} was loaded as history and is not ranked")
    return closes[-1]


def top_of(document: Mapping[str, object]) -> list[tuple[int, str, str]]:
    """The first places as (rank, name, figures) for a summary."""
    units: Any = document["units"]
    ranked = [unit for unit in units if unit["rank"] is not None]
    return [(unit["rank"], unit["name"], _figures(unit)) for unit in ranked[:TOP]]


def _figures(unit: Mapping[str, Any]) -> str:
    rate = printed_rate(unit["growth"], unit["growth_official"])
    growth = "—" if rate is None else rate_text(rate, signed=True)
    return f"{unit['score']} 分，{growth}" if unit["score"] is not None else growth


def blocking_texts(edition: Edition) -> list[str]:
    """What the publication gate holds against signing this draft, Chinese and English; nothing once it is published."""
    blocking: Any = edition.document.get("blocking", []) if edition.state == "draft" else []
    return [f"{b['zh']} {b['en']}" for b in blocking]


def reopened_text(reopened: SentBack, edition: Edition) -> tuple[str, str]:
    """That this draft begins one anew that was sent back, by whom and why; Chinese and English."""
    why = f"：{reopened.opinion}" if reopened.opinion else ""
    why_en = f": {reopened.opinion}" if reopened.opinion else ""
    return (
        f"{reopened.edition_id} 已被 {reopened.by}（{role_word(reopened.role)}）退回{why}；已重新起草为 {edition.edition_id}，须重新签发",
        f"{reopened.edition_id} was sent back by {reopened.by} ({reopened.role}){why_en}; drafted again as {edition.edition_id}, to be "
        "signed from the beginning",
    )


def summary_md(edition: Edition, reopened: SentBack | None = None) -> str:
    """What a signer reads before deciding: the table in Markdown. Opinions, reasons and names are shown as they were written."""
    units: Any = edition.document["units"]
    again = [" / ".join(reopened_text(reopened, edition))] if reopened else []
    lines = [f"- {markdown_text(text)}" for text in again]
    lines += [f"- 待核定，不得签发 / to settle first: {markdown_text(text)}" for text in blocking_texts(edition)]
    lines += [*([""] if lines else []), "| 位次 | 单位 | 得分 | 增速 | 备注 |", "|---|---|---|---|---|"]
    for unit in units:
        rate = printed_rate(unit["growth"], unit["growth_official"])
        growth = "—" if rate is None else rate_text(rate)
        cells = (unit["rank"] or "—", unit["name"], unit["score"] or "—", growth, "、".join(unit["remarks"]))
        lines.append("| " + " | ".join(markdown_text(str(c)) for c in cells) + " |")
    return "\n".join(lines)
