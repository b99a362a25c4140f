"""The register of fault points is what the code has: a point that is gone is not tried, a new one is."""

from __future__ import annotations

import ast
from pathlib import Path

from pipelines.warehouse.db.faults import POINTS

PIPELINES = Path(__file__).resolve().parents[2] / "pipelines"


def test_every_fault_point_of_the_code_is_registered_once_and_none_is_left_over() -> None:
    called = [
        node.args[0].value
        for file in sorted(PIPELINES.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "fault_point"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert sorted(called) == sorted(POINTS)
