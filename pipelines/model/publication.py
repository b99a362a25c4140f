"""Drafts that wait for signatures, and what keeps them from being signed: the blocks of the publication gate, each bound to the
very figures it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal

BlockKind = Literal[
    "nothing_ranked",
    "figure_missing",
    "base_missing",
    "bases_differ",
    "province_rank",
    "open_query",
    "detail_rejected",
    "correction_reason",
    "out_of_proportion",
    "tenfold",
    "base_fell",
    "total_fell",
    "target_changed",
]
CORRECTION: BlockKind = "correction_reason"
"""An edition that corrects a published one says why: the decision that lifts this block is the reason, and it is printed."""


@dataclass(frozen=True)
class DisclosureRule:
    """When a figure would say what one contributor did (method.toml `[disclosure]`): fewer than `min_contributors`, the largest above
    `max_share` of the sum (a fraction), or what is left beside the two largest below `min_rest` of the largest (p%-rule: the second
    could estimate the first more closely than that). `require_counts`: a unit of whose contributors nothing is known may rest on too
    few, and is not published either; else it is, and the edition says so."""

    min_contributors: int = 3
    max_share: Decimal = Decimal("0.80")
    require_counts: bool = False
    min_rest: Decimal = Decimal("0.10")


DISCLOSURE = DisclosureRule()
"""The rule of a programme that declares none."""


@dataclass(frozen=True)
class Imprint:
    """What a publication says of itself beside its signatures (来源、撰稿、通讯员、责编、邮箱和热线, L40), as publication.toml gives
    it; '' is not printed."""

    source: str = ""
    source_en: str = ""
    author: str = ""
    co_authors: tuple[str, ...] = ()
    editor: str = ""
    mail: str = ""
    hotline: str = ""


NO_IMPRINT = Imprint()
FINAL = "final"
"""What a decision is about that settles a period: its figures are 正式 from the next edition on."""
DecisionKind = Literal["figure", "correction", "final"]
"""A decision to publish a figure as it is, the reason of a correction, the decision that settles a period."""


@dataclass(frozen=True)
class Block:
    """One reason not to sign. `zh`/`en`: in words that may be printed; `detail`: what the rule said, for the bureau alone;
    `submission_id`: where it can be explained or corrected, '' where nowhere."""

    kind: BlockKind
    unit_code: str
    zh: str
    en: str
    rule: str = ""
    detail: str = ""
    submission_id: str = ""

    @property
    def block_id(self) -> str:
        """The same figures give the same block: a decision about one says nothing about another."""
        text = "\x1f".join((self.kind, self.unit_code, self.rule, self.zh, self.detail))
        return "b" + sha256(text.encode()).hexdigest()[:12]


def said_zh(blocks: Iterable[Block]) -> str:
    """The blocks in one line."""
    return "；".join(f"{block.block_id} {block.zh.rstrip('。')}" for block in blocks)


def said_en(blocks: Iterable[Block]) -> str:
    """The blocks in one line."""
    return "; ".join(f"{block.block_id} {block.en.rstrip('.')}" for block in blocks)


@dataclass(frozen=True)
class WaitingDraft:
    """A draft that is neither signed nor returned yet. `blocked`: the publication gate holds it, nobody can sign. `release_run`: the
    run of `release_edition` that asked for its signatures, and when it began; None where none ever did."""

    edition_id: str
    period: str
    content_hash: str
    created_at: datetime
    blocked: bool
    release_run: str | None
    begun_at: datetime | None
