"""What a verdict made again from the archive must give: the same word and counts, and in the lake the same rows, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ...model.loading import SubmissionRow, ValidatedSubmission
from ...warehouse.staging.stage_tables import stage_tables
from ..runtime.context import Context

_COUNTS = ("received", "accepted", "quarantined", "not_data", "errors", "queries", "open_queries", "passes_a_rules")
_ORDER = ("submission_id", "row_no", "sheet", "rule", "field", "cell", "value", "message_zh")


def differences(
    context: Context, form: str, rows: Sequence[SubmissionRow], again: Sequence[ValidatedSubmission]
) -> Iterator[str]:
    """Submissions of one form whose recorded verdict or rows are not what the archive gives, each with what differs."""
    replayed = {j.submission_id: j for j in again}
    for row in rows:
        one = replayed[row.submission_id].verdict
        measured = replayed[row.submission_id].measure
        told = (row.word, row.measure, *(getattr(row, c) for c in _COUNTS))
        if (one.word, measured, *(getattr(one, c) for c in _COUNTS)) != told:
            yield f"{_named(row)}：结论不同 / another verdict"
    by_id = {row.submission_id: row for row in rows}
    recorded = context.warehouse.rule_runs(list(by_id))
    for submission, row in by_id.items():
        runs = sorted(replayed[submission].verdict.rule_runs, key=lambda run: run.rule)
        if list(recorded.get(submission, ())) != runs:
            yield f"{_named(row)}: 规则执行记录不同 / other rule runs"
    for table, made in _tables(form, again).items():
        for submission in _unequal(made, _stored(context, table, form, list(by_id))):
            yield f"{_named(by_id[submission])}：{table} 的行不同 / other rows"


def _named(row: SubmissionRow) -> str:
    return f"{row.submission_id} ({row.unit_code} {row.period} {row.form} v{row.version})"


def _tables(form: str, again: Sequence[ValidatedSubmission]) -> dict[str, pa.Table]:
    made = stage_tables(again)
    return {name: made[name] for name in ("raw_rows", f"fact_{form}", "quarantined_rows", "findings")}


def _stored(context: Context, table: str, form: str, ids: list[str]) -> pa.Table:
    warehouse = context.warehouse
    if table == "raw_rows":
        return warehouse.rows_of("raw_rows", ids)
    if table == "quarantined_rows":
        return warehouse.quarantined(ids)
    return warehouse.findings(ids) if table == "findings" else warehouse.facts(form, ids, accepted_only=False)


def _unequal(made: pa.Table, stored: pa.Table) -> list[str]:
    """Submissions whose rows differ; the whole tables are compared first, which is all the work where nothing does."""
    columns = made.column_names
    order = [(name, "ascending") for name in _ORDER if name in columns]
    left, right = (t.select(columns).cast(made.schema).sort_by(order).combine_chunks() for t in (made, stored))
    if left.equals(right):
        return []
    ids = sorted({*left["submission_id"].to_pylist(), *right["submission_id"].to_pylist()})
    return [i for i in ids if not _of(left, i).equals(_of(right, i))]


def _of(table: pa.Table, submission: str) -> pa.Table:
    return table.filter(pc.equal(table["submission_id"], submission)).combine_chunks()
