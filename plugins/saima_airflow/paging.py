"""Engineers are told of failed tasks, failed runs and runs that take too long: the callbacks that every DAG carries.

They run where Airflow runs them: of a task in its worker (in the DAG processor where the worker was killed), of a run in the
DAG processor, of a deadline in the triggerer. None of them raises, none waits longer than PATIENCE. DAG files import this
module, therefore it imports nothing of `pipelines` until something has broken."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds a callback waits for the outbox or the channels; the page is in the home before that."""
ZONE = ZoneInfo("Asia/Shanghai")
SENDER = "watch_deadlines"
"""The DAG that empties the outbox: its own failures do not go through it."""
ENDED = ("success", "failed")
NOTIFIED_BY_TASK = "task_failure"
"""Reason Airflow gives a run that failed because a task did: the task has told already."""


@contextlib.contextmanager
def _never_raising() -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("engineers could not be told")


@_never_raising()
def task_failed(context: Mapping[str, Any]) -> None:
    """`on_failure_callback` of every task, after its last try. One page a day for a (DAG, task, kind of error)."""
    instance = context["ti"]
    error = context.get("exception")
    _page(
        "task_failed",
        instance.dag_id,
        f"{instance.task_id} {type(error).__name__ if error else 'killed'}",
        f"任务失败：{_reason(error)}",
        f"task failed: {_reason(error)}",
        f"{instance.dag_id}.{instance.task_id} · {instance.run_id} · {getattr(instance, 'log_url', '')}",
        "查看任务日志，排除故障后在界面上清除该任务重跑；各步骤可重复执行 / "
        "read the log, repair, then clear the task: every step may run again",
    )


@_never_raising()
def run_failed(context: Mapping[str, Any]) -> None:
    """`on_failure_callback` of every DAG: a run that ended without any task failing (timed out, deadlocked)."""
    reason = str(context.get("reason") or "failed")
    if reason == NOTIFIED_BY_TASK:
        return
    dag_id = context["dag"].dag_id
    run_id = str(context.get("run_id") or context["dag_run"].run_id)
    _page(
        "run_failed",
        dag_id,
        reason,
        f"流程运行失败：{reason}",
        f"run failed: {reason}",
        f"{dag_id} · {run_id} · {_run_url(dag_id, run_id)}",
        "查看是哪个任务没有结束，排除故障后触发一次新的运行 / see which task did not end, repair, trigger a new run",
    )


async def run_overdue(context: Mapping[str, Any]) -> None:
    """Callback of the deadline: a run is not done within the time its DAG gives it. Runs in the triggerer's event loop."""
    await asyncio.to_thread(_tell_overdue, context["dag_run"])


@_never_raising()
def _tell_overdue(run: Mapping[str, Any]) -> None:
    if run["state"] in ENDED:
        # Airflow keeps the deadline of a run that failed; the failure has been told.
        return
    dag_id, run_id = str(run["dag_id"]), str(run["dag_run_id"])
    _page(
        "run_overdue",
        dag_id,
        "",
        f"运行超时，仍未结束：{run['state']}",
        f"run takes too long: {run['state']}",
        f"{dag_id} · {run_id} · {_run_url(dag_id, run_id)}",
        "查看正在执行的任务和占用 lake_writer 的进程 / see the running task and who holds the pool lake_writer",
    )


@_never_raising()
def dag_does_not_parse(filename: str, stacktrace: str) -> None:
    """A DAG file cannot be imported: it has no runs any more. Told without the outbox, whose own DAG it may be, and without
    waiting: the DAG processor is in the middle of its work."""
    file = filename.rsplit("/", 1)[-1]
    kind = re.match(r"[\w.]+", (stacktrace.strip().splitlines() or [""])[-1])
    error = kind[0] if kind else "error"
    _page(
        "dag_broken",
        file,
        error,
        f"流程文件无法解析：{error}",
        f"a DAG file does not parse: {error}",
        file,
        "查看界面首页的导入错误；修复前该流程不再运行 / see the import errors on the home page; until then the DAG does not run",
        outbox_is_broken=True,
        patience=0.0,
    )


def _page(
    problem: str,
    subject: str,
    cause: str,
    zh: str,
    en: str,
    detail: str,
    remedy: str,
    outbox_is_broken: bool | None = None,
    patience: float = PATIENCE,
) -> None:
    """Send a page on its way, and wait for it no longer than `patience`; it is in the home before anything can hang.

    `subject`: the DAG, or its file, that the page is about."""
    from pipelines.flow.notify import engineer_pages as paging
    from pipelines.settings import Settings

    now = datetime.now(UTC)
    name = " ".join(part for part in (subject, cause, str(now.astimezone(ZONE).date())) if part)
    unsent = subject == SENDER if outbox_is_broken is None else outbox_is_broken
    page = paging.Page(problem, name, zh, en, detail, remedy, now, unsent)

    def send() -> None:
        with _never_raising():
            paging.post(Settings.load(), page, now)

    thread = Thread(target=send, name="saima-page", daemon=True)
    thread.start()
    thread.join(patience)


def _reason(error: Any) -> str:
    """The kind of an error; its words only where they are ours: others may quote rows, amounts or addresses."""
    if not isinstance(error, BaseException):
        return "killed"
    from airflow.sdk.exceptions import AirflowFailException

    from pipelines.errors import SaimaError
    from pipelines.flow.notify.engineer_pages import without_addresses

    kind = type(error).__name__
    return f"{kind}: {without_addresses(str(error))}" if isinstance(error, SaimaError | AirflowFailException) else kind


def _run_url(dag_id: str, run_id: str) -> str:
    from urllib.parse import quote

    from airflow.sdk.configuration import conf

    base = conf.get("api", "base_url", fallback="http://localhost:8080/")
    return f"{base.rstrip('/')}/dags/{dag_id}/runs/{quote(run_id)}"
