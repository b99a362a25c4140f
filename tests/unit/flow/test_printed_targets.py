"""A gap between two rates is told in percentage points, between two amounts in 万元."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipelines.flow.dispatch.documents import TargetRow, TargetsDocument
from pipelines.flow.dispatch.print_targets import print_targets


@pytest.mark.parametrize(
    ("metric", "value", "actual", "gap", "told"),
    [
        ("growth", "0.16", "0.241", "-0.081", "-8.1 pp"),
        ("growth", "0.16", "0.1594", "0.0006", "0.1 pp"),
        ("growth", "0.16", None, None, "—"),
        ("cumulative", "9000000", "5400000", "3600000", "3600000"),
    ],
)
def test_gaps(metric: Any, value: str, actual: str | None, gap: str | None, told: str) -> None:
    row = TargetRow.model_construct(
        id="T1",
        metric=metric,
        scope="330400",
        operator=">=",
        value=Decimal(value),
        actual=None if actual is None else Decimal(actual),
        gap=None if gap is None else Decimal(gap),
        pace_required=None,
        pace_required_seasonal=None,
        expected=None,
        expected_linear=None,
        state="no_data",
        window="2022-06",
        comparator="",
    )
    document = TargetsDocument.model_construct(period="2022-06", targets=[row], comparisons=[], units=[])
    table = print_targets(document, {})[0]
    assert table.rows[0][5] == told
    assert "百分点" in table.note
