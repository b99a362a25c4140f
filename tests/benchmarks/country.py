"""A country month through `saima month`, beside the floor of the same files, in one run.

    python -m tests.benchmarks.country --units 300 --json
    python -m tests.benchmarks.country --units 2850 --keep DIR      # files, home and outputs stay
    python -m tests.benchmarks.country --units 90 --all-rows 100000 --skew 0.3 --error-rate 1
    python -m tests.benchmarks.country --units 300 --database postgresql      # or sqlite, or the address of an empty database

Files are made from a seed (`country_files`): the month before goes in as history, then the month itself from first file to published
edition and answers. CPU seconds are those of the whole process tree, so a busy machine changes them little; the floor is timed before
and after the month. Then, of the same files, what stands beside that floor (fastexcel for calamine, COPY into PostgreSQL), and the
textbook stack on a sample (`textbook`). Prints a table, or with --json one object on the last line; both are kept (`results`)."""

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
from .database_server import NO_SERVER, Server, database_server
from .process_tree import Watched, watch
from .results import add_options, chart, publish, table

HISTORY_NOW = "2026-06-20T09:00:00+08:00"


PARTS_OF_HOME = ("raw", "lake", "warehouse.db", "out", "editions")


def measure(
    plan: Plan, place: Path, environment: dict[str, str], textbook: int = 0, server: Server = NO_SERVER
) -> dict[str, Any]:
    """Make the files, load the history, run the month between two measurements of the floor; `textbook`: files of its sample. What
    a server of its own burns meanwhile is told apart: its processes are no children of the command."""
    programme = write_programme(plan, place / "programme")
    write_month(plan, HISTORY, place / HISTORY)
    files, rows = write_month(plan, MONTH, place / MONTH)
    home = place / "home"
    # compiled modules are kept, as in any installation, wherever the benchmark itself may not write them
    environment = {
        **environment,
        **server.environment,
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(place / "pyc"),
    }
    saima = [sys.executable, "-m", "pipelines.cli.app"]
    common = ["--home", str(home), "--json"]
    history = _month(
        [*saima, "month", HISTORY, "--from", str(place / HISTORY), "--history", "--programme", str(programme)],
        [*common, "--now", HISTORY_NOW],
        environment,
    )
    before = _floor(place / MONTH, place)
    stood = {**disk_mb(home), **server.sizes_mb()}
    served = server.cpu_seconds()
    run = _month(
        [*saima, "month", MONTH, "--from", str(place / MONTH), "--sign-off-as", "benchmark"],
        [*common, "--now", NOW],
        environment,
    )
    served = server.cpu_seconds() - served
    stands = {**disk_mb(home), **server.sizes_mb()}
    after = _floor(place / MONTH, place)
    grown = {name: round(mb - stood.get(name, 0.0), 2) for name, mb in stands.items()}
    document = json.loads(run.output)
    beside = _answer("tests.benchmarks.floors", str(place / MONTH), str(place), "more")
    sample = _answer("tests.benchmarks.textbook", str(place / MONTH), str(home), str(textbook)) if textbook else None
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
        "main_cpu_seconds": run.main_cpu_seconds,
        "database": server.kind,
        "server_cpu_seconds": round(served, 2),
        "floor_cpu_seconds": round(floor, 2),
        "floors": {name: round(statistics.mean((before[name], after[name])), 2) for name in before},
        "cpu_over_floor": round(run.cpu_seconds / floor, 2),
        "peak_mb": run.peak_mb,
        "beside_floor": beside,
        "textbook": sample,
        "disk_mb": grown,
        "stages": document["stages"],
        "history": {"seconds": history.seconds, "cpu_seconds": history.cpu_seconds, "peak_mb": history.peak_mb},
        "memory_mb": [mb for _, mb in run.memory[:: max(1, len(run.memory) // 20)]],
    }


def _month(command: list[str], options: list[str], environment: dict[str, str]) -> Watched:
    run = watch([*command, *options], environment)
    if run.status not in (0, 1):  # 1: a month that stays open, as one may in which every row is wrong
        raise SystemExit(f"{' '.join(command)} ended with {run.status}\n{run.output[-2000:]}\n{run.errors[-4000:]}")
    return run


def disk_mb(home: Path) -> dict[str, float]:
    """Size of the home by part, `all` in the end."""
    sizes = {path: path.stat().st_size / 1e6 for path in home.rglob("*") if path.is_file()}
    found = {
        name: sum(mb for path, mb in sizes.items() if path.relative_to(home).parts[0].removesuffix("-wal") == name)
        for name in PARTS_OF_HOME
    }
    return {**found, "all": sum(sizes.values())}


def _floor(folder: Path, place: Path) -> dict[str, float]:
    return _answer("tests.benchmarks.floors", str(folder), str(place))


def _answer(module: str, *arguments: str) -> dict[str, Any]:
    run = watch([sys.executable, "-m", module, *arguments])
    if run.status:
        raise SystemExit(f"{module} ended with {run.status}\n{run.errors[-4000:]}")
    found: dict[str, Any] = json.loads(run.output.splitlines()[-1])
    return found


def markdown(found: dict[str, Any]) -> str:
    """Tables and chart of a run."""
    floor, files = found["floor_cpu_seconds"], found["files"]
    parts = [
        f"{found['units']:,} units, {files:,} files, {found['rows']:,} rows, {found['error_rate']:.0%} wrong; "
        f"{found['workbooks']:,} workbooks went back; {found['state']}. Month: **{found['seconds']:.1f} s, {found['cpu_seconds']:.1f} CPU-s "
        f"= {found['cpu_over_floor']:.1f} x the floor**, peak {found['peak_mb']:,} MB, disk {found['disk_mb']['all']:,.1f} MB. "
        f"Database: {found['database']}, its server {found['server_cpu_seconds']:.1f} CPU-s.",
        table(["part", "MB grown"], [[name, float(mb)] for name, mb in found["disk_mb"].items()]),
        table(
            ["stage", "s", "CPU-s", "x floor"],
            [
                [s["name"], float(s["seconds"]), float(s["cpu_seconds"]), s["cpu_seconds"] / floor]
                for s in found["stages"]
            ],
        ),
    ]
    floors = {**found["floors"], **{f"{name} (beside)": cpu for name, cpu in found["beside_floor"].items()}}
    parts.append(table(["floor", "CPU-s"], [[name, float(cpu)] for name, cpu in floors.items()]))
    sample = found["textbook"]
    if sample:
        ours, theirs = found["cpu_seconds"] / files, sample["cpu_seconds"] / max(sample["files"], 1)
        parts.append(
            f"Textbook stack (pandas.read_excel, a checkpoint a file, to_sql; six rules, nothing goes back) on {sample['files']} of the "
            f"workbooks: {theirs:.3f} CPU-s a file, {sample['state']} ({sample['bad_rows']} bad rows) {sample['differences'] or ''}. "
            f"Saima's whole month: {ours:.3f} CPU-s a file; textbook / Saima = **{theirs / ours:.1f}**."
        )
        parts.append(
            chart(
                {"floor": floor / files, "Saima, whole month": ours, "textbook, checks alone": theirs}, "CPU-s a file"
            )
        )
    memory = found["memory_mb"]
    parts.append("Memory over time (MB): " + " ".join(map(str, memory)))
    return "\n\n".join(parts)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=90)
    parser.add_argument("--rows", type=int, default=270, help="project rows a unit, on average")
    parser.add_argument("--all-rows", type=int, help="project rows of all units together, instead of --rows")
    parser.add_argument("--error-rate", type=float, default=0.01, help="share of all rows that are wrong: 0, 0.01, 1")
    parser.add_argument("--faulty-units", type=float, default=0.3, help="share of the units that wrong rows come from")
    parser.add_argument("--skew", type=float, default=0.0, help="share of all rows that the first unit has")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--workers", type=int, help="SAIMA_WORKERS")
    parser.add_argument(
        "--database",
        default="sqlite",
        help="sqlite; postgresql: a server that is started for the run; or postgresql+psycopg://… of an empty database",
    )
    parser.add_argument("--keep", type=Path, help="work in this new folder and leave it")
    parser.add_argument("--textbook", type=int, default=0, help="workbooks that the textbook stack does too")
    parser.add_argument("--name", default="country", help="of the result's files")
    add_options(parser)
    given = parser.parse_args()
    rows = given.rows if given.all_rows is None else max(2, given.all_rows // given.units)
    plan = Plan(given.units, rows, given.error_rate, given.faulty_units, given.skew, given.seed)
    place = given.keep or Path(tempfile.mkdtemp(prefix="country-"))
    place.mkdir(parents=True, exist_ok=True)
    try:
        workers = {"SAIMA_WORKERS": str(given.workers)} if given.workers else {}
        with database_server(given.database, place) as server:
            found = measure(plan, place, workers, given.textbook, server)
    finally:
        if given.keep is None:
            shutil.rmtree(place)
    sys.stdout.write(publish(given.name, found, markdown(found), given))


if __name__ == "__main__":
    main()
