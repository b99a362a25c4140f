"""What a month will cost: t = a + b·rows + c·files + d·checks·batches in CPU seconds, fitted to country months of several sizes.

    python -m tests.benchmarks.capacity                              # runs the sizes, one after the other, then fits
    python -m tests.benchmarks.capacity --runs runs.jsonl            # fits runs that `country --json` printed before, runs none
    python -m tests.benchmarks.capacity --with var/benchmarks/country.json --write    # this run too; table into docker/README.md

`d` is measured here: the price of a check in a batch apart from its rows. Memory and disk are fitted as p + q·rows and r·files + s·rows.
Wall clock on n cores = the main process, which validates and loads while its workers read and answer, or all of it / n where that is more,
and what is waited for beside (w + v·files, of the measured runs). Prints constants, residuals, and a table for 9, 90, 2,850 and 40,000
units of 270 rows."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from expectations.catalogue import RULES
from pipelines.settings import Settings
from pipelines.validate.rows import gx_run

from .country import measure
from .country_files import Plan
from .results import CAPACITY_PAGE, add_options, publish, table

SIZES = (9, 90, 2_850, 40_000)
ROWS = 270
FILES_A_UNIT = 1.2
CHECKS = 120
"""Of project_month and unit_month together."""
SESSION = ((9, 270), (90, 30), (90, 270), (300, 60), (300, 270))
"""(units, rows a unit): rows and files vary apart from each other."""
CORES = (2, 8)


def check_seconds() -> float:
    """CPU seconds of one more check on a thousand rows."""
    rule = RULES["C05"]
    amounts = pd.array(range(1_000), dtype="Int64")
    frame = pd.DataFrame({"cum_total": amounts, "ytd": amounts})

    def run(count: int) -> float:
        checks = [(rule, replace(rule.checks[0], id=f"C05.{n}")) for n in range(count)]
        started = time.process_time()
        gx_run.run(checks, frame)
        return time.process_time() - started

    run(2)  # Great Expectations is imported
    return min((run(60) - run(20)) / 40 for _ in range(3))


def batches_of(files: int) -> int:
    """Batches that a month of so many files is cut into."""
    return -(-files // Settings().batch_files)


def non_negative_fit(given: Sequence[Sequence[float]], wanted: Sequence[float]) -> np.ndarray:
    """Least squares of the relative error, no constant below zero."""
    target = np.maximum(np.array(wanted, dtype=float), 1e-9)
    columns = np.array(given, dtype=float) / target[:, None]
    kept = list(range(columns.shape[1]))
    found = np.zeros(columns.shape[1])
    while kept:
        found[:] = 0
        found[kept] = np.linalg.lstsq(columns[:, kept], np.ones(len(target)), rcond=None)[0]
        if (found >= 0).all():
            break
        kept.remove(int(found.argmin()))
    return found


def fit(runs: Sequence[dict[str, Any]], per_check: float, cores: int) -> dict[str, list[float]]:
    """Constants by name: `cpu` (a, b, c), `main` (the same of the main process), `waits` (w, v), `memory_mb` (p, q), `disk_mb` (r, s)."""
    shape = [[1.0, run["rows"], run["files"]] for run in runs]
    checks = [per_check * CHECKS * batches_of(run["files"]) for run in runs]
    return {
        "cpu": non_negative_fit(shape, [r["cpu_seconds"] - d for r, d in zip(runs, checks, strict=True)]).tolist(),
        "main": non_negative_fit(shape, [r["main_cpu_seconds"] for r in runs]).tolist(),
        "waits": non_negative_fit(
            [[1.0, r["files"]] for r in runs],
            [r["seconds"] - _busy(r["main_cpu_seconds"], r["cpu_seconds"], cores) for r in runs],
        ).tolist(),
        "memory_mb": non_negative_fit([[1.0, r["rows"]] for r in runs], [r["peak_mb"] for r in runs]).tolist(),
        "disk_mb": non_negative_fit(
            [[r["files"], r["rows"]] for r in runs], [r["disk_mb"]["all"] for r in runs]
        ).tolist(),
    }


def _busy(main: float, cpu: float, cores: int) -> float:
    """Seconds in which the main process, or all cores, have something to do."""
    return max(main, cpu / cores)


def estimate(constants: dict[str, list[float]], per_check: float, files: int, rows: int) -> dict[str, float]:
    """What a month of this size costs: CPU seconds, seconds on n cores, MB of memory and disk."""
    shape = (1.0, rows, files)
    cpu = float(np.dot(constants["cpu"], shape)) + per_check * CHECKS * batches_of(files)
    alone = min(cpu, float(np.dot(constants["main"], shape)))
    waits = float(np.dot(constants["waits"], (1.0, files)))
    return {
        "cpu_seconds": cpu,
        **{f"seconds_on_{n}": _busy(alone, cpu, n) + waits for n in CORES},
        "memory_mb": float(np.dot(constants["memory_mb"], (1.0, rows))),
        "disk_mb": float(np.dot(constants["disk_mb"], (files, rows))),
    }


def session(sizes: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Country months of these sizes, one after the other."""
    found = []
    for units, rows in sizes:
        place = Path(tempfile.mkdtemp(prefix="capacity-"))
        try:
            found.append(measure(Plan(units, rows), place, {}))
        finally:
            shutil.rmtree(place)
        sys.stderr.write(f"{units} units of {rows} rows: {found[-1]['cpu_seconds']} CPU-s\n")
    return found


