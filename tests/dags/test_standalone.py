"""`make up` really started once: the UI's API answers, the DAGs are there and run, the board is behind a login."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


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
    home, port = tmp_path_factory.mktemp("up"), free_port()
    process = subprocess.Popen(
        [sys.executable, REPOSITORY / "plugins" / "saima_airflow" / "standalone.py"],
        env={**os.environ, "SAIMA_HOME": str(home), "SAIMA_PORT": str(port)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
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


def test_up(airflow: tuple[str, Path]) -> None:
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
    assert httpx.get(f"{url}/saima/board", timeout=30).status_code == 401
    assert get(url, "/saima/board", bureau).status_code == 200
    assert (home / "airflow" / "passwords.json").stat().st_mode & 0o077 == 0

    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        runs = get(url, "/api/v2/dags/collect_submissions/dagRuns", bureau).json()["dag_runs"]
        if runs and runs[0]["state"] in ("success", "failed"):
            break
        time.sleep(2)
    assert [run["state"] for run in runs] == ["success"], (home / "airflow" / "standalone.log").read_text()[-3000:]
