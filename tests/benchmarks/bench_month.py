"""A month of many small returns in one process, stage by stage, against the floor of reading and hashing the same bytes.

usage: bench_month.py [--files N]. Synthetic returns of the permits programme's roster; prints seconds and ratios of one run."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from pipelines.flow.month.run_month import run_month
from pipelines.flow.runtime.context import open_context
from pipelines.model.periods import Period
from pipelines.settings import Settings

PROGRAMME = Path(__file__).resolve().parents[1] / "programmes" / "permits"
PERIOD = "2023-06"
ROUNDS = 5


def write_returns(folder: Path, codes: list[str]) -> None:
    arrived = datetime(2023, 7, 5, 12, tzinfo=UTC).timestamp()
    for number, code in enumerate(codes):
        rows = [
            f"{PERIOD},{code},Unit {code},permits_value,{1_500_000 + number * 977},{1_200_000 + number * 811},USD",
            f"{PERIOD},{code},Unit {code},permits_units,{20 + number % 50},{18 + number % 40},dwellings",
        ]
        file = folder / f"{code}.csv"
        file.write_text("period,unit_code,unit_name,indicator,ytd,ytd_last_year,measure\n" + "\n".join(rows) + "\n")
        os.utime(file, (arrived, arrived))


def floor_seconds(folder: Path) -> float:
    started = time.perf_counter()
    for _ in range(ROUNDS):
        for file in folder.iterdir():
            hashlib.sha256(file.read_bytes()).hexdigest()
    return (time.perf_counter() - started) / ROUNDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2200)
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as place:
        home, folder = Path(place) / "home", Path(place) / "in"
        folder.mkdir()
        context = open_context(Settings(home=home), str(PROGRAMME))
        codes = [u.code for u in context.programme.roster.ranked_at(Period.parse(PERIOD))][:files]
        write_returns(folder, codes)
        import pipelines.validate.engine  # noqa: F401  # Great Expectations is paid once, outside the clock

        floor = floor_seconds(folder)
        started = time.perf_counter()
        run = run_month(context, Period.parse(PERIOD), datetime(2023, 8, 1, tzinfo=UTC), folder, sign_off_as="bench")
        total = time.perf_counter() - started
        context.warehouse.close()
    assert run.state == "published" and run.units["received"] == len(codes), run.reason
    lines = [f"{len(codes)} files; floor (read + sha256) {floor:.3f} s; month {total:.2f} s"]
    lines += [
        f"  {name:9s} {seconds:7.2f} s  {seconds / floor:7.1f} x floor" for name, seconds in run.watch.seconds.items()
    ]
    lines.append(
        f"  {'all':9s} {total:7.2f} s  {total / floor:7.1f} x floor; peak {run.document()['peak_rss_mb']:.0f} MB"
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
