"""A country month under Airflow's scheduler: from the files in the inbox to the published edition, `airflow standalone` as `make up`
starts it.

    python -m tests.benchmarks.country_scheduler --units 2850 --json

The month before goes in by the command line as history. Then collect_submissions, close_month, monthly_ranking and release_edition run
as they do in an installation; the statistics bureau signs by REST. `seconds` goes from the trigger of the collection to the published
edition, without the time for which the sign-off lay unanswered on purpose; `tasks`: task instances of all four runs, which must not
grow with the units. CPU seconds are those of everything that `make up` started, the idle rest of Airflow included."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

from pipelines.settings import Settings

from .country_files import HISTORY, MONTH, NOW, Plan, write_month, write_programme
from .results import REPOSITORY, add_options, publish, table

HISTORY_NOW = "2026-06-20T09:00:00+08:00"
LIMIT_SECONDS = 1_800
READING_SECONDS = 15
"""No person answers sooner; an answer that overtakes the executor's report of the asking process costs Airflow a retry."""


class Airflow:
    """`make up` of a home, asked over REST."""

    def __init__(self, home: Path, port: int, log: Path, batch_files: int) -> None:
        self._home, self._url, self._headers = home, f"http://127.0.0.1:{port}", dict[str, str]()
        self._watch: Callable[[], None] = lambda: None
        environment = {**os.environ, "SAIMA_HOME": str(home), "SAIMA_PORT": str(port), "PYTHONDONTWRITEBYTECODE": ""}
        environment["SAIMA_BATCH_FILES"] = str(batch_files)
        with log.open("w", encoding="utf-8") as out:
            script = REPOSITORY / "plugins" / "saima_airflow" / "standalone.py"
            self.process = subprocess.Popen([sys.executable, script], env=environment, stdout=out, stderr=out)
        self._log = log
        self.until("Airflow is up", lambda: "Ctrl-C" in self._log.read_text(encoding="utf-8"))

    def until(self, what: str, found: Callable[[], Any]) -> Any:
        """What `found` gives once it gives something."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"{what}: make up ended\n{self._log.read_text(encoding='utf-8')[-4000:]}")
            self._watch()
            if result := found():
                return result
            time.sleep(0.5)
        raise SystemExit(f"{what}: not within {LIMIT_SECONDS} s")

    def watching(self, look: Callable[[], None]) -> None:
        """What is looked at while one waits."""
        self._watch = look

    def sign_in(self, account: str) -> None:
        passwords = json.loads((self._home / "airflow" / "passwords.json").read_text(encoding="utf-8"))
        answer = httpx.post(
            f"{self._url}/auth/token", json={"username": account, "password": passwords[account]}, timeout=60
        )
        self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def ask(self, method: str, path: str, body: object = None) -> Any:
        answer = self._answer(method, path, body)
        if answer.status_code >= 500 and method != "POST":  # its SQLite is busy while everything starts
            time.sleep(READING_SECONDS)
            answer = self._answer(method, path, body)
        if answer.status_code >= 300:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def _answer(self, method: str, path: str, body: object) -> httpx.Response:
        return httpx.request(method, f"{self._url}/api/v2{path}", json=body, headers=self._headers, timeout=60)

    def settle(self) -> None:
        """Let the runs end that the clock has started, of an inbox that is empty still, and pause what no month needs."""
        for dag_id in ("audit_warehouse", "watch_deadlines", "weekly_dispatch"):
            self.ask("PATCH", f"/dags/{dag_id}", {"is_paused": True})
        for dag_id in ("collect_submissions", "close_month"):
            self.ended(dag_id, self.run_of(dag_id))

    def trigger(self, dag_id: str) -> str:
        body = {"logical_date": None, "conf": {"now": NOW}}
        return str(self.ask("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def ended(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """The run, once it has ended well."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}"

        def over() -> Any:
            run = self.ask("GET", path)
            return run if run["state"] in ("success", "failed") else None

        run = self.until(dag_id, over)
        tasks = self.ask("GET", f"{path}/taskInstances?limit=1000")["task_instances"]
        if run["state"] != "success":
            raise SystemExit(f"{dag_id} failed: {[(t['task_id'], t['state']) for t in tasks]}")
        return {"tasks": [t for t in tasks if t["state"] not in ("skipped", None)]}

    def run_of(self, dag_id: str) -> str:
        """The only run of a DAG that an event starts."""

        def first() -> Any:
            runs = self.ask("GET", f"/dags/{dag_id}/dagRuns")["dag_runs"]
            return runs[0]["dag_run_id"] if runs else None

        return str(self.until(f"{dag_id} begins", first))

    def sign(self, run_id: str) -> float:
        """Answer what release_edition asks; the seconds for which it lay there."""

        def asked() -> Any:
            path = "/dags/~/dagRuns/~/hitlDetails?response_received=false"
            return self.ask("GET", path)["hitl_details"]

        detail = self.until("the sign-off is asked for", asked)[0]["task_instance"]
        time.sleep(READING_SECONDS)
        path = f"/dags/release_edition/dagRuns/{run_id}/taskInstances/{detail['task_id']}/-1/hitlDetails"
        self.ask("PATCH", path, {"chosen_options": ["批准发布"], "params_input": {}})
        return READING_SECONDS

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=120)


