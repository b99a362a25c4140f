"""`make up`: Airflow with its UI, and the pages in the middle of a month, on SQLite; for looking and trying, not production.

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
import traceback
import urllib.request
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from saima_airflow.portal_demonstration import PortalDemonstration

USERS = "admin:admin,eng:op,bureau:user,dispatch:user"
"""SimpleAuth account:role. bureau signs as 统计局， dispatch as 经信局； eng operates and may not sign."""

PAGES_BESIDE = 10
"""The pages run alone on the port of the UI plus this (8090), with accounts of their own."""
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
        demonstration = _portal(home, log)
        started = [_start(["airflow", "standalone"], log)]
        if demonstration is not None:
            clock = demonstration.now.isoformat()
            pages = [
                "saima",
                "web",
                "--home",
                str(demonstration.home),
                "--now",
                clock,
                "--port",
                str(port + PAGES_BESIDE),
            ]
            started.append(_start(pages, log))
        try:
            return _watch(started[0], port, airflow_home, _said_of(demonstration, port))
        finally:
            for process in reversed(started):
                _stop(process)


def _start(command: list[str], log: IO[str]) -> subprocess.Popen[bytes]:
    """A command of this environment in a session of its own."""
    return subprocess.Popen(  # noqa: S603  # fixed commands
        [Path(sys.executable).parent / command[0], *command[1:]],
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _portal(home: Path, log: IO[str]) -> PortalDemonstration | None:
    """The month in hand beside the home; Airflow goes on without it where it cannot be made."""
    from saima_airflow.portal_demonstration import prepare_portal, sign_airflow_users_up

    try:
        _say("准备网页演示（首次约一分钟） / preparing the pages, a minute the first time")
        made = prepare_portal(home)
        sign_airflow_users_up(home)
        return made
    except Exception:
        log.write(traceback.format_exc())
        return None


def _said_of(demonstration: PortalDemonstration | None, port: int) -> str:
    """What `make up` prints of the pages: where they are and who signs in as what."""
    if demonstration is None:
        return "  网页      先运行 make run，再 make up / run `make run` first: the pages need a published month\n"
    people = "".join(
        f"    {username:<10}{name}({role}{' ' + unit if unit else ''})\n"
        for username, name, role, unit in demonstration.accounts
    )
    return (
        f"  网页      http://localhost:{port + PAGES_BESIDE}  时间 / clock {demonstration.now:%Y-%m-%d %H:%M} UTC\n"
        f"  网页账号  密码均为 / all with the password {demonstration.password}\n{people}"
        f"  可上传的文件 / files to upload: {demonstration.home / 'to-send'}\n"
    )


def _watch(process: subprocess.Popen[bytes], port: int, airflow_home: Path, pages: str) -> int:
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
                f"{pages}"
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
