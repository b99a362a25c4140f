"""A run says of every rule what it looked at, what failed and what it took; a rule that raises loses no other's result and is no pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from expectations.catalogue import rules_of
from pipelines.cli.app import app
from pipelines.validate.rows.rule_health import recording

HEADER = "基层表编码,项目名称,行业代码,建设性质,期末项目建设状态,开工时间,计划总投资,自开始建设累计完成投资,本年完成投资,本月完成投资"
ROW = "33048100022001,年产组件项目,9999,新建,在建,2021-03,6000,3000,1000,100"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "海宁市2022年1-6月项目月报.csv"
    path.write_text(f"海宁市2022年1-6月制造业投资项目月报\n单位:万元\n{HEADER}\n{ROW}\n", encoding="utf-8")
    return path


def check(file: Path, home: Path) -> tuple[int, Any]:
    done = CliRunner().invoke(app, ["check", str(file), "--json", "--home", str(home)])
    return done.exit_code, json.loads(done.stdout)


def test_every_rule_is_accounted_for_with_rows_failures_and_time(file: Path, tmp_path: Path) -> None:
    with recording() as health:
        code, document = check(file, tmp_path / "home")
    assert code == 1
    found = health.document()
    assert found["gx"]["runs"] == 1 and found["gx"]["rows"] == 1 and found["gx"]["seconds"] > 0
    rules = {one["id"]: one for one in found["rules"]}
    assert rules.keys() == {r.id for r in rules_of("project_month", "2022-06")}
    assert all(one["evaluated"] + one["not_applicable"] == 1 and one["broken"] is None for one in rules.values())
    assert (rules["B02"]["rows"], rules["B02"]["failed"]) == (1, 1) and rules["B02"]["seconds"] > 0
    evaluated = {r["id"]: (r["rows"], r["failed"]) for r in document["submissions"][0]["rules"]["evaluated"]}
    assert evaluated == {i: (one["rows"], one["failed"]) for i, one in rules.items() if one["evaluated"]}


def test_a_rule_that_raises_is_said_to_be_broken_and_the_others_stand(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.validate.files.file_counts.FileCounts._cleaned", lambda self, ordinal: 1 // 0)
    with recording() as health:
        code, document = check(file, tmp_path / "home")
    part = document["submissions"][0]
    assert code == 2, "could not run: neither yes nor no"
    assert part["rules"]["broken"] == [{"id": "A11", "reason": "ZeroDivisionError: integer division or modulo by zero"}]
    assert "B02" in {f["rule"] for f in part["findings"]} and len(part["rules"]["evaluated"]) > 20
    assert next(one for one in health.document()["rules"] if one["id"] == "A11")["broken"].startswith("ZeroDivision")
