"""The database is the one that the migrations made: tables, columns and indexes are there, evidence is kept by its triggers, and nobody
added a trigger or a rule that changes what is written. What an administrator adds beside (an index, a table) is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from pipelines.model.loading import Check

from ..db.schema import METADATA
from ..db.schemas import TABLES
from .check_outcome import check_of

EVIDENCE: Mapping[str, tuple[str, ...]] = {
    "audit_log": ("update", "delete"),
    "delivery": ("update", "delete"),
    "alert_hold": ("update", "delete"),
    "call_log": ("update", "delete"),
    "outbox": ("delete",),
    "dispatch_decision": ("update", "delete"),
    "data_delivery": ("update", "delete"),
}
"""Table → what its triggers refuse."""
_SQLITE_COLUMNS = (
    "SELECT m.name, p.name FROM sqlite_master AS m, pragma_table_info(m.name) AS p WHERE m.type = 'table'",
    "SELECT m.name, p.name FROM sqlite_master AS m, pragma_index_info(m.name) AS p WHERE m.type = 'index' ORDER BY p.seqno",
)
_SERVER_COLUMNS = (
    "SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
    "JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY(:schemas)",
    "SELECT i.relname, a.attname FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid "
    "JOIN pg_namespace AS n ON n.oid = i.relnamespace CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (number, place) "
    "JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number "
    "WHERE x.indisvalid AND n.nspname = ANY(:schemas) ORDER BY k.place",
)
_SERVER_TRIGGERS = (
    "SELECT t.tgname, c.relname, t.tgenabled IN ('O', 'A') AND p.prosrc LIKE '%RAISE EXCEPTION%' FROM pg_trigger AS t "
    "JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_proc AS p ON p.oid = t.tgfoid "
    "WHERE NOT t.tgisinternal AND n.nspname = ANY(:schemas)"
)
_SERVER_RULES = "SELECT rulename, tablename FROM pg_rules WHERE schemaname = ANY(:schemas)"


def check_schema(connection: sa.Connection) -> Check:
    """What is missing, switched off or put in, by name."""
    sqlite = connection.dialect.name == "sqlite"
    given = {} if sqlite else {"schemas": list(TABLES)}
    there, indexes = (
        _grouped(connection.execute(sa.text(query), given))
        for query in (_SQLITE_COLUMNS if sqlite else _SERVER_COLUMNS)
    )
    bad = []
    for table in METADATA.sorted_tables:
        own = there.get(table.name)
        if own is None:
            bad.append(f"{table.name}: 缺少该表 / the table is missing")
            continue
        bad += [f"{table.name}.{c.name}: 缺少该列 / the column is missing" for c in table.columns if c.name not in own]
        for index in table.indexes:
            if indexes.get(str(index.name)) != [column.name for column in index.columns]:
                bad.append(f"{index.name}: 索引缺少或不同 / the index is missing or another")
    bad += _triggers(connection, sqlite, given)
    return check_of("database-schema", len(METADATA.tables), bad)


def _triggers(connection: sa.Connection, sqlite: bool, given: Mapping[str, object]) -> Iterator[str]:
    """(name, table) of every trigger → whether it refuses."""
    if sqlite:
        query = "SELECT name, tbl_name, sql LIKE '%RAISE(ABORT%' FROM sqlite_master WHERE type = 'trigger'"
        expected = {(f"{table}_no_{verb}", table) for table, verbs in EVIDENCE.items() for verb in verbs}
    else:
        query = _SERVER_TRIGGERS
        expected = {
            ("audit_log_no_change" if table == "audit_log" else f"{table}_is_kept", table) for table in EVIDENCE
        }
        for name, table in connection.execute(sa.text(_SERVER_RULES), given):
            yield f"{name} ({table}): 不是本程序的规则 / a rule that is not the program's"
    found = {(name, table): bool(refuses) for name, table, refuses in connection.execute(sa.text(query), given)}
    for name, table in sorted(expected):
        if not found.pop((name, table), False):
            yield f"{name}: 保护 {table} 的触发器缺少或失效 / the trigger that keeps {table} is missing or disabled"
    for name, table in sorted(found):
        yield f"{name} ({table}): 不是本程序的触发器 / a trigger that is not the program's"


def _grouped(rows: Iterable[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, column in rows:
        found.setdefault(name, []).append(column)
    return found
