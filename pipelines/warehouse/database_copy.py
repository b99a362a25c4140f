"""The databases of a home that are on PostgreSQL, as files of a backup, and back: COPY, each database in one transaction.

A folder for each of ledger and catalog, with `tables.json` and a file of COPY's text format for each table. What is derived (views)
or belongs to the server (accounts, rights) is not in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.errors import Refused, Terminal
from pipelines.model.forms import FormLayout
from pipelines.model.tables import table_register

from .db.database import Database
from .db.database_errors import reported
from .db.roles import CATALOG
from .db.schema import HEAD, HOME, METADATA, current_table
from .db.schemas import READER, TABLES
from .db.server_connection import server_options
from .lake.lake import Lake

LEDGER_FOLDER, CATALOG_FOLDER = "postgresql/ledger", "postgresql/catalog"
"""Folders in a backup."""
LISTED = "tables.json"
_DELIVERIES = r"delivery\_%"
_BLOCK = 1 << 20


class CopiedTable(BaseModel):
    """One table. `columns`: name → type, in the order of the file."""

    model_config = ConfigDict(frozen=True)

    schema_name: str
    name: str
    columns: dict[str, str]
    rows: int

    @property
    def file(self) -> str:
        return f"{self.schema_name}.{self.name}.copy"

    @property
    def quoted(self) -> str:
        return f'"{self.schema_name}"."{self.name}"'


class DatabaseCopy(BaseModel):
    """tables.json. `revision`: migration of the ledger's schema; null for a catalog."""

    model_config = ConfigDict(frozen=True)

    revision: str | None
    tables: tuple[CopiedTable, ...]


def copy_databases_out(sql_url: str | None, catalog_url: str | None, backup: Path) -> dict[str, str]:
    """Writes ledger and catalog (None: not on a server) into the folder of a backup; file → SHA-256.

    One REPEATABLE READ transaction each, one for both where they share a database. Whoever calls holds loader and writers off, so that
    both databases and the folders of the home are of one state. Terminal for an account that may not read every row.
    """
    files: dict[str, str] = {}
    with ExitStack() as opened:
        ledger = opened.enter_context(_snapshot(sql_url)) if sql_url else None
        if ledger is not None:
            revision = str(ledger.scalar(sa.text("SELECT version_num FROM public.alembic_version")))
            files |= _copy_out(ledger, backup, LEDGER_FOLDER, revision, _tables_of_the_ledger(ledger))
        if catalog_url:
            shared = ledger is not None and sa.engine.make_url(catalog_url) == sa.engine.make_url(sql_url or "")
            catalog = ledger if shared and ledger is not None else opened.enter_context(_snapshot(catalog_url))
            files |= _copy_out(catalog, backup, CATALOG_FOLDER, None, _tables_of_the_catalog(catalog))
    return files


