"""A home with ten years of country months behind it: two months that Saima ran itself, and the earlier of them repeated for every month
before, in the tables of the lake and of the ledger as loads write them. Raw rows, findings and the archive of the repeated months are left
out: nothing that is measured reads them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.periods import Period
from pipelines.settings import Settings
from pipelines.warehouse.lake.snapshot_commit import read_committed_snapshots

from .country_files import HISTORY, Plan, write_programme

ROWS_A_COMMIT = 1_000_000
LAKE_TABLES = ("fact_project_month", "fact_unit_month", "current_submissions")
LEDGER = {
    "receipt": ("receipt_id",),
    "submission": ("submission_id", "receipt_id", "verdict_id"),
    "verdict": ("verdict_id", "submission_id"),
    "current_submission": ("submission_id", "verdict_id"),
    "month_close": ("inputs_hash",),
    "period_inputs": ("inputs_hash",),
}
"""Table → the ids that get the month as their ending."""
MIRROR = {
    "current_unit_month": ("submission_id",),
    "current_project_month": ("submission_id",),
    "finding_summary": ("verdict_id",),
    "rule_run": ("verdict_id",),
}
"""The large ones of them: a row a project or a rule."""
_OF_THE_MONTH = {
    "receipt": "receipt_id IN (SELECT receipt_id FROM submission WHERE period = :history)",
    "verdict": "submission_id IN (SELECT submission_id FROM submission WHERE period = :history)",
    **dict.fromkeys(
        ("finding_summary", "rule_run"), "verdict_id IN (SELECT verdict_id FROM submission WHERE period = :history)"
    ),
}
_INSTANTS = ("arrived_at", "seen_at", "judged_at", "closed_at")


def months_before(count: int) -> list[str]:
    """The `count` months before HISTORY, the latest first."""
    last = int(HISTORY[:4]) * 12 + int(HISTORY[5:]) - 1
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(last - 1, last - 1 - count, -1)]


def write_years_programme(plan: Plan, folder: Path, months: Sequence[str]) -> Path:
    """The programme of the plan with a calendar that goes back as far as the months."""
    write_programme(plan, folder)
    known = (folder / "calendar.csv").read_text(encoding="utf-8")
    lines = [
        f"{form},{month},{_next(month)}-01 09:00,{_next(month)}-10 18:00\n"
        for month in months
        for form in ("unit_month", "project_month")
        if f"{form},{month}," not in known
    ]
    (folder / "calendar.csv").write_text(known + "".join(lines), encoding="utf-8")
    return folder


def _next(month: str) -> str:
    after = int(month[:4]) * 12 + int(month[5:])
    return f"{after // 12}-{after % 12 + 1:02d}"


def repeat_months(home: Path, months: Sequence[str], mirrored: int) -> dict[str, int]:
    """Put HISTORY into the home again as each of these months; the `mirrored` latest also in the large tables of SQL. Rows written."""
    context = open_context(Settings(home=home))
    try:
        written = _into_lake(context, months)
    finally:
        context.warehouse.close()
    return {**written, "sql": _into_ledger(home / "warehouse.db", months, mirrored)}


def _into_lake(context: Context, months: Sequence[str]) -> dict[str, int]:
    warehouse = context.warehouse
    with warehouse.database.read() as connection:
        pins = read_committed_snapshots(connection)
    written = {}
    for name in LAKE_TABLES:
        month = warehouse.lake.read(name, pins, periods=[HISTORY])
        written[name] = month.num_rows * len(months)
        for some in _cut(months, max(1, ROWS_A_COMMIT // max(1, month.num_rows))):
            rows = pa.concat_tables([_as_of_month(month, one) for one in some])
            snapshot = warehouse.lake.replace(name, pins, (), rows, {"load_id": "years"})
            assert snapshot is not None
            pins[name] = snapshot
    with warehouse.database.write() as connection:
        for name in LAKE_TABLES:
            connection.exec_driver_sql("UPDATE lake_pin SET snapshot_id = ? WHERE table_name = ?", (pins[name], name))
    return written


def _cut(months: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(months), size):
        yield months[start : start + size]


def _as_of_month(rows: pa.Table, month: str) -> pa.Table:
    same = pa.array([month]).take(pa.array(np.zeros(rows.num_rows, np.int64)))
    ids = pc.binary_join_element_wise(rows["submission_id"], month, "@")
    rows = rows.set_column(rows.schema.get_field_index("period"), "period", same)
    return rows.set_column(rows.schema.get_field_index("submission_id"), "submission_id", ids)


def _into_ledger(database: Path, months: Sequence[str], mirrored: int) -> int:
    """Rows written; a transaction a month."""
    total = 0
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        for number, month in enumerate(months):
            connection.execute("BEGIN IMMEDIATE")
            for table, ids in {**LEDGER, **(MIRROR if number < mirrored else {})}.items():
                total += _repeat(connection, table, ids, month)
            connection.execute("COMMIT")
        connection.execute("ANALYZE")
    finally:
        connection.close()
    return total


def _repeat(connection: sqlite3.Connection, table: str, ids: Sequence[str], month: str) -> int:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    chosen = [_column(name, ids) for name in columns]
    where = _OF_THE_MONTH.get(table, "period = :history")
    statement = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(chosen)} FROM {table} WHERE {where}"
    given = {"history": HISTORY, "month": month, "after": _next(month)}
    return connection.execute(statement, given).rowcount


def _column(name: str, ids: Sequence[str]) -> str:
    if name in ids:
        return f"{name} || '@' || :month"
    if name == "period":
        return ":month"
    if name in _INSTANTS:
        return f":after || substr({name}, 8)"
    return name


def parameters_of(period: str) -> dict[str, str]:
    """What the statements of `saima db as-of` ask of an old month: as it stood when the month after it was over."""
    after = str(Period.parse(_next(period)))
    return {"period": period, "instant": f"{after}-28T09:00+08:00"}
