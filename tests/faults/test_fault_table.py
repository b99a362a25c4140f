"""The table of faults is whole, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_every_fault_is_listed_once_with_a_test_that_exists():
    text = (TESTS / "faults" / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", text, flags=re.M)
    assert [int(number) for number, _ in rows] == list(range(1, 67))
    named = [(number, name) for number, covered in rows for name in re.findall(r"`([^`]+)`", covered)]
    missing = []
    for number, name in named:
        file, _, test = name.partition("::")
        path = TESTS / file
        if not path.exists() or (test and f"def {test}(" not in path.read_text("utf-8")):
            missing.append((number, name))
    assert missing == []
    assert len(named) > 65


def test_every_path_that_the_page_names_exists():
    """In the text below the table too: a test that was moved or renamed is no proof of anything."""
    text = (TESTS / "faults" / "README.md").read_text("utf-8")
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?)(?:::(\w+))?`", text)
    root = TESTS.parent
    missing = [path for path, _ in named if not ((TESTS / path).exists() or (root / path).exists())]
    assert missing == [] and len(named) > 70
    bare = re.findall(r"`(test_\w+\.py)", text)
    assert bare == [], "named without its folder"
