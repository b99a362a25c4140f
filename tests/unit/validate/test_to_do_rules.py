"""F06 and F07 of the to-do list: floors of the programme's own lists, and one leader and one team a project of the library."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipelines.model.dispatch_policy import DispatchPolicy, ListRule
from pipelines.validate.period.closing_rules import DispatchRegister, LedProject
from pipelines.validate.period.validate_period import dispatch_items

CODE = "2101-330481-04-01-123456"
OWN = ListRule(code="big", zh="市重点", en="big", names=("重点",), min_plan_wan_yuan=Decimal(50_000))


def asked(make: Any, programme: Any, row: dict[str, Any], register: DispatchRegister | None) -> dict[str, Any]:
    """Rule → (how it fared, the items' texts)."""
    own = {"unit_code": "330481", "submission_id": "d", "project_code": CODE, **row}
    policy = replace(programme, dispatch=DispatchPolicy(lists=(OWN,)))
    items, runs = dispatch_items("2022-06", policy, {"dispatch_month": make.facts("dispatch_month", own)}, register)
    texts = {run.rule: [i.finding.message_zh for i in items if i.finding.rule == run.rule] for run in runs}
    return {run.rule: (run.status, texts[run.rule]) for run in runs}


def test_a_list_of_the_programme_has_the_floor_that_the_programme_says(make: Any, programme: Any) -> None:
    """`saima dispatch lists` counted two projects below the floor while F06 knew of no list with a floor."""
    status, texts = asked(make, programme, {"lists": "重点", "plan_total": 49_999}, None)["F06"]
    assert status == "evaluated" and "列入「重点」" in texts[0] and "50000" in texts[0]
    assert asked(make, programme, {"lists": "甲；重点", "plan_total": 50_000}, None)["F06"] == ("evaluated", [])


def test_who_was_put_on_a_list_by_decision_is_asked_and_who_was_taken_off_is_not(make: Any, programme: Any) -> None:
    on, off = DispatchRegister({"big": frozenset({CODE})}), DispatchRegister({"big": frozenset()})
    assert "列入「市重点」" in asked(make, programme, {"plan_total": 1}, on)["F06"][1][0]
    assert asked(make, programme, {"lists": "重点", "plan_total": 1}, off)["F06"][0] == "not_applicable"


def test_a_library_project_without_one_leader_and_one_team_is_a_to_do(make: Any, programme: Any) -> None:
    """F07 said that the programme has no leaders, whatever lists it had."""
    led = [
        LedProject("330481", str(n), f"项目{n}", *counts) for n, counts in enumerate(((1, 1), (0, 0), (2, 1), (1, 0)))
    ]
    status, texts = asked(make, programme, {}, DispatchRegister({}, tuple(led)))["F07"]
    assert status == "evaluated" and [text.split("」")[0].split("「")[1] for text in texts] == [
        "项目1",
        "项目2",
        "项目3",
    ]
    assert "领导 2 名、服务专班 1 个" in texts[1]
    assert asked(make, programme, {}, DispatchRegister({}))["F07"] == ("not_applicable", [])
