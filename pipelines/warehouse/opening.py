"""Opening the warehouse of a home: the entry of this room."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from pipelines.model.concordance import NO_SUCCESSIONS, Concordance
from pipelines.model.loading import Announce

from .db.database import Database
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
    announce: Announce | None = None,
    concordance: Concordance = NO_SUCCESSIONS,
) -> Warehouse:
    """Opens the warehouse of a home, making or migrating it where needed; a home of another programme is refused (Terminal).

    `announce` words the receipts of a load. Cheap when nothing changes: no migration runs, PyIceberg is not imported before
    lake rows are read or written.
    """
    database = Database(sql_url)
    try:
        database.open(lock_file.with_name(f"{lock_file.name}.schema"), programme_name)
    except BaseException:
        database.close()
        raise
    lake = Lake(catalog_url, lake_url)
    loader = Loader(database, lake, lock_file, stage, lease_seconds, lock_timeout, announce)
    return Warehouse(database, lake, loader, Editions(loader), programme_version, concordance)


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
