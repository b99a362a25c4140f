"""What a form says must be there (B14, A13): an emptied cell, a missing mark or a deleted row is an error with its cell and a remedy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from pipelines.model.history import History, UnitHistory
from pipelines.model.periods import Period
from pipelines.validate.engine import validate

P, U, C, D = "project_month", "unit_month", "city_month", "dispatch_month"
PARTS = ("build", "install", "build_install", "equip", "other", "old_equip", "renew_equip", "land_fee", "old_building")
NO_PARTS: dict[str, Any] = dict.fromkeys(PARTS)
LAND = {"land_plan": None, "land_actual": None, "na_flag": "供地"}


def mark(field: str, raw: str = "—") -> list[dict[str, Any]]:
    return [{"row_no": 4, "field": field, "code": "below_unit" if raw == "…" else "not_applicable", "raw": raw}]


CASES: dict[str, tuple[str, list[dict[str, Any]], list[dict[str, Any]], str, str, str, tuple[str, ...]]] = {
    # form, rows, notes, rule, severity ("" for none), field, what the message says
    **{
        f"{form} {field} {how}": (form, [{field: None}], notes, "B14", "error", field, ("必填数", "填 0"))
        for form, fields in (
            (P, ("plan_total", "cum_total", "ytd", "month")),
            (U, ("ytd", "ytd_last_year")),
            (C, ("base",)),
            (D, ("plan_total", "planned_ytd", "actual_ytd", "issues_due", "issues_closed")),
        )
        for field in fields
        for how, notes in (("blank", []), ("dash", mark(field)), ("dots", mark(field, "…")))
    },
    "zero is a figure": (P, [{"month": 0}], [], "B14", "", "", ()),
    "a count needs no last year": (
        U,
        [{}, {"indicator": "project_count", "measure": "count", "ytd": 5, "ytd_last_year": None}],
        [],
        "B14",
        "",
        "",
        (),
    ),
    "no parts": (
        P,
        [NO_PARTS],
        [],
        "B14",
        "error",
        "build_install",
        ("本年完成投资」为 12000 万元，但", "全部为空", "「设备工器具购置」"),
    ),
    "no parts, nothing done": (P, [{**NO_PARTS, "ytd": 0, "month": 0}], [], "B14", "", "", ()),
    "one part": (P, [{**NO_PARTS, "equip": 12000, "plan_total": 90000}], [], "B14", "", "", ()),
    **{
        f"stage {stage}": (D, [{f"{stage}_plan": None}], [], "B14", "error", f"{stage}_plan", (says,))
        for stage, says in (
            ("admission", "不适用标记中填「准入」"),
            ("land", "不适用标记中填「供地」"),
            ("approval", "不适用标记中填「审批」"),
            ("start", "必填年月"),
            ("completion", "必填年月"),
            ("capacity", "必填年月"),
        )
    },
    "stage as a dash": (D, [{"land_plan": None}], mark("land_plan"), "B14", "error", "land_plan", ("供地",)),
    "flagged": (D, [LAND], [], "B14", "", "", ()),
    "flagged beside others": (D, [{**LAND, "na_flag": "准入、 供地"}], [], "B14", "", "", ()),
    "another stage flagged": (D, [{**LAND, "na_flag": "供地评估"}], [], "B14", "error", "land_plan", ()),
    "completion cannot be flagged": (
        D,
        [{"completion_plan": None, "na_flag": "竣工"}],
        [],
        "B14",
        "error",
        "completion_plan",
        ("必填年月",),
    ),
    "the ranked row is gone": (
        U,
        [{"indicator": "total_investment"}],
        [],
        "A13",
        "error",
        "indicator",
        ("缺少必报行", "「制造业投资」、口径「管理」"),
    ),
    "the ranked row in the other scope": (U, [{"scope": "属地"}], [], "A13", "error", "indicator", ("「管理」",)),
    "the ranked row as another spells it": (U, [{"scope": "小口径"}], [], "A13", "", "", ()),
    "one unit of the city": (C, [{}], [], "A13", "information", "indicator", ("8 个地区没有", "平湖市")),
    "the city has no row": (
        C,
        [
            {"area_code": code}
            for code in ("330402", "330411", "330421", "330424", "330481", "330482", "330483", "330471", "330472")
        ],
        [],
        "A13",
        "information",
        "indicator",
        ("1 个地区没有（嘉兴市）",),
    ),
}


def left_out(make: Any, programme: Any, explanation: str | None = None, split: bool = False) -> Any:
    """A unit_month with the ranked row alone; the month before had the count of projects and the other scope, too."""
    before = make.past(
        U,
        {},
        {"indicator": "project_count", "measure": "count", "ytd": 5},
        {"indicator": "total_investment", "scope": "territorial"},
    )
    at = before.schema.get_field_index("submission_id")
    before = before.set_column(at, "submission_id", pa.array(["s0"] * 3))
    own = UnitHistory(previous="s0*0.4+s1" if split else "s0", previous_period="2022-05")
    part = make.part(U, {"explanation": explanation})
    return validate(U, [("s", part, ())], History({"330481": own}, before), programme)["s"]


def files(make: Any, programme: Any) -> dict[str, list[tuple[str, Any, tuple[()]]]]:
    """form → its cases as candidates."""
    found: dict[str, list[tuple[str, Any, tuple[()]]]] = {}
    for name, (form, rows, notes, *_) in CASES.items():
        unit = "330400" if form == C else "330481"
        found.setdefault(form, []).append((name, make.part(form, *rows, unit=unit, notes=notes), ()))
    return found


@pytest.fixture(scope="module")
def judged(make: Any, programme: Any) -> dict[str, Any]:
    return {
        name: verdict
        for form, parts in files(make, programme).items()
        for name, verdict in validate(form, parts, History(), programme).items()
    }


@pytest.mark.parametrize("name", CASES)
def test_what_must_be_there_is_asked_for(name: str, judged: dict[str, Any]) -> None:
    form, _, _, rule, severity, field, says = CASES[name]
    verdict = judged[name]
    assert [r.reason for r in verdict.rule_runs if r.status == "broken"] == []
    found = [f for f in verdict.findings if f.rule == rule and f.severity == severity]
    if not severity:
        assert not [f for f in verdict.findings if f.rule == rule], [f.message_zh for f in verdict.findings]
        return
    own = [f for f in found if f.field == field and all(text in f.message_zh for text in says)]
    assert len(own) == 1, [f.message_zh for f in verdict.findings]
    assert own[0].sheet == "表"
    if rule == "B14":
        assert own[0].row == 4 and own[0].cell.endswith("4")
        assert own[0].cell in own[0].message_zh or "全部为空" in own[0].message_zh
    if severity == "error" and form != P:
        assert verdict.word == "rejected"


def test_a_row_that_was_reported_last_month_is_asked_for(make: Any, programme: Any) -> None:
    """Deleting the number of projects would silence F21; the same query stands for every row left out."""
    verdict = left_out(make, programme)
    (found,) = [f for f in verdict.findings if f.rule == "A13"]
    assert (found.severity, found.answered, verdict.word) == ("query", False, "accepted_with_queries")
    assert "上次（2022-05）报送的 2 行本表没有：制造业项目个数（管理）、固定资产投资（属地）" in found.message_zh
    assert "Manufacturing projects (managed), Fixed-asset investment (territorial)" in found.message_en
    told = left_out(make, programme, "A13 本月起项目个数由市局统一汇总，本县不再填报")
    assert [f.answered for f in told.findings if f.rule == "A13"] == [True]
    assert not [f for f in left_out(make, programme, split=True).findings if f.rule == "A13"]


def test_a_column_may_let_a_mark_stand(make: Any, programme: Any) -> None:
    """`marks` of a column: for a programme whose county writes … for less than half a unit."""
    layout = programme.forms[U]
    columns = tuple(replace(c, marks=("below_unit",)) if c.field == "ytd" else c for c in layout.columns)
    lenient = replace(programme, forms={**programme.forms, U: replace(layout, columns=columns)})
    parts = [(raw, make.part(U, {"ytd": None}, notes=mark("ytd", raw)), ()) for raw in ("…", "—")]
    words = {name: verdict.word for name, verdict in validate(U, parts, History(), lenient).items()}
    assert words == {"…": "accepted", "—": "rejected"}


def test_the_ranked_row_must_be_there_in_every_programme(make: Any, programme: Any) -> None:
    layout = replace(programme.forms[U], required_rows=())
    bare = replace(programme, forms={**programme.forms, U: layout})
    part = make.part(U, {"indicator": "industrial_investment"})
    verdict = validate(U, [("s", part, ())], History(), bare)["s"]
    assert [f.rule for f in verdict.findings] == ["A13"] and verdict.word == "rejected"


def test_a_file_without_the_columns_of_the_parts_is_not_asked_for_them(make: Any, programme: Any) -> None:
    part = make.part(P, NO_PARTS)
    columns = {field: letter for field, letter in part.columns.items() if field not in PARTS}
    verdict = validate(P, [("s", replace(part, columns=columns), ())], History(), programme)["s"]
    assert verdict.word == "accepted" and not verdict.findings


def test_a_blank_figure_of_many_projects_returns_the_file(make: Any, programme: Any) -> None:
    """A few rows are held back; a whole column is the file's error."""
    rows = [{"stat_project_no": f"N{n}", "month": None} for n in range(20)]
    part = make.part(P, *rows)
    assert validate(P, [("s", part, ())], History(), programme)["s"].word == "rejected"
    assert len(programme.roster.ranked_at(Period(2022, 6))) == 9
