"""Columns of the check frame, made afresh: every example of the catalogue and at its limits stands on its side of each check.

The first table that `make mutants` runs against broken columns: no verdicts, so that a mutant costs a fraction of a second.
"""

from __future__ import annotations

from typing import Any

import pytest

from expectations.examples import CLEAN
from pipelines.validate.rows.check_frame import CheckFrame


@pytest.mark.parametrize("form", CLEAN)
def test_examples_stand_on_their_side(form: str, tables: Any, formulas: Any) -> None:
    table = tables[form]
    frame = CheckFrame(table.made.batch()).build(table.frame.columns)
    looked_at = 0
    for _, check in table.checks:
        bad = formulas.failing(check.expectation, check.kwargs, frame)
        wrong = [(check.id, position) for position, fails in table.own(check) if bool(bad[position]) != fails]
        assert wrong == []
        looked_at += len(table.own(check))
    assert looked_at > 20
