"""CSV of an edition: UTF-8 with BOM (spreadsheets open it right), numbers plain, text that a spreadsheet would run neutralised."""

from __future__ import annotations

import csv
import io

from .edition_figures import Figure, FigureTable

RUNS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell may not begin with."""


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading = + - @ (also full-width), tab or line break gets a '."""
    return f"'{text}" if text.startswith(RUNS_IN_A_SPREADSHEET) else text


def figures_csv(table: FigureTable) -> bytes:
    """Keys of the columns, then the rows; empty = absent. Amounts in the measure of the form, rates as fractions, changes in
    percentage points."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.key for column in table.columns])
    texts = [column.kind == "text" for column in table.columns]
    for row in table.rows:
        writer.writerow([_cell(value, text) for value, text in zip(row, texts, strict=True)])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _cell(value: Figure, text: bool) -> Figure:
    return safe_text(value) if text and isinstance(value, str) else value
