"""What the benchmarks say is what was measured: wrong contenders are named, constants are found again, tables land between their marks."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.flow.runtime.context import load_programme
from pipelines.validate.batch_run import form_setup, plan
from tests.benchmarks import capacity, country_files, peer_process, peers, results
from tests.benchmarks.recount_rows import ERRORS, PERIOD, failing, industries, rows_of_country

BENCHMARKS = Path(results.__file__).parent


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[peer_process.Rows, dict[str, set[int]]]:
    """Six thousand rows as contenders read them, and the rows that each rule refuses."""
    folder = tmp_path_factory.mktemp("rows")
    now, before = rows_of_country(6_000)
    codes = industries(load_programme("jiaxing"))
    peers.write_rows(folder, now, before, codes)
    tables = pa.Table.from_pylist(now), pa.Table.from_pylist(before)
    wanted = {rule: {row for _, row in failing(*tables, codes, where)} for rule, where in ERRORS.items()}
    assert all(wanted.values())
    return peer_process.Rows(folder), wanted


@pytest.mark.parametrize("contender", [peer_process.duckdb, peer_process.saima, peer_process.saima_rules])
def test_contenders_refuse_the_rows_of_the_formulas(
    contender: object, rows: tuple[peer_process.Rows, dict[str, set[int]]]
) -> None:
    given, wanted = rows
    found = contender(given)  # type: ignore[operator]
    found = found() if callable(found) else found
    assert peers.differences({rule: {int(i) for i in ids} for rule, ids in found.items()}, wanted) == {}


def test_a_contender_with_other_rows_is_told_which(rows: tuple[peer_process.Rows, dict[str, set[int]]]) -> None:
    wanted = {"C05": {4, 9}, "C09": {7}}
    assert peers.differences({"C05": {4, 12}, "C09": {7}}, wanted) == {"C05": "1 missing [9], 1 too many [12]"}
    assert peers.differences({"C05": {4, 9}}, wanted) == {"C09": "1 missing [7], 0 too many []"}


def test_the_constants_that_made_the_runs_are_found_again() -> None:
    per_check = 0.004
    runs = [
        {
            "units": units,
            "rows": units * rows,
            "files": units * 2,
            "cpu_seconds": 6
            + 4e-5 * units * rows
            + 0.01 * units * 2
            + per_check * capacity.CHECKS * capacity.batches_of(units * 2),
            "main_cpu_seconds": 5 + 1e-5 * units * rows,
            "seconds": max(
                5 + 1e-5 * units * rows,
                (
                    6
                    + 4e-5 * units * rows
                    + 0.01 * units * 2
                    + per_check * capacity.CHECKS * capacity.batches_of(units * 2)
                )
                / 2,
            )
            + 1
            + 1e-3 * units * 2,
            "peak_mb": 400 + 0.001 * units * rows,
            "disk_mb": {"all": 0.02 * units * 2 + 2e-4 * units * rows},
        }
        for units, rows in ((9, 270), (90, 30), (90, 270), (300, 60), (300, 270))
    ]
    constants = capacity.fit(runs, per_check, 2)
    assert constants["cpu"] == pytest.approx([6, 4e-5, 0.01])
    assert constants["disk_mb"] == pytest.approx([0.02, 2e-4])
    told = capacity.estimate(constants, per_check, 3_400, 770_000)
    assert told["cpu_seconds"] == pytest.approx(6 + 30.8 + 34 + per_check * capacity.CHECKS * 7)
    assert told["seconds_on_2"] == pytest.approx(told["cpu_seconds"] / 2 + 1 + 3.4)
    assert told["seconds_on_8"] == pytest.approx(12.7 + 1 + 3.4), "the main process is what is waited for"
    assert told["memory_mb"] == pytest.approx(1170)


def test_the_checks_that_are_counted_are_those_of_the_two_forms() -> None:
    programme = load_programme("jiaxing")
    plans = [plan(form_setup(form, programme, PERIOD)) for form in ("project_month", "unit_month")]
    assert sum(len(one.checks) for one in plans) == capacity.CHECKS


def test_files_are_the_same_however_many_processes_make_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {}
    for name, worth in (("alone", 10**9), ("together", 0)):
        monkeypatch.setattr(country_files, "WORTH_PROCESSES", worth)
        assert country_files.write_month(country_files.Plan(10, 5), country_files.MONTH, tmp_path / name)[0] == 12
        made[name] = {f.name: (f.read_bytes(), f.stat().st_mtime) for f in (tmp_path / name).iterdir()}
    assert made["alone"] == made["together"]


def test_a_constant_is_never_below_zero() -> None:
    assert capacity.non_negative_fit([[1, 1], [1, 2], [1, 3]], [1.0, 3.0, 5.0]).min() == 0


def test_results_are_kept_and_put_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- begin peers -->\nold\n<!-- end peers -->\nafter\n")
    given = argparse.Namespace(out=tmp_path / "out", write=True, json=True)
    printed = results.publish("peers", {"rows": 3}, results.table(["a", "b"], [["x", 1_234.5]]), given, page)
    assert json.loads(printed.splitlines()[-1]) == {"rows": 3}
    assert json.loads((given.out / "peers.json").read_text()) == {"rows": 3}
    text = page.read_text()
    assert text.startswith("before\n<!-- begin peers -->\n")
    assert text.endswith("| x | 1,234 |\n<!-- end peers -->\nafter\n")
    assert "old" not in text
    assert "cores" in text
    with pytest.raises(SystemExit, match="no marks"):
        results.put_into(page, "country", "text")


def test_every_result_has_its_place_in_the_pages() -> None:
    marks = {
        name
        for page in (results.PAGE, results.CAPACITY_PAGE)
        for name in re.findall(r"<!-- begin (\w+) -->", page.read_text(encoding="utf-8"))
    }
    assert marks == {"country", "month_questions", "country_scheduler", "peers", "ten_years", "capacity"}


def test_the_short_set_ends_within_ten_minutes() -> None:
    source = (BENCHMARKS / "__main__.py").read_text(encoding="utf-8")
    limits = [int(seconds) for seconds in re.findall(r"^    \((\d+), \(", source, re.MULTILINE)]
    assert len(limits) > 5
    assert sum(limits) <= 600


@pytest.mark.parametrize(
    "name", sorted(f.stem for f in BENCHMARKS.glob("*.py") if f.stem not in ("__main__", "upload_clerks"))
)
def test_every_benchmark_still_finds_what_it_imports(name: str) -> None:
    """They are run by hand: `bench_rules` had been broken by a constant that moved."""
    assert importlib.import_module(f"tests.benchmarks.{name}").__doc__


def test_clerks_are_loaded_as_locust_loads_them(tmp_path: Path) -> None:
    """In a process of its own: Locust has gevent take the place of threads, and whoever has some already waits for ever."""
    (tmp_path / "clerks.json").write_text("[]", encoding="utf-8")
    environment = {**os.environ, "SAIMA_CLERKS": str(tmp_path / "clerks.json")}
    command = [sys.executable, "-c", "import tests.benchmarks.upload_clerks as clerks; print(clerks.Clerk.__doc__)"]
    done = subprocess.run(
        command, env=environment, cwd=BENCHMARKS.parents[1], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "workbook" in done.stdout
