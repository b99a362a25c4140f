"""Queries that the rules across units raised when a month closed, with what was explained at the desk since.

The closing records what was asked; an explanation is a ruling beside it and changes neither the closing nor its inputs.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ...model.findings import Finding
from ...model.loading import MonthClose
from ...model.rulings import CLOSING, Explanation, RuledCell
from ...publish.edition_context import BilingualText
from ..runtime.context import Context

_OF_BUREAU = ("F02", "F12")
"""Rules that ask the bureau about figures of several areas and indicators: an answer about one says nothing about another."""
_SUBJECT_ZH, _SUBJECT_EN = re.compile(r"[^「]*「[^」]*」(?:（[^）]*）)?"), re.compile(r"[^:]+(?=: )")


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
            own.add((c.unit_code, c.rule, c.row_key, c.field, c.value))
        elif e.state == "accepted":
            standing.add((c.unit_code, c.rule, c.row_key, c.field))
    return [(unit, _answered(unit, f, own, standing)) for unit, f in found]


def _answered(
    unit: str, f: Finding, own: Collection[tuple[str, ...]], standing: Collection[tuple[str, ...]]
) -> Finding:
    """`own`: explained for these very figures; `standing`: accepted by the bureau in an earlier month, until a later one. What was said
    before rows were named stands for all of them."""
    if f.severity != "query":
        return f
    places = [(unit, f.rule, key, f.field) for key in {_row_key(f), ""}]
    explained = any((*place, f.value) in own or place in standing for place in places)
    return replace(f, answered=f.answered or explained)


def subject(finding: Finding) -> BilingualText:
    """Which area and indicator a query to the bureau is about, as its message begins; empty where it does not say."""
    zh, en = _SUBJECT_ZH.match(finding.message_zh), _SUBJECT_EN.match(finding.message_en)
    return BilingualText(zh[0], en[0]) if zh and en and finding.rule in _OF_BUREAU else BilingualText("", "")


def _row_key(finding: Finding) -> str:
    return subject(finding).zh


def holds(one: Explanation, as_of: datetime | None) -> bool:
    """Whether the explanation or decision counted at a moment: given by then and not yet sent back."""
    if as_of is None:
        return one.state != "returned"
    if one.given_at > as_of:
        return False
    return one.state != "returned" or (one.decided_at is not None and one.decided_at > as_of)


def cell_of(unit: str, finding: Finding) -> RuledCell:
    """The place an explanation of a query raised at closing is about."""
    return RuledCell(unit, CLOSING, finding.rule, _row_key(finding), finding.field, finding.value)
