"""The table of L1–L40 names what is there: commands that can be called, tests that pytest collects, cases of the truth file."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pipelines.cli.app import app
from pipelines.flow.runtime.context import load_programme
from pipelines.sample.loop_decisions import decisions
from pipelines.sample.loop_rows import LoopRows
from pipelines.sample.loop_truth import LoopTruth
from pipelines.sample.world import World

HERE = Path(__file__).parent
TESTS = HERE.parents[1]


def table() -> list[tuple[str, str, str]]:
    lines = (HERE / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| L\d", line)]
    return [(number, shown, held) for number, shown, held in rows]


def collected_tests() -> set[str]:
    """Functions that pytest collects: at the top of a test file, or methods of a test class there."""
    found: set[str] = set()
    for file in TESTS.rglob("test_*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            inside = node.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test") else [node]
            found |= {one.name for one in inside if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")}
    return found


@pytest.fixture(scope="module")
def cases() -> set[str]:
    """Names of the cases that the simulation writes."""
    rows = LoopRows(World(load_programme("jiaxing")).units)
    return {case.case for case in LoopTruth(rows, decisions(rows)).cases()}


def test_every_requirement_stands_in_the_table_once() -> None:
    assert [number for number, _, _ in table()] == [f"L{number}" for number in range(1, 41)]


def test_every_command_of_the_table_can_be_called() -> None:
    group: Any = get_command(app)
    dispatch = group.commands["dispatch"]
    named = [(number, name) for number, shown, _ in table() for name in re.findall(r"`dispatch ([^`]+)`", shown)]
    assert len(named) > 40
    assert [pair for pair in named if pair[1] not in dispatch.commands] == []


def test_every_test_and_case_of_the_table_is_run(cases: set[str]) -> None:
    tests = collected_tests()
    assert len(tests) > 500 and len(cases) > 60
    held = [(number, text) for number, _, text in table() if text]
    assert {"L6"} == {number for number, _, _ in table()} - {number for number, _ in held}
    missing = [
        (number, text)
        for number, text in held
        if (text.removeprefix("truth: ") not in cases if text.startswith("truth: ") else text not in tests)
    ]
    assert missing == []