def markdown(found: dict[str, Any]) -> str:
    """Constants, residuals, and the table of sizes."""
    a, b, c = found["constants"]["cpu"]
    d = found["per_check"]
    p, q = found["constants"]["memory_mb"]
    measured = [
        [r["units"], r["files"], r["rows"], r["measured"], r["fitted"], f"{r['fitted'] / r['measured'] - 1:+.0%}", r["seconds"], r["estimated_seconds"], r["peak_mb"]]
        for r in found["runs"]
    ]  # fmt: skip
    sizes = [
        [s["units"], s["files"], s["rows"], s["cpu_seconds"], *(s[f"seconds_on_{n}"] for n in CORES), s["memory_mb"] / 1000, s["disk_mb"] / 1000]
        for s in found["sizes"]
    ]  # fmt: skip
    return "\n\n".join(
        [
            f"`t = {a:.1f} + {b * 1e6:.0f}e-6 · rows + {c * 1e3:.1f}e-3 · files + {d * 1e3:.2f}e-3 · checks · batches` CPU seconds "
            f"({CHECKS} checks, a batch of {Settings().batch_files} files); memory `{p:,.0f} MB + {q * 1e3:.2f} MB · rows/1000`.",
            "Measured, and what the fit says of the same months:",
            table(
                [
                    "units",
                    "files",
                    "rows",
                    "CPU-s",
                    "fitted",
                    "off",
                    "s",
                    f"s estimated on {found['cores']}",
                    "peak MB",
                ],
                measured,
            ),
            "A month of 270 rows a unit (the sizes beyond the measured ones are extrapolated):",
            table(
                [
                    "units",
                    "files",
                    "rows",
                    "CPU-s",
                    *(f"s on {n} cores" for n in CORES),
                    "memory GB",
                    "disk GB a month",
                ],
                sizes,
            ),
        ]
    )


def result(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The fit of these runs as a document."""
    per_check = check_seconds()
    cores = os.cpu_count() or 1
    constants = fit(runs, per_check, cores)
    told = []
    for run in runs:
        fitted = estimate(constants, per_check, run["files"], run["rows"])
        told.append(
            {
                **{name: run[name] for name in ("units", "files", "rows", "seconds", "peak_mb")},
                "measured": run["cpu_seconds"],
                "fitted": round(fitted["cpu_seconds"], 2),
                "estimated_seconds": round(
                    _busy(run["main_cpu_seconds"], run["cpu_seconds"], cores)
                    + float(np.dot(constants["waits"], (1.0, run["files"]))),
                    2,
                ),
            }
        )
    sizes = [
        {
            "units": units,
            "files": (files := round(units * FILES_A_UNIT)),
            "rows": units * ROWS,
            **{k: round(v, 1) for k, v in estimate(constants, per_check, files, units * ROWS).items()},
        }
        for units in SIZES
    ]
    return {"per_check": per_check, "cores": cores, "constants": constants, "runs": told, "sizes": sizes}


def read_runs(file: Path) -> list[dict[str, Any]]:
    """Runs that `country` printed or kept, one a line."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("{")]


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, help="fit these runs of `country --json` and run none")
    parser.add_argument("--with", dest="more", type=Path, action="append", default=[], help="take these runs in too")
    parser.add_argument("--short", action="store_true", help="the smallest three sizes alone")
    add_options(parser)
    given = parser.parse_args()
    runs = read_runs(given.runs) if given.runs else session(SESSION[:3] if given.short else SESSION)
    runs += [run for file in given.more for run in read_runs(file)]
    if len(runs) < 3:
        raise SystemExit(f"{len(runs)} runs: three constants need three at least")
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "capacity_runs.jsonl").write_text("".join(json.dumps(run) + "\n" for run in runs), encoding="utf-8")
    found = result(runs)
    sys.stdout.write(publish("capacity", found, markdown(found), given, CAPACITY_PAGE))


if __name__ == "__main__":
    main()
