"""Ten years of country months, asked through `saima` and by DuckDB, beside the same questions with two months behind them.

    python -m tests.benchmarks.ten_years --rows 10000000 --units 300
    python -m tests.benchmarks.ten_years --rows 100000000 --units 2850 --mirrored 12     # 10⁸ rows; 30 GB of disk

Two months go through `saima` (the first as history); then the first is repeated for the 118 months before it (`years_home`), in the lake
in full and in SQL for the `--mirrored` latest (all, unless told). Each question is a process of its own: seconds, CPU seconds, peak
memory of its tree. Nothing loads the years: the peak is that of a month."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .country import HISTORY_NOW, disk_mb
from .country_files import HISTORY, MONTH, NOW, Plan, write_month
from .process_tree import Watched, watch
from .results import add_options, publish, table
from .years_home import months_before, parameters_of, repeat_months, write_years_programme

MONTHS = 120
OLD = "2020-06"
SAIMA = [sys.executable, "-m", "pipelines.cli.app"]


def measure(rows: int, units: int, mirrored: int, seed: int, place: Path) -> dict[str, Any]:
    """Make the young home, ask it, make it old, ask it again."""
    plan = Plan(units, max(2, rows // MONTHS // units), seed=seed)
    months = months_before(MONTHS - 2)
    programme = write_years_programme(plan, place / "programme", months)
    environment = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(place / "pyc")}
    for month in (HISTORY, MONTH):
        write_month(plan, month, place / month)
    home = place / "home"
    _saima(environment, home, "month", HISTORY, "--from", str(place / HISTORY), "--history", "--programme", str(programme), "--now", HISTORY_NOW)  # fmt: skip
    _saima(environment, home, "collect", "--from", str(place / MONTH), "--now", NOW)
    _saima(environment, home, "process", "--now", NOW)
    started = time.perf_counter()
    copy = place / "young"
    shutil.copytree(home, copy)
    young = _questions(environment, copy, old=MONTH)
    written = repeat_months(home, months, mirrored)
    made = time.perf_counter() - started
    return {
        "rows": written["fact_project_month"],
        "units": units,
        "months": MONTHS,
        "mirrored": mirrored,
        "made_seconds": round(made, 1),
        "disk_mb": {name: round(mb) for name, mb in disk_mb(home).items()},
        "questions": [
            {"question": name, "young": young.get(name), "old": old}
            for name, old in _questions(environment, home, old=OLD).items()
        ],
    }


def _questions(environment: dict[str, str], home: Path, old: str) -> dict[str, dict[str, Any]]:
    """Every question once; `old`: the month that is asked about as of long ago."""
    found: dict[str, dict[str, Any]] = {}
    asked = {
        "saima status": ("status", MONTH),
        "saima late": ("late", MONTH),
        "saima close": ("close", MONTH),
        "saima rank, a new draft": ("rank", MONTH),
        "saima rank, the draft": ("rank", MONTH),
        "saima status of an old month": ("status", old),
        "saima deliver of an old month, as of then": ("deliver", old, "--as-of", parameters_of(old)["instant"]),
        "saima lake locate": ("lake", "locate"),
    }
    for name, arguments in asked.items():
        run = (
            _saima(environment, home, *arguments, "--now", NOW)
            if arguments[0] != "lake"
            else _saima(environment, home, *arguments)
        )
        found[name] = _figures(run)
    located = home.parent / "located.json"
    located.write_text(run.output)
    for name, label in {
        "ledger": "sqlite3: submissions_as_of of an old month",
        "rank": "DuckDB: rank of the month",
        "as_of": "DuckDB: rows of an old month as of then",
        "series": "DuckDB: all years by month and industry",
    }.items():
        period = MONTH if name == "rank" else old
        run = _checked(
            watch([sys.executable, "-m", "tests.benchmarks.lake_queries", name, str(home), period], environment)
        )
        found[label] = {**_figures(run), "counted": json.loads(run.output)}
    return found


def _saima(environment: dict[str, str], home: Path, *arguments: str) -> Watched:
    return _checked(watch([*SAIMA, *arguments, "--home", str(home), "--json"], environment), refused_is_told=True)


def _checked(run: Watched, refused_is_told: bool = False) -> Watched:
    if run.status not in ((0, 1) if refused_is_told else (0,)):
        raise SystemExit(f"ended with {run.status}\n{run.output[-1000:]}\n{run.errors[-3000:]}")
    return run


def _figures(run: Watched) -> dict[str, Any]:
    told = {"seconds": run.seconds, "cpu_seconds": run.cpu_seconds, "peak_mb": run.peak_mb}
    return told if not run.status else {**told, "refused": run.errors.strip().splitlines()[-1:]}


def markdown(found: dict[str, Any]) -> str:
    """The table: young beside old."""
    disk = found["disk_mb"]
    head = (
        f"{found['rows']:,} project rows of {found['months'] - 2} repeated months x {found['units']:,} units (SQL rows of {min(found['mirrored'], MONTHS - 2)} of them), made in "
        f"{found['made_seconds']:,.0f} s; lake {disk['lake']:,} MB, SQL {disk['warehouse.db']:,} MB."
    )
    rows = []
    for one in found["questions"]:
        young, old = one["young"], one["old"]
        rows.append([one["question"] + (" (refused)" if "refused" in old else ""), young["cpu_seconds"], old["cpu_seconds"], old["seconds"], young["peak_mb"], old["peak_mb"]])  # fmt: skip
    header = [
        "question",
        "CPU-s, two months",
        "CPU-s, ten years",
        "s, ten years",
        "peak MB, two months",
        "peak MB, ten years",
    ]
    return f"{head}\n\n{table(header, rows)}"


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="project rows of the ten years")
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--mirrored", type=int, default=MONTHS, help="months whose rows also stand in SQL")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--keep", type=Path, help="work in this new folder and leave it")
    parser.add_argument("--name", default="ten_years", help="of the result's files")
    add_options(parser)
    given = parser.parse_args()
    place = given.keep or Path(tempfile.mkdtemp(prefix="years-", dir=os.environ.get("TMPDIR")))
    place.mkdir(parents=True, exist_ok=True)
    try:
        found = measure(given.rows, given.units, given.mirrored, given.seed, place)
    finally:
        if given.keep is None:
            shutil.rmtree(place)
    sys.stdout.write(publish(given.name, found, markdown(found), given))


if __name__ == "__main__":
    main()
