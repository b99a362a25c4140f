"""Queries that the rules across units raised when a month closed, with what was explained at the desk since.

The closing records what was asked; an explanation is a ruling beside it and changes neither the closing nor its inputs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ...model.findings import Finding
from ...model.loading import MonthClose
from ...model.rulings import CLOSING, Explanation, RuledCell
from ..runtime.context import Context


def closing_findings(context: Context, closing: MonthClose, as_of: datetime | None = None) -> list[tuple[str, Finding]]:
    """(unit, finding) of a closing; a query is answered where its row said why or somebody explained it by `as_of`."""
    found = context.warehouse.closings.findings(closing.period, closing.inputs_hash)
    if not any(f.severity == "query" and not f.answered for _, f in found):
        return found
    own, standing = set(), set()
    for e in context.warehouse.rulings.explanations(closing.period):
        c = e.cell
        if c.form != CLOSING or not holds(e, as_of):
            continue
        if e.period == closing.period:
            own.add((c.unit_code, c.rule, c.field, c.value))
        elif e.state == "accepted":
            standing.add((c.unit_code, c.rule, c.field))
    return [(unit, _answered(unit, f, own, standing)) for unit, f in found]


def _answered(
    unit: str, f: Finding, own: Collection[tuple[str, ...]], standing: Collection[tuple[str, ...]]
) -> Finding:
    """`own`: explained for these very figures; `standing`: accepted by the bureau in an earlier month, until a later one."""
    explained = (unit, f.rule, f.field, f.value) in own or (unit, f.rule, f.field) in standing
    return replace(f, answered=f.answered or explained) if f.severity == "query" else f


def holds(one: Explanation, as_of: datetime | None) -> bool:
    """Whether the explanation or decision counted at a moment: given by then and not yet sent back."""
    if as_of is None:
        return one.state != "returned"
    if one.given_at > as_of:
        return False
    return one.state != "returned" or (one.decided_at is not None and one.decided_at > as_of)


def cell_of(unit: str, finding: Finding) -> RuledCell:
    """The place an explanation of a query raised at closing is about."""
    return RuledCell(unit, CLOSING, finding.rule, "", finding.field, finding.value)
