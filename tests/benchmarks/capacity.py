"""What a month will cost: t = a + b·rows + c·files + d·checks·batches in CPU seconds, fitted to runs of `country`.

    python -m tests.benchmarks.country --units 90 --json >> runs.jsonl      # several sizes, and several --rows
    python -m tests.benchmarks.capacity runs.jsonl

`d` is measured here: the price of a check in a batch apart from its rows. Prints the constants and a table for 9, 90, 2,850 and 40,000
units of 270 rows."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from expectations.catalogue import RULES
from pipelines.settings import Settings
from pipelines.validate.rows import gx_run

SIZES = (9, 90, 2_850, 40_000)
ROWS = 270
FILES_A_UNIT = 1.2
CHECKS = 116
"""Of project_month and unit_month together."""
PARALLEL = 1.7
"""CPU seconds spent in a second of a run on two cores: two readers beside one who validates and loads."""


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


def fit(runs: list[dict[str, Any]], per_check: float) -> np.ndarray:
    """(a, b, c): least squares of relative error, none below zero."""
    batches = np.array([-(-run["files"] // Settings().batch_files) for run in runs])
    cost = np.array([run["cpu_seconds"] for run in runs]) - per_check * CHECKS * batches
    given = np.array([[1.0, run["rows"], run["files"]] for run in runs]) / cost[:, None]
    kept = [0, 1, 2]
    found = np.zeros(3)
    while kept:
        found[:] = 0
        found[kept] = np.linalg.lstsq(given[:, kept], np.ones(len(runs)), rcond=None)[0]
        if (found >= 0).all():
            break
        kept.remove(int(found.argmin()))
    return found


def main() -> None:
    """See the module."""
    runs = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines() if line.strip()]
    d = check_seconds()
    a, b, c = fit(runs, d)
    print(
        f"t = {a:.1f} + {b * 1e6:.0f}e-6 · rows + {c * 1e3:.1f}e-3 · files + {d * 1e3:.1f}e-3 · checks · batches   (CPU seconds)"
    )
    for run in runs:
        batches = -(-run["files"] // Settings().batch_files)
        told = a + b * run["rows"] + c * run["files"] + d * CHECKS * batches
        print(
            f"  {run['units']:6d} units, {run['rows']:7d} rows: {run['cpu_seconds']:7.1f} measured, {told:7.1f} fitted, peak {run['peak_mb']} MB"
        )
    for units in SIZES:
        files = round(units * FILES_A_UNIT)
        told = a + b * units * ROWS + c * files + d * CHECKS * -(-files // Settings().batch_files)
        print(f"| {units:,} | {files:,} | {units * ROWS:,} | {told:,.0f} | {told / PARALLEL:,.0f} |")


if __name__ == "__main__":
    main()
