"""What keeps a draft edition from being signed: the publication gate's blocks, each bound to the very figures it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Literal

BlockKind = Literal[
    "figure_missing",
    "base_missing",
    "bases_differ",
    "province_rank",
    "open_query",
    "detail_rejected",
    "correction_reason",
]
CORRECTION: BlockKind = "correction_reason"
"""An edition that corrects a published one says why: the decision that lifts this block is the reason, and it is printed."""


@dataclass(frozen=True)
class DisclosureRule:
    """When a figure would say what one contributor did (method.toml `[disclosure]`): fewer than `min_contributors`, or the largest above
    `max_share` of the sum (a fraction)."""

    min_contributors: int = 3
    max_share: Decimal = Decimal("0.85")


DISCLOSURE = DisclosureRule()
"""The rule of a programme that declares none."""
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
