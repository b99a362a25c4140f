"""Views for people who query: how they are written for each database, put in place and explained.

Views are derived, never migrated: whoever opens the warehouse and finds others than the program defines makes them anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import sqlalchemy as sa

from pipelines.errors import Terminal
from pipelines.model.tables import AMOUNT_SCALE

from . import column_meanings
from .schema import METADATA
from .schemas import MEANINGS, READER, TABLES, VIEWS

Kind = Literal["text", "integer", "rate", "amount", "instant", "date", "flag", "json"]
"""amount: an integer ×10⁴ in the table, a decimal in real units in the view (on SQLite a double: 15 digits)."""
DICTIONARY = "dictionary"


@dataclass(frozen=True)
class ViewColumn:
    """A column: the expression over the view's source, and what it means."""

    name: str
    expression: str
    kind: Kind
    zh: str
    en: str
    unit: str = ""

    def selected(self, sqlite: bool) -> str:
        return f'{_typed(self.expression, self.kind, sqlite)} AS "{self.name}"'


@dataclass(frozen=True)
class View:
    """One view. `source`: what stands after FROM, the same on both databases unless `sqlite_source` says otherwise."""

    name: str
    zh: str
    en: str
    columns: tuple[ViewColumn, ...]
    source: str
    sqlite_source: str = ""

    def query(self, sqlite: bool) -> str:
        chosen = ",\n  ".join(column.selected(sqlite) for column in self.columns)
        return f"SELECT\n  {chosen}\nFROM {self.sqlite_source if sqlite and self.sqlite_source else self.source}"


@dataclass(frozen=True)
class ViewFunction:
    """A function of PostgreSQL over the views: `as_of(period, instant)` of one of them."""

    name: str
    zh: str
    en: str
    text: str


def _typed(expression: str, kind: Kind, sqlite: bool) -> str:
    if kind == "amount":
        return f"{expression} / {AMOUNT_SCALE}.0" if sqlite else f"({expression} / {AMOUNT_SCALE}.0)::numeric(20,4)"
    if kind == "instant" and not sqlite:
        return f"({expression})::timestamptz"
    return expression


def view_name(name: str, sqlite: bool) -> str:
    """`bureau.rankings`, on SQLite `bureau_rankings`."""
    return f"{VIEWS}_{name}" if sqlite else f'{VIEWS}."{name}"'


def refresh_views(connection: sa.Connection, views: Sequence[View], functions: Sequence[ViewFunction]) -> None:
    """Drops the views that are there and makes these, with their dictionary and comments on every table, view and column."""
    sqlite = connection.dialect.name == "sqlite"
    drop_views(connection)
    if not sqlite:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {VIEWS}")
    stamp = f"/* {_stamp(views, functions)} */\n" if sqlite else ""
    for view in views:
        _run(connection, f"CREATE VIEW {view_name(view.name, sqlite)} AS\n{stamp}{view.query(sqlite)}")
    _run(connection, f"CREATE VIEW {view_name(DICTIONARY, sqlite)} AS\n{stamp}{_dictionary(views)}")
    if sqlite:
        return
    for function in functions:
        _run(connection, function.text)
    _comment(connection, views, functions)
    if connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": READER}):
        _run(connection, f"GRANT SELECT ON ALL TABLES IN SCHEMA {VIEWS} TO {READER}")
    said = f"{_schema_comment(views, functions)} {_definitions(connection)}"
    _run(connection, f"COMMENT ON SCHEMA {VIEWS} IS {_text(said)}")


