"""A month through the real DAGs of an installation, with a worker killed on the way, and what must be true afterwards."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipelines.flow.runtime.context import Context
from pipelines.warehouse.db.schema import LOAD, RECEIPT

from .airflow_installation import WORKERS, AirflowInstallation, say, until

BATCH = "process_batch"
LOAD_TASK = "load"
APPROVE = "批准发布"


def settle(airflow: AirflowInstallation) -> None:
    """The runs that the clock starts when DAGs are new have ended, so that the workers are idle."""
    dags = until("DAGs parsed", 120, lambda: airflow.get("/api/v2/dags")["dags"])
    assert len(dags) == 7, [dag["dag_id"] for dag in dags]
    assert airflow.get("/api/v2/importErrors")["import_errors"] == []

    def quiet() -> bool:
        runs = airflow.get("/api/v2/dags/~/dagRuns?limit=100")["dag_runs"]
        begun = {run["dag_id"] for run in runs}
        return len(begun) >= 5 and not [r for r in runs if r["state"] in ("queued", "running")]

    until("the first runs ended", 900, quiet, 2)
    say("the runs that the clock started have ended; the workers are idle")


def arrive(airflow: AirflowInstallation, sample: Path, period: str) -> int:
    """The files of a month in the inbox, with the times at which they arrived."""
    target = airflow.home / "inbox" / period
    shutil.copytree(sample / period, target, copy_function=shutil.copy2)
    return sum(1 for file in target.rglob("*") if file.is_file() and not file.name.endswith(".manifest.json"))


def trigger(airflow: AirflowInstallation, dag_id: str) -> str:
    """A run of a DAG as an engineer starts it by hand, with an empty form; its id."""
    answer = airflow.send("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["dag_run_id"])


def instances(airflow: AirflowInstallation, dag_id: str, run: str, task: str) -> list[dict[str, Any]]:
    """Task instances of a run with this task id."""
    found = airflow.get(f"/api/v2/dags/{dag_id}/dagRuns/{run}/taskInstances?limit=200")["task_instances"]
    return [one for one in found if one["task_id"] == task]


def kill_in_batch(airflow: AirflowInstallation, context: Context, run: str) -> str:
    """SIGKILL the worker that validates a batch, once the ledger has counted the attempt; its name."""

    def middle() -> Any:
        counted = {attempts for attempts in context.warehouse.follow_ups.attempts().values() if attempts}
        running = [t for t in instances(airflow, "collect_submissions", run, BATCH) if t["state"] == "running"]
        return counted and next((t for t in running if t["pid"]), None)

    return _kill(airflow, until("a batch in the middle", 600, middle, 0.05))


def kill_in_load(airflow: AirflowInstallation, context: Context, run: str, before: set[str]) -> str:
    """SIGKILL the worker that loads, while its load is planned and not committed; its name."""

    def planned() -> list[str]:
        with context.warehouse.database.read() as connection:
            query = sa.select(LOAD.c.load_id).where(LOAD.c.state == "planned")
            return [load_id for (load_id,) in connection.execute(query) if load_id not in before]

    loading = until(
        "the load begins",
        300,
        lambda: next(
            (
                t
                for t in instances(airflow, "collect_submissions", run, LOAD_TASK)
                if t["state"] == "running" and t["pid"]
            ),
            None,
        ),
        0.1,
    )
    load_id = until("a planned load", 120, planned, 0.01)[0]
    killed = _kill(airflow, loading)
    with context.warehouse.database.read() as connection:
        state = connection.execute(sa.select(LOAD.c.state).where(LOAD.c.load_id == load_id)).scalar_one()
    assert state == "planned", f"{load_id} was {state} before the worker was killed: nothing was tried"
    say(f"load {load_id} was left planned")
    return killed


def _kill(airflow: AirflowInstallation, task: dict[str, Any]) -> str:
    worker = airflow.services.session_of(task["pid"])
    assert worker in WORKERS, f"process {task['pid']} of {task['task_id']} belongs to {worker}"
    pids = airflow.services.kill(worker)
    where = f"{task['task_id']}[{task['map_index']}]"
    say(
        f"kill -9: {worker}, {len(pids)} processes, {where} (pid {task['pid']}, try {task['try_number']}) in the middle"
    )
    return worker


def ended(airflow: AirflowInstallation, dag_id: str, run: str, seconds: float) -> dict[str, Any]:
    """The run, once it has ended; it must have succeeded."""

    def over() -> Any:
        found = airflow.get(f"/api/v2/dags/{dag_id}/dagRuns/{run}")
        return found if found["state"] in ("success", "failed") else None

    begun = time.monotonic()
    found = until(f"{dag_id} ended", seconds, over)
    tasks = airflow.get(f"/api/v2/dags/{dag_id}/dagRuns/{run}/taskInstances?limit=200")["task_instances"]
    states = Counter(
        f"{t['task_id']} {t['state']}" + (f" (try {t['try_number']})" if t["try_number"] > 1 else "") for t in tasks
    )
    say(
        f"{dag_id} {found['state']} after {time.monotonic() - begun:.0f} s: {', '.join(f'{n}×{s}' for s, n in sorted(states.items()))}"
    )
    assert found["state"] == "success", states
    return dict(found)


def retried(airflow: AirflowInstallation, run: str, task: str) -> None:
    """The task that was lost has run again and succeeded, and no other."""
    again = [t for t in instances(airflow, "collect_submissions", run, task) if t["try_number"] > 1]
    assert again and all(t["state"] == "success" for t in again), again


def close_and_draft(airflow: AirflowInstallation, period: str) -> None:
    """`close_month` by hand; its event starts the ranking of that month."""
    ended(airflow, "close_month", trigger(airflow, "close_month"), 900)
    run = until(f"ranking of {period}", 120, lambda: _run_of(airflow, "monthly_ranking", period))
    ended(airflow, "monthly_ranking", run, 900)


def sign_off(airflow: AirflowInstallation, period: str) -> None:
    """Both signers answer in Airflow, each for his role; nobody else may."""
    run = until(f"release of {period}", 120, lambda: _run_of(airflow, "release_edition", period))

    def asked() -> bool:
        waiting = airflow.get(f"/api/v2/dags/release_edition/dagRuns/{run}/hitlDetails?response_received=false")
        return len(waiting["hitl_details"]) == 2

    until("both signatures asked for", 900, asked)
    time.sleep(
        15
    )  # a person reads: an answer at once can overtake the executor's report (tests/dags/test_standalone.py)

    def answer(user: str, role: str) -> int:
        path = f"/api/v2/dags/release_edition/dagRuns/{run}/taskInstances/sign_off_{role}/-1/hitlDetails"
        return airflow.send("PATCH", path, {"chosen_options": [APPROVE], "params_input": {}}, user).status_code

    refused = [answer(user, "statistics") for user in ("admin", "dispatch")]
    assert refused == [403, 403], refused
    given = [answer("bureau", "statistics"), answer("dispatch", "dispatch")]
    assert given == [200, 200], given
    say("signed: statistics by bureau, dispatch by dispatch (admin and the other signer: 403)")
    ended(airflow, "release_edition", run, 900)


def _run_of(airflow: AirflowInstallation, dag_id: str, period: str) -> str | None:
    runs = airflow.get(f"/api/v2/dags/{dag_id}/dagRuns?limit=50&order_by=-run_after")["dag_runs"]
    return next((run["dag_run_id"] for run in runs if run["partition_key"] == period), None)


def books(context: Context, period: str) -> dict[str, Any]:
    """What must be the same however the month was run: every version with its verdict and row counts, every receipt of its files,
    the rows that count, the content that was signed and published."""
    versions = context.warehouse.submissions(period)
    receipts = context.warehouse.receipts_by_id(sorted({v.receipt_id for v in versions}))
    edition = context.warehouse.editions.newest(period)
    assert versions and edition is not None, f"{period}: nothing is there"
    return {
        "versions": Counter(
            (
                v.unit_code,
                v.form,
                v.version,
                v.sha256,
                v.word,
                v.current,
                v.received,
                v.accepted,
                v.quarantined,
                v.not_data,
            )
            for v in versions
        ),
        "receipts": Counter((r.receipt.sha256, r.receipt.name.rsplit("/", 1)[-1], r.state) for r in receipts.values()),
        "rows": {
            form: context.warehouse.current_facts(form, period, ["unit_code"]).num_rows
            for form in sorted({v.form for v in versions})
        },
        "content_hash": edition.content_hash,
        "state": edition.state,
    }


def pending(context: Context) -> int:
    """Receipts that no load holds."""
    with context.warehouse.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).where(RECEIPT.c.state == "received")).scalar_one())
