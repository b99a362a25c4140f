"""The first line of what goes back names the cause, and accepted never stands over what must be corrected."""

from __future__ import annotations

import pytest

from pipelines.model.findings import Finding, verdict_label
from pipelines.returns.verdict import root_cause


def found(rule: str, severity: str = "error", level: int = 1, row: int | None = 4) -> Finding:
    return Finding(rule, level, severity, f"{rule} 的说明", f"about {rule}", row=row)  # type: ignore[arg-type]


CONSEQUENCES = [found("C03", row=n) for n in range(1538)]


@pytest.mark.parametrize(
    ("asked", "cause"),
    [
        ([*CONSEQUENCES, found("G", level=2, row=None)], "G"),
        ([*CONSEQUENCES, found("G", level=2, row=9)], "G"),
        ([found("G", level=2, row=None), found("A04", level=0, row=None)], "A04"),
        ([*CONSEQUENCES, found("F01", level=2, row=None)], "F01"),
        ([*CONSEQUENCES, found("C09"), found("D01", "query")], "C03"),
        ([found("D01", "query"), found("G", "query", 2)], "G"),
        ([found("D01", "query")], "D01"),
        ([], None),
    ],
)
def test_root_cause(asked: list[Finding], cause: str | None) -> None:
    named = root_cause(asked)
    assert (named.rule if named else None) == cause


def test_a_partly_accepted_file_has_a_word_of_its_own() -> None:
    assert verdict_label("accepted", 3) == ("部分采用", "accepted in part")
    assert verdict_label("accepted_with_queries", 3)[0].startswith("部分采用")
    assert verdict_label("accepted")[0] == "通过" and verdict_label("rejected", 3)[0] == "退回更正"
