"""The same ten row rules by Saima and by other validators, over the same rows, taking turns beside a floor.

    python -m tests.benchmarks.peers --install       # polars, pandera and pointblank into an environment of their own (var/)
    python -m tests.benchmarks.peers --json

Every contender runs in a process of its own and gives the row numbers that each rule refuses; who gives others than DuckDB finds by the
formulas (`recount_rows`) is disqualified by name. Each turn is timed beside the floor (the rows written as Parquet and read again);
CPU seconds, median of the ratios. Great Expectations, pandera and pointblank get columns that were worked out for them (differences,
multiples), which is inside the clock; amounts come to the others as whole numbers, to Saima as exact decimals."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.catalogue import rules_of
from pipelines.flow.runtime.context import load_programme

from .peer_process import CONTENDERS
from .recount_rows import ERRORS, FORM, PERIOD, ROWS, ProjectRow, failing, industries, rows_of_country
from .results import REPOSITORY, add_options, chart, publish, table

ENVIRONMENT = REPOSITORY / "var" / "benchmark-peers"
PACKAGES = ("polars==2.1.0", "pandera==0.35.0", "pointblank==1.1.1", "pandas==3.1.1", "pyarrow==26.0.1")
ELSEWHERE = ("polars", "pandera", "pointblank")
"""Not in the development lock: they run in the environment of their own."""
LABELS = {
    "saima": "Saima, all rules of the form with findings and verdicts",
    "saima_rules": "Saima, these ten rules alone",
    "great_expectations": "Great Expectations as documented",
}


class Contender:
    """A process that checks the rows when asked to."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        python = ENVIRONMENT / "bin" / "python" if name in ELSEWHERE else Path(sys.executable)
        script = Path(__file__).with_name("peer_process.py")
        self.absent = "" if python.exists() else "not installed (--install)"
        self.turns: list[dict[str, float]] = []
        self.ratios: list[float] = []
        if self.absent:
            return
        with (folder / f"{name}.err").open("wb") as errors:
            self._process = subprocess.Popen(
                [str(python), str(script), name, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=REPOSITORY,
                env={
                    "PYTHONPATH": str(REPOSITORY),
                    "POLARS_MAX_THREADS": "2",
                    "PATH": "/usr/bin:/bin",
                    "HOME": str(folder),
                },
            )
        first = self._answer()
        if first is None:
            lines = (folder / f"{name}.err").read_text().strip().splitlines()
            missing = [line for line in lines if "ModuleNotFoundError" in line]
            self.absent = "not installed (--install)" if missing else f"failed: {lines[-1] if lines else 'no answer'}"
            return
        self.version = first["version"]
        self.ids = {rule: set(own) for rule, own in json.loads((folder / f"{name}.json").read_text()).items()}

    def turn(self) -> dict[str, float]:
        """Check the rows once."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()
        answer = self._answer()
        if answer is None:
            raise SystemExit(f"{self.name} died")
        return answer

    def close(self) -> None:
        if not hasattr(self, "_process"):
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(b"{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        return None


def write_rows(folder: Path, now: list[ProjectRow], before: list[ProjectRow], codes: Sequence[str]) -> None:
    """The rows as every contender reads them."""
    pq.write_table(pa.Table.from_pylist(now), folder / "now.parquet")
    pq.write_table(pa.Table.from_pylist(before), folder / "past.parquet")
    (folder / "codes.json").write_text(json.dumps(list(codes)))


def differences(found: dict[str, set[int]], wanted: dict[str, set[int]]) -> dict[str, str]:
    """Rule → how the rows found differ from those of the formula; empty for a contender who is right."""
    wrong = {}
    for rule, ids in wanted.items():
        own = found.get(rule, set())
        if own != ids:
            missing, more = sorted(ids - own), sorted(own - ids)
            wrong[rule] = f"{len(missing)} missing {missing[:3]}, {len(more)} too many {more[:3]}"
    return wrong


def measure(rows: int, rounds: int, seed: int, names: Sequence[str], error_rate: float = 0.02) -> dict[str, Any]:
    """One session: everybody answers first, then the turns of those who are right."""
    programme = load_programme("jiaxing")
    now, before = rows_of_country(rows, error_rate)
    codes = industries(programme)
    wanted = {
        rule: {row for _, row in failing(pa.Table.from_pylist(now), pa.Table.from_pylist(before), codes, where)}
        for rule, where in ERRORS.items()
    }
    with tempfile.TemporaryDirectory(prefix="peers-") as place:
        folder = Path(place)
        write_rows(folder, now, before, codes)
        floor = Contender("floor", folder)
        contenders = [Contender(name, folder) for name in names]
        wrong = {c.name: differences(c.ids, wanted) for c in contenders if not c.absent}
        right = [c for c in contenders if not c.absent and not wrong[c.name]]
        order = random.Random(seed)
        for _ in range(rounds):
            for contender in order.sample(right, len(right)):
                beside = floor.turn()
                took = contender.turn()
                contender.turns.append(took)
                contender.ratios.append(took["cpu_seconds"] / max(beside["cpu_seconds"], 1e-4))
                floor.turns.append(beside)
        for contender in (floor, *contenders):
            contender.close()
    return {
        "rows": rows,
        "error_rate": error_rate,
        "rounds": rounds,
        "rules_of_the_form": len(rules_of(FORM, PERIOD)),
        "bad_rows": {rule: len(ids) for rule, ids in wanted.items()},
        "floor_cpu_seconds": round(statistics.median(t["cpu_seconds"] for t in floor.turns), 4),
        "contenders": [_figures(c, wrong.get(c.name, {})) for c in contenders],
    }


def _figures(contender: Contender, wrong: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": contender.name}
    if contender.absent:
        return {**found, "state": contender.absent}
    found["version"] = contender.version
    if wrong:
        return {**found, "state": "disqualified: other rows", "differences": wrong}
    middle = {key: statistics.median(t[key] for t in contender.turns) for key in ("cpu_seconds", "seconds")}
    return {
        **found,
        "state": "same rows",
        "cpu_seconds": round(middle["cpu_seconds"], 4),
        "seconds": round(middle["seconds"], 4),
        "over_floor": round(statistics.median(contender.ratios), 2),
        "over_floor_range": [round(min(contender.ratios), 2), round(max(contender.ratios), 2)],
        "peak_mb": round(max(t["peak_mb"] for t in contender.turns)),
    }


def markdown(found: dict[str, Any]) -> str:
    """The table, fastest first, and the chart."""
    ran = sorted((c for c in found["contenders"] if "over_floor" in c), key=lambda c: float(c["over_floor"]))
    rows = [
        [
            LABELS.get(c["name"], c["name"]) + (f" {c['version']}" if c["version"] else ""),
            c["cpu_seconds"],
            c["over_floor"],
            "–".join(map(str, c["over_floor_range"])),
            c["peak_mb"],
        ]
        for c in ran
    ]
    head = f"{found['rows']:,} rows, {found['error_rate']:.0%} spoilt, ten row rules (the form has {found['rules_of_the_form']} in all), {found['rounds']} rounds; floor {found['floor_cpu_seconds']:.3f} CPU-s (Parquet written and read)."
    parts = [head, table(["validator", "CPU-s", "x floor", "range", "peak MB"], rows)] if rows else [head]
    others = [
        f"- {c['name']}: {c['state']} {c.get('differences', '')}".rstrip() for c in found["contenders"] if c not in ran
    ]
    if others:
        parts.append("\n".join(others))
    if ran:
        parts.append(chart({c["name"]: float(c["over_floor"]) for c in ran}, "x floor"))
    return "\n\n".join(parts)


def install() -> None:
    """The peers' own environment, by the uv of this one."""
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT)], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", str(ENVIRONMENT / "bin" / "python"), *PACKAGES], check=True
    )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--install", action="store_true", help="install the peers that the lock does not have, then stop"
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument(
        "--error-rate", type=float, default=0.02, help="share of the rows that are wrong or nearly: 0 to 1"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=14)
    everybody = [name for name in CONTENDERS if name != "floor"]
    parser.add_argument("--only", nargs="*", default=everybody, choices=everybody)
    add_options(parser)
    given = parser.parse_args()
    if given.install:
        install()
        return
    found = measure(given.rows, given.rounds, given.seed, given.only, given.error_rate)
    sys.stdout.write(publish("peers", found, markdown(found), given))


if __name__ == "__main__":
    main()
