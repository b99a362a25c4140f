"""Months through the real DAGs in one process: `dag.test()` on an embedded SQLite metadata database, no server.

Nothing is patched: sign-off tasks park in `awaiting_input` and are answered, as the UI's API would, through their
HITLDetail rows by a thread that acts for the demonstration signer. Airflow is imported inside the functions, after
`configure_environment` has said where its state is."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from saima_airflow.airflow_database import prepare_database
from saima_airflow.approver import DemonstrationSigner
from saima_airflow.environment import DEMONSTRATION_SIGNER, REPOSITORY, configure_environment

DAGS_OF_A_MONTH = ("collect_submissions", "close_month", "monthly_ranking", "release_edition")


@dataclass(frozen=True)
class DagEvent:
    """A DAG of the month started (`state` "running") or ended; `tasks`: task id → state, of mapped ones the counts."""

    period: str
    dag_id: str
    title: str
    state: str
    seconds: float = 0.0
    tasks: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.state in ("running", "success")


class DemonstrationFailed(RuntimeError):
    """A DAG of the demonstration did not succeed; the log file says why."""


class Demonstration:
    """An embedded Airflow in this process. Use it as a context manager around all months; DAG files are parsed once.

    home: SAIMA_HOME. Airflow's own state is home/airflow (a database that `make up` opens too); its log output goes to
    home/airflow/demo.log.
    """

    def __init__(self, home: Path, approver: str = "演示签署人") -> None:
        self._approver = approver
        signer = f"{DEMONSTRATION_SIGNER}={approver}"
        self._home = configure_environment(
            home,
            AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY="1",
            AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION="True",
            AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS="False",
            AIRFLOW__LOGGING__LOGGING_LEVEL="INFO",
            SAIMA_SIGNERS_STATISTICS=signer,
            SAIMA_SIGNERS_DISPATCH=signer,
        )
        self.log_file = self._home / "demo.log"
        self._log: IO[str] | None = None
        self._dags: dict[str, Any] = {}

    def __enter__(self) -> Demonstration:
        self._home.mkdir(parents=True, exist_ok=True)
        self._log = self.log_file.open("a", encoding="utf-8", buffering=1)
        with self._quiet():
            prepare_database(self._home)
            from airflow.dag_processing.dagbag import DagBag

            bag = DagBag(dag_folder=REPOSITORY / "dags")
            if bag.import_errors:
                raise DemonstrationFailed(f"DAG 无法解析 / DAG files do not parse: {bag.import_errors}")
            self._dags = dict(bag.dags)
            for dag in self._dags.values():
                # `dag.test()` watches no deadlines, and in Airflow 3.3.2 it fails at the end on a DAG that has one
                # (apache/airflow#73428: it takes the serialised definition for the id of its row).
                dag.deadline = None
        return self

    def __exit__(self, *exception: object) -> None:
        """Airflow's loggers keep the stream they were configured with, therefore the log file stays open to the end."""
        self._dags = {}

    def run_month(self, period: str, nows: Mapping[str, str]) -> Iterator[DagEvent]:
        """The four DAGs of one month, in order. nows: dag_id → the moment (ISO 8601) each acts as of.

        Yields an event when a DAG starts and when it has ended; raises DemonstrationFailed after the event of one
        that did not succeed. A month that is done already takes the same path and changes nothing.
        """
        for dag_id in DAGS_OF_A_MONTH:
            title = self._dags[dag_id].dag_display_name
            yield DagEvent(period, dag_id, title, "running")
            event = self.run_dag(dag_id, period, nows[dag_id])
            yield event
            if not event.ok:
                raise DemonstrationFailed(f"{dag_id} {period}：{dict(event.tasks)}；日志 / log: {self.log_file}")

    def run_dag(self, dag_id: str, period: str, now: str, approve: bool = True) -> DagEvent:
        """One DAG to its end; sign-off requests are approved, or returned."""
        started = time.perf_counter()
        title = self._dags[dag_id].dag_display_name
        with self._quiet(), DemonstrationSigner(self._approver, dag_id, approve):
            run = self._dags[dag_id].test(logical_date=None, run_conf={"period": period, "now": now})
            tasks = _task_states(run)
        return DagEvent(period, dag_id, title, str(run.state), time.perf_counter() - started, tasks)

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Airflow logs every step on stdout and stderr; a person who watches the demonstration wants neither."""
        with contextlib.redirect_stdout(self._log), contextlib.redirect_stderr(self._log):
            yield


def _task_states(run: Any) -> dict[str, str]:
    states: dict[str, list[str]] = {}
    for instance in run.get_task_instances():
        states.setdefault(instance.task_id, []).append(str(instance.state))
    return {
        task_id: found[0] if len(found) == 1 else ", ".join(f"{found.count(s)} {s}" for s in sorted(set(found)))
        for task_id, found in states.items()
    }
