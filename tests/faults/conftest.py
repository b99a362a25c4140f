"""Homes, judged submissions and processes for the kill tests."""

from __future__ import annotations

import importlib.util
import multiprocessing
import multiprocessing.context
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest

from pipelines.warehouse.opening import Warehouse, open_warehouse

HERE = Path(__file__).parent
PRELOADED = (
    "pyiceberg.catalog.sql",
    "pyiceberg.io.pyarrow",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "pipelines.warehouse.opening",
)
"""Imported once by the fork server, so that a process of its own starts in milliseconds."""


@pytest.fixture(scope="session")
def cases() -> ModuleType:
    spec = importlib.util.spec_from_file_location("warehouse_cases", HERE.parent / "unit" / "warehouse" / "cases.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["warehouse_cases"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def open_at() -> Callable[[Path], Warehouse]:
    """Opens the warehouse of a home."""
    return lambda home: open_warehouse(
        f"sqlite:///{home / 'warehouse.db'}",
        f"sqlite:///{home / 'catalog.db'}?timeout=60",
        f"file://{home / 'lake'}",
        home / "lake_writer.lock",
        home / "stage",
        "jiaxing",
    )


@pytest.fixture
def open_home(open_at: Callable[[Path], Warehouse]) -> Iterator[Callable[[Path], Warehouse]]:
    """The same, closed when the test ends."""
    with ExitStack() as opened:
        yield lambda home: opened.enter_context(open_at(home))


@pytest.fixture(scope="session")
def processes() -> multiprocessing.context.ForkServerContext:
    """Processes forked from a server that has only imported; they share nothing with the test but the home."""
    sys.path.insert(0, str(HERE))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED])
    return context


@pytest.fixture
def start(processes: multiprocessing.context.ForkServerContext) -> Iterator[Callable[..., multiprocessing.Process]]:
    """Starts a process on a home; `fault` names the point it dies at."""
    from loader_process import run

    started: list[multiprocessing.Process] = []

    def start_it(home: Path, step: str, work: object, fault: str = "") -> multiprocessing.Process:
        process = processes.Process(target=run, args=(home, step, work, fault))
        process.start()
        started.append(process)
        return process

    yield start_it
    for process in started:
        process.kill()
        process.join()


@pytest.fixture
def run_to_end(start: Callable[..., multiprocessing.Process]) -> Callable[..., int | None]:
    """Starts a process, waits for its end, returns its exit code."""

    def run_it(*arguments: object) -> int | None:
        process = start(*arguments)
        process.join(120)
        return process.exitcode

    return run_it
