"""Queries of single files that nobody has answered, where they are about a ranked unit's figure: reasons not to sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...model.periods import Period
from ...model.publication import Block
from ...model.ranking import Ranking
from ...model.units import Unit
from ...publish.edition_context import BilingualText
from ..records.submission_status import SubmissionStatus
from ..runtime.context import Context

GATED = {
    "F01": ("的汇总数与其项目合计不符。", ": its total differs from the sum of its projects."),
    "F02": ("各单位之和与全市总量不符。", ": the units do not sum to the whole."),
    "F12": ("核定的增速或总量与上报的总量不符。", ": official growth or total disagree with the levels sent."),
    "D08": (
        "的数与上次上报的完全相同，疑为误报了上期的表。",
        ": its figures are all those sent before, perhaps a copy of that file.",
    ),
    "F17": ("的累计数低于上次上报的累计数。", ": its cumulative figure is below the one sent before."),
    "G": ("的数与此前相差悬殊，疑似计量单位有误。", ": its figures look like another unit of amount than before."),
}
"""Rules whose open query about a ranked unit stops the edition, and what may be printed of them."""
_IN_FILES = ("D08", "F17", "G")
_OF_LARGE = ("D09", "C10")
"""Rules of single projects that stop the edition where the project is large: a slip of ten at it moves the unit's figure."""
_PROJECTS = ("的项目数有待核实。", ": figures of its projects are to be looked into.")
"""What may be printed of them: which project did what is nobody's business."""
LARGE = Decimal("0.10")
"""Of the unit's cumulative figure."""


def scored_units(ranking: Ranking) -> dict[str, str]:
    """Units that are in the table with a figure: code → name."""
    return {u.unit_code: u.name for u in ranking.units if u.inputs.state == "scored"}


def file_queries(
    context: Context, ranking: Ranking, levels: Mapping[str, Decimal], found: Sequence[SubmissionStatus]
) -> Iterator[Block]:
    """Open queries of single files of ranked units: a copy of the month before, a fall of the cumulative figure, a slipped unit of
    amount; of a large project a jump, or more than its plan. These also of units that disclosure control keeps back (`levels`: the figures
    of all): they are in the totals, and a slip may be what made one project dominate."""
    ranked = scored_units(ranking)
    known = ranked.keys() | levels.keys()
    asked = {
        s.current.submission_id: s
        for s in found
        if s.current is not None and s.current.open_queries and s.unit.code in known
    }
    if not asked:
        return
    rows = context.warehouse.findings(list(asked))
    rules: tuple[str, ...] = (*_IN_FILES, *_OF_LARGE)
    if context.programme.calendar.opens_year(context.programme.lead_form, Period.parse(ranking.period)):
        rules = tuple(
            rule for rule in rules if rule != "D09"
        )  # two months against one, of which there may be December's alone
    rows = rows.filter(pc.is_in(rows["rule"], value_set=pa.array(rules)))
    for row in rows.to_pylist():
        s = asked[row["submission_id"]]
        if row["rule"] in _OF_LARGE:
            concerned = _is_large(row, levels.get(s.unit.code))
        else:  # D08 of projects is half the rows, and no figure
            concerned = s.unit.code in ranked and (row["rule"] != "D08" or s.form == context.programme.lead_form)
        if concerned and row["severity"] == "query" and not row["answered"]:
            yield open_query(ranking, s.unit, row["rule"], row["message_zh"], s.unit.code, row["submission_id"])


def _is_large(row: Mapping[str, Any], level: Decimal | None) -> bool:
    """Whether the figure that a finding is about makes up much of the unit's."""
    try:
        return level is not None and level > 0 and Decimal(row["value"]) >= LARGE * level
    except InvalidOperation:
        return False


def rejected_details(context: Context, ranking: Ranking, found: Sequence[SubmissionStatus]) -> Iterator[Block]:
    """A ranked unit whose projects were rejected because they do not sum to its total: which of the two is wrong is open."""
    ranked, detail = scored_units(ranking), context.programme.form_name("detail")
    refused = {
        s.latest.submission_id: s
        for s in found
        if s.form == detail and s.current is None and s.latest is not None and s.latest.errors and s.unit.code in ranked
    }
    if not refused:
        return
    rows = context.warehouse.findings(list(refused))
    for row in rows.filter(pc.equal(rows["rule"], "F01")).to_pylist():
        if row["severity"] == "error":
            s = refused[row["submission_id"]]
            yield Block(
                "detail_rejected",
                s.unit.code,
                f"{s.unit.name}{GATED['F01'][0]}",
                f"{s.unit.name_en}{GATED['F01'][1]}",
                "F01",
                row["message_zh"],
                row["submission_id"],
            )


def open_query(
    ranking: Ranking,
    unit: Unit | None,
    rule: str,
    detail: str,
    code: str,
    submission_id: str,
    about: BilingualText = BilingualText("", ""),  # noqa: B008  # frozen
) -> Block:
    zh, en = GATED.get(rule, _PROJECTS)
    if unit is None or unit.kind == "bureau":
        named = about if about.zh else BilingualText("", ranking.city.en)
        return Block("open_query", code, f"{named.zh}{zh}", f"{named.en}{en}", rule, detail, submission_id)
    return Block("open_query", code, f"{unit.name}{zh}", f"{unit.name_en}{en}", rule, detail, submission_id)
