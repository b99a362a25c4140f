"""The due hour: clerks of N units upload at once; how long until each sees the verdict of a 300-row workbook, and is nothing lost?

    python -m tests.benchmarks.bench_uploads --clerks 60 --json

A home with the month before as history, `saima web` in a process of its own on the loopback, one signed-in user of Locust a unit
(`upload_clerks`). All begin in the same second; each sends its workbook through the form and asks its page again every second, as the
page does, until the verdict is there. Afterwards the ledger must hold every file with its version. Prints p50 and p95 from the click
to the verdict, and the CPU seconds of server, readers and of Locust itself, which shares the cores."""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from itsdangerous import URLSafeTimedSerializer

from pipelines.flow.portal.accounts import add_account
from pipelines.flow.runtime.context import open_context
from pipelines.settings import Settings
from pipelines.web.portal_state import PortalState

from .country_files import HISTORY, MONTH, Plan, write_month, write_programme
from .process_tree import watch

HISTORY_NOW = "2026-06-20T09:00:00+08:00"
NOW = "2026-07-08T16:30:00+08:00"
CLERKS = Path(__file__).with_name("upload_clerks.py")


def prepare(plan: Plan, place: Path) -> tuple[Path, dict[str, Path]]:
    """A home with history and one account a unit; unit code → its workbook of the month."""
    programme = write_programme(plan, place / "programme")
    write_month(plan, HISTORY, place / HISTORY)
    write_month(plan, MONTH, place / MONTH)
    home = place / "home"
    command = [sys.executable, "-m", "pipelines.cli.app", "month", HISTORY, "--from", str(place / HISTORY), "--history"]
    done = watch([*command, "--programme", str(programme), "--home", str(home), "--now", HISTORY_NOW, "--json"], {})
    assert done.status == 0, done.errors[-3000:]
    files: dict[str, Path] = {}
    for code in plan.codes():
        file = place / MONTH / f"{code}.xlsx"
        if file.is_file():  # two of ten counties send CSV or JSON
            files[code] = file
    add_clerks(home, list(files))
    return home, files


def add_clerks(home: Path, codes: Sequence[str]) -> None:
    """An account a unit."""
    context = open_context(Settings(home=home))
    moment = datetime.fromisoformat(HISTORY_NOW)
    for code in codes:
        add_account(context, f"u{code}", f"统计员{code}", "unit", code, "all", "setup", moment, None, False)
    context.warehouse.close()


def cookies(home: Path, codes: Sequence[str], now: str = NOW) -> dict[str, str]:
    """A session a clerk, as signing in would have made it (sixty sign-ins from one address would meet the limit of their rate)."""
    state = PortalState(Settings(home=home), lambda: datetime.fromisoformat(now))
    signer = URLSafeTimedSerializer(state.secret(), salt="saima-session")
    return {code: str(signer.dumps({"s": f"clerk-{code}", "u": f"u{code}", "e": 1})) for code in codes}


