"""The table of L1–L40 names what is there: commands, tests, cases of the truth file."""

from __future__ import annotations

import re
from pathlib import Path

from pipelines.cli.dispatch_tables import HELP

HERE = Path(__file__).parent
TESTS = HERE.parents[1]
OWN_COMMANDS = {"brief", "decisions", "showcase-public"}


def test_every_requirement_has_its_command_and_its_test() -> None:
    lines = (HERE / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| L\d", line)]
    assert [row[0] for row in rows] == [f"L{number}" for number in range(1, 41)]
    tests = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    truth = (TESTS.parent / "pipelines" / "sample" / "loop_truth.py").read_text(encoding="utf-8")
    named = 0
    for requirement, shown, held in rows:
        for command in re.findall(r"`dispatch ([a-z-]+)`", shown):
            named += 1
            assert command in HELP or command in OWN_COMMANDS, (requirement, command)
        if requirement == "L6":
            continue
        case = held.removeprefix("truth: ")
        known = case in truth or re.sub(r" \w+$", "", case) in truth
        assert known if held.startswith("truth: ") else f"def {held}(" in tests, (requirement, held)
    assert named > 40
