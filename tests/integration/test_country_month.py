"""A country in small through `run_month`: the same bytes however many workers, answers written from memory equal to those written
from the lake and the archive, and a number of runs, commits and transactions that batches decide, not units."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_feedback
from pipelines.flow.intake.batches import in_batches
from pipelines.flow.month.run_month import MonthRun, run_month
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.runtime.reader_pool import Reader
from pipelines.flow.upkeep.lake_location import locate_lake
from pipelines.model.periods import Period
from pipelines.settings import Settings
from pipelines.validate.rows import gx_run
from pipelines.warehouse.db.database import Database
from pipelines.warehouse.facade import Warehouse
from pipelines.warehouse.lake.lake import Lake
from pipelines.warehouse.lake.snapshot_commit import read_committed_snapshots
from tests.benchmarks import lake_queries, years_home
from tests.benchmarks.country_files import ARRIVED, HISTORY, MONTH, NOW, Plan, write_month, write_programme

pytestmark = pytest.mark.slow
BATCH = 9


def files_of(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert found
    return found


def stored_rows(context: Context) -> dict[str, pa.Table]:
    """Committed rows of every lake table, in an order of their own."""
    with context.warehouse.database.read() as connection:
        pins = read_committed_snapshots(connection)
    found = {}
    for name in pins:
        rows = context.warehouse.lake.read(name, pins)
        found[name] = rows.sort_by([(column, "ascending") for column in rows.column_names])
    return found


def assert_same_rows(one: pa.Table, other: pa.Table) -> None:
    """The same projects with the same figures, whichever month they stand in."""
    names = ["unit_code", "row_no", "project_code", "ytd"]
    order = [(name, "ascending") for name in names]
    assert one.num_rows > 0
    assert one.select(names).sort_by(order).equals(other.select(names).sort_by(order))


def month_of(place: Path, home: Path, workers: int, batch: int = BATCH) -> tuple[Context, MonthRun]:
    context = open_context(Settings(home=home, workers=workers, batch_files=batch), str(place / "programme"))
    return context, run_month(
        context, Period.parse(MONTH), datetime.fromisoformat(NOW), place / MONTH, sign_off_as="test"
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of twelve units, and a home with the month before."""
    folder = tmp_path_factory.mktemp("country")
    plan = Plan(12, rows=30, error_rate=0.06, faulty_units=1.0)
    write_programme(plan, folder / "programme")
    write_month(plan, HISTORY, folder / HISTORY)
    assert write_month(plan, MONTH, folder / MONTH)[0] > BATCH
    context = open_context(Settings(home=folder / "history", workers=2), str(folder / "programme"))
    run_month(context, Period.parse(HISTORY), datetime(2026, 6, 20).astimezone(), folder / HISTORY, history=True)
    context.warehouse.close()
    return folder


def note_calls(patch: pytest.MonkeyPatch, owner: type, name: str, steps: list[str]) -> None:
    real = getattr(owner, name)

    def noting(*args: object, **kwargs: object) -> object:
        steps.append(name)
        return real(*args, **kwargs)

    patch.setattr(owner, name, noting)


@pytest.fixture(scope="module")
def steps() -> list[str]:
    """What the month with two workers asked of its reader processes and of the warehouse, in order."""
    return []


@pytest.fixture(scope="module")
def homes(place: Path, steps: list[str]) -> Iterator[dict[int, Context]]:
    found = {}
    for workers in (1, 2, 8):
        home = place / f"home{workers}"
        shutil.copytree(place / "history", home)
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in (
                (Reader, "start"),
                (Warehouse, "load"),
                (Reader, "start_answers"),
                (Reader, "finish_answers"),
            ):
                note_calls(patch, owner, name, steps if workers == 2 else [])
            context, run = month_of(place, home, workers)
        assert run.state != "open", run.reason
        assert run.feedback.workbooks > BATCH
        assert not run.feedback.failures
        found[workers] = context
    yield found
    for context in found.values():
        context.warehouse.close()


@pytest.mark.parametrize("workers", [2, 8])
def test_answers_and_edition_do_not_depend_on_the_number_of_workers(homes: dict[int, Context], workers: int) -> None:
    one, other = homes[1].settings, homes[workers].settings
    assert files_of(other.out) == files_of(one.out)
    assert files_of(other.editions) == files_of(one.editions)


