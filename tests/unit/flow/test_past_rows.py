"""Accepted rows of earlier months come by submission and row, however the lake has them, and as exact as they were."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from pipelines.flow.intake.past_rows import PastRows
from pipelines.model.tables import table_register

FORM = "project_month"
COLUMNS = ("submission_id", "row_no", "industry_code", "ytd")
Lines = list[tuple[str, int, str, str | None]]

IN_PIECES: Lines = [("s2", 1, "accepted", "5.0001"), ("s2", 2, "accepted", None), ("s1", 4, "accepted", "-7")]
HELD_BACK: Lines = [
    ("s1", 4, "accepted", "-7"),
    ("s2", 1, "accepted", "5.0001"),
    ("s2", 3, "quarantined", "9"),
    ("s2", 9, "accepted", None),
]
MIXED: Lines = [
    ("s2", 9, "accepted", None),
    ("s1", 4, "accepted", "-7"),
    ("s2", 3, "quarantined", "9"),
    ("s2", 1, "accepted", "5.0001"),
]
TURNED_ROUND: Lines = [("s2", 2, "accepted", None), ("s2", 1, "accepted", "5.0001"), ("s1", 4, "accepted", "-7")]


def past_rows(lines: Lines) -> PastRows:
    schema = table_register().fact(FORM).schema

    def rows_of(_table: str, _ids: object, columns: list[str], _form: str) -> pa.Table:
        given: dict[str, list[Any]] = {
            "submission_id": [line[0] for line in lines],
            "row_no": [line[1] for line in lines],
            "row_status": [line[2] for line in lines],
            "industry_code": ["C" + line[0] for line in lines],
            "ytd": [None if line[3] is None else Decimal(line[3]) for line in lines],
        }
        return pa.table({name: pa.array(given[name], schema.field(name).type) for name in columns})

    warehouse = SimpleNamespace(
        periods_of=lambda _ids: ["2022-05"],
        current=lambda _month, _form: {},
        rows_of=rows_of,
        lake=SimpleNamespace(register=table_register()),
    )
    context: Any = SimpleNamespace(warehouse=warehouse)
    return PastRows(context)


@pytest.mark.parametrize("lines", [IN_PIECES, HELD_BACK, MIXED, TURNED_ROUND])
def test_rows_come_by_submission_and_number(lines: Lines) -> None:
    rows = past_rows(lines).facts(FORM, ["s2", "s1"], COLUMNS)
    expected = sorted(
        (s, n, "C" + s, None if y is None else Decimal(y)) for s, n, status, y in lines if status == "accepted"
    )
    assert list(zip(*rows.to_pydict().values(), strict=True)) == expected
    only = past_rows(lines).facts(FORM, ["s1"], COLUMNS)
    assert only.to_pydict() == {
        "submission_id": ["s1"],
        "row_no": [4],
        "industry_code": ["Cs1"],
        "ytd": [Decimal("-7.0000")],
    }


def test_a_month_without_accepted_rows_has_none() -> None:
    found = past_rows([("s1", 1, "quarantined", "3")])
    assert found.facts(FORM, ["s1"], COLUMNS).num_rows == 0
    assert past_rows([]).facts(FORM, ["s1"], COLUMNS).num_rows == 0
