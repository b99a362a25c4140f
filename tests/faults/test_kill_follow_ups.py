"""Killed after a load and before its senders have heard of it: the next who comes writes the answers, records the explanations and
notifies the contacts, once. A batch whose process dies costs itself, and at last the one file that kills it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.flow import dagapi
from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.batches import ALONE_AFTER, GIVEN_UP_AFTER, in_batches
from pipelines.flow.intake.process import process
from pipelines.flow.notify.send import deliver
from pipelines.flow.runtime.context import Context, open_context
from pipelines.settings import Settings
from pipelines.warehouse.db.faults import KILLED, POINTS, VARIABLE

pytestmark = pytest.mark.slow
NOW = datetime(2022, 7, 8, 4, tzinfo=UTC)
TEXT = "进口设备三台于本月到厂验收并入账"
CSV = """2022年{month}月制造业投资完成情况(单位:万元)
指标名称,统计口径,本年累计,上年同期,情况说明
制造业投资,管理,{amount},1100,{text}
"""
FOLLOW_UPS = [p for p in POINTS if p.startswith(("follow_up.", "batch."))]
AFTER_LOAD = (
    "load.sql_committed",
    "load.stage_removed",
    "follow_up.notify_open",
    "follow_up.notified",
    "follow_up.feedback_written",
)
AFTER_LOAD = (*AFTER_LOAD, "follow_up.feedback_struck_off")


def opened(home: Path) -> Context:
    return open_context(Settings(home=home), "jiaxing")


def send(home: Path, unit: str, month: int, amount: int, text: str = "") -> None:
    """A file in the inbox, arrived on the eighth of the month after."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    file = inbox / f"{unit}-{month}.csv"
    file.write_text(CSV.format(month=month, amount=amount, text=text), encoding="utf-8")
    manifest = {"unit": unit, "period": f"2022-{month:02}", "form": "unit_month"}
    file.with_name(file.name + ".manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    os.utime(file, (datetime(2022, month + 1, 8, 1, tzinfo=UTC).timestamp(),) * 2)


def three_files(home: Path) -> None:
    """Two units in June; one falls below its May (F17, a query), which its file explains."""
    send(home, "330481", 6, 1234)
    send(home, "330482", 5, 5000)
    send(home, "330482", 6, 4321, TEXT)


def run_month_of(home: Path, fault: str) -> None:
    os.environ[VARIABLE] = fault
    context = opened(home)
    collect(context, NOW)
    process(context, NOW)
    write_due_feedback(context)
    deliver(context, NOW)
    os._exit(0)  # the pool of readers would keep a forked process from ending


def whole_picture(home: Path) -> dict[str, object]:
    """What senders and contacts have, and what the ledger says of it."""
    context = opened(home)
    rows = context.warehouse.submissions()
    found: dict[str, object] = {
        "answers": {
            str(p.relative_to(home / "out")): p.read_bytes()
            for p in sorted((home / "out").rglob("*"))
            if p.is_file() and not p.name.endswith(".xlsx")
        },
        "books": sorted(p.name for p in (home / "out").rglob("*.xlsx")),
        "explanations": [(e.cell, e.text, e.state) for e in context.warehouse.rulings.explanations()],
        "notifications": sorted((r.notice.key, r.state) for r in context.warehouse.alerts.rows()),
        "versions": [(r.submission_id, r.version, r.word, r.open_queries) for r in rows],
        "due": context.warehouse.follow_ups.open_items(),
        "checks": [f"{c.id}: {c.detail}" for c in context.warehouse.checks(None, NOW) if c.failed],
    }
    context.warehouse.close()
    return found


def run(processes, target, *arguments: object) -> int | None:
    process = processes.Process(target=target, args=arguments)
    process.start()
    process.join(300)
    return process.exitcode


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, processes) -> dict[str, object]:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    three_files(home)
    assert run(processes, run_month_of, home, "") == 0
    found = whole_picture(home)
    assert len(found["answers"]) == 6 and len(found["books"]) == 1  # type: ignore[arg-type]
    assert [text for _, text, _ in found["explanations"]] == [TEXT]  # type: ignore[union-attr, attr-defined]
    assert found["notifications"] and found["due"] == {"feedback_due": 0, "notification_due": 0}
    assert found["checks"] == []
    return found


def test_every_point_is_tried() -> None:
    assert set(FOLLOW_UPS) == {p for p in AFTER_LOAD if p.startswith("follow_up.")} | {"batch.begun"}


@pytest.mark.parametrize("point", AFTER_LOAD)
def test_killed_between_load_and_answer(point: str, tmp_path: Path, processes, undisturbed) -> None:
    home = tmp_path / "home"
    three_files(home)
    assert run(processes, run_month_of, home, point) == KILLED
    assert run(processes, run_month_of, home, "") == 0
    assert whole_picture(home) == undisturbed


def stage_it(home: Path, batch: list[str], fault: str) -> None:
    os.environ[VARIABLE] = fault
    os.environ["SAIMA_HOME"] = str(home)
    dagapi.process_batch(batch, NOW.isoformat())


def test_a_lost_batch_waits_and_the_file_that_loses_it_ends_alone(
    tmp_path: Path, processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process of a batch is killed as the kernel kills one that eats the memory; the other batch is loaded."""
    home = tmp_path / "home"
    send(home, "330481", 6, 1234)
    send(home, "330482", 6, 4321)
    monkeypatch.setenv("SAIMA_HOME", str(home))
    monkeypatch.setenv("SAIMA_BATCH_FILES", "1")
    opened(home).warehouse.close()
    (lost,), (good,) = dagapi.collect(NOW.isoformat())
    folder = dagapi.process_batch([good], NOW.isoformat())
    assert run(processes, stage_it, home, [lost], "batch.begun") == KILLED
    loaded = dagapi.load([folder], NOW.isoformat())
    assert (loaded["load_id"], loaded["waiting"]) == ("l000001", 1), "load takes what was staged and waits for nothing"
    context = opened(home)
    assert [r.receipt_id for r in context.warehouse.pending_receipts()] == [lost]
    assert dagapi.collect(NOW.isoformat()) == [[lost]], "the next run tries it again"

    send(home, "330483", 6, 77)
    monkeypatch.setenv("SAIMA_BATCH_FILES", "100")
    for _ in range(ALONE_AFTER - 1):
        (together,) = dagapi.collect(NOW.isoformat())
        assert len(together) == 2
        context.warehouse.follow_ups.begin_attempt([lost])
    together, alone = in_batches(opened(home))
    assert alone == [lost] and len(together) == 1
    for _ in range(GIVEN_UP_AFTER - ALONE_AFTER):
        context.warehouse.follow_ups.begin_attempt([lost])
    dagapi.load([dagapi.process_batch(batch, NOW.isoformat()) for batch in (together, alone)], NOW.isoformat())
    assert context.warehouse.pending_receipts() == []
    states = {r.receipt.receipt_id: (r.state, [f.rule for f in r.findings]) for r in context.warehouse.receipts()}
    assert len(states) == 3
    rows = {r.receipt_id: r.word for r in context.warehouse.submissions()}
    assert rows[lost] == "unreadable" and rows[good].startswith("accepted")
    written = dagapi.feedback()
    assert written["receipts"] == 3 and not written["failures"]
    (finding,) = context.warehouse.findings(
        [r.submission_id for r in context.warehouse.submissions() if r.receipt_id == lost]
    ).to_pylist()
    assert finding["rule"] == "A01" and "6" in finding["message_zh"]
    assert context.warehouse.follow_ups.attempts() == {}
    context.warehouse.close()
