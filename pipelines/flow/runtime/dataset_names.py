"""Which datasets each stage reads and writes, named as OpenLineage names them: files by `file` and path, buckets by `s3://bucket` and key,
tables of PostgreSQL by `postgres://host:port` and `database.schema.table`. Iceberg tables go by their place, their name in the catalog
beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from ...warehouse.db.schemas import TABLES
from ...warehouse.lake.lake import NAMESPACE
from .context import Context


@dataclass(frozen=True)
class DatasetName:
    """A dataset. `catalog`, `table`: of an Iceberg table, its name in the catalog, else ''."""

    namespace: str
    name: str
    catalog: str = ""
    table: str = ""


def datasets_of(stage: str, context: Context) -> tuple[list[DatasetName], list[DatasetName]]:
    """(read, written) of a stage. The first one read is what the facts about data quality are said of."""
    settings = context.settings
    archive, staged = _folder(settings.raw), _folder(settings.stage)
    facts = _lake(context, (f"fact_{form}" for form in sorted(context.programme.forms)))
    if stage == "collect":
        sources = [_source(source.location, settings.home) for source in context.programme.sources]
        return sources, [archive, *_ledger(context, "receipt")]
    if stage == "stage":
        return [archive], [staged]
    if stage == "load":
        rows = _lake(context, ("raw_rows", "quarantined_rows", "findings"))
        return [staged], [*facts, *rows, *_ledger(context, "submission", "verdict", "current_submission")]
    if stage == "close":
        return [*facts, *_ledger(context, "current_submission")], _ledger(context, "month_close", "period_finding")
    if stage == "draft":
        return [*facts, *_ledger(context, "month_close")], [*_ledger(context, "edition"), _folder(settings.editions)]
    if stage == "publish":
        return _ledger(context, "edition", "sign_off"), [_folder(settings.editions)]
    if stage == "site":
        return [_folder(settings.editions)], [_folder(settings.site)]
    if stage == "audit":
        return [*_ledger(context, "submission", "verdict", "receipt"), archive, *facts], []
    return [], []


def _folder(path: Path) -> DatasetName:
    return DatasetName("file", str(path))


def _source(location: str, home: Path) -> DatasetName:
    """A folder (relative to the home), or a server by scheme and host; user names and passwords stay out."""
    parts = urlsplit(location)
    if parts.scheme in ("", "file"):
        return _folder((home / parts.path).resolve())
    port = f":{parts.port}" if parts.port else ""
    return DatasetName(f"{parts.scheme}://{parts.hostname or ''}{port}", parts.path or "/")


def _lake(context: Context, tables: Iterable[str]) -> list[DatasetName]:
    parts = urlsplit(context.settings.lake)
    namespace = "file" if parts.scheme == "file" else f"{parts.scheme}://{parts.netloc}"
    root = parts.path if parts.scheme == "file" else parts.path.lstrip("/")
    catalog = _database(context.settings.iceberg_catalog_url)[0]
    return [DatasetName(namespace, f"{root}/{NAMESPACE}/{name}", catalog, f"{NAMESPACE}.{name}") for name in tables]


def _ledger(context: Context, *tables: str) -> list[DatasetName]:
    namespace, prefix = _database(context.settings.sql_url)
    schemas = {table: schema for schema, own in TABLES.items() for table in own}
    if prefix:
        return [DatasetName(namespace, f"{prefix}.{schemas[table]}.{table}") for table in tables]
    return [DatasetName(namespace, table) for table in tables]


def _database(url: str) -> tuple[str, str]:
    """(namespace, database) of a URL; SQLite's namespace is its file and it has no database beside."""
    parsed = sa.engine.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return f"sqlite://{parsed.database}", ""
    host = parsed.host or str(parsed.query.get("host", "localhost"))
    return f"postgres://{host}:{parsed.port or 5432}", str(parsed.database)
