"""The look at the deadlines and the sender killed at every fault point: nothing lost, and nothing twice in a file (over a network a
kill may repeat one message: tests/alerts_proof)."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.flow.notify.send import run_alerts
from pipelines.flow.runtime.context import open_context
from pipelines.settings import Settings
from pipelines.warehouse.db.faults import KILLED, POINTS, VARIABLE

MOMENT = datetime(2022, 7, 6, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
"""T-3 of three forms of nine units, and nobody has sent anything."""
REMINDERS = 27


def look(home: Path, fault: str) -> None:
    """One look and one run of the sender, in a process of its own."""
    os.environ[VARIABLE] = fault
    run_alerts(open_context(Settings.load(home), "jiaxing"), MOMENT)


def received(home: Path) -> list[str]:
    files = list((home / "alerts").glob("*"))
    return [json.loads(line)["id"] for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("point", [p for p in POINTS if p.startswith("alerts.")])
def test_killed_while_looking_or_sending(point: str, tmp_path: Path, processes) -> None:
    home = tmp_path / "home"
    context = open_context(Settings.load(home), "jiaxing")
    for fault in (point, ""):
        process = processes.Process(target=look, args=(home, fault))
        process.start()
        process.join(120)
        assert process.exitcode == (KILLED if fault else 0)
    rows = context.warehouse.alerts.rows()
    assert len(rows) == REMINDERS
    assert {r.state for r in rows} == {"delivered"}
    counts = Counter(received(home))
    assert counts.keys() == {r.notice.message_id for r in rows}, "nothing lost, nothing unknown"
    assert set(counts.values()) == {1}, "a file is looked through for what its killed sender wrote"
    entries = [e for e in context.warehouse.audit_entries() if e.action == "alert"]
    assert sum(len(e.detail["messages"]) for e in entries) == REMINDERS
    assert [c.id for c in context.warehouse.checks(None, MOMENT) if c.failed] == []
    context.warehouse.close()
