"""A country month through `saima month`, beside the floor of the same files, in one run.

    python -m tests.benchmarks.country --units 300 --json
    python -m tests.benchmarks.country --units 2850 --keep DIR      # files, home and outputs stay

Files are made from a seed (`country_files`): the month before goes in as history, then the month itself from first file to published
edition and answers. CPU seconds are those of the whole process tree, so a busy machine changes them little; the floor is timed before
and after the month. Prints a table, or with --json one object on the last line."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from .country_files import HISTORY, MONTH, NOW, Plan, write_month, write_programme
from .process_tree import Watched, watch

HISTORY_NOW = "2026-06-20T09:00:00+08:00"


def measure(plan: Plan, place: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Make the files, load the history, run the month between two measurements of the floor."""
    programme = write_programme(plan, place / "programme")
    write_month(plan, HISTORY, place / HISTORY)
    files, rows = write_month(plan, MONTH, place / MONTH)
    home = place / "home"
    # compiled modules are kept, as in any installation, wherever the benchmark itself may not write them
    environment = {**environment, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(place / "pyc")}
    saima = [sys.executable, "-m", "pipelines.cli.app"]
    common = ["--home", str(home), "--json"]
    history = _month(
        [*saima, "month", HISTORY, "--from", str(place / HISTORY), "--history", "--programme", str(programme)],
        [*common, "--now", HISTORY_NOW],
        environment,
    )
    before = _floor(place / MONTH, place)
    run = _month(
        [*saima, "month", MONTH, "--from", str(place / MONTH), "--sign-off-as", "benchmark"],
        [*common, "--now", NOW],
        environment,
    )
    after = _floor(place / MONTH, place)
    document = json.loads(run.output)
    floor = statistics.mean((before["all"], after["all"]))
    return {
        "units": plan.units,
        "files": files,
        "rows": rows,
        "seed": plan.seed,
        "error_rate": plan.error_rate,
        "state": document["state"],
        "workbooks": len(list((home / "out").rglob("*.verdict.xlsx"))),
        "seconds": run.seconds,
        "cpu_seconds": run.cpu_seconds,
        "floor_cpu_seconds": round(floor, 2),
        "floors": {name: round(statistics.mean((before[name], after[name])), 2) for name in before},
        "cpu_over_floor": round(run.cpu_seconds / floor, 2),
        "peak_mb": run.peak_mb,
        "stages": document["stages"],
        "history": {"seconds": history.seconds, "cpu_seconds": history.cpu_seconds, "peak_mb": history.peak_mb},
        "memory_mb": [mb for _, mb in run.memory[:: max(1, len(run.memory) // 20)]],
    }


def _month(command: list[str], options: list[str], environment: dict[str, str]) -> Watched:
    run = watch([*command, *options], environment)
    if run.status:
        raise SystemExit(f"{' '.join(command)} ended with {run.status}\n{run.output[-2000:]}\n{run.errors[-4000:]}")
    return run


def _floor(folder: Path, place: Path) -> dict[str, float]:
    run = watch([sys.executable, "-m", "tests.benchmarks.floors", str(folder), str(place)])
    assert run.status == 0, run.errors
    found: dict[str, float] = json.loads(run.output)
    return found


def _table(found: dict[str, Any]) -> str:
    lines = [
        f"{found['units']} units, {found['files']} files, {found['rows']} rows; {found['workbooks']} workbooks went back; {found['state']}",
        f"  month {found['seconds']:.1f} s, {found['cpu_seconds']:.1f} CPU-s = {found['cpu_over_floor']:.1f} x floor "
        f"({found['floor_cpu_seconds']:.1f} CPU-s: {found['floors']}), peak {found['peak_mb']} MB",
    ]
    lines += [f"  {s['name']:9s} {s['seconds']:8.2f} s {s.get('cpu_seconds', 0):8.2f} CPU-s" for s in found["stages"]]
    return "\n".join(lines)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=90)
    parser.add_argument("--rows", type=int, default=270, help="project rows a unit, on average")
    parser.add_argument("--error-rate", type=float, default=0.01, help="share of all rows that are wrong: 0, 0.01, 1")
    parser.add_argument("--faulty-units", type=float, default=0.3, help="share of the units that wrong rows come from")
    parser.add_argument("--skew", type=float, default=0.0, help="share of all rows that the first unit has")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--workers", type=int, help="SAIMA_WORKERS")
    parser.add_argument("--keep", type=Path, help="work in this new folder and leave it")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    plan = Plan(given.units, given.rows, given.error_rate, given.faulty_units, given.skew, given.seed)
    place = given.keep or Path(tempfile.mkdtemp(prefix="country-"))
    place.mkdir(parents=True, exist_ok=True)
    try:
        found = measure(plan, place, {"SAIMA_WORKERS": str(given.workers)} if given.workers else {})
    finally:
        if given.keep is None:
            shutil.rmtree(place)
    sys.stdout.write((json.dumps(found) if given.json else _table(found)) + "\n")


if __name__ == "__main__":
    main()
