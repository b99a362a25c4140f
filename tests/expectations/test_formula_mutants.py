"""Every formula of the catalogue, broken in every way: some example must notice, else the survivor is listed with its reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SURVIVORS = Path(__file__).with_name("SURVIVORS.md")


def listed(heading: str) -> dict[str, str]:
    """Survivors under a heading of SURVIVORS.md → their reason."""
    part = SURVIVORS.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^- `([^`]+)` — (.+)$", part, re.MULTILINE))


@pytest.fixture(scope="module")
def alive(tables: Any, formulas: Any) -> tuple[set[str], int]:
    """(mutants no example noticed in any form, how many there were)."""
    noticed: dict[str, bool] = {}
    for table in tables.values():
        for _, check in table.checks:
            own = table.own(check)
            for mutant in formulas.mutants(check):
                bad = formulas.failing(mutant.kind, mutant.kwargs, table.frame)
                caught = any(bool(bad[position]) != fails for position, fails in own)
                noticed[mutant.name] = noticed.get(mutant.name, False) or caught
    return {name for name, caught in noticed.items() if not caught}, len(noticed)


def test_every_example_stands_on_its_side_of_the_limit(tables: Any, formulas: Any) -> None:
    looked_at = 0
    for table in tables.values():
        for _, check in table.checks:
            bad = formulas.failing(check.expectation, check.kwargs, table.frame)
            for position, fails in table.own(check):
                assert bool(bad[position]) == fails, (check.id, table.frame.iloc[position].dropna().to_dict())
                looked_at += 1
    assert looked_at > 500


def test_every_check_of_every_form_has_an_example_that_fails(tables: Any) -> None:
    looked_at = 0
    for form, table in tables.items():
        looked_at += 1
        silent = [check.id for _, check in table.checks if not any(fails for _, fails in table.own(check))]
        assert silent == [], form
    assert looked_at, "nothing was looked at"


def test_survivors_are_those_listed_with_their_reason(alive: tuple[set[str], int]) -> None:
    assert alive[1] > 900
    assert alive[0] == set(listed("Formulas"))


def test_great_expectations_says_the_same_as_the_plain_evaluation(tables: Any, formulas: Any) -> None:
    """What the mutants are judged by is what production runs."""
    from pipelines.validate.rows.gx_run import run

    looked_at = 0
    for table in tables.values():
        looked_at += 1
        outcomes = run(table.checks, table.frame)
        for _, check in table.checks:
            assert outcomes[check.id].broken == ""
            expected = np.flatnonzero(formulas.failing(check.expectation, check.kwargs, table.frame))
            assert outcomes[check.id].positions.tolist() == expected.tolist(), check.id
    assert looked_at, "nothing was looked at"
