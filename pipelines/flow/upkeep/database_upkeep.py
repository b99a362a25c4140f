"""The database of a home: its schema brought up or down, its accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...errors import Terminal
from ...warehouse.db.as_of_queries import query_as_of
from ...warehouse.db.roles import ROLES, create_roles, grant_catalog
from ...warehouse.db.schema import HEAD
from ...warehouse.db.view_register import FUNCTIONS
from ..runtime.context import Context


@dataclass(frozen=True)
class DatabaseDocument:
    """The JSON of `saima db upgrade` and `saima db downgrade`. `views`: views of the bureau that are there."""

    database: str
    revision: str | None
    newest: str
    views: int


@dataclass(frozen=True)
class AsOfQuery:
    """One statement with the parameters `:period` and `:instant`, and what its rows are."""

    name: str
    meaning_zh: str
    meaning_en: str
    sql: str


@dataclass(frozen=True)
class AsOfQueriesDocument:
    """The JSON of `saima db as-of`."""

    database: str
    queries: tuple[AsOfQuery, ...]


@dataclass(frozen=True)
class RoleDocument:
    """One account. `made`: by this call."""

    name: str
    made: bool
    meaning_zh: str
    meaning_en: str


@dataclass(frozen=True)
class RolesDocument:
    """The JSON of `saima db roles`."""

    database: str
    roles: tuple[RoleDocument, ...]


def upgrade_database(context: Context) -> DatabaseDocument:
    """Opening brings a database to the schema and the views that this version of the program expects."""
    return _document(context)


def downgrade_database(context: Context, revision: str, now: datetime) -> DatabaseDocument:
    """Undoes migrations down to `revision`, so that an older version of the program can be installed."""
    database = context.warehouse.database
    context.warehouse.audit("saima", "downgrade", "database", {"from": HEAD, "to": revision}, now)
    database.downgrade(revision)
    return _document(context)


def queries_as_of(context: Context) -> AsOfQueriesDocument:
    """The statements that ask this database what was known at an instant, for whoever queries it without Saima."""
    database = context.warehouse.database
    return AsOfQueriesDocument(
        database.url.render_as_string(hide_password=True),
        tuple(AsOfQuery(f.name, f.zh, f.en, query_as_of(f.name, database.sqlite)) for f in FUNCTIONS),
    )


def make_roles(context: Context, now: datetime) -> RolesDocument:
    """The accounts and their rights, and an entry in the audit log; Terminal on SQLite, which has none."""
    database = context.warehouse.database
    if database.sqlite:
        raise Terminal(
            "SQLite 没有账户；文件权限即访问权限",
            "SQLite has no accounts: the rights of the file are the rights of access",
            "用 SAIMA_DATABASE_URL 指向 PostgreSQL / name a PostgreSQL in SAIMA_DATABASE_URL",
        )
    with database.write() as connection:
        made = create_roles(connection)
    catalog = context.warehouse.lake.catalog  # makes its tables where nothing was loaded yet
    if catalog.engine.dialect.name == "postgresql":
        with catalog.engine.begin() as connection:
            grant_catalog(connection)
    context.warehouse.audit("saima", "roles", "database", {"made": made}, now)
    roles = tuple(RoleDocument(name, name in made, zh, en) for name, (zh, en) in ROLES.items())
    return RolesDocument(database.url.render_as_string(hide_password=True), roles)


def _document(context: Context) -> DatabaseDocument:
    database = context.warehouse.database
    return DatabaseDocument(
        database.url.render_as_string(hide_password=True), database.revision(), HEAD, database.count_views()
    )
