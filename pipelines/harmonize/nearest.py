"""What a file without any form of the programme looks like, so that its sender knows what was looked for and where."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.model.fields import FIELDS
from pipelines.model.forms import field_of
from pipelines.model.raw import RawSheet
from pipelines.model.submissions import Problem

from .headers import SCAN_ROWS, AliasIndex, row_keys

_SHOWN = 60


def nearest_header(sheets: Sequence[RawSheet], indexes: Sequence[AliasIndex], hidden: Sequence[str] = ()) -> Problem:
    """A03: the row with most headers of a form (at least two), and what is missing of that form; else the sheets that are hidden, or
    how the file begins."""
    best: tuple[tuple[int, int], RawSheet, int, AliasIndex] | None = None
    for sheet in sheets:
        for number, cells in enumerate(sheet.rows[:SCAN_ROWS]):
            keys = row_keys(cells)
            for index in indexes:
                hits = len(index.levels.intersection(keys))
                if hits < 2:
                    continue
                fit = (hits, len(index.required) - len(_missing(index, keys)))
                if best is None or fit > best[0]:
                    best = (fit, sheet, number, index)
    names = "、".join(sheet.label for sheet in sheets if sheet.label)
    if best is None and hidden:
        return Problem("A03", params={"kind": "hidden_table", "sheets": names or "—", "hidden": "、".join(hidden)})
    if best is None:
        return Problem("A03", params={"kind": "no_table", "sheets": names or "—", "begins": _beginning(sheets)})
    _, sheet, at_row, index = best
    row, layout = sheet.row_numbers[at_row], index.layout
    keys = row_keys(sheet.rows[at_row])
    known = [str(sheet.rows[at_row][at]).strip() for at, key in enumerate(keys) if key in index.levels]
    missing = _missing(index, keys)
    params = {
        "kind": "half_a_header",
        "sheets": names or "—",
        "form": layout.name,
        "zh": layout.zh,
        "known": "、".join(known[:12])[:200],
        "missing": "、".join(FIELDS[field_of(name)].zh for name in missing) or "—",
        "missing_en": ", ".join(missing) or "—",
    }
    return Problem("A03", sheet.label, row=row or None, params=params)


def _missing(index: AliasIndex, keys: Sequence[str]) -> list[str]:
    """Required fields none of whose headers stand in the row."""
    return [c.name for c in index.layout.columns if c.required and not index.levels_of(c.name).intersection(keys)]


def _beginning(sheets: Sequence[RawSheet]) -> str:
    """The first texts of the first filled row."""
    for sheet in sheets:
        for row in sheet.rows:
            texts = [" ".join(str(cell).split()) for cell in row if cell not in (None, "")]
            if any(texts):
                text = " | ".join(texts[:6])
                return text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    return "—"
