"""What a clerk reads names things as the file does: no code of the program, no sign of its keyboard."""

from __future__ import annotations

import re
from typing import Any

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


def test_entries_of_lists_are_named_as_they_are_sent(make: Any, programme: Any) -> None:
    asked = (
        ("unit_month", {}, {}, "B07", "制造业投资", "Manufacturing investment"),
        ("inspection_reply", {"rectified_on": None}, None, "H10", "已整改", "rectified"),
        ("visit_log", {"helper_code": None}, None, "H07", "服务员", "helper"),
    )
    for form, row, second, rule, zh, en in asked:
        rows = [row] if second is None else [row, second]
        verdict = validate(form, [("s", make.part(form, *rows), ())], History(), programme)["s"]
        said = [one for one in verdict.findings if one.rule == rule]
        assert said, (rule, [one.rule for one in verdict.findings])
        assert zh in said[0].message_zh and en in said[0].message_en, said[0]
        for one in verdict.findings:
            assert not CODES.search(one.message_zh) and not HALF_WIDTH.search(one.message_zh), one.message_zh
