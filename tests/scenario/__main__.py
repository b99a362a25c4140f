"""`make scenario`: whole months under CeleryExecutor, PostgreSQL and Redis with two workers, one killed -9 in the middle.

    python -m tests.scenario [--part install|batch|load] [--place DIR] [--image DIR]

Real processes on the loopback, in the environment that docker/Dockerfile and the compose files give them. The month 2022-06 loses a
worker while it validates a batch, 2022-07 while it loads; both are signed and published. Compared with the same months of the command
line on SQLite: the same content, no submission lost or double, and the audit is green. `--part` runs one of it: the installation
alone, or one of the months. Ends with 0 where all of that holds; every process is ended in any case."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipelines.flow.runtime.context import Context, load_programme, open_context
from pipelines.sample.generate import generate
from pipelines.settings import Settings

from .airflow_installation import WORKERS, AirflowInstallation, say
from .image_replay import REPOSITORY
from .month_steps import (
    arrive,
    books,
    close_and_draft,
    ended,
    kill_in_batch,
    kill_in_load,
    pending,
    retried,
    settle,
    sign_off,
    trigger,
)
from .running_services import Services

HISTORY = "2022-05"
MONTHS = {"batch": "2022-06", "load": "2022-07"}
LOST_TASK_SECONDS = 900
"""A lost worker's task is back within this: heartbeat timeout of the compose file, its detection, the retry delay and the work."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scenario", description=__doc__)
    parser.add_argument("--part", choices=("install", *MONTHS), help="one part; default: everything")
    parser.add_argument("--place", type=Path, help="an empty folder that is kept (default: a temporary one)")
    parser.add_argument("--image", type=Path, default=REPOSITORY / ".image", help="where docker/Dockerfile is replayed")
    options = parser.parse_args()
    months = {k: v for k, v in MONTHS.items() if options.part in (None, k)}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # as Ctrl-C does: everything is ended first
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="saima-scenario-") as temporary:
        place = options.place or Path(temporary)
        with Services(place / "logs") as services:
            airflow = AirflowInstallation(place, options.image.resolve(), services)
            try:
                run(airflow, place, months)
            finally:
                if airflow.postgres is not None:
                    airflow.postgres.cleanup()
    say(f"{len(months) or 'no'} months, everything held; {time.monotonic() - begun:.0f} s; all processes ended")
    return 0


def run(airflow: AirflowInstallation, place: Path, months: dict[str, str]) -> None:
    airflow.install()
    airflow.start()
    settle(airflow)
    if not months:
        return
    sample = place / "sample"
    generate(load_programme("jiaxing"), sample, [HISTORY, *months.values()])
    done = airflow.saima("month", HISTORY, "--history", "--from", str(sample / HISTORY), "--json")
    assert done.returncode == 0, done.stderr
    context = open_context(
        Settings(home=airflow.home, database_url=airflow.ledger_url, catalog_url=airflow.catalog_url)
    )
    for part, period in months.items():
        run_month(airflow, context, sample, part, period)
        compare(context, command_line(place, sample, period), period)
    check_audit(airflow)


def run_month(airflow: AirflowInstallation, context: Context, sample: Path, part: str, period: str) -> None:
    """Files, collection with a killed worker, closing, draft, signatures, publication."""
    say(f"== {period}: {arrive(airflow, sample, period)} files in the inbox; a worker dies in the middle of the {part}")
    loads = {v.load_id for v in context.warehouse.submissions(HISTORY)}
    collection = trigger(airflow, "collect_submissions")
    if part == "batch":
        killed, task = kill_in_batch(airflow, context, collection), "process_batch"
    else:
        killed, task = kill_in_load(airflow, context, collection, loads), "load"
    ended(airflow, "collect_submissions", collection, LOST_TASK_SECONDS)
    retried(airflow, collection, task)
    other = [worker for worker in WORKERS if worker != killed]
    assert airflow.answering_workers() == other, "the run ended with the other worker alone"
    assert pending(context) == 0
    say(f"the other worker ({other[0]}) has done the rest; nothing is pending")
    airflow.start_worker(killed)
    close_and_draft(airflow, period)
    sign_off(airflow, period)


def check_audit(airflow: AirflowInstallation) -> None:
    """The nightly DAG and the command: the books agree."""
    ended(airflow, "audit_warehouse", trigger(airflow, "audit_warehouse"), 900)
    done = airflow.saima("audit", "--json")
    document = json.loads(done.stdout)
    looked = sum(check["looked_at"] for check in document["checks"])
    assert done.returncode == 0 and document["ok"] and looked, [c for c in document["checks"] if c["failed"]]
    say(f"saima audit: {len(document['checks'])} checks, {looked} things looked at, 0 differences")


def command_line(place: Path, sample: Path, period: str) -> Context:
    """The same month by `saima month` in a home of its own on SQLite, from this environment."""
    home = place / "command-line"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SAIMA_", "AIRFLOW"))}
    for month in (period,) if home.exists() else (HISTORY, period):
        how = ["--history"] if month == HISTORY else ["--sign-off-as", "scenario"]
        command = [sys.executable, "-m", "pipelines.cli.app", "month", month, "--from", str(sample / month), *how]
        done = subprocess.run(
            [*command, "--home", str(home), "--json"], env=environment, cwd=REPOSITORY, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    say(f"command line: saima month {period} on SQLite")
    return open_context(Settings(home=home))


def compare(context: Context, other: Context, period: str) -> None:
    """Edition, versions, receipts and rows agree with those of the command line."""
    here, there = books(context, period), books(other, period)
    for part, value in here.items():
        assert value == there[part], f"{period} {part}: {value} here, {there[part]} on the command line"
    assert here["state"] == "published"
    versions, rows = sum(here["versions"].values()), sum(here["rows"].values())
    content = f"content {here['content_hash'][:16]}… as on the command line"
    say(f"{period}: published, {content}; {versions} versions, {rows} rows that count, none lost or double")


if __name__ == "__main__":
    sys.exit(main())
