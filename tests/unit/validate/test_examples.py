"""Every check of the catalogue through the real engine: its failing example is found where it says, its passing one is let through.

A rule added to the catalogue with its examples is judged here without another line.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from expectations.catalogue import RULES
from expectations.examples import CLEAN
from expectations.rule import example_form
from pipelines.model.findings import Finding, Verdict
from pipelines.model.history import History
from pipelines.validate.engine import validate
from pipelines.validate.published.example_files import FIRST_ROW, SHEET, ExampleFile, example_files

CHECKS = {check.id: (rule, check) for rule in RULES.values() for check in rule.checks}


@pytest.fixture(scope="module")
def judged(programme: Any) -> dict[str, tuple[ExampleFile, Verdict]]:
    found = {}
    for form in CLEAN:
        made = example_files(form, programme)
        candidates = [(file.name, part, ()) for file, part in zip(made.files, made.parts, strict=True)]
        verdicts = validate(form, candidates, made.history, made.programme)
        found.update({file.name: (file, verdicts[file.name]) for file in made.files})
    return found


def of(verdict: Verdict, rule: str) -> list[Finding]:
    return [f for f in verdict.findings if f.rule == rule]


def test_every_check_has_an_example_that_was_judged(judged: dict[str, Any]) -> None:
    assert {name.rsplit(" ", 1)[0] for name in judged} == set(CHECKS) and len(CHECKS) > 100


@pytest.mark.parametrize("check_id", CHECKS)
def test_the_failing_row_is_found_at_its_cell(check_id: str, judged: dict[str, Any]) -> None:
    rule, check = CHECKS[check_id]
    file, verdict = judged[f"{check_id} fails"]
    at = file.example.at or check.fields[0]
    hits = [f for f in of(verdict, rule.id) if f.field == at and f.row == FIRST_ROW]
    assert hits, [f.message_zh for f in verdict.findings]
    assert (check.severity or rule.severity) in {f.severity for f in hits}
    for found in hits:
        assert (found.sheet, found.level) == (SHEET, rule.level)
        assert re.fullmatch(rf"[A-Z]{{1,2}}{FIRST_ROW}", found.cell)
        assert found.cell in found.message_zh and found.cell in found.message_en


@pytest.mark.parametrize("check_id", CHECKS)
def test_a_rule_that_found_something_was_evaluated(check_id: str, judged: dict[str, Any]) -> None:
    rule, _ = CHECKS[check_id]
    for side in ("fails", "passes"):
        _, verdict = judged[f"{check_id} {side}"]
        run = next(r for r in verdict.rule_runs if r.rule == rule.id)
        assert run.failed == len({f.row for f in of(verdict, rule.id)})
        assert (run.status == "evaluated" and run.rows >= max(run.failed, 1)) or (side == "passes" and run.failed == 0)


@pytest.mark.parametrize("check_id", CHECKS)
def test_the_passing_row_is_let_through(check_id: str, judged: dict[str, Any]) -> None:
    _, verdict = judged[f"{check_id} passes"]
    assert of(verdict, CHECKS[check_id][0].id) == []


def test_a_failing_message_names_every_cell_it_speaks_of(judged: dict[str, Any], programme: Any) -> None:
    """Fields named in the message of a check stand there with their cells, in Chinese and in English."""
    looked_at = 0
    for check_id, (rule, check) in CHECKS.items():
        file, verdict = judged[f"{check_id} fails"]
        for template, english in (
            (check.message_zh or rule.message_zh, False),
            (check.message_en or rule.message_en, True),
        ):
            named = [f for f in check.fields if re.search(rf"\{{{f}(\.of)?\}}", template)]
            texts = [
                f.message_en if english else f.message_zh
                for f in of(verdict, rule.id)
                if f.field == (file.example.at or check.fields[0])
            ]
            letters = {c.field: c for c in programme.forms[_form(file)].columns}
            looked_at += len(named)
            for name in named:
                assert name in letters
                cell = f"{_letter(programme, _form(file), name)}{FIRST_ROW}"
                assert any(re.search(rf"\b{cell}\b|{cell}「", text) for text in texts), (check_id, name, texts)
    assert looked_at > 150


def _form(file: ExampleFile) -> str:
    return example_form(file.rule, file.check, file.example)


def _letter(programme: Any, form: str, field: str) -> str:
    from pipelines.validate.published.example_files import column_letter

    return column_letter([c.field for c in programme.forms[form].columns].index(field))


def test_the_clean_rows_trip_nothing(judged: dict[str, Any], programme: Any, make: Any) -> None:
    assert set(CLEAN) == set(programme.forms)
    for form in CLEAN:
        unit = "330400" if form == "city_month" else "330481"
        period = "2022-W26" if programme.forms[form].period_kind == "week" else "2022-06"
        part = make.part(form, *make.complete(form), unit=unit, period=period)
        verdict = validate(form, [("s", part, ())], History(), programme)["s"]
        assert verdict.findings == ()
