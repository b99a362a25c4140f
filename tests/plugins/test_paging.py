"""Engineers hear of a broken house: once a day a cause, without addresses or figures, even where the warehouse is broken."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from saima_airflow import paging
from saima_airflow.environment import run_limit

from pipelines.errors import Transient

RUN = "scheduled__2022-07-11T10:00:00+00:00"


@pytest.fixture
def broken_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose warehouse is no database: what is paged can go neither into an outbox nor anywhere else."""
    monkeypatch.setenv("SAIMA_HOME", str(tmp_path))
    (tmp_path / "warehouse.db").write_bytes(b"this is no database, it was overwritten by a backup job" * 20)
    return tmp_path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in order, with the Jiaxing programme: engineers are reached over the file channel."""
    monkeypatch.setenv("SAIMA_HOME", str(tmp_path))
    return tmp_path


def engineers_heard(home: Path) -> list[dict[str, Any]]:
    """What went out over the engineers' channel."""
    file = home / "alerts" / "outbox.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [message for message in map(json.loads, lines) if message["kind"] == "engineer"]


def failed(error: BaseException | None, task_id: str = "load") -> dict[str, Any]:
    """What Airflow gives a task's callback."""
    instance = SimpleNamespace(
        dag_id="collect_submissions",
        task_id=task_id,
        run_id=RUN,
        map_index=-1,
        log_url=f"http://localhost:8080/dags/collect_submissions/runs/r/tasks/{task_id}",
    )
    return {"ti": instance, "exception": error}


