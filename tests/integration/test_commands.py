"""The commands as a program reads them: exit codes, JSON alone on stdout, the shapes of DESIGN §8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from pipelines.model.document_register import DOCUMENTS
from pipelines.model.ranking import INDICATORS
from pipelines.settings import REPOSITORY

from .conftest import Jiaxing

pytestmark = pytest.mark.slow
STATUS_KEYS = {
    "unit",
    "form",
    "state",
    "version",
    "latest",
    "arrived_at",
    "late",
    "workdays_late",
    "rows",
    "errors",
    "queries",
}


def saima(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SAIMA")}
    if home is not None:
        environment["SAIMA_HOME"] = str(home)
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli.app", *arguments],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=environment,
        check=False,
    )


def answer(jiaxing: Jiaxing, *arguments: str, code: int = 0) -> Any:
    done = saima(*arguments, "--json", home=jiaxing.context.settings.home)
    assert done.returncode == code, done.stderr
    document = json.loads(done.stdout)
    if arguments[0] in DOCUMENTS:
        TypeAdapter(DOCUMENTS[arguments[0]]).validate_python(document, strict=True)
    return document


def test_every_question_about_a_month_answers_as_its_schema_says(jiaxing: Jiaxing) -> None:
    for question in (("status", "2022-06"), ("late", "2022-06", "--now", "2022-07-12T10:00")):
        assert question[0] in DOCUMENTS
        assert answer(jiaxing, *question)
    for command, name in (("ladder", "alerts-ladder"), ("calls", "alerts-calls"), ("outbox", "alerts-outbox")):
        period = () if command == "outbox" else ("2022-06",)
        document = answer(jiaxing, "alerts", command, *period, "--now", "2022-07-12T10:00")
        TypeAdapter(DOCUMENTS[name]).validate_python(document, strict=True)


def test_the_report_of_a_month_answers_as_its_schema_says(jiaxing: Jiaxing) -> None:
    document = answer(jiaxing, "report", "2022-06")
    assert [q["order"] for q in document["queries"]] == list(range(1, len(document["queries"]) + 1)) != []


def test_rank(jiaxing: Jiaxing) -> None:
    document = answer(jiaxing, "rank", "2022-06")
    assert {"period", "edition", "method", "units", "city"} <= document.keys()
    assert len(document["units"]) == 9 and document["edition"] == "2022-06-e1"
    assert document["state"] == "published" and document["published_at"] and document["demonstration"] is True
    assert {s["role"] for s in document["signatures"]} == {"statistics", "dispatch"}
    for unit in document["units"]:
        assert set(unit["indicators"]) == set(INDICATORS)
        assert {
            "unit",
            "name",
            "rank",
            "score",
            "ytd",
            "base",
            "growth",
            "growth_official",
            "deductions",
            "remarks",
        } <= unit.keys()
        assert set(unit["deductions"]) == {"late", "unanswered_queries"}
        for indicator in unit["indicators"].values():
            assert isinstance(indicator["weight"], str)
            if indicator["points"] is not None:
                assert 40 <= Decimal(indicator["points"]) <= 100
                assert len(indicator["value"].split(".")[1]) >= 6 and len(indicator["points"].split(".")[1]) >= 4


def test_status(jiaxing: Jiaxing) -> None:
    document = answer(jiaxing, "status", "2022-06", "--now", "2022-07-18T12:00")
    assert document.keys() == {"period", "units", "bureau", "unassigned"}
    assert len(document["units"]) == 27 and len(document["bureau"]) == 1
    for row in (*document["units"], *document["bureau"]):
        assert row.keys() >= STATUS_KEYS
    resent = next(r for r in document["units"] if (r["unit"], r["form"]) == ("330481", "unit_month"))
    assert resent["version"] == 1, "the same bytes twice are one version"


def test_late(jiaxing: Jiaxing) -> None:
    document = answer(jiaxing, "late", "--now", "2022-07-13T09:30")
    assert document["period"] == "2022-06"
    assert {(u["unit"], u["rung"]) for u in document["units"]} == {("330471", "T+2")}


def test_month_run_again(own_jiaxing: Jiaxing) -> None:
    incoming = own_jiaxing.context.settings.home / "incoming" / "2022-06"
    document = answer(own_jiaxing, "month", "2022-06", "--from", str(incoming))
    assert {"period", "edition", "state", "units", "rows", "stages", "peak_rss_mb"} <= document.keys()
    assert document["state"] == "published" and document["units"]["late"] == 1
    rows = document["rows"]
    assert rows["received"] == rows["accepted"] + rows["quarantined"] + rows["not_data"]


def test_close_says_what_is_missing(jiaxing: Jiaxing) -> None:
    document = answer(jiaxing, "close", "2022-08", "--now", "2022-09-08T12:00", code=1)
    assert document["closed"] is False and document["reason"] and len(document["missing"]) == 9


def test_rank_of_an_open_month_is_a_no(jiaxing: Jiaxing) -> None:
    done = saima("rank", "2022-08", "--json", home=jiaxing.context.settings.home)
    assert done.returncode == 1 and "2022-08" in done.stderr
    said = json.loads(done.stdout)["error"]
    assert said["exit_code"] == 1 and "尚未关账" in said["zh"] and said["remedy"] == "saima close 2022-08", (
        "a program reads why"
    )


def test_check_of_a_workbook_with_three_forms(jiaxing: Jiaxing) -> None:
    workbook = next(p for p in (jiaxing.sample / "2022-06").iterdir() if p.name.startswith("海宁"))
    document = answer(jiaxing, "check", str(workbook))
    assert document.keys() >= {"file", "sha256", "verdict", "submissions"}
    assert {s["form"] for s in document["submissions"]} == {"unit_month", "project_month", "dispatch_month"}
    for submission in document["submissions"]:
        assert submission["unit"] == "330481" and submission["period"] == "2022-06"
        rules = submission["rules"]
        assert len(rules["evaluated"]) > 5 and not rules["broken"]
        assert all(rule["reason"] for rule in rules["not_applicable"])
        evaluated = {rule["id"]: rule for rule in rules["evaluated"]}
        assert any(rule["rows"] > 0 for rule in evaluated.values())
    project = next(s for s in document["submissions"] if s["form"] == "project_month")
    assert {"D01", "D02", "D07", "F01"} <= {rule["id"] for rule in project["rules"]["evaluated"]}, "history was read"


def test_check_without_a_home_says_history_does_not_apply(jiaxing: Jiaxing, tmp_path: Path) -> None:
    workbook = next(p for p in (jiaxing.sample / "2022-06").iterdir() if p.name.startswith("海宁"))
    done = saima("check", str(workbook), "--json", home=tmp_path / "none")
    assert done.returncode == 0, done.stderr
    project = next(s for s in json.loads(done.stdout)["submissions"] if s["form"] == "project_month")
    assert {"D01", "D02", "D07"} <= {rule["id"] for rule in project["rules"]["not_applicable"]}
    assert not (tmp_path / "none").exists()


def test_check_reads_the_sidecar_as_collecting_does(jiaxing: Jiaxing, tmp_path: Path) -> None:
    """The development zone says only beside its files which unit of amount they are in."""
    file = next(
        p for p in (jiaxing.sample / "2022-06").iterdir() if p.name.startswith("jkq-project") and p.suffix == ".csv"
    )
    assert saima("check", str(file), home=tmp_path / "none").returncode == 0
    alone = tmp_path / file.name
    alone.write_bytes(file.read_bytes())
    assert saima("check", str(alone), home=tmp_path / "none").returncode == 1


def test_a_wrong_question_has_a_remedy_and_no_traceback(jiaxing: Jiaxing, tmp_path: Path) -> None:
    home = jiaxing.context.settings.home
    for arguments, code in (
        (["rank", "June"], 2),
        (["status", "2022-13"], 2),
        (["status", "2030-01"], 2),
        (["late", "2030-01"], 2),
        (["month", "2022-01"], 1),
        (["rank", "2022-06", "--now", "tomorrow"], 2),
        (["check", str(tmp_path / "absent.xlsx")], 2),
        (["check", __file__, "--unit", "999999"], 2),
        (["month", "2022-06", "--from", str(tmp_path / "absent")], 2),
        (["status", "2022-06", "--programme", "atlantis"], 2),
        (["status", "2022-06", "--programme", str(REPOSITORY / "tests" / "programmes" / "permits")], 2),
        (["sign-off", "2022-06", "--as", "X", "--role", "mayor"], 2),
        (["publish", "2022-08"], 1),
        (["no-such-command"], 2),
    ):
        done = saima(*arguments, home=home)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr and done.stderr.strip(), arguments


def test_rules_names_every_rule_with_both_languages() -> None:
    done = saima("rules", "--json")
    rules = json.loads(done.stdout)["rules"]
    assert len(rules) > 30
    for rule in rules:
        assert all(
            rule[key] not in (None, "")
            for key in ("id", "level", "severity", "scope", "formula", "message_zh", "message_en")
        )


def test_init_copies_a_programme_that_checks_out(tmp_path: Path) -> None:
    assert saima("init", str(tmp_path / "mine")).returncode == 0
    target = tmp_path / "mine" / "method.toml"
    target.write_text(target.read_text(encoding="utf-8").replace("signatures =", "signatories ="), encoding="utf-8")
    done = saima("collect", "--programme", str(tmp_path / "mine"), "--home", str(tmp_path / "home"))
    assert done.returncode == 2 and "method.toml:" in done.stderr and "signatories" in done.stderr