def drop_views(connection: sa.Connection) -> None:
    """Takes all views away, as migrations of their tables need. Terminal where views of others stand on them: those are not ours
    to remove, nor could they stay while what they read changes."""
    if connection.dialect.name == "sqlite":
        for name in _sqlite_views(connection):
            connection.exec_driver_sql(f'DROP VIEW "{name}"')
        return
    functions = sa.text("SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = to_regnamespace(:schema)")
    ours = {
        "FUNCTION": list(connection.execute(functions, {"schema": VIEWS}).scalars()),
        "VIEW": [f'{VIEWS}."{name}"' for name in view_names(connection)],
    }
    for kind, names in ours.items():
        if names:
            _drop_ours(connection, kind, names)
    if connection.scalar(sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :schema"), {"schema": VIEWS}):
        connection.exec_driver_sql(f"COMMENT ON SCHEMA {VIEWS} IS NULL")  # whoever opens next sees that they are gone


def _drop_ours(connection: sa.Connection, kind: str, names: Sequence[str]) -> None:
    """All in one statement: they may stand on each other."""
    try:
        _run(connection, f"DROP {kind} {', '.join(names)} RESTRICT")
    except sa.exc.DBAPIError as cause:
        if getattr(cause.orig, "sqlstate", None) != "2BP01":
            raise
        told = str(cause.orig.diag.message_detail)  # type: ignore[union-attr]
        raise Terminal(
            f"另有对象依赖统计局视图，未作任何改动：{told}",
            f"other objects depend on the views of the bureau, nothing was changed: {told}",
            "保存其定义（pg_get_viewdef）并删除，升级后重建 / keep its definition, drop it, upgrade, make it again",
        ) from cause


def view_names(connection: sa.Connection) -> list[str]:
    """Views that are there."""
    if connection.dialect.name == "sqlite":
        return sorted(_sqlite_views(connection))
    query = sa.text("SELECT viewname FROM pg_views WHERE schemaname = :schema ORDER BY viewname")
    return list(connection.execute(query, {"schema": VIEWS}).scalars())


def views_are_current(connection: sa.Connection, views: Sequence[View], functions: Sequence[ViewFunction]) -> bool:
    """Whether the database has exactly these views; also where this account may not change them."""
    if connection.dialect.name == "sqlite":
        wanted, there = _wanted(views), _sqlite_views(connection)
        return there.keys() == wanted.keys() and all(text.endswith(wanted[name]) for name, text in there.items())
    found = connection.execute(
        sa.text(
            "SELECT obj_description(oid, 'pg_namespace') AS said, pg_has_role(nspowner, 'USAGE') AS own "
            "FROM pg_namespace WHERE nspname = :schema"
        ),
        {"schema": VIEWS},
    ).first()
    if found is None:
        return not connection.scalar(sa.text("SELECT has_database_privilege(current_database(), 'CREATE')"))
    said = f"{_schema_comment(views, functions)} {_definitions(connection)}"
    return bool(found.said == said or not found.own)


def altered_views(
    connection: sa.Connection, views: Sequence[View], functions: Sequence[ViewFunction]
) -> tuple[str, ...]:
    """Views that this version of the program has written and that are not as it wrote them: changed or removed by somebody. None where
    another version wrote them. PostgreSQL keeps no text of its own: all are named where one differs."""
    if connection.dialect.name == "sqlite":
        wanted, there = _wanted(views), _sqlite_views(connection)
        if not any(_stamp(views, functions) in text for text in there.values()):
            return ()
        return tuple(sorted(n for n in wanted.keys() | there.keys() if not _as_written(wanted.get(n), there.get(n))))
    said = connection.scalar(
        sa.text("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :schema"),
        {"schema": VIEWS},
    )
    ours = str(said or "").startswith(_schema_comment(views, functions))
    return (VIEWS,) if ours and not str(said).endswith(_definitions(connection)) else ()


def _as_written(wanted: str | None, text: str | None) -> bool:
    return wanted is not None and text is not None and text.endswith(wanted)


def _wanted(views: Sequence[View]) -> dict[str, str]:
    """Name of each view on SQLite → its query."""
    return {**{f"{VIEWS}_{v.name}": v.query(True) for v in views}, f"{VIEWS}_{DICTIONARY}": _dictionary(views)}


def _definitions(connection: sa.Connection) -> str:
    """Hash over the views and functions as the server has them, and its version, which decides how it writes them."""
    query = (
        "SELECT viewname AS name, definition FROM pg_views WHERE schemaname = :schema UNION ALL "
        "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = to_regnamespace(:schema) ORDER BY 1, 2"
    )
    rows = connection.execute(sa.text(query), {"schema": VIEWS}).all()
    version = connection.exec_driver_sql("SHOW server_version_num").scalar()
    text = "\n".join([str(version), *(f"{row.name} {row.definition}" for row in rows)])
    return f"[{sha256(text.encode()).hexdigest()[:16]}]"


def _sqlite_views(connection: sa.Connection) -> dict[str, str]:
    query = f"SELECT name, sql FROM sqlite_master WHERE type = 'view' AND name LIKE '{VIEWS}\\_%' ESCAPE '\\'"
    return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


def _schema_comment(views: Sequence[View], functions: Sequence[ViewFunction]) -> str:
    return f"{' / '.join(MEANINGS[VIEWS])} [{_stamp(views, functions)}]"


def _stamp(views: Sequence[View], functions: Sequence[ViewFunction]) -> str:
    """Hash over everything that the program writes of views."""
    text = "\n".join([*(v.query(False) for v in views), *(f.text for f in functions), _dictionary(views)])
    return sha256(text.encode()).hexdigest()[:16]


def _dictionary(views: Sequence[View]) -> str:
    """Every column of every view as rows, for whoever has no other dictionary at hand (SQLite keeps no comments)."""
    rows = [
        (view.name, column.name, column.kind, column.unit, column.zh, column.en)
        for view in views
        for column in view.columns
    ]
    head, *rest = (", ".join(_text(value) for value in row) for row in rows)
    names = ("view", "column", "kind", "unit", "meaning_zh", "meaning_en")
    listed = ", ".join(f'column{number} AS "{name}"' for number, name in enumerate(names, 1))
    return f"SELECT {listed} FROM (VALUES ({head}){''.join(f', ({row})' for row in rest)}) AS listed"


def _comment(connection: sa.Connection, views: Sequence[View], functions: Sequence[ViewFunction]) -> None:
    """COMMENT ON every schema, table, view, function and column."""
    remarks = [f"COMMENT ON SCHEMA {name} IS {_text(' / '.join(MEANINGS[name]))}" for name in TABLES]
    for view in views:
        name = view_name(view.name, sqlite=False)
        remarks.append(f"COMMENT ON VIEW {name} IS {_text(f'{view.zh} / {view.en}')}")
        for column in view.columns:
            unit = f" [{column.unit}]" if column.unit else ""
            said = _text(f"{column.zh} / {column.en}{unit}")
            remarks.append(f'COMMENT ON COLUMN {name}."{column.name}" IS {said}')
    remarks += [f"COMMENT ON FUNCTION {VIEWS}.{f.name} IS {_text(f'{f.zh} / {f.en}')}" for f in functions]
    for table in METADATA.sorted_tables:
        meant = column_meanings.TABLES.get(table.name, ("现行数据", "accepted rows of current submissions"))
        remarks.append(f"COMMENT ON TABLE {table.name} IS {_text(' / '.join(meant))}")
        for own in table.columns:
            stored = column_meanings.stored_as(own)
            said_of = " / ".join(column_meanings.meaning_of(own.name)) + (f" [{stored}]" if stored else "")
            remarks.append(f'COMMENT ON COLUMN {table.name}."{own.name}" IS {_text(said_of)}')
    _run(connection, ";\n".join(remarks))


def _run(connection: sa.Connection, statements: str) -> None:
    """Text that a percent sign means nothing in."""
    connection.exec_driver_sql(statements, execution_options={"no_parameters": True})


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
