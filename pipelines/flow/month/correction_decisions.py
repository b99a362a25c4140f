"""Decisions about a published month: why an edition corrects it, and that its figures are settled (正式)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from ...model.periods import Period
from ...model.publication import CORRECTION, FINAL, Block
from ...model.rulings import PUBLICATION, RuledCell
from ...publish.differences import LEAD, MAIN, field_name, shown_value
from ...publish.edition_context import BilingualText, Overruling
from ..records.closing_queries import holds
from ..runtime.context import Context
from .publication_gate import gate_decision, refuse_wordless

CELLS_SHOWN = 10


def finalised(context: Context, period: Period, as_of: datetime) -> Overruling | None:
    """The decision that settled the period's figures by a moment; None where there is none yet."""
    given = [
        e
        for e in context.warehouse.rulings.explanations(str(period))
        if e.cell.form == PUBLICATION and e.cell.rule == FINAL and e.period == str(period) and holds(e, as_of)
    ]
    about = BilingualText(f"{period} 的数据定案。", f"The figures of {period} are settled.")
    return Overruling(about, given[-1].text, given[-1].given_by, given[-1].given_at, "final") if given else None


def finalise(context: Context, period: Period, reason: str, name: str, now: datetime) -> None:
    """Record that the period's figures are final (年报定案 and the like): the next edition says so."""
    refuse_wordless(reason, name)
    cell = RuledCell("", PUBLICATION, FINAL, "", "", f"{FINAL}:{period}")
    context.warehouse.rulings.put_explanations([gate_decision(cell, period, reason, name, now)])


def correction_block(corrects: str, document: Mapping[str, Any]) -> Block:
    """An edition that corrects a published one is not signed before somebody has said why; bound to the very cells it changes, of
    which the first are named, those of the main table before those of the calculation. `document`: the correcting edition."""
    changed: Sequence[Mapping[str, Any]] = document["changes"]
    ordered = sorted(changed, key=lambda c: c["field"] not in MAIN)
    cells = "；".join(f"{_row(c)} {c['field']} {c['before']} → {c['after']}" for c in ordered)
    digest = sha256(cells.encode()).hexdigest()[:12]
    more = "…" if len(changed) > CELLS_SHOWN else ""
    shown = "；".join(_in_words(c, document) for c in ordered[:CELLS_SHOWN]) or "—"
    return Block(
        CORRECTION,
        "",
        f"本版更正已发布的 {corrects}，须写明更正原因。",
        f"This edition corrects {corrects}, published before: the reason must be given.",
        detail=f"{len(changed)} 处 / cells [{digest}]: {shown}{more}",
    )


def _in_words(cell: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    name = field_name(cell["field"], document)
    before, after = (shown_value(cell["field"], cell[side]) for side in ("before", "after"))
    return f"{_row(cell)} {name.zh} / {name.en} {before} → {after}"


def _row(cell: Mapping[str, object]) -> str:
    """The row that a cell stands in; of another table than the units' with the table."""
    return str(cell["name"]) if cell["table"] == LEAD else f"{cell['name']}（{cell['table']}）"