def pages(home: Path) -> list[dict[str, Any]]:
    """What is kept in the home: waiting, or told without the outbox."""
    files = sorted((home / "alerts" / "pages").glob("*.*"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def test_a_failed_task_says_what_where_and_what_to_do(broken_home: Path) -> None:
    paging.task_failed(failed(Transient("来源不可达", "the source does not answer", "稍后重试 / later")))
    (page,) = pages(broken_home)
    assert "来源不可达" in page["zh"] and "the source does not answer" in page["en"]
    assert page["detail"].startswith(f"collect_submissions.load · {RUN} · http")
    assert page["detail"].endswith("/tasks/load")
    assert "日志" in page["remedy"] and "log" in page["remedy"]


def test_a_page_goes_through_the_outbox_once(home: Path) -> None:
    from pipelines.flow import dagapi

    for _ in range(3):
        paging.task_failed(failed(OSError("disk")))
    assert pages(home) == [] and engineers_heard(home) == []
    assert dagapi.deliver()["delivered"] == 1
    (heard,) = engineers_heard(home)
    assert "collect_submissions.load" in heard["text"] and "OSError" in heard["text"] and "disk" not in heard["text"]
    paging.task_failed(failed(OSError("disk")))
    assert dagapi.deliver()["delivered"] == 0


def test_a_broken_warehouse_is_told_without_it_and_not_again_when_it_is_repaired(broken_home: Path) -> None:
    from pipelines.flow import dagapi

    for _ in range(3):
        paging.task_failed(failed(OSError("disk")))
    (heard,) = engineers_heard(broken_home)
    assert "OSError" in heard["text"]
    (broken_home / "warehouse.db").unlink()
    assert dagapi.deliver()["delivered"] == 0
    paging.task_failed(failed(OSError("disk")))
    assert len(engineers_heard(broken_home)) == 1


def test_what_no_channel_took_waits_for_the_outbox(broken_home: Path) -> None:
    """The file channel cannot write either: a folder stands where its file should be."""
    from pipelines.flow import dagapi

    blocked = broken_home / "alerts" / "outbox.jsonl"
    blocked.mkdir(parents=True)
    paging.task_failed(failed(OSError("disk")))
    assert len(pages(broken_home)) == 1
    blocked.rmdir()
    (broken_home / "warehouse.db").unlink()
    assert dagapi.deliver()["delivered"] == 1
    assert pages(broken_home) == [] and len(engineers_heard(broken_home)) == 1


def test_what_empties_the_outbox_does_not_report_its_own_failure_through_it(home: Path) -> None:
    instance = SimpleNamespace(dag_id="watch_deadlines", task_id="deliver", run_id=RUN)
    for _ in range(3):
        paging.task_failed({"ti": instance, "exception": ValueError("a channel")})
    (heard,) = engineers_heard(home)
    assert "watch_deadlines.deliver" in heard["text"]


def test_a_page_that_was_half_written_is_told_as_such(home: Path) -> None:
    from pipelines.flow import dagapi

    folder = home / "alerts" / "pages"
    folder.mkdir(parents=True)
    (folder / "0123.json").write_text('{"problem": "task_fai', encoding="utf-8")
    assert dagapi.deliver()["delivered"] == 1
    assert "0123.json" in engineers_heard(home)[0]["text"]
    assert pages(home) == []


def test_the_same_cause_is_told_once_a_day_and_another_is_told(broken_home: Path) -> None:
    for _ in range(48):
        paging.task_failed(failed(OSError("disk")))
    assert len(pages(broken_home)) == 1
    paging.task_failed(failed(MemoryError()))
    paging.task_failed(failed(OSError("disk"), task_id="collect"))
    paging.task_failed(failed(None))
    assert len(pages(broken_home)) == 4


@pytest.mark.parametrize(
    "error",
    [
        ValueError("INSERT INTO fact_unit_month VALUES (8412345.6789)"),
        RuntimeError("sftp://clerk:hunter2@10.1.2.3:22/inbox 8412345.6789"),
        AirflowFailException("refused by https://oapi.dingtalk.com/robot/send?access_token=hunter2\n8412345.6789"),
        Transient("来源不可达", "cannot reach sftp://clerk:hunter2@10.1.2.3:22/inbox", "检查 / check"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_secret_and_no_figure_leaves_the_house(broken_home: Path, error: Exception) -> None:
    paging.task_failed(failed(error))
    (page,) = pages(broken_home)
    told = json.dumps(page, ensure_ascii=False)
    assert type(error).__name__ in told
    for secret in ("hunter2", "8412345", "10.1.2.3", "access_token"):
        assert secret not in told


def test_a_run_that_timed_out_is_told_and_one_whose_task_failed_is_not_told_again(broken_home: Path) -> None:
    context = {"dag": SimpleNamespace(dag_id="close_month"), "run_id": RUN}
    paging.run_failed({**context, "reason": "task_failure"})
    assert pages(broken_home) == []
    paging.run_failed({**context, "reason": "timed_out"})
    (page,) = pages(broken_home)
    assert "timed_out" in page["en"] and "/dags/close_month/runs/" in page["detail"]


def test_an_overdue_run_is_told_unless_it_has_ended(broken_home: Path) -> None:
    run = {"dag_id": "audit_warehouse", "dag_run_id": RUN}
    asyncio.run(paging.run_overdue({"dag_run": {**run, "state": "failed"}}))
    assert pages(broken_home) == []
    asyncio.run(paging.run_overdue({"dag_run": {**run, "state": "running"}}))
    (page,) = pages(broken_home)
    assert page["detail"].startswith(f"audit_warehouse · {RUN}") and "running" in page["en"]


def test_a_dag_file_that_does_not_parse_is_told_once(home: Path) -> None:
    """Through Airflow's own listener manager, as the DAG processor calls it; it does not wait, therefore the test does."""
    from airflow.listeners.listener import get_listener_manager

    trace = 'Traceback:\n  File "watch_deadlines.py"\nModuleNotFoundError: No module named hunter2'
    for _ in range(2):
        get_listener_manager().hook.on_new_dag_import_error(filename="/opt/dags/watch_deadlines.py", stacktrace=trace)
    deadline = time.monotonic() + 30
    while not list((home / "alerts" / "pages").glob("*.told")) and time.monotonic() < deadline:
        time.sleep(0.05)
    (heard,) = engineers_heard(home)
    assert "watch_deadlines.py" in heard["text"] and "ModuleNotFoundError" in heard["text"]
    assert "hunter2" not in heard["text"] and "/opt/" not in heard["text"]


def test_a_callback_never_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """The home cannot even be made: a file stands in its place."""
    (tmp_path / "home").write_text("a file")
    monkeypatch.setenv("SAIMA_HOME", str(tmp_path / "home"))
    paging.task_failed(failed(OSError("disk full")))
    asyncio.run(paging.run_overdue({"dag_run": {"dag_id": "close_month", "dag_run_id": RUN, "state": "queued"}}))
    paging.task_failed({})
    assert "could not be told" in caplog.text


def test_the_limit_of_a_run_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAIMA_RUN_LIMIT_CLOSE_MONTH", "90")
    limit = run_limit("close_month", None)
    assert limit is not None and limit.total_seconds() == 90
    assert run_limit("release_edition", None) is None
    monkeypatch.setenv("SAIMA_RUN_LIMIT_CLOSE_MONTH", "an hour")
    with pytest.raises(ValueError, match="SAIMA_RUN_LIMIT_CLOSE_MONTH"):
        run_limit("close_month", None)