def send_all(address: str, files: dict[str, Path], sessions: dict[str, str], place: Path) -> list[tuple[float, float]]:
    """All of them sending at once, driven by Locust: (seconds to the receipt, to the verdict) of each."""
    listed = place / "clerks.json"
    listed.write_text(json.dumps([{"cookie": sessions[code], "file": str(file)} for code, file in files.items()]))
    users = str(len(files))
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        str(CLERKS),
        "--headless",
        "-u",
        users,
        "-r",
        users,
        "--host",
        address,
    ]
    run = subprocess.run(
        [*command, "--only-summary"], env={**os.environ, "SAIMA_CLERKS": str(listed)}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return [tuple(one) for one in json.loads(listed.with_suffix(".done").read_text())]


def tree_cpu_seconds(pid: int) -> dict[str, float]:
    """User and system time of the server ("pages and validation") and of its children ("readers"), those that ended included."""
    server = psutil.Process(pid)
    own = server.cpu_times()
    children = sum(sum(child.cpu_times()[:2]) for child in server.children(recursive=True))
    return {"server": own.user + own.system, "children": children + own.children_user + own.children_system}


def _ended_children() -> float:
    """CPU seconds of the children of this process that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.4999) - 1))]


def serve(home: Path, port: int, log: Path, environment: dict[str, str], now: str = NOW) -> subprocess.Popen[bytes]:
    """`saima web`, up when this returns."""
    command = [sys.executable, "-m", "pipelines.cli.app", "web", "--home", str(home), "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--now", now], env={**os.environ, **environment}, stdout=log.open("wb"), stderr=subprocess.STDOUT
    )
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up and server.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                _until_warm(server.pid)
                return server
        except httpx.HTTPError:
            time.sleep(0.2)
    server.terminate()
    raise SystemExit(f"the server did not start\n{log.read_text()[-3000:]}")


def _until_warm(pid: int) -> None:
    """The pages answer before the server has warmed up; the due hour meets one that has."""
    give_up = time.monotonic() + 120
    used = -1.0
    while time.monotonic() < give_up:
        now = sum(tree_cpu_seconds(pid).values())
        if 0 <= now - used < 0.05:
            return
        used = now
        time.sleep(2)


def measure(plan: Plan, place: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Prepare, serve, send, and look whether everything is there."""
    home, files = prepare(plan, place)
    return send_and_look(home, files, place, environment)


def send_and_look(
    home: Path, files: dict[str, Path], place: Path, environment: dict[str, str], now: str = NOW
) -> dict[str, Any]:
    """A prepared home is served, the files are sent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = serve(home, port, place / "server.log", environment, now)
    try:
        before = tree_cpu_seconds(server.pid)
        begun = time.perf_counter()
        driver = _ended_children()
        done = send_all(f"http://127.0.0.1:{port}", files, cookies(home, list(files), now), place)
        everything = time.perf_counter() - begun
        cpu = {name: used - before[name] for name, used in tree_cpu_seconds(server.pid).items()}
        cpu["driver"] = _ended_children() - driver
        time.sleep(1)
    finally:
        server.terminate()
        server.wait(30)
    context = open_context(Settings(home=home))
    versions = [r for r in context.warehouse.submissions(MONTH) if "/portal/" in r.name]
    waiting = context.warehouse.pending_receipts()
    lost = set(files) - {r.unit_code for r in versions}
    assert not lost and not waiting, (lost, waiting)
    received, verdicts = [d[0] for d in done], [d[1] for d in done]
    return {
        "clerks": len(files),
        "rows": round(sum(r.received for r in versions) / len(files)),
        "bytes": round(statistics.mean(path.stat().st_size for path in files.values())),
        "received_p50": round(percentile(received, 0.5), 2),
        "received_p95": round(percentile(received, 0.95), 2),
        "verdict_p50": round(percentile(verdicts, 0.5), 2),
        "verdict_p95": round(percentile(verdicts, 0.95), 2),
        "verdict_max": round(max(verdicts), 2),
        "lost": len(lost),
        "seconds": round(everything, 1),
        "cpu_server": round(cpu["server"], 1),
        "cpu_readers": round(cpu["children"], 1),
        "cpu_driver": round(cpu["driver"], 1),
    }


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clerks", type=int, default=60)
    parser.add_argument("--rows", type=int, default=300, help="project rows a workbook, on average")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--keep", type=Path, help="work in this new folder and leave it")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    place = given.keep or Path(tempfile.mkdtemp(prefix="uploads-"))
    place.mkdir(parents=True, exist_ok=True)
    try:
        found = measure(Plan(given.clerks * 5 // 4, given.rows, 0.01, 0.3, 0.0, given.seed), place, {})
    finally:
        if given.keep is None:
            shutil.rmtree(place)
    text = json.dumps(found) if given.json else "\n".join(f"{name:14s} {value}" for name, value in found.items())
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
