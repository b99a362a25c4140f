"""The row rules over a hundred thousand rows, counted a second time by DuckDB from the formulas of RULES.md: the same rows fail."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa
import pytest

from pipelines.flow.runtime.context import load_programme
from pipelines.model.findings import Verdict
from pipelines.model.programme import Programme
from pipelines.validate.engine import validate
from tests.benchmarks.recount_rows import ERRORS, FORM, QUERIES, failing, industries, rows_of_country, submissions

pytestmark = pytest.mark.slow

Judged = tuple[dict[str, Verdict], pa.Table, pa.Table]


@pytest.fixture(scope="module")
def programme() -> Programme:
    return load_programme("jiaxing")


@pytest.fixture(scope="module")
def judged(programme: Programme) -> Judged:
    """Verdicts by unit, and both months as DuckDB sees them."""
    now, before = rows_of_country()
    parts, history = submissions(programme, now, before)
    verdicts = validate(FORM, parts, history, programme)
    return (
        {name[1:]: verdict for name, verdict in verdicts.items()},
        pa.Table.from_pylist(now),
        pa.Table.from_pylist(before),
    )


@pytest.mark.parametrize("rule", sorted(ERRORS))
def test_errors_are_those_of_the_formula(rule: str, judged: Judged, programme: Programme) -> None:
    wanted = failing(*judged[1:], industries(programme), ERRORS[rule])
    assert len(wanted) > 20
    found = {
        (unit, f.row)
        for unit, verdict in judged[0].items()
        for f in verdict.findings
        if f.rule == rule and f.severity == "error" and f.row is not None
    }
    assert found == wanted


@pytest.mark.parametrize("rule", sorted(QUERIES))
def test_as_many_rows_are_asked_about_as_the_formula_says(rule: str, judged: Judged, programme: Programme) -> None:
    wanted: dict[str, int] = defaultdict(int)
    for unit, _ in failing(*judged[1:], industries(programme), QUERIES[rule]):
        wanted[unit] += 1
    found = {unit: run.failed for unit, verdict in judged[0].items() for run in verdict.rule_runs if run.rule == rule}
    assert sum(wanted.values()) > 20
    assert found == wanted
