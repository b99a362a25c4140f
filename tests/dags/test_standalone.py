"""`make up` really started once: a month from the inbox to the published edition under the scheduler, signed by REST."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
PERIOD = "2022-06"
READING_SECONDS = 15
"""No person answers sooner. An answer within a tenth of a second of the question can overtake the executor's report that the
asking process has ended; Airflow then takes the resumed task for a lost one and tries it again after the retry delay."""


def free_port() -> int:
    """A port whose two log server ports (+713, +714) are free as well."""
    for port in range(18080, 18200):
        sockets = []
        try:
            for number in (port, port + 713, port + 714):
                sockets.append(socket.create_server(("127.0.0.1", number)))
        except OSError:
            continue
        finally:
            for taken in sockets:
                taken.close()
        return port
    raise AssertionError("no free ports")


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    from pipelines.flow.runtime.context import load_programme
    from pipelines.sample.generate import generate

    home, port = tmp_path_factory.mktemp("up"), free_port()
    generate(load_programme("jiaxing"), home / "sample", [PERIOD])
    shutil.copytree(home / "sample" / PERIOD, home / "inbox" / PERIOD, copy_function=shutil.copy2)
    process = subprocess.Popen(
        [sys.executable, REPOSITORY / "plugins" / "saima_airflow" / "standalone.py"],
        env={
            **os.environ,
            "SAIMA_HOME": str(home),
            "SAIMA_PORT": str(port),
            "SAIMA_RUN_LIMIT_COLLECT_SUBMISSIONS": "1",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        assert f"http://localhost:{port}" in "".join(said), "".join(said)
        yield f"http://127.0.0.1:{port}", home
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        process.stdout.close()
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "something is still listening"


def login(url: str, home: Path, user: str) -> dict[str, str]:
    passwords = json.loads((home / "airflow" / "passwords.json").read_text(encoding="utf-8"))
    answer = httpx.post(f"{url}/auth/token", json={"username": user, "password": passwords[user]}, timeout=30)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def get(url: str, path: str, headers: dict[str, str]) -> Any:
    return httpx.get(f"{url}{path}", headers=headers, timeout=30)


def until(what: str, seconds: float, found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(1)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def ended(url: str, headers: dict[str, str], dag_id: str) -> list[tuple[str, str | None]]:
    """(state, partition) of the runs of a DAG, once the newest has ended."""
    runs = get(url, f"/api/v2/dags/{dag_id}/dagRuns?order_by=run_after", headers).json()["dag_runs"]
    return (
        [(r["state"], r["partition_key"]) for r in runs] if runs and runs[-1]["state"] in ("success", "failed") else []
    )


def test_the_dags_are_there_and_the_board_is_behind_a_login(airflow: tuple[str, Path]) -> None:
    url, home = airflow
    bureau, admin = login(url, home, "bureau"), login(url, home, "admin")
    expected = {file.stem for file in (REPOSITORY / "dags").glob("*.py")}
    dags = get(url, "/api/v2/dags", bureau).json()["dags"]
    assert {dag["dag_id"] for dag in dags} == expected
    assert {dag["dag_id"] for dag in dags if dag["is_paused"]} == set()
    assert {dag["dag_id"] for dag in dags if dag["next_dagrun_run_after"]} == expected - {
        "monthly_ranking",
        "release_edition",
    }
    assert get(url, "/api/v2/importErrors", admin).json()["import_errors"] == []
    assert get(url, "/api/v2/pools/lake_writer", admin).json()["slots"] == 1
    views = [
        view["name"] for p in get(url, "/api/v2/plugins", bureau).json()["plugins"] for view in p["external_views"]
    ]
    assert views == ["报送与晾晒"]
    assert httpx.get(f"{url}/saima/desk", timeout=60).status_code == 401
    assert get(url, "/saima/desk", bureau).status_code == 200
    assert (home / "airflow" / "passwords.json").stat().st_mode & 0o077 == 0


def test_engineers_are_told_of_a_run_that_takes_too_long(airflow: tuple[str, Path]) -> None:
    """The collection of a month takes longer than the second it is given here: the deadline's callback ran in the triggerer."""
    _, home = airflow

    def told() -> list[str]:
        with closing(sqlite3.connect(home / "warehouse.db")) as database:
            if not database.execute("select 1 from sqlite_master where name = 'outbox'").fetchone():
                return []
            rows = database.execute("select body from outbox where kind = 'engineer'").fetchall()
            return [body for (body,) in rows if "collect_submissions · scheduled__" in body]

    body = until("overdue run told", 180, told)[0]
    assert "运行超时" in body and "/dags/collect_submissions/runs/" in body


def test_a_month_under_the_scheduler_signed_by_those_assigned(airflow: tuple[str, Path]) -> None:
    url, home = airflow
    users = {name: login(url, home, name) for name in ("admin", "eng", "bureau", "dispatch")}
    bureau = users["bureau"]
    collected = until("collected", 420, lambda: ended(url, bureau, "collect_submissions"))
    assert set(collected) == {("success", None)}, "one run, or two where the half hour struck meanwhile"
    close = httpx.post(
        f"{url}/api/v2/dags/close_month/dagRuns", json={"logical_date": None}, headers=users["eng"], timeout=30
    )
    assert close.status_code == 200
    assert until("ranked", 300, lambda: ended(url, bureau, "monthly_ranking")) == [("success", PERIOD)]

    def asked() -> Any:
        waiting = get(url, "/api/v2/dags/~/dagRuns/~/hitlDetails?response_received=false", bureau).json()[
            "hitl_details"
        ]
        return waiting if len(waiting) == 2 else None

    details = {detail["task_instance"]["task_id"]: detail for detail in until("sign-off asked for", 300, asked)}
    run = details["sign_off_statistics"]["task_instance"]["dag_run_id"]

    def answer(user: str, role: str) -> int:
        path = f"/api/v2/dags/release_edition/dagRuns/{run}/taskInstances/sign_off_{role}/-1/hitlDetails"
        body = {"chosen_options": ["批准发布"], "params_input": {}}
        return httpx.patch(f"{url}{path}", json=body, headers=users[user], timeout=30).status_code

    assert [answer(user, "statistics") for user in ("eng", "admin", "dispatch")] == [403, 403, 403]
    time.sleep(READING_SECONDS)
    assert [answer("bureau", "statistics"), answer("bureau", "statistics")] == [200, 409]
    assert answer("dispatch", "dispatch") == 200
    assert until("released", 480, lambda: ended(url, bureau, "release_edition")) == [("success", PERIOD)]
    assert f"{PERIOD}-e1" in get(url, "/saima/editions", bureau).text
    assert "港区" in get(url, f"/saima/editions/{PERIOD}-e1/index.html", bureau).text
