"""What `saima close` and `saima overrule` say: the blocks of a month's edition, lifted ones among them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from ...model.periods import Period
from ..runtime.context import Context
from .compose_edition import Composed
from .draft import composed_now


class BlockDocument(BaseModel):
    """One block as JSON. `overruled`: a signed decision lifts it; `submission`: what `saima explain` takes, null where nothing can
    be explained."""

    id: str
    kind: str
    unit: str
    rule: str | None
    message_zh: str
    message_en: str
    detail: str | None
    submission: str | None
    overruled: bool


class WithheldDocument(BaseModel):
    """A unit or total that the edition does not print, why, and what can be done. `reason`: few, dominant, two_largest, increment,
    unknown, earlier_edition, base, with_others, absent; total."""

    code: str
    name: str
    reason: str
    message_zh: str
    message_en: str


class UndecidedDocument(BaseModel):
    """What a rule across units left open at the closing because a figure is missing: it is no answer that all is well."""

    rule: str
    reason: str


class GateDocument(BaseModel):
    """The publication gate of a month: `open` counts what still keeps the draft from being signed; `withheld` is what disclosure control
    keeps back of it, `undecided` what no rule could say."""

    period: str
    open: int
    blocks: list[BlockDocument]
    withheld: list[WithheldDocument]
    undecided: list[UndecidedDocument]


def gate_document(context: Context, period: Period, now: datetime) -> GateDocument:
    """As the edition would be drafted now."""
    return _gate_of(str(period), composed_now(context, period, now), left_undecided(context, period))


def left_undecided(context: Context, period: Period) -> list[UndecidedDocument]:
    """Of the newest closing of the month; nothing where it was never closed."""
    closings = context.warehouse.closings.all(str(period))
    runs = closings[-1].rule_runs if closings else ()
    return [UndecidedDocument(rule=r.rule, reason=r.reason) for r in runs if r.status == "evaluated" and r.reason]


def _gate_of(period: str, composed: Composed, undecided: list[UndecidedDocument]) -> GateDocument:
    left = {block.block_id for block in composed.blocking}
    return GateDocument(
        period=period,
        open=len(left),
        blocks=[
            BlockDocument(
                id=b.block_id,
                kind=b.kind,
                unit=b.unit_code,
                rule=b.rule or None,
                message_zh=b.zh,
                message_en=b.en,
                detail=b.detail or None,
                submission=b.submission_id or None,
                overruled=b.block_id not in left,
            )
            for b in composed.blocks
        ],
        withheld=[
            WithheldDocument(code=w.code, name=w.name, reason=w.reason, message_zh=w.zh, message_en=w.en)
            for w in composed.withheld
        ],
        undecided=undecided,
    )