def cpu_seconds_and_mb(process: subprocess.Popen[bytes], seen: dict[int, float]) -> tuple[float, float]:
    """CPU seconds of everything that descends from the process, ended children as last seen, and MB of resident memory now."""
    resident = 0
    for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
        try:
            used = one.cpu_times()
            seen[one.pid] = used.user + used.system
            resident += one.memory_full_info().pss
        except psutil.Error:
            continue
    return sum(seen.values()), resident / 1e6


def measure(plan: Plan, place: Path, port: int, batch_files: int) -> dict[str, Any]:
    """History by the command line, the month by the scheduler."""
    programme = write_programme(plan, place / "programme")
    write_month(plan, HISTORY, place / HISTORY)
    files, rows = write_month(plan, MONTH, place / MONTH)
    home = place / "home"
    command = ["month", HISTORY, "--from", str(place / HISTORY), "--history", "--programme", str(programme)]
    subprocess.run(
        [sys.executable, "-m", "pipelines.cli.app", *command, "--home", str(home), "--now", HISTORY_NOW],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    airflow = Airflow(home, port, place / "up.log", batch_files)
    seen: dict[int, float] = {}
    memory: list[float] = []
    try:
        airflow.sign_in("admin")
        airflow.settle()
        shutil.copytree(place / MONTH, home / "inbox" / MONTH, copy_function=shutil.copy2)
        before, _ = cpu_seconds_and_mb(airflow.process, seen)
        airflow.watching(lambda: memory.append(cpu_seconds_and_mb(airflow.process, seen)[1]))
        stages = dict[str, dict[str, Any]]()
        began = time.perf_counter()
        lay = 0.0
        for dag_id in ("collect_submissions", "close_month", "monthly_ranking", "release_edition"):
            started = time.perf_counter()
            triggered = dag_id in ("collect_submissions", "close_month")
            run_id = airflow.trigger(dag_id) if triggered else airflow.run_of(dag_id)
            if dag_id == "release_edition":
                airflow.sign_in("bureau")
                lay = airflow.sign(run_id)
            tasks = airflow.ended(dag_id, run_id)["tasks"]
            stages[dag_id] = {
                "seconds": round(time.perf_counter() - started - (lay if dag_id == "release_edition" else 0), 1),
                "tasks": len(tasks),
                "longest": {
                    name: round(max(t["duration"] or 0 for t in tasks if t["task_id"] == name), 1)
                    for name in dict.fromkeys(t["task_id"] for t in tasks)
                },
            }
        seconds = time.perf_counter() - began - lay
        after, _ = cpu_seconds_and_mb(airflow.process, seen)
    finally:
        airflow.stop()
    editions = [path.name for path in (home / "editions").iterdir() if path.is_dir()]
    return {
        "units": plan.units,
        "batch_files": batch_files,
        "files": files,
        "rows": rows,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(after - before, 1),
        "peak_mb": round(max(memory)),
        "tasks": sum(stage["tasks"] for stage in stages.values()),
        "stages": stages,
        "editions": editions,
    }


def markdown(found: dict[str, Any]) -> str:
    """Table of the four runs."""
    head = (
        f"{found['units']:,} units, {found['files']:,} files, {found['rows']:,} rows, {found['batch_files']} files a batch; published: {', '.join(found['editions'])}. "
        f"**{found['seconds']:.0f} s, {found['cpu_seconds']:.0f} CPU-s, {found['tasks']} tasks**, peak {found['peak_mb']:,} MB, "
        "Airflow's own processes included."
    )
    rows = [
        [dag_id, stage["seconds"], stage["tasks"], "; ".join(f"{name} {s}" for name, s in stage["longest"].items())]
        for dag_id, stage in found["stages"].items()
    ]
    return f"{head}\n\n{table(['run', 's', 'tasks', 'longest of its tasks, s'], rows)}"


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=90)
    parser.add_argument("--rows", type=int, default=270, help="project rows a unit, on average")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument(
        "--batch-files", type=int, default=Settings().batch_files, help="SAIMA_BATCH_FILES: files of a task"
    )
    parser.add_argument("--port", type=int, default=18300, help="of the UI; +713, +714 and +10 are taken too")
    parser.add_argument("--keep", type=Path, help="work in this new folder and leave it")
    add_options(parser)
    given = parser.parse_args()
    place = given.keep or Path(tempfile.mkdtemp(prefix="country-scheduler-"))
    place.mkdir(parents=True, exist_ok=True)
    try:
        found = measure(Plan(given.units, given.rows, seed=given.seed), place, given.port, given.batch_files)
    finally:
        if given.keep is None:
            shutil.rmtree(place)
    sys.stdout.write(publish("country_scheduler", found, markdown(found), given))


if __name__ == "__main__":
    main()