@pytest.mark.parametrize("workers", [2, 8])
def test_rows_of_lake_and_ledger_do_not_depend_on_the_number_of_workers(
    homes: dict[int, Context], workers: int
) -> None:
    one, other = (stored_rows(homes[n]) for n in (1, workers))
    assert one["fact_project_month"].num_rows > BATCH
    assert one["findings"].num_rows > BATCH
    assert other.keys() == one.keys()
    assert [name for name, rows in one.items() if not rows.equals(other[name])] == []


def test_reader_processes_work_while_a_batch_is_validated_and_loaded(
    homes: dict[int, Context], steps: list[str]
) -> None:
    """The next files are read, and the answers of the last written, beside the validation of a batch."""
    assert homes
    assert steps[:3] == ["start", "start", "load"]
    answered = [n for n, name in enumerate(steps) if name == "start_answers"]
    finished = [n for n, name in enumerate(steps) if name == "finish_answers"]
    assert len(answered) == len(finished) > 0
    assert "load" in steps[answered[0] : finished[0]]


def test_tasks_of_airflow_are_batches_and_not_units(place: Path, tmp_path: Path) -> None:
    """What `collect_submissions` maps `process_batch` over."""
    context = open_context(Settings(home=tmp_path / "home", batch_files=BATCH), str(place / "programme"))
    collected = collect(context, datetime.fromisoformat(NOW), place / MONTH)
    files = len(list((place / MONTH).iterdir()))
    assert collected.receipts
    batches = in_batches(context)
    context.warehouse.close()
    assert [len(batch) for batch in batches] == [BATCH] * (files // BATCH) + [files % BATCH][: files % BATCH]


def test_answers_written_again_from_lake_and_archive_are_the_same(homes: dict[int, Context]) -> None:
    context = homes[2]
    before = files_of(context.settings.out)
    shutil.rmtree(context.settings.out)
    written = write_feedback(context, [r.receipt.receipt_id for r in context.warehouse.receipts()])
    assert written.receipts > BATCH
    assert files_of(context.settings.out) == before


def test_work_grows_with_batches_and_not_with_units(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: Counter[str] = Counter()
    for owner, name in ((gx_run, "validate"), (Lake, "replace"), (Database, "write"), (Database, "read")):
        real = getattr(owner, name)

        def counting(*args: object, real: object = real, name: str = name, **kwargs: object) -> object:
            counted[name] += 1
            return real(*args, **kwargs)  # type: ignore[operator]

        monkeypatch.setattr(owner, name, counting)
    found = {}
    for units in (6, 11):  # some are missing in both: of those is asked once more
        counted.clear()
        home = tmp_path / f"home{units}"
        shutil.copytree(place / "history", home)
        folder = tmp_path / f"in{units}"
        folder.mkdir()
        for file in sorted((place / MONTH).iterdir()):
            if file.stat().st_mtime - ARRIVED[MONTH].timestamp() < units:
                shutil.copy2(file, folder / file.name)
        context = open_context(Settings(home=home, workers=2, batch_files=100), str(place / "programme"))
        run = run_month(context, Period.parse(MONTH), datetime.fromisoformat(NOW), folder)
        assert run.units["received"] >= units / 2
        context.warehouse.close()
        found[units] = dict(counted)
    assert found[6]["validate"] >= 2
    assert found[6] == found[11]


def test_years_behind_a_home_are_as_loads_write_them(place: Path, tmp_path: Path) -> None:
    """What `tests.benchmarks.ten_years` asks: months repeated in lake and ledger, read by the program and by DuckDB alike."""
    home = tmp_path / "home"
    shutil.copytree(place / "history", home)
    years_home.repeat_months(home, years_home.months_before(3), mirrored=2)
    context = open_context(Settings(home=home))
    try:
        warehouse = context.warehouse
        old = [one for one in warehouse.submissions("2026-02", form="project_month") if one.current]
        rows = warehouse.facts("project_month", [one.submission_id for one in old])
        same = [one for one in warehouse.submissions(HISTORY, form="project_month") if one.current]
        assert len(old) == 12
        assert_same_rows(rows, warehouse.facts("project_month", [one.submission_id for one in same]))
        assert warehouse.current_facts("project_month", "2026-04", ["ytd"]).num_rows == rows.num_rows
        located = asdict(locate_lake(context))
    finally:
        context.warehouse.close()
    assert lake_queries.as_of(located, home, "2026-02") == {"versions": 24, "rows": rows.num_rows, "units": 12}
    assert lake_queries.series(located, home, "2026-02")["months"] == 4
