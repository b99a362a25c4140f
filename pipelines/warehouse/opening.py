"""Opening the warehouse of a home: the entry of this room."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from pipelines.model.concordance import NO_SUCCESSIONS, Concordance
from pipelines.model.forms import FormLayout
from pipelines.model.history import HistoryPolicy
from pipelines.model.loading import NotifyOfLoad
from pipelines.model.tables import table_register

from .db.database import Database
from .db.schema import current_table
from .editions.editions import Editions
from .facade import Warehouse
from .lake.lake import Lake
from .load.loader import Loader
from .staging.stage_writer import stage, staged

__all__ = ["Warehouse", "home_programme", "open_warehouse", "stage", "staged"]


def open_warehouse(
    sql_url: str,
    catalog_url: str,
    lake_url: str,
    lock_file: Path,
    stage: Path,
    programme_name: str,
    programme_version: str = "",
    *,
    lease_seconds: int = 900,
    lock_timeout: float = 300.0,
    notify: NotifyOfLoad | None = None,
    forms: Iterable[FormLayout] = (),
    concordance: Concordance = NO_SUCCESSIONS,
) -> Warehouse:
    """Opens the warehouse of a home, making or migrating it where needed; a home of another programme is refused (Terminal).

    `forms` are the programme's: what their rules look back at, and tables for those that no migration knows.
    `notify` writes the receipts of a load. Cheap when nothing changes: no migration runs, PyIceberg is not imported before
    lake rows are read or written.
    """
    layouts = tuple(forms)
    register = table_register({layout.name: layout.fields for layout in layouts})
    database = Database(sql_url)
    try:
        schema_lock = lock_file.with_name(f"{lock_file.name}.schema")
        database.open(schema_lock, programme_name)
        database.add_tables(schema_lock, [current_table(register.fact(form)) for form in register.further_forms])
    except BaseException:
        database.close()
        raise
    lake = Lake(catalog_url, lake_url, register)
    policy = HistoryPolicy({layout.name: layout.history for layout in layouts}, concordance)
    loader = Loader(database, lake, lock_file, stage, lease_seconds, lock_timeout, notify)
    return Warehouse(database, lake, loader, Editions(loader), programme_version, policy)


def home_programme(sql_url: str) -> str | None:
    """Name of the programme an existing home belongs to; None where there is no warehouse. Creates nothing."""
    url = sa.engine.make_url(sql_url)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).is_file()):
        return None
    database = Database(sql_url)
    try:
        return database.programme() if database.revision() is not None else None
    finally:
        database.close()
