"""One slip is one query: many rows of a file with the same question become one finding that counts them and names the first cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...model.findings import Finding
from .row_findings import RowFinding

FEWEST = 3
"""Fewer rows are asked one by one."""
_SHOWN = 10


def grouped(rows: Sequence[RowFinding]) -> list[Finding]:
    """The findings of one submission in order of row; those of checks that group stand at the first of their rows."""
    together: dict[str, list[Finding]] = {}
    for row in rows:
        if row.check.grouped and row.finding.severity == "query":
            together.setdefault(row.check.id, []).append(row.finding)
    many = {check: found for check, found in together.items() if len(found) >= FEWEST}
    told: set[str] = set()
    result: list[Finding] = []
    for row in rows:
        found = many.get(row.check.id) if row.finding.severity == "query" else None
        if found is None:
            result.append(row.finding)
        elif row.check.id not in told:
            told.add(row.check.id)
            result.append(_one(found))
    return result


def _one(found: Sequence[Finding]) -> Finding:
    first, others = found[0], found[1:]
    places = [f.cell or f"{f.row}" for f in others[:_SHOWN]]
    more = " …" if len(others) > _SHOWN else ""
    zh = f"另有 {len(others)} 行相同（{'、'.join(places)}{more}）；在本行说明即可。"
    en = f" {len(others)} more rows are like it ({', '.join(places)}{more}); explain it in this row."
    return replace(first, message_zh=first.message_zh + zh, message_en=first.message_en + en)
