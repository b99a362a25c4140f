"""Accounts of PostgreSQL and their rights: each does its own work and nothing else.

Statistical micro-data (schema stat) is read by ingest, which writes it, and through the views by bureau_ro; publishing works on the
lake and on totals, dispatch never sees it.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from pipelines.model.rulings import CLOSING, PUBLICATION

from .schemas import READER, TABLES, VIEWS

OWNER, INGEST, PUBLISH, DISPATCH = "saima_owner", "saima_ingest", "saima_publish", "saima_dispatch"
ROLES: Mapping[str, tuple[str, str]] = {
    OWNER: ("拥有全部对象，执行迁移", "owns every object, runs migrations"),
    INGEST: ("收取、审核、入库、关账、催报", "collects, validates, loads, closes, reminds"),
    PUBLISH: ("起草、签发、发布、交付", "drafts, signs, publishes, delivers"),
    DISPATCH: ("调度决定与催报，不见统计数据", "decisions and reminders; sees no statistical data"),
    READER: ("统计局只读：仅视图", "the bureau, read-only: views alone"),
}
READER_SETTINGS: Mapping[str, str] = {
    "default_transaction_read_only": "on",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "300s",
    "search_path": VIEWS,
}
_ALL = "SELECT, INSERT, UPDATE, DELETE"
_BY_SCHEMA: Mapping[str, Mapping[str, str]] = {
    INGEST: {"ledger": _ALL, "stat": _ALL, "dispatch": _ALL, "ops": _ALL, "publish": "SELECT"},
    PUBLISH: {"ledger": "SELECT", "publish": "SELECT, INSERT, UPDATE", "dispatch": "SELECT", "ops": "SELECT"},
    DISPATCH: {"ledger": "SELECT", "dispatch": "SELECT", "ops": "SELECT, INSERT, UPDATE", "publish": "SELECT"},
}
_BY_TABLE: Mapping[str, Mapping[str, str]] = {
    INGEST: {},
    PUBLISH: {
        "ledger.load": _ALL,
        "ledger.load_stage": _ALL,
        "ledger.lake_pin": _ALL,
        "ledger.lake_file": "INSERT",
        "ledger.audit_log": "INSERT",
        "ledger.explanation": "SELECT, INSERT",
        "stat.month_close": "SELECT",
        "stat.period_finding": "SELECT",
        "dispatch.dispatch_decision": "INSERT",
        "dispatch.dispatch_table_row": "INSERT, DELETE",
        "publish.release_run": "DELETE",
        "ops.outbox": "INSERT",
    },
    DISPATCH: {
        "ledger.audit_log": "INSERT",
        "stat.month_close": "SELECT",
        "dispatch.dispatch_decision": "INSERT",
        "dispatch.dispatch_table_row": "INSERT, DELETE",
    },
}
_REVOKED: Mapping[str, Mapping[str, str]] = {
    INGEST: {
        "ledger.audit_log": "UPDATE, DELETE, TRUNCATE",
        "ledger.lake_file": "UPDATE, DELETE",
        "ledger.home": "UPDATE, DELETE",
        "ledger.submission_return": "UPDATE, DELETE",
        "ledger.receipt": "DELETE",
        "ledger.load": "DELETE",
        "ledger.history_snapshot": "UPDATE, DELETE",
        "stat.month_close": "UPDATE, DELETE",
        "stat.period_finding": "UPDATE, DELETE",
        "dispatch.dispatch_decision": "INSERT, UPDATE, DELETE",
        "ops.outbox": "DELETE",
        "ops.delivery": "UPDATE, DELETE",
        "ops.alert_hold": "UPDATE, DELETE",
        "ops.call_log": "UPDATE, DELETE",
    },
    PUBLISH: {
        "ledger.waiver": _ALL,
        "ledger.explanation": _ALL,
        "ops.account": _ALL,
        "publish.sign_off": "UPDATE",
        "publish.edition_unit": "UPDATE",
    },
    DISPATCH: {"ledger.waiver": _ALL, "ledger.explanation": _ALL, "ops.account": _ALL},
}
"""Waivers and explanations quote values of returns; accounts hold hashes of passwords."""
_ROWS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "ledger.explanation": {
        INGEST: ("true", f"form <> '{PUBLICATION}'"),
        PUBLISH: (f"form IN ('{CLOSING}', '{PUBLICATION}')", f"form = '{PUBLICATION}'"),
    },
    "dispatch.dispatch_decision": {
        INGEST: ("true", "false"),
        PUBLISH: ("true", "kind = 'notice'"),
        DISPATCH: ("true", "true"),
    },
}
"""Rows of a table that an account reads, and those it may write. An edition rests on what was said about queries of the closing and on
decisions to publish a figure as it is; explanations of returns stay with ingest. Of the decisions a publication records the reminder
slips that follow it; all others are made by dispatch."""
CATALOG = ("iceberg_tables", "iceberg_namespace_properties")
"""Tables of an Iceberg catalog."""


def create_roles(connection: sa.Connection) -> list[str]:
    """Makes the roles that are missing and sets the rights of all, again where they are there; the roles made now.

    Roles may log in and have no password: an administrator sets it, or pg_hba.conf names another proof. The caller must be the owner
    of the tables and may create roles.
    """
    known = set(connection.execute(sa.text("SELECT rolname FROM pg_roles")).scalars())
    made = [name for name in ROLES if name not in known]
    for statement in [
        *_made(made),
        *_owned(connection),
        *_granted(connection),
        *_functions(connection),
        *_row_policies(),
    ]:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    return made


def _made(names: list[str]) -> list[str]:
    made = [f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE" for name in names]
    said = [f"COMMENT ON ROLE {name} IS '{' / '.join(ROLES[name])}'" for name in names]
    settings = [f"ALTER ROLE {READER} SET {name} = '{value}'" for name, value in READER_SETTINGS.items()]
    return [*made, *said, f"GRANT {OWNER} TO CURRENT_USER", *settings]


def _owned(connection: sa.Connection) -> list[str]:
    """Schemas, tables, views and functions belong to the owner, whoever made them."""
    database = connection.dialect.identifier_preparer.quote(
        str(connection.scalar(sa.text("SELECT current_database()")))
    )
    statements = [
        f"GRANT CREATE, CONNECT ON DATABASE {database} TO {OWNER}",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}",
    ]
    schemas = (*TABLES, VIEWS)
    statements += [f"ALTER SCHEMA {schema} OWNER TO {OWNER}" for schema in schemas]
    query = sa.text(
        "SELECT n.nspname, c.relname, c.relkind FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'v') AND (n.nspname = ANY(:schemas) OR c.relname = 'alembic_version' AND n.nspname = 'public')"
    )
    for schema, name, kind in connection.execute(query, {"schemas": list(schemas)}):
        statements.append(f'ALTER {"VIEW" if kind == "v" else "TABLE"} {schema}."{name}" OWNER TO {OWNER}')
    functions = sa.text(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace "
        "WHERE n.nspname = :schema OR (n.nspname = 'public' AND p.proname IN ('audit_log_append_only', 'evidence_is_kept'))"
    )
    found = connection.execute(functions, {"schema": VIEWS}).scalars()
    return [*statements, *(f"ALTER FUNCTION {name} OWNER TO {OWNER}" for name in found)]


def _granted(connection: sa.Connection) -> list[str]:
    database = connection.dialect.identifier_preparer.quote(
        str(connection.scalar(sa.text("SELECT current_database()")))
    )
    workers = ", ".join((INGEST, PUBLISH, DISPATCH))
    statements = [
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {workers}, {READER}",
        f"GRANT CREATE ON DATABASE {database} TO {PUBLISH}",  # a schema for each delivery, its own
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {', '.join(TABLES)}, public TO {workers}",
        f"GRANT SELECT ON public.alembic_version TO {workers}",
        f"GRANT USAGE ON SCHEMA {VIEWS} TO {READER}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {VIEWS} TO {READER}",
    ]
    for role, rights in _BY_SCHEMA.items():
        statements += [f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}" for schema in TABLES]
        for schema, right in rights.items():
            statements.append(f"GRANT {right} ON ALL TABLES IN SCHEMA {schema} TO {role}")
            statements.append(
                f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA {schema} GRANT {right} ON TABLES TO {role}"
            )
        statements += [f"REVOKE {right} ON {table} FROM {role}" for table, right in _REVOKED[role].items()]
        statements += [f"GRANT {right} ON {table} TO {role}" for table, right in _BY_TABLE[role].items()]
    return statements


def _functions(connection: sa.Connection) -> list[str]:
    """Advisory locks hold up whoever loads, and large objects fill a disk from a session that only reads: nobody but who writes may take
    the ones, nobody may make the others. Only an administrator of the server may say so; others leave the functions as they are."""
    if not connection.scalar(sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        return []
    query = sa.text(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ :names"
    )
    writers = ", ".join((OWNER, INGEST, PUBLISH, DISPATCH))
    locks = list(connection.execute(query, {"names": "advisory_"}).scalars())
    objects = list(
        connection.execute(query, {"names": "^(lo_creat|lo_create|lo_from_bytea|lo_put|lowrite)$"}).scalars()
    )
    return [
        *(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC" for name in (*locks, *objects)),
        *(f"GRANT EXECUTE ON FUNCTION {name} TO {writers}" for name in locks),
    ]


def _row_policies() -> list[str]:
    """Of the tables that accounts share by rows; their owner and administrators see all of them."""
    statements = []
    for table, accounts in _ROWS.items():
        statements.append(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        for role, (read, written) in accounts.items():
            statements += [
                f"DROP POLICY IF EXISTS {role} ON {table}",
                f"CREATE POLICY {role} ON {table} TO {role} USING ({read}) WITH CHECK ({written})",
            ]
    return statements


def grant_catalog(connection: sa.Connection) -> None:
    """Rights on the tables of an Iceberg catalog, in the database of the warehouse or in one of its own. They must be there."""
    database = connection.dialect.identifier_preparer.quote(
        str(connection.scalar(sa.text("SELECT current_database()")))
    )
    writers = ", ".join((OWNER, INGEST, PUBLISH))
    tables = ", ".join(f"public.{name}" for name in CATALOG)
    for statement in (
        f"GRANT CONNECT ON DATABASE {database} TO {writers}, {DISPATCH}",
        f"GRANT USAGE ON SCHEMA public TO {writers}, {DISPATCH}",
        f"GRANT {_ALL} ON {tables} TO {writers}",
        f"GRANT SELECT ON {tables} TO {DISPATCH}",
    ):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
