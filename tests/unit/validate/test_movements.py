"""变动表: who left, was renamed or got another code is excused where a document or reason stands beside it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipelines.model.findings import Verdict
from pipelines.model.history import History, UnitHistory
from pipelines.model.movements import Movement
from pipelines.validate.engine import validate

N1, N2, NEW = "33048100022001", "33048100022002", "33048100022999"
CODE = "2102-330481-04-01-123456"
GONE = {"rows": [{}], "previous": [{}, {}]}
DOC = "海发改〔2022〕3 号"
CASES: dict[str, tuple[str, dict[str, Any], tuple[Movement, ...], int]] = {
    "gone": ("D07", GONE, (), 1),
    "left": ("D07", GONE, (Movement("退库", N2, doc_no=DOC),), 0),
    "moved to another unit": ("D07", GONE, (Movement("移交", N2, after="桐乡市", reason="辖区调整"),), 0),
    "without a word why": ("D07", GONE, (Movement("退库", N2),), 1),
    "renamed only": ("D07", GONE, (Movement("更名", N2, doc_no=DOC),), 1),
    "another project": ("D07", GONE, (Movement("退库", N1, doc_no=DOC),), 1),
    "new number": (
        "D07",
        {"rows": [{"stat_project_no": NEW}], "previous": [{}]},
        (Movement("改码", NEW, before=N1, after=NEW, doc_no=DOC),),
        0,
    ),
    "new number unsaid": ("D07", {"rows": [{"stat_project_no": NEW}], "previous": [{}]}, (), 1),
    "fall under a new number": (
        "D02",
        {"rows": [{"stat_project_no": NEW}], "previous": [{"ytd": 12500}]},
        (Movement("改码", NEW, before=N1, after=NEW, doc_no=DOC),),
        1,
    ),
    "code": ("D13", {"rows": [{"project_code": CODE}], "previous": [{}]}, (), 1),
    "code stated": (
        "D13",
        {"rows": [{"project_code": CODE}], "previous": [{}]},
        (Movement("改码", N1, after=CODE, doc_no=DOC),),
        0,
    ),
    "code under 更名": (
        "D13",
        {"rows": [{"project_code": CODE}], "previous": [{}]},
        (Movement("更名", N1, doc_no=DOC),),
        1,
    ),
    "start is no code": (
        "D13",
        {"rows": [{"start_ym": "2021-04"}], "previous": [{}]},
        (Movement("改码", N1, doc_no=DOC),),
        1,
    ),
    "name": ("B10", {"rows": [{"project_name": "新名"}], "previous": [{"project_name": "旧名"}]}, (), 1),
    "name stated": (
        "B10",
        {"rows": [{"project_name": "新名"}], "previous": [{"project_name": "旧名"}]},
        (Movement("更名", N1, "新名", "旧名", "新名", reason="企业更名"),),
        0,
    ),
}


@pytest.fixture(scope="module")
def verdicts(make: Any, scenario: Any) -> dict[str, Verdict]:
    return make.judge_all({n: scenario(**case, movements=lines) for n, (_, case, lines, _) in CASES.items()})


@pytest.mark.parametrize("name", CASES)
def test_a_stated_change_is_excused(name: str, verdicts: dict[str, Verdict]) -> None:
    rule, _, _, expected = CASES[name]
    assert len([f for f in verdicts[name].findings if f.rule == rule]) == expected


def test_only_the_one_who_says_it_is_excused(make: Any, scenario: Any) -> None:
    """Two units with a project of the same number: one states that it left, the other does not."""
    both = make.judge_all(
        {"says": scenario(**GONE, movements=(Movement("退库", N2, doc_no=DOC),)), "silent": scenario(**GONE)}
    )
    assert [sum(f.rule == "D07" for f in both[n].findings) for n in ("says", "silent")] == [0, 1]


def test_a_line_needs_a_known_kind_a_number_and_a_ground() -> None:
    line = Movement("退库", N1, doc_no=DOC)
    assert line.grounded and replace(line, doc_no="", reason="企业破产清算").grounded
    assert not replace(line, kind="其他").grounded
    assert not replace(line, stat_project_no="").grounded
    assert not replace(line, doc_no="", reason="无").grounded


def test_of_a_unit_that_was_split_nobody_knows_who_should_be_there(make: Any) -> None:
    """Half of the old unit's projects went elsewhere: D07 and A09 say so, rules by project go on."""
    part = make.part("project_month", {"ytd": 9000, "month": 0, "equip": 2500})
    facts = make.past("project_month", *({"submission_id": "s1*0.5", "stat_project_no": n} for n in (N1, N2)))
    history = History({"330481": UnitHistory("s1*0.5", "2022-05")}, facts)
    verdict = validate("project_month", [("s", part, ())], history, make.programme)["s"]
    runs = {r.rule: r for r in verdict.rule_runs}
    assert all(runs[rule].status == "not_applicable" and "区划调整" in runs[rule].reason for rule in ("D07", "A09"))
    assert runs["D02"].failed == 1