@contextmanager
def _snapshot(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(sa.engine.make_url(url), poolclass=sa.NullPool, **server_options(sa.engine.make_url(url)))
    with reported(engine.url), engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            # an account that row policies hide rows from is refused: it would copy a part as if it were all
            connection.exec_driver_sql("SET LOCAL row_security = off")
            yield connection


def _tables_of_the_ledger(connection: sa.Connection) -> list[tuple[str, str]]:
    query = sa.text(
        "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p') AND (n.nspname = ANY(:schemas) OR n.nspname LIKE :deliveries) ORDER BY 1, 2"
    )
    found = connection.execute(query, {"schemas": list(TABLES), "deliveries": _DELIVERIES})
    return [(row[0], row[1]) for row in found]


def _tables_of_the_catalog(connection: sa.Connection) -> list[tuple[str, str]]:
    known = sa.text("SELECT to_regclass(:name) IS NOT NULL")
    return [("public", name) for name in CATALOG if connection.scalar(known, {"name": f"public.{name}"})]


def _copy_out(
    connection: sa.Connection, backup: Path, folder: str, revision: str | None, tables: Iterable[tuple[str, str]]
) -> dict[str, str]:
    (backup / folder).mkdir(mode=0o700, parents=True)
    types = sa.text(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    copied: list[CopiedTable] = []
    files: dict[str, str] = {}
    for schema, name in tables:
        one = CopiedTable(schema_name=schema, name=name, columns={}, rows=0)
        columns = {row[0]: row[1] for row in connection.execute(types, {"table": one.quoted})}
        one = one.model_copy(update={"columns": columns})
        rows, files[f"{folder}/{one.file}"] = _stream_out(connection, one, backup / folder / one.file)
        copied.append(one.model_copy(update={"rows": rows}))
    listed = DatabaseCopy(revision=revision, tables=tuple(copied)).model_dump_json(indent=1) + "\n"
    (backup / folder / LISTED).write_text(listed, encoding="utf-8")
    return {**files, f"{folder}/{LISTED}": sha256(listed.encode()).hexdigest()}


def _stream_out(connection: sa.Connection, table: CopiedTable, file: Path) -> tuple[int, str]:
    """(rows, SHA-256). A row is a line: COPY escapes the line ends of values."""
    rows, digest = 0, sha256()
    with file.open("wb") as target, _copying(connection, f"COPY {_named(table)} TO STDOUT") as stream:
        for block in stream:
            rows += bytes(block).count(b"\n")
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    return rows, digest.hexdigest()


def copy_databases_in(
    sql_url: str | None,
    catalog_url: str | None,
    backup: Path,
    home: Path,
    programme_name: str,
    forms: Iterable[FormLayout],
) -> None:
    """Makes schema and rows in empty databases (None: that one is not on a server). The rows of a database are one transaction.

    Call `refuse_unless_empty` first. `home`: where locks of the migration lie.
    """
    if sql_url:
        register = table_register({layout.name: layout.fields for layout in forms})
        database = Database(sql_url, home)
        try:
            lock = home / "lake_writer.lock.schema"
            database.open(lock, programme_name)
            database.add_tables(lock, [current_table(register.fact(form)) for form in register.further_forms])
            with database.write() as connection:
                connection.execute(HOME.delete())  # the programme is among the rows that come
                _copy_in(connection, backup, LEDGER_FOLDER)
        finally:
            database.close()
    if catalog_url:
        lake = Lake(catalog_url, (home / "lake").as_uri())
        try:
            engine = lake.catalog.engine  # asking for the catalog makes its tables
            with reported(engine.url), engine.begin() as connection:
                for name in CATALOG:
                    connection.exec_driver_sql(f"DELETE FROM {name}")
                _copy_in(connection, backup, CATALOG_FOLDER)
        finally:
            lake.close()


def refuse_unless_empty(url: str) -> None:
    """Refused where the database holds a table, a view or a sequence of anybody."""
    query = sa.text(
        "SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' LIMIT 1"
    )
    with _snapshot(url) as connection:
        found = connection.scalar(query)
        where = connection.engine.url.render_as_string(hide_password=True)
    if found is not None:
        raise Refused(
            f"数据库 {where} 已有内容（{found}），恢复不覆盖",
            f"the database {where} is not empty ({found}): a restore writes over nothing",
            "新建一个空数据库（createdb）并在 SAIMA_DATABASE_URL、SAIMA_CATALOG_URL 中指定 / "
            "make an empty one (createdb) and name it in SAIMA_DATABASE_URL, SAIMA_CATALOG_URL",
        )


def read_list(backup: Path, folder: str) -> DatabaseCopy:
    """The tables of a copied database; Terminal where the list cannot be read or is of another version of the schema."""
    file = backup / folder / LISTED
    try:
        copied = DatabaseCopy.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as cause:
        raise Terminal(f"{file} 读不出", f"{file} cannot be read", "换一个备份 / use another") from cause
    if copied.revision not in (None, HEAD):
        raise Terminal(
            f"备份的表结构是 {copied.revision}，本程序是 {HEAD}",
            f"the backup is of schema {copied.revision}, this program of {HEAD}",
            "用备份时的程序版本恢复，再升级 / restore it with the version it was made by, then upgrade",
        )
    return copied


def _copy_in(connection: sa.Connection, backup: Path, folder: str) -> None:
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    order = {
        table.name: number for number, table in enumerate(METADATA.sorted_tables)
    }  # what others refer to comes first
    tables = sorted(read_list(backup, folder).tables, key=lambda one: order.get(one.name, len(order)))
    known = sa.text("SELECT to_regclass(:table) IS NOT NULL")
    for table in tables:
        if table.schema_name.startswith("delivery_") and not connection.scalar(known, {"table": table.quoted}):
            _make_delivery(connection, table)
        with (
            (backup / folder / table.file).open("rb") as source,
            _copying(connection, f"COPY {_named(table)} FROM STDIN") as stream,
        ):
            while block := source.read(_BLOCK):
                stream.write(block)
        rows = connection.exec_driver_sql(f"SELECT count(*) FROM {table.quoted}").scalar_one()
        if rows != table.rows:
            raise Terminal(
                f"{table.quoted} 恢复出 {rows} 行，备份时为 {table.rows} 行",
                f"{table.quoted} holds {rows} rows after the restore, the backup held {table.rows}",
                "换一个备份 / use another",
            )


def _make_delivery(connection: sa.Connection, table: CopiedTable) -> None:
    """A table that was delivered to the bureau, which no migration knows."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns.items())
    connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{table.schema_name}"')
    connection.exec_driver_sql(f"CREATE TABLE {table.quoted} ({columns})")
    if connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": READER}):
        connection.exec_driver_sql(f'GRANT USAGE ON SCHEMA "{table.schema_name}" TO {READER}')
        connection.exec_driver_sql(f"GRANT SELECT ON {table.quoted} TO {READER}")


def _named(table: CopiedTable) -> str:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    return f"{table.quoted} ({columns})"


@contextmanager
def _copying(connection: sa.Connection, statement: str) -> Iterator[Any]:
    """psycopg's COPY in this transaction, its errors as SQLAlchemy's."""
    import psycopg

    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as stream:
            yield stream
    except psycopg.Error as cause:
        raise sa.exc.DBAPIError(statement, None, cause) from cause
