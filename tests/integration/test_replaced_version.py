"""A new version that lacks most rows of the one it replaces is refused until its sender confirms it; the senders of a form."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.process import process
from pipelines.flow.records.submission_status import status_document
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import replay
from pipelines.model.periods import Period
from pipelines.settings import Settings

pytestmark = pytest.mark.slow

MORNING = datetime(2022, 7, 12, 1, tzinfo=UTC)
HEADER = "地区代码,指标名称,统计口径,本年累计,可比基数,官方增速(%),上报说明"
AREAS = ("330400", "330481", "330482", "330483")


def city(*areas: str, note: str = "", title: str = "嘉兴市统计局2022年1-6月全市投资核定表") -> str:
    rows = [f"{area},制造业投资,管理,{1000 + n},{900 + n},11.1,{note}" for n, area in enumerate(areas)]
    return "\n".join([title, "单位:万元", HEADER, *rows, ""])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Context]:
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    yield context
    context.warehouse.close()


def send(context: Context, name: str, text: str, hour: int) -> None:
    path = context.settings.home / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    moment = MORNING + timedelta(hours=hour)
    os.utime(path, (moment.timestamp(), moment.timestamp()))


def run(context: Context, hour: int) -> None:
    collect(context, MORNING + timedelta(hours=hour))
    process(context, MORNING + timedelta(hours=hour))
    write_due_feedback(context)


def versions(context: Context) -> list[tuple[int, str, bool]]:
    rows = context.warehouse.submissions("2022-06", form="city_month")
    return [(row.version, row.word, row.current) for row in rows]


def told(context: Context, number: int) -> list[tuple[str, str, str]]:
    rows = context.warehouse.submissions("2022-06", form="city_month")
    found = context.warehouse.findings([rows[number - 1].submission_id]).to_pylist()
    return [(f["rule"], f["severity"], f["message_zh"]) for f in found if f["rule"] == "A12"]


def test_most_rows_gone_is_an_error_until_confirmed(home: Context) -> None:
    send(home, "1.csv", city(*AREAS), 0)
    run(home, 0)
    send(home, "2.csv", city("330481"), 1)
    run(home, 1)
    assert versions(home) == [(1, "accepted", True), (2, "rejected", False)]
    ((_, severity, message),) = told(home, 2)
    assert severity == "error" and "4 行，其中 3 行不在本表" in message and "330400 manufacturing_investment" in message
    send(home, "3.csv", city("330481", "330482"), 2)
    send(home, "4.csv", city("330483", note="A12:其余单位由省局直接核定、不再列入本表"), 3)
    run(home, 3)
    assert versions(home)[2:] == [(3, "accepted", False), (4, "accepted", True)]
    assert [(rule, severity) for rule, severity, _ in told(home, 4)] == [("A12", "information")]
    check = replay(home, MORNING + timedelta(hours=4))
    assert (check.looked_at, check.failed) == (4, 0)


def test_versions_that_came_together_are_compared_with_each_other(home: Context) -> None:
    send(home, "1.csv", city(*AREAS), 0)
    send(home, "2.csv", city("330481"), 1)
    run(home, 1)
    assert versions(home) == [(1, "accepted", True), (2, "rejected", False)]
    assert replay(home, MORNING + timedelta(hours=2)).failed == 0


def test_an_inbox_restored_from_a_backup_changes_nothing_and_says_so(home: Context) -> None:
    """Same names and bytes, new times, the draft last: it is a re-send; under another name the sender goes back to it."""
    draft, final = city(*AREAS), city(*AREAS, note="定稿")
    send(home, "初稿.csv", draft, 0)
    send(home, "定稿.csv", final, 1)
    run(home, 1)
    before = [(1, "accepted", False), (2, "accepted", True)]
    assert versions(home) == before
    send(home, "定稿.csv", final, 5)
    send(home, "初稿.csv", draft, 6)
    run(home, 6)
    assert versions(home) == before
    answers = [(home.settings.out / f"{name}.csv.receipt.txt").read_text(encoding="utf-8") for name in ("初稿", "定稿")]
    assert "本文件与第1次报送完全相同，其后已有第2次报送，本文件不替代它" in answers[0]
    assert "to go back to it, send it under another name" in answers[0].lower() and "完全相同" not in answers[1]
    send(home, "以此为准.csv", draft, 7)
    run(home, 7)
    assert versions(home) == [(1, "accepted", False), (2, "accepted", False), (3, "accepted", True)]
    assert replay(home, MORNING + timedelta(hours=8)).failed == 0


def test_a_fuller_draft_that_turns_up_later_changes_nothing(home: Context) -> None:
    send(home, "2.csv", city("330481"), 1)
    run(home, 1)
    send(home, "1.csv", city(*AREAS), 0)
    run(home, 2)
    assert {word for _, word, _ in versions(home)} == {"accepted"}
    assert next(v for v in versions(home) if v[2])[0] == 1


def test_a_county_s_table_never_becomes_the_bureau_s(home: Context) -> None:
    send(home, "1.csv", city(*AREAS), 0)
    send(home, "海宁市/6月.csv", city("330481", "330400", title="2022年6月"), 1)
    send(home, "untitled.csv", city("330481", title="2022年6月"), 2)
    run(home, 2)
    rows = home.warehouse.submissions("2022-06", form="city_month")
    assert [(r.unit_code, r.word, r.current) for r in rows if r.unit_code == "330400"] == [("330400", "accepted", True)]
    assert {(r.unit_code, r.word) for r in rows if r.unit_code != "330400"} == {("330481", "rejected")}


def test_a_neighbour_s_title_replaces_nobody(home: Context) -> None:
    head = "行政区划代码,指标名称,计量单位,统计口径,本年累计,上年同期"
    row = "330424,制造业投资,万元,管理,1162800,760000"
    send(home, "x.csv", "\n".join(["桐乡市2022年1-6月制造业投资汇总表", "单位:万元", head, row, ""]), 0)
    run(home, 0)
    document: dict[str, Any] = status_document(home, Period(2022, 6), MORNING + timedelta(hours=1))
    assert {unit["state"] for unit in document["units"]} == {"missing"}
    (lost,) = document["unassigned"]
    assert [f["rule"] for f in lost["findings"]] == ["A06"]
