"""Rates that disagree with their own row by a factor of a hundred: 0.53 under 增速(%) where the levels say 53 %."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from pipelines.model.raw import RawSheet
from pipelines.model.submissions import Problem

from .notes import Notes

_NEAR = 0.006
"""Half a point and a little: what rounding of a printed rate can explain."""


def doubtful_rates(
    rates: pa.Array, levels: Sequence[tuple[float | None, float | None]], name: str, sheet: RawSheet, notes: Notes
) -> list[Problem]:
    """A04 (query) for the first rate that agrees with value and base of its row only when multiplied or divided by a hundred."""
    for row, (rate, (value, base)) in enumerate(zip(rates.to_pylist(), levels, strict=True)):
        if rate is None or value is None or not base:
            continue
        expected = value / base - 1
        if abs(rate - expected) <= _NEAR or abs(expected) <= 4 * _NEAR:
            continue
        if min(abs(rate * 100 - expected), abs(rate / 100 - expected)) <= _NEAR:
            number = notes.row_numbers[row]
            params = {
                "kind": "percent_differs",
                "severity": "query",
                "value": f"{100 * rate:.6g}",
                "expected": f"{100 * expected:.4g}",
            }
            return [Problem("A04", sheet.label, notes.address(number, name), number, name, f"{rate:.6g}", params)]
    return []
