"""Where the lake lies, for engines that read it themselves: metadata, committed snapshot, Parquet files, and queries to copy."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from ...errors import Refused
from ...warehouse.lake.lake import NAMESPACE
from ...warehouse.lake.snapshot_commit import read_committed_snapshots
from ..runtime.context import Context

POINTER = "current_submissions"


@dataclass(frozen=True)
class LocatedTable:
    """A table at its committed snapshot. `files`: its Parquet files (of one period where one was asked for); `queries`: engine →
    a query for accepted rows of current submissions (for tables of facts), else for all rows."""

    table: str
    meaning_zh: str
    meaning_en: str
    metadata: str
    snapshot: int
    rows: int
    files: tuple[str, ...]
    queries: dict[str, str]


@dataclass(frozen=True)
class LakeLocationDocument:
    """The JSON of `saima lake locate`."""

    lake: str
    catalog: str
    credentials: str
    tables: tuple[LocatedTable, ...]


def locate_lake(context: Context, table: str | None = None, period: str | None = None) -> LakeLocationDocument:
    """All tables that hold rows, or one. Read at `snapshot`: the head of a table may be ahead of what is committed."""
    lake, settings = context.warehouse.lake, context.settings
    with context.warehouse.database.read() as connection:
        committed = read_committed_snapshots(connection)
    if table is not None and table not in committed:
        raise Refused(
            f"数据湖没有表 {table}", f"the lake has no table {table}", f"有 / there are: {', '.join(sorted(committed))}"
        )
    found = {name: _files(context, name, committed[name], period) for name in committed}
    pointer = found.get(POINTER, ("", (), 0))
    tables = []
    for name in sorted(committed if table is None else [table]):
        metadata, files, rows = found[name]
        known = lake.register[name]
        queries = _queries(name, metadata, committed, files, pointer, period)
        tables.append(LocatedTable(name, known.zh, known.en, metadata, committed[name], rows, files, queries))
    url = sa.engine.make_url(settings.iceberg_catalog_url)
    local = settings.lake.startswith("file://")
    credentials = (
        "本机文件权限（0700，属主可读）/ rights of the files: readable by the owner of the home"
        if local
        else "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"
        + (f", endpoint {settings.s3_endpoint}" if settings.s3_endpoint else "")
    )
    return LakeLocationDocument(settings.lake, url.render_as_string(hide_password=True), credentials, tuple(tables))


def _files(context: Context, name: str, snapshot: int, period: str | None) -> tuple[str, tuple[str, ...], int]:
    """(metadata file, Parquet files, rows) at the snapshot."""
    table = context.warehouse.lake.catalog.load_table((NAMESPACE, name))
    listed = table.inspect.data_files(snapshot).select(["file_path", "record_count", "partition"]).to_pylist()
    wanted = [f for f in listed if period is None or f["partition"]["period"] == period]
    paths = tuple(sorted(str(f["file_path"]).removeprefix("file://") for f in wanted))
    return table.metadata_location, paths, sum(f["record_count"] for f in wanted)


def _queries(
    name: str,
    metadata: str,
    committed: dict[str, int],
    files: tuple[str, ...],
    pointer: tuple[str, tuple[str, ...], int],
    period: str | None,
) -> dict[str, str]:
    facts = name.startswith("fact_")
    only = f" AND f.period = '{period}'" if period else ""

    def duckdb(rows: str, current: str) -> str:
        if not facts:
            where = f" WHERE f.period = '{period}'" if period else ""
            return f"SELECT f.* FROM {rows} AS f{where}"
        join = f"JOIN {current} AS c ON c.submission_id = f.submission_id"
        return f"SELECT f.* FROM {rows} AS f {join} WHERE f.row_status = 'accepted'{only}"

    def scan(location: str, snapshot: int) -> str:
        return f"iceberg_scan('{location.removeprefix('file://')}', snapshot_from_id => {snapshot})"

    pinned = committed.get(POINTER, 0)
    python = (
        f"from pyiceberg.table import StaticTable\n"
        f"rows = StaticTable.from_metadata({metadata!r}).scan(snapshot_id={committed[name]}).to_pandas()"
    )
    polars = f"polars.scan_iceberg({metadata!r}, snapshot_id={committed[name]})"
    if facts:
        python += f"\ncurrent = StaticTable.from_metadata({pointer[0]!r}).scan(snapshot_id={pinned}).to_pandas()"
        python += "\nrows = rows[(rows.row_status == 'accepted') & rows.submission_id.isin(current.submission_id)]"
    return {
        "duckdb": duckdb(scan(metadata, committed[name]), scan(pointer[0], pinned)),
        "duckdb_parquet": duckdb(f"read_parquet({list(files)})", f"read_parquet({list(pointer[1])})"),
        "pandas": python,
        "polars": polars,
    }
