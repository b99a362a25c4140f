"""What a clerk reads names things as the file does: no code of the program, no sign of its keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pipelines.model.history import History
from pipelines.model.submissions import Problem
from pipelines.validate.engine import validate
from pipelines.validate.verdicts import problem_finding

HALF_WIDTH = re.compile(r"[\u4e00-\u9fff0-9][,:;!?][\u4e00-\u9fff「]")
CODES = re.compile(r"[a-z]+_[a-z_]+|managed|territorial")


def test_a_unit_of_measure_is_named_as_people_write_it() -> None:
    for measure, zh in (("wan_yuan", "万元"), ("count", "个")):
        params = {"kind": "measure_mismatch", "expected": measure, "got": "亿元"}
        found = problem_finding(Problem("A04", "汇总月报", "C4", 4, "measure", "亿元", params))
        assert found.message_zh == f"工作表「汇总月报」，单元格 C4：计量单位应为「{zh}」，实为「亿元」。请改正。"
        assert "wan_yuan" not in found.message_en and "should be  but" not in found.message_en


def test_lists_are_set_as_a_chinese_reader_sets_them() -> None:
    for kind, params, said in (
        ("two_tables", {"sheets": "一, 二"}, "（一、二）"),
        (
            "ambiguous_header",
            {"header": "累计", "fields": "ytd, cum_total"},
            "（本年完成投资、自开始建设累计完成投资）",
        ),
    ):
        found = problem_finding(Problem("A03", "表", params={"kind": kind, **params}))
        assert said in found.message_zh and next(iter(params.values())) in found.message_en, found


@pytest.mark.parametrize(
    ("form", "rows", "rule", "zh", "en"),
    [
        ("unit_month", ({}, {}), "B07", "制造业投资", "Manufacturing investment"),
        ("inspection_reply", ({"rectified_on": None},), "H10", "已整改", "rectified"),
        ("visit_log", ({"helper_code": None},), "H07", "服务员", "helper"),
    ],
)
def test_entries_of_lists_are_named_as_they_are_sent(
    make: Any, programme: Any, form: str, rows: tuple[dict[str, Any], ...], rule: str, zh: str, en: str
) -> None:
    verdict = validate(form, [("s", make.part(form, *rows), ())], History(), programme)["s"]
    said = next(one for one in verdict.findings if one.rule == rule)
    assert zh in said.message_zh and en in said.message_en, said
    assert not CODES.search(said.message_zh) and not HALF_WIDTH.search(said.message_zh), said.message_zh
