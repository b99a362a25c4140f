"""OpenLineage: what the stages of a quarter say to a transport that OpenLineage's own configuration names, and nothing without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import Refused
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.month.close import close
from pipelines.flow.month.draft import draft
from pipelines.flow.runtime import dataset_names, lineage_events
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.model.periods import Period
from pipelines.settings import REPOSITORY, Settings, lineage_parent

QUARTER = Period.parse("2026-Q1")
NOW = datetime.fromisoformat("2026-05-20T12:00:00+08:00")
TEXT = "2026年第一季度利润季报\n单位:万元\n区划代码,指标名称,本年累计,上年同期\n{unit},利润总额,{amount},1000\n"
SECRET = "4711.89"
PARENT = "0199f3a2-5c1d-7e64-9d10-3b7f6a5c2e11"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Context, list[dict[str, Any]]]]:
    """A quarter of three units, one of them with a text where an amount belongs; all events in the order they were written."""
    place = tmp_path_factory.mktemp("lineage")
    (place / "openlineage.yml").write_text(
        f"transport: {{type: file, log_file_path: {place}/events.jsonl, append: true}}\n"
    )
    home = place / "home"
    context = open_context(Settings(home=home), str(REPOSITORY / "tests" / "programmes" / "quarters"))
    context.settings.inbox.mkdir(parents=True)
    for unit, amount in (("980101", "1100"), ("990101", SECRET), ("990102", "一千一百整左右")):
        file = context.settings.inbox / f"{unit}.csv"
        file.write_text(TEXT.format(unit=unit, amount=amount), encoding="utf-8")
        os.utime(file, (datetime.fromisoformat("2026-04-03T12:00:00+08:00").timestamp(),) * 2)
    lineage_events._clients.clear()
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("OPENLINEAGE")]:
            patch.delenv(name)
        patch.setenv("OPENLINEAGE_CONFIG", str(place / "openlineage.yml"))
        patch.setenv("OPENLINEAGE_PARENT_ID", f"airflow://bureau/saima_month.collect/{PARENT}")
        collect(context, NOW)
        process(context, NOW)
        with pytest.raises(Refused):
            draft(context, QUARTER, NOW)
        assert close(context, QUARTER, NOW).closed
        draft(context, QUARTER, NOW)
        audit(context, NOW)
    lineage_events._clients.clear()
    yield context, [json.loads(line) for line in (place / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def of(events: list[dict[str, Any]], stage: str) -> list[dict[str, Any]]:
    return [e for e in events if e["job"]["name"] == f"saima.{stage}"]


def test_every_stage_names_the_run_that_started_it(told: tuple[Context, list[dict[str, Any]]]) -> None:
    parents = [e["run"]["facets"]["parent"] for e in told[1]]
    assert {(p["job"]["namespace"], p["job"]["name"], p["run"]["runId"]) for p in parents} == {
        ("airflow://bureau", "saima_month.collect", PARENT)
    }


@pytest.mark.parametrize("text", ["", PARENT, f"job/{PARENT}", "airflow/job/no-run", f"/job/{PARENT}"])
def test_what_names_no_run_is_no_parent(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", text)
    assert lineage_parent() is None


def test_every_stage_begins_and_ends_once(told: tuple[Context, list[dict[str, Any]]]) -> None:
    events = told[1]
    assert [(e["job"]["name"].removeprefix("saima."), e["eventType"]) for e in events] == [
        (stage, state)
        for stage, end in (
            ("collect", "COMPLETE"),
            ("stage", "COMPLETE"),
            ("load", "COMPLETE"),
            ("draft", "FAIL"),
            ("close", "COMPLETE"),
            ("draft", "COMPLETE"),
            ("audit", "COMPLETE"),
        )
        for state in ("START", end)
    ]
    runs = [e["run"]["runId"] for e in events]
    assert runs[::2] == runs[1::2] and len(set(runs)) == len(runs) // 2
    assert {e["job"]["namespace"] for e in events} == {"saima"}


def test_datasets_are_named_by_their_place_and_follow_one_another(told: tuple[Context, list[dict[str, Any]]]) -> None:
    context, events = told

    def names(stage: str, side: str) -> set[tuple[str, str]]:
        return {(d["namespace"], d["name"]) for d in of(events, stage)[-1][side]}

    home = context.settings.home
    assert names("collect", "inputs") == {("file", str(home / "inbox"))}
    assert names("stage", "inputs") <= names("collect", "outputs") and ("file", str(home / "raw")) in names(
        "stage", "inputs"
    )
    assert names("load", "inputs") == names("stage", "outputs")
    assert names("close", "inputs") & names("load", "outputs") and names("draft", "inputs") & names("close", "outputs")
    assert (f"sqlite://{home / 'warehouse.db'}", "edition") in names("draft", "outputs")
    lake = context.warehouse.lake
    tables = {
        d["facets"]["symlinks"]["identifiers"][0]["name"]: d
        for d in of(events, "load")[-1]["outputs"]
        if "symlinks" in d["facets"]
    }
    assert {"saima.fact_unit_quarter", "saima.findings"} <= tables.keys()
    for name, dataset in tables.items():
        location = lake.catalog.load_table(tuple(name.split("."))).location()
        assert location == f"{dataset['namespace']}://{dataset['name']}", "where the table really lies"


def test_what_was_checked_is_said_of_what_was_read(told: tuple[Context, list[dict[str, Any]]]) -> None:
    context, events = told
    start, complete = of(events, "stage")
    assert "dataQualityMetrics" not in start["inputs"][0].get("inputFacets", {})
    facets = complete["inputs"][0]["inputFacets"]
    rows = sum(v.received for v in context.warehouse.submissions(str(QUARTER)))
    assert (facets["dataQualityMetrics"]["rowCount"], facets["dataQualityMetrics"]["fileCount"]) == (rows, 3)
    assertions = {a["assertion"]: a for a in facets["dataQualityAssertions"]["assertions"]}
    failed = {rule for rule, one in assertions.items() if not one["success"]}
    ids = [v.submission_id for v in context.warehouse.submissions(str(QUARTER))]
    found = set(context.warehouse.findings(ids).column("rule").to_pylist())
    assert failed and failed <= found and len(assertions) > 10
    assert {assertions[rule]["severity"] for rule in failed} <= {"error", "warn"}
    audited = of(events, "audit")[-1]["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert len(audited) > 10 and all(one["success"] for one in audited)
    assert of(events, "close")[-1]["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]


def test_a_failure_is_named_and_nothing_of_a_return_leaves(told: tuple[Context, list[dict[str, Any]]]) -> None:
    events = told[1]
    failed = of(events, "draft")[1]
    assert failed["run"]["facets"]["errorMessage"]["message"].startswith("Refused:")
    text = json.dumps(events, ensure_ascii=False)
    assert SECRET not in text and "一千一百" not in text and "上年同期" not in text


def test_without_configuration_nothing_is_imported(tmp_path: Path) -> None:
    """Not even the client; with OPENLINEAGE_DISABLED neither."""
    code = (
        "import sys; from pipelines.flow.runtime.stage_log import logged_stage; from pipelines.settings import lineage_namespace as n;"
        "assert n() is None; assert not [m for m in sys.modules if m.startswith('openlineage')]"
    )
    bare = {k: v for k, v in os.environ.items() if not k.startswith("OPENLINEAGE")} | {"HOME": str(tmp_path)}
    for more in ({}, {"OPENLINEAGE_URL": "http://127.0.0.1:9", "OPENLINEAGE_DISABLED": "true"}):
        done = subprocess.run(
            [sys.executable, "-c", code], env=bare | more, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "variable, value", [("OPENLINEAGE_URL", "http://x"), ("OPENLINEAGE__TRANSPORT__TYPE", "console")]
)
def test_openlineage_s_own_variables_turn_it_on(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    from pipelines.settings import lineage_namespace

    monkeypatch.setenv(variable, value)
    assert lineage_namespace() == "saima"
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "jiaxing")
    assert lineage_namespace() == "jiaxing"


def test_a_server_that_is_down_stops_no_stage(
    told: tuple[Context, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Down:
        def emit(self, event: object) -> None:
            raise ConnectionError("down")

    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:9")
    monkeypatch.setitem(lineage_events._clients, os.getpid(), Down())
    collect(told[0], NOW)
    assert "could not be sent" in caplog.text


def test_names_of_servers_hold_no_password(tmp_path: Path) -> None:
    """Ledger on PostgreSQL, lake in a bucket, a source behind SFTP."""
    ledger = "postgresql+psycopg://saima:hush@db.example/saima"
    settings = Settings(home=tmp_path, database_url=ledger, catalog_url=ledger, lake_url="s3://lake/warehouse")
    context = Context(settings, open_context(Settings(home=tmp_path / "other"), "jiaxing").programme)
    _, written = dataset_names.datasets_of("load", context)
    names = {(d.namespace, d.name) for d in written}
    assert ("postgres://db.example:5432", "saima.ledger.submission") in names
    assert ("s3://lake", "warehouse/saima/fact_unit_month") in names
    source = dataset_names._source("sftp://user:hush@files.example:2222/in", tmp_path)
    assert source == dataset_names.DatasetName("sftp://files.example:2222", "/in")
    assert "hush" not in str(written)
