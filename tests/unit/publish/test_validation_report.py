"""The report's page shows what people wrote as text; the ESS report says 1, 0 and NA."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from pipelines.model.findings import Finding, RuleRun
from pipelines.publish.report import render_report
from pipelines.publish.validation_report import ReportedSubmission, validation_report

QUERY = {
    "order": 1,
    "unit": "330481",
    "name": "海宁市",
    "form": "project_month",
    "submission": "s1",
    "rule": "C08",
    "sheet": "数据",
    "cell": "Q4",
    "row": 4,
    "field": "cum_total",
    "value": "=cmd|x",
    "message_zh": "<script>alert(1)</script>",
    "message_en": "over plan",
    "answered": False,
    "impact": {"amount": "500.0000", "share": "0.05", "growth_points": None},
}
DOCUMENT = {
    "forms": {"project_month": "项目月报"},
    "period": "2022-06",
    "rules_version": "r1",
    "as_of": "2022-07-08",
    "simulated": True,
    "programme": "jiaxing",
    "units": [
        {
            "unit": "330481",
            "name": "海宁市",
            "form": "project_month",
            "state": "missing",
            "submission": None,
            "version": None,
            "arrived_at": None,
            "workdays_late": None,
            "versions": 0,
            "first": None,
            "timeliness": "missing",
            "root_cause_zh": "报表 <未> 收到。",
            "root_cause_en": "No form <was> received.",
            "rows": None,
            "errors": 0,
            "queries": 0,
            "information": 0,
            "open_queries": 0,
        }
    ],
    "rules": [
        {
            "rule": "C08",
            "level": 1,
            "severity": "query",
            "formula": "a ≤ b",
            "evaluated": 1,
            "not_applicable": 0,
            "rows": 3,
            "findings": 1,
            "errors": 0,
            "queries": 1,
            "answered": 0,
        }
    ],
    "queries": [QUERY],
    "explanations": [],
    "waivers": [],
    "returns": [],
    "changes": [
        {
            "unit": "330481",
            "period": "2022-06",
            "form": "project_month",
            "submission": "s1",
            "version": 1,
            "causes": ["history"],
            "judged_at": "2022-07-09",
            "verdict_before": "accepted",
            "verdict": "accepted_with_queries",
            "disappeared": [],
            "appeared": [{k: QUERY[k] for k in ("rule", "cell", "row", "field", "value", "message_zh", "message_en")}],
        }
    ],
}


def test_the_page_runs_nothing_and_the_tables_neither(tmp_path: Path) -> None:
    render_report(DOCUMENT, [], "嘉兴", "Jiaxing", tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<script>" not in page and "&lt;script&gt;" in page and "default-src &#39;none&#39;" in page
    assert "http://" not in page and "https://" not in page
    assert "模拟数据" in page and "内部资料" in page and "未报" in page
    assert "<br>报表 &lt;未&gt; 收到。</td>" in page
    assert "'=cmd|x" in (tmp_path / "queries.csv").read_text(encoding="utf-8-sig")
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == DOCUMENT
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    render_report(DOCUMENT, [], "嘉兴", "Jiaxing", tmp_path)
    assert before == {p.name: p.read_bytes() for p in tmp_path.iterdir()} and len(before) == 10
    assert "新增" in page and "历史或核定" in page and "通过 → 通过，待核实" in page
    assert "appeared" in (tmp_path / "changes.csv").read_text(encoding="utf-8-sig")


def test_the_ess_report_has_one_entry_a_rule_and_version() -> None:
    runs = (
        RuleRun("C01", "evaluated", 3, 0),
        RuleRun("C08", "evaluated", 3, 1),
        RuleRun("D01", "not_applicable", reason="无"),
    )
    finding = Finding("C08", 1, "query", "超", "over", "数据", "Q4", 4, "cum_total", "9")
    judged = ReportedSubmission(
        "s1", "330481", "project_month", "2022-06", "f" * 64, datetime(2022, 7, 8, tzinfo=UTC), runs, (finding,)
    )
    rules = {i: ("formula", s, "why", "1") for i, s in (("C01", "error"), ("C08", "query"), ("D01", "query"))}
    found = validation_report([judged], rules, "r1")
    assert [e["value"] for e in found] == ["1", "0", "NA"]
    assert [e["rule"]["severity"] for e in found] == ["error", "warning", "warning"]
    assert found[1]["data"]["target"] == ["330481/2022-06/project_month/数据/Q4/cum_total"]
    assert {"id", "type", "event", "rule", "data", "value"} == set(found[0])
    for entry in found:  # enumerations and required keys of Generic JSON Structure 1.0.0
        assert entry["type"] == "validation" and entry["value"] in ("0", "1", "NA")
        assert {"language", "expression", "severity", "description", "explanation"} == entry["rule"].keys()
        assert entry["rule"]["severity"] in ("information", "warning", "error")
        assert all(isinstance(text, str) for part in ("event", "rule") for text in entry[part].values())
        assert all(isinstance(text, str) for key in ("source", "target") for text in entry["data"][key])
    assert {"time", "actor", "agent", "trigger"} == set(found[0]["event"]) and len({e["id"] for e in found}) == 3
