"""The failing rows of a version as they were sent, each cell with what was found in it: what a clerk corrects, in its place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ...model.findings import Finding
from ...model.loading import SubmissionRow
from ...returns.verdict import position
from ..runtime.context import Context

SHOWN_ROWS = 200
RAW_COLUMNS = ("row_no", "row_class", "cells")
"""Of the lake table `raw_rows`."""
_CONTEXT_COLUMNS = 6
"""Columns shown beside the failing ones: the first of the table, which say what a row is about."""


@dataclass(frozen=True)
class GridCell:
    """A cell as sent, and the findings in it (the worst first)."""

    address: str
    text: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class GridRow:
    """A row as sent: its number on the sheet, its cells in the order of the columns, findings about the row as a whole."""

    number: int
    cells: tuple[GridCell, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RowGrid:
    """`columns`: (letter, header text); `more`: failing rows beyond those shown."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[GridRow, ...]
    more: int = 0


def row_grid(
    context: Context,
    version: SubmissionRow,
    findings: Sequence[Finding],
    every_column: bool = False,
    raw: pa.Table | None = None,
) -> RowGrid:
    """The rows that findings are about, errors first; with `every_column` the whole width of the sheet. `raw`: the rows as they were
    sent, where they were read already."""
    by_row: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.row is not None and finding.severity != "information":
            by_row.setdefault(finding.row, []).append(finding)
    if not by_row:
        return RowGrid((), ())
    if raw is None:
        raw = context.warehouse.rows_of("raw_rows", [version.submission_id], list(RAW_COLUMNS), version.form)
    wanted = pc.or_(
        pc.is_in(raw["row_no"], pa.array(sorted(by_row), raw["row_no"].type)), pc.equal(raw["row_class"], "header")
    )
    shown = raw.select(list(RAW_COLUMNS)).filter(wanted).to_pylist()
    sent = {r["row_no"]: (r["row_class"], [str(c) for c in json.loads(r["cells"])]) for r in shown}
    chosen = [n for n in by_row if n in sent]
    rank = {"error": 0, "query": 1}
    chosen.sort(key=lambda n: (min(rank[f.severity] for f in by_row[n]), n))
    headers = [cells for kind, cells in sent.values() if kind == "header"]
    columns = _columns(headers, [sent[n][1] for n in chosen[:SHOWN_ROWS]], by_row, every_column)
    rows = tuple(_row(n, sent[n][1], by_row[n], [at for at, _ in columns]) for n in chosen[:SHOWN_ROWS])
    return RowGrid(tuple((letter(at), text) for at, text in columns), rows, max(len(chosen) - SHOWN_ROWS, 0))


def _columns(
    headers: Sequence[Sequence[str]],
    rows: Sequence[Sequence[str]],
    by_row: Mapping[int, Sequence[Finding]],
    every_column: bool,
) -> list[tuple[int, str]]:
    """(column from 0, header text): the first ones, those with a finding; or all that hold anything."""
    width = max((len(cells) for cells in (*headers, *rows)), default=0)
    texts = [_header(headers, at) for at in range(width)]
    failing = {p[1] for found in by_row.values() for f in found if (p := position(f.cell)) is not None}
    used = [at for at in range(width) if texts[at] or any(at < len(cells) and cells[at] for cells in rows)]
    wanted = used if every_column else [at for at in used if at in failing or at in used[:_CONTEXT_COLUMNS]]
    return [(at, texts[at] if at < width else "") for at in sorted({*wanted, *failing})]


def _header(headers: Sequence[Sequence[str]], at: int) -> str:
    parts = [cells[at].strip() for cells in headers if at < len(cells) and cells[at].strip()]
    return " ".join(dict.fromkeys(parts))


def _row(number: int, cells: Sequence[str], findings: Sequence[Finding], columns: Sequence[int]) -> GridRow:
    placed: dict[int, list[Finding]] = {}
    loose: list[Finding] = []
    for finding in findings:
        place = position(finding.cell)
        if place is None:
            loose.append(finding)
        else:
            placed.setdefault(place[1], []).append(finding)
    return GridRow(
        number,
        tuple(
            GridCell(f"{letter(at)}{number}", cells[at] if at < len(cells) else "", tuple(placed.get(at, ())))
            for at in columns
        ),
        tuple(loose),
    )


def letter(column: int) -> str:
    """0 → A, 26 → AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
