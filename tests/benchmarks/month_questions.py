"""What is asked of a country month that is loaded, and what a clerk waits for: each command a process of its own, cold.

    python -m tests.benchmarks.country --units 2850 --keep DIR
    python -m tests.benchmarks.month_questions DIR --write

A resubmission is a workbook of the month with another project name in it, sent through the pages of a running server. The city month is
run twice in one process; the second is warm."""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .bench_uploads import add_clerks, send_and_look
from .country_files import HISTORY, MONTH, NOW, Plan, write_month, write_programme
from .process_tree import Watched, watch
from .results import add_options, publish, table

SAIMA = (sys.executable, "-m", "pipelines.cli.app")
CITY = Plan(units=9)
TARGET_SECONDS = {
    "saima status": 1.5,
    "saima late": 1.5,
    "saima rank, the edition": 1.5,
    "resubmission through the pages, to its verdict": 3.0,
    "saima check, refused for its structure": 1.5,
    "saima check, all rules": 4.0,
    "saima --help": 0.4,
    "city month of nine units, warm": 4.0,
}
"""Issue 14; of processes on two quiet cores."""


def _run(*arguments: str) -> Watched:
    done = watch([*SAIMA, *arguments])
    if done.status not in (0, 1):
        raise SystemExit(f"{' '.join(arguments)} ended with {done.status}\n{done.output[-1000:]}{done.errors[-3000:]}")
    return done


def changed(workbook: Path, target: Path) -> Path:
    """The workbook with another text in its first project: other bytes, the same unit and month."""
    with zipfile.ZipFile(workbook) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        done = False
        for name in given.namelist():
            content = given.read(name)
            if not done and (at := content.find("有限公司".encode())) >= 0:
                content, done = content[:at] + "股份公司".encode() + content[at + len("有限公司".encode()) :], True
            made.writestr(name, content)
    if not done:
        raise SystemExit(f"{workbook}: no name to change")
    return target


def _resubmit(scratch: Path, home: Path, workbook: Path) -> tuple[float, float]:
    """Through the pages, from the click to the verdict; CPU seconds of the server with its readers."""
    folder = scratch / "again"
    folder.mkdir()
    add_clerks(home, [workbook.stem])
    done = send_and_look(home, {workbook.stem: changed(workbook, folder / workbook.name)}, scratch, {}, NOW)
    return done["verdict_p50"], done["cpu_server"] + done["cpu_readers"]


def _warm_city(place: Path) -> tuple[float, float]:
    """The second of two city months of one process, each in a home of its own."""
    from pipelines.cli.app import main

    programme = write_programme(CITY, place / "city")
    for period in (HISTORY, MONTH):
        write_month(CITY, period, place / f"city-{period}")

    def month(home: str, period: str, *more: str) -> None:
        given = ["month", period, "--from", str(place / f"city-{period}"), "--home", str(place / home), "--json"]
        sys.argv = ["saima", *given, "--programme", str(programme), *more]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
            main()

    took = (0.0, 0.0)
    for home in ("cold", "warm"):
        month(home, HISTORY, "--history", "--now", "2026-06-20T09:00:00+08:00")
        began, used = time.perf_counter(), time.process_time()
        month(home, MONTH, "--sign-off-as", "benchmark", "--now", NOW)
        took = time.perf_counter() - began, time.process_time() - used
        if not any((place / home / "editions" / MONTH).iterdir()):
            raise SystemExit(f"{home}: nothing was published")
    return took


def measure(place: Path, scratch: Path) -> dict[str, Any]:
    """Question → seconds, CPU seconds; the home of `place` gets one version more."""
    home, programme = place / "home", str(place / "programme")
    workbook = min((place / MONTH).glob("*.xlsx"))
    empty = scratch / workbook.name
    empty.write_bytes(workbook.read_bytes()[:2_000])
    asked: dict[str, Sequence[str]] = {
        "saima status": ("status", MONTH, "--home", str(home), "--now", NOW),
        "saima late": ("late", MONTH, "--home", str(home), "--now", NOW),
        "saima rank, the edition": ("rank", MONTH, "--home", str(home), "--now", NOW),
        "saima check, refused for its structure": ("check", str(empty), "--programme", programme),
        "saima check, all rules": ("check", str(workbook), "--programme", programme),
        "saima --help": ("--help",),
    }
    _run("--help")
    found = {}
    for name, arguments in asked.items():
        done = _run(*arguments)
        found[name] = (done.seconds, done.cpu_seconds)
    found["resubmission through the pages, to its verdict"] = _resubmit(scratch, home, workbook)
    found["city month of nine units, warm"] = _warm_city(scratch)
    return {
        "files": len(list((place / MONTH).iterdir())),
        "questions": {
            name: {"seconds": round(s, 2), "cpu_seconds": round(c, 2), "target_seconds": TARGET_SECONDS[name]}
            for name, (s, c) in found.items()
        },
    }


def markdown(found: dict[str, Any]) -> str:
    """Table of the questions."""
    rows = [
        [name, one["seconds"], one["cpu_seconds"], one["target_seconds"]] for name, one in found["questions"].items()
    ]
    return f"A month of {found['files']:,} files, loaded.\n\n{table(['question', 's', 'CPU-s', 'target, s'], rows)}"


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", type=Path, help="folder that `country --keep` left")
    add_options(parser)
    given = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="month-questions-"))
    try:
        found = measure(given.place.resolve(), scratch)
    finally:
        shutil.rmtree(scratch)
    sys.stdout.write(publish("month_questions", found, markdown(found), given))


if __name__ == "__main__":
    main()
