"""`make bench`: the short set, each command with its limit of seconds, at most ten minutes together. Each
prints ratios of things timed in one run; what ran out of time is said and ends the set with 1."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
SHORT: tuple[tuple[int, tuple[str, ...]], ...] = (
    (150, ("-m", "tests.benchmarks.country", "--units", "90", "--textbook", "10", "--name", "country_short")),
    (90, ("-m", "tests.benchmarks.peers", "--rounds", "3")),
    (60, (str(FOLDER / "bench_reading.py"), "--files", "300", "--rounds", "1")),
    (60, (str(FOLDER / "bench_rules.py"), "--units", "300")),
    (60, (str(FOLDER / "bench_dispatch.py"), "--units", "300")),
    (60, (str(FOLDER / "bench_month.py"), "--files", "500")),
    (120, ("-m", "tests.benchmarks.ten_years", "--rows", "500000", "--units", "30", "--name", "ten_years_short")),
)
"""(limit of seconds, arguments of Python)."""


def run(arguments: tuple[str, ...], limit: int) -> bool:
    """Whether the command ended well and in time."""
    sys.stdout.write(f"== {' '.join(arguments)}\n")
    sys.stdout.flush()
    process = subprocess.Popen([sys.executable, *arguments], cwd=FOLDER.parents[1], start_new_session=True)
    try:
        status = process.wait(limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)  # what it works in is removed on the way out
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        sys.stdout.write(f"   stopped after {limit} s\n")
        return False
    if status:
        sys.stdout.write(f"   ended with {status}\n")
    return status == 0


if __name__ == "__main__":
    ended = [run(arguments, limit) for limit, arguments in SHORT]
    sys.exit(0 if all(ended) else 1)
