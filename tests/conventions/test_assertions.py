"""A test that asserts only inside a loop passes when the loop is empty: one assertion must stand outside, or the loop be literal."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def is_literal(loop: ast.For) -> bool:
    """A loop over what is written there, or over a range: it cannot be empty by accident."""
    over = loop.iter
    return isinstance(over, ast.Tuple | ast.List) or (
        isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id == "range"
    )


def assertions(node: ast.AST, in_loop: bool) -> tuple[int, int]:
    """(outside of loops that may be empty, inside of them); `with pytest.raises` is an assertion."""
    outside = inside = 0
    for child in ast.iter_child_nodes(node):
        within = in_loop or isinstance(child, ast.While) or (isinstance(child, ast.For) and not is_literal(child))
        raises = isinstance(child, ast.With) and any("raises" in ast.dump(item.context_expr) for item in child.items)
        if isinstance(child, ast.Assert) or raises:
            outside, inside = outside + (not within), inside + within
        more_outside, more_inside = assertions(child, within)
        outside, inside = outside + more_outside, inside + more_inside
    return outside, inside


def test_no_test_passes_by_looking_at_nothing() -> None:
    looked_at, empty = 0, []
    for file in sorted(TESTS.rglob("test_*.py")):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test_"):
                continue
            looked_at += 1
            drawn = any("given" in ast.dump(decorator) for decorator in function.decorator_list)
            outside, inside = assertions(function, False)
            if inside and not outside and not drawn:
                empty.append(f"{file.relative_to(TESTS)}::{function.name}")
    assert looked_at > 1000
    assert empty == []
