"""`make up`: Airflow with its UI and the board on this machine, on SQLite; for looking and trying, not production.

State is SAIMA_HOME/airflow (the database of `make run`, so its runs are there to see). SAIMA_PORT moves the UI and, with
it, the two log servers (Airflow's own ports when it is 8080)."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from base64 import urlsafe_b64encode
from pathlib import Path

import psutil

USERS = "admin:admin,eng:op,bureau:user,dispatch:user"
"""SimpleAuth account:role. bureau signs as 统计局, dispatch as 经信局; eng operates and may not sign."""

START_SECONDS = 180
STOP_SECONDS = 20


def main() -> int:
    """Start `airflow standalone`, say where everything is once it answers, and stop all of it on Ctrl-C or SIGTERM."""
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from saima_airflow.environment import REPOSITORY, configure_environment, saima_home, ui_port

    home, port = saima_home(), ui_port()
    airflow_home = home / "airflow"
    airflow_home.mkdir(parents=True, exist_ok=True)
    passwords = airflow_home / "passwords.json"
    passwords.touch(mode=0o600)
    configure_environment(
        home,
        PYTHONPATH=str(REPOSITORY / "docker" / "config"),
        AIRFLOW__API__HOST="127.0.0.1",
        AIRFLOW__API__PORT=str(port),
        AIRFLOW__API__BASE_URL=f"http://localhost:{port}",
        AIRFLOW__API__WORKERS="1",
        AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"http://localhost:{port}/execution/",
        AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION="False",
        AIRFLOW__CORE__PARALLELISM="4",
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=USERS,
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=str(passwords),
        AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT=str(port + 713),
        AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT=str(port + 714),
        AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT="60",
        **_secrets(airflow_home / "secrets.json"),
    )
    log_file = airflow_home / "standalone.log"
    _say(f"启动 Airflow，日志 / starting Airflow, log: {log_file}")
    with log_file.open("w", encoding="utf-8") as log:
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            from saima_airflow.airflow_database import prepare_database, unpause_all

            prepare_database(airflow_home)
            unpause_all()
        process = subprocess.Popen(  # noqa: S603  # a fixed command of this environment
            [Path(sys.executable).parent / "airflow", "standalone"],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return _watch(process, port, airflow_home)
        finally:
            _stop(process)


def _watch(process: subprocess.Popen[bytes], port: int, airflow_home: Path) -> int:
    asked_to_stop: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: asked_to_stop.append(received))
    deadline, ready = time.monotonic() + START_SECONDS, False
    while not asked_to_stop:
        if process.poll() is not None or (not ready and time.monotonic() > deadline):
            _say(f"Airflow 未能启动，见 / did not start, see {airflow_home / 'standalone.log'}")
            return 2
        if not ready and _healthy(port):
            ready = True
            _say(
                f"\n  Airflow   http://localhost:{port}\n"
                f"  看板      http://localhost:{port}/plugin/saima-board\n"
                f"  账号      {USERS}\n"
                f"  密码      {airflow_home / 'passwords.json'}\n"
                f"  收件箱    {airflow_home.parent / 'inbox'}\n"
                "  Ctrl-C 停止 / stops it\n"
            )
        time.sleep(0.5)
    return 0


def _healthy(port: int) -> bool:
    """Whether the API answers and says that the scheduler and the DAG processor have reported."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return False
    return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End every component and running task: `airflow standalone` leaves its children behind when it is terminated, and
    a task has a process group of its own. What they all share is the session."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in _session(process):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and _session(process):
            time.sleep(0.2)


def _session(process: subprocess.Popen[bytes]) -> list[int]:
    """Processes of the session that began with `process` and have not ended."""
    process.poll()
    found = []
    for candidate in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(candidate.pid) == process.pid and candidate.status() != psutil.STATUS_ZOMBIE:
                found.append(candidate.pid)
    return found


def _secrets(file: Path) -> dict[str, str]:
    """Keys that all components must share; made once for this home, readable by its owner alone."""
    if not file.exists():
        file.touch(mode=0o600)
        keys = {
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
            "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(48),
            "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        file.write_text(json.dumps(keys), encoding="utf-8")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
