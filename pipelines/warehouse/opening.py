"""Opening the warehouse of a home: the entry of this room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import sqlalchemy as sa

from pipelines.model.concordance import NO_SUCCESSIONS, Concordance
from pipelines.model.forms import FormLayout
from pipelines.model.history import HistoryPolicy
from pipelines.model.tables import table_register

from .db import audit_log
from .db.database import EXCHANGE_LOCK, Database
from .db.exchange import finish_exchange
from .db.locking import file_lock, shared_lock
from .db.schema import EDITION, current_table
from .db.view_register import FUNCTIONS, views
from .editions.editions import Editions
from .facade import Warehouse
from .lake.lake import Lake
from .lake.relocation import folder_of, recorded_location, refuse_if_lacking, relocate_lake
from .load.loader import Loader
from .staging.stage_writer import stage, staged

__all__ = ["Warehouse", "open_warehouse", "stage", "staged"]


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
    forms: Iterable[FormLayout] = (),
    concordance: Concordance = NO_SUCCESSIONS,
    lake_properties: Mapping[str, str] | None = None,
    lake_may_be_lost: bool = False,
) -> Warehouse:
    """Opens the warehouse of a home, making or migrating it where needed; a home of another programme is refused (Terminal).

    `forms` are the programme's: what their rules look back at, and tables for those that no migration knows.
    Cheap when nothing changes: no migration runs, PyIceberg is not imported before
    lake rows are read or written. A rebuild that died while it put the new warehouse in place is finished first; a home that was
    copied or moved is relocated before anything is read or written; one that was copied without its lake is refused, unless that
    `lake_may_be_lost` (to whoever is to make it again).
    """
    layouts = tuple(forms)
    register = table_register({layout.name: layout.fields for layout in layouts})
    home = lock_file.parent
    finish_exchange(home)
    database = Database(sql_url, home)
    try:
        if database.read_only or not database.sqlite:
            database.open(lock_file.with_name(f"{lock_file.name}.schema"), programme_name)
        else:
            with shared_lock(home / EXCHANGE_LOCK, lock_timeout):
                database.open(lock_file.with_name(f"{lock_file.name}.schema"), programme_name)
        further = [current_table(register.fact(form)) for form in register.further_forms]
        database.add_tables(lock_file.with_name(f"{lock_file.name}.schema"), further)
        database.keep_views(lock_file.with_name(f"{lock_file.name}.schema"), views(register), FUNCTIONS)
        if recorded_location(catalog_url, lake_url) is not None:
            with file_lock(lock_file, lock_timeout, "relocate"), database.loading(lock_timeout):
                _relocate(database, catalog_url, lake_url, lake_may_be_lost)
    except BaseException:
        database.close()
        raise
    lake = Lake(catalog_url, lake_url, register, lake_properties)
    policy = HistoryPolicy({layout.name: layout.history for layout in layouts}, concordance)
    loader = Loader(database, lake, lock_file, stage, lease_seconds, lock_timeout)
    return Warehouse(database, lake, loader, Editions(loader), programme_version, policy)


def _relocate(database: Database, catalog_url: str, lake_url: str, lake_may_be_lost: bool) -> None:
    """The paths of the editions, then those of the lake, whose catalog knows until the end that it is not done."""
    recorded = recorded_location(catalog_url, lake_url)
    before, now = folder_of(recorded or ""), folder_of(lake_url)
    if recorded is None or now is None:
        return
    if lake_may_be_lost:
        now.mkdir(exist_ok=True)
    else:
        refuse_if_lacking(catalog_url, recorded, now)
    with database.write() as connection:
        for column in (EDITION.c.path, EDITION.c.published_path) if before else ():
            old, new = f"{before.parent}/" if before else "", f"{now.parent}/"
            moved = sa.func.substr(column, 1, len(old)) == old
            rest = sa.func.substr(column, len(old) + 1)
            connection.execute(EDITION.update().where(moved).values({column.name: sa.literal(new) + rest}))
        last = audit_log.entries(connection, limit=1)
        if last:  # a room has no clock: the entry stands right after what was written last
            audit_log.append(connection, last[0].at, "saima", "relocate", "lake", {"from": recorded, "to": lake_url})
    relocate_lake(catalog_url, lake_url, recorded, lake_may_be_lost=lake_may_be_lost)
