"""Judged submissions as lake rows: one Arrow table for each lake table, built for the whole batch at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.model.joined_tables import joined
from pipelines.model.loading import ValidatedSubmission
from pipelines.model.tables import SYSTEM, TABLES, LakeTable, arrow_schema

from ..db.column_types import storable_text

RULE_RUNS = "rule_runs"
RULE_RUNS_SCHEMA = pa.schema(
    [
        ("verdict_id", pa.string()),
        ("rule", pa.string()),
        ("status", pa.string()),
        ("rows", pa.int64()),
        ("failed", pa.int64()),
        ("reason", pa.string()),
    ]
)


def stage_tables(validated: Sequence[ValidatedSubmission]) -> dict[str, pa.Table]:
    """Lake table name → rows, without `load_id`; plus `rule_runs`. Empty tables included."""
    by_form: dict[str, list[ValidatedSubmission]] = defaultdict(list)
    for one in validated:
        by_form[one.form].append(one)
    raw = _raw_rows(validated)
    return {
        "raw_rows": raw,
        **{f"fact_{form}": _facts(members) for form, members in by_form.items()},
        "quarantined_rows": _quarantined(validated, raw),
        "findings": _findings(validated),
        RULE_RUNS: _rule_runs(validated),
    }


def staged_schema(table: LakeTable) -> pa.Schema:
    """Schema of a staged file: the lake table's without load_id."""
    schema = table.schema
    return schema.remove(schema.get_field_index("load_id"))


def _repeated(values: Iterable[Any], counts: Sequence[int], data_type: pa.DataType) -> pa.Array:
    """Each value as often as its submission has rows."""
    distinct = pa.array(list(values), data_type)
    return distinct.take(pa.array(np.repeat(np.arange(len(counts)), counts), pa.int64()))


def _raw_rows(validated: Sequence[ValidatedSubmission]) -> pa.Table:
    schema = staged_schema(TABLES["raw_rows"])
    if not validated:
        return schema.empty_table()
    counts = [one.part.raw.num_rows for one in validated]
    raw = joined([one.part.raw for one in validated])
    columns = {
        **{name: _repeated((getattr(one, name) for one in validated), counts, pa.string()) for name in _OWN},
        **{name: raw[name] for name in ("sheet", "row_no", "row_class", "cells")},
    }
    return _ordered(columns, schema)


def _facts(validated: Sequence[ValidatedSubmission]) -> pa.Table:
    schema = validated[0].part.rows.schema
    counts = [one.part.rows.num_rows for one in validated]
    own = (one.part.rows for one in validated)
    rows = joined([r if r.schema == schema else r.cast(schema) for r in own])
    held = _held_back(validated, counts, rows["row_no"])
    columns: dict[str, Any] = {
        **{name: _repeated((getattr(one, name) for one in validated), counts, pa.string()) for name in _OWN[:3]},
        "row_status": pc.if_else(pa.array(held), "quarantined", "accepted"),
        **{name: rows[name] for name in rows.column_names},
    }
    return _ordered(columns, arrow_schema((*_FACTS_BEFORE, *schema.names[3:])))


def _quarantined(validated: Sequence[ValidatedSubmission], raw: pa.Table) -> pa.Table:
    schema = staged_schema(TABLES["quarantined_rows"])
    if not any(one.verdict.quarantined for one in validated):
        return schema.empty_table()
    counts = [one.part.raw.num_rows for one in validated]
    held = _held_back(validated, counts, raw["row_no"]) & pc.equal(raw["row_class"], "data").to_numpy()
    owners = np.repeat(np.arange(len(validated)), counts)[held]
    kept = raw.filter(pa.array(held))
    rules_of = [_rules_by_row(one) if one.verdict.quarantined else {} for one in validated]
    rules = [
        rules_of[owner].get(row, rules_of[owner].get(None, ""))
        for owner, row in zip(owners.tolist(), kept["row_no"].to_pylist(), strict=True)
    ]
    columns = {**{name: kept[name] for name in schema.names if name != "rules"}, "rules": pa.array(rules, pa.string())}
    return _ordered(columns, schema)


def _held_back(validated: Sequence[ValidatedSubmission], counts: Sequence[int], row_no: pa.ChunkedArray) -> np.ndarray:
    """Rows that are quarantined: all of a rejected file, else those the verdict names."""
    held = np.repeat(np.array([one.verdict.word == "rejected" for one in validated], dtype=bool), counts)
    start = 0
    for one, count in zip(validated, counts, strict=True):
        if one.verdict.quarantined_rows and one.verdict.word != "rejected":
            numbers = row_no.slice(start, count).to_numpy()
            held[start : start + count] = np.isin(numbers, np.array(one.verdict.quarantined_rows))
        start += count
    return held


def _rules_by_row(one: ValidatedSubmission) -> dict[int | None, str]:
    """Rules a row failed, joined by `;`; under None what holds a row back that failed none itself: the errors of the
    file as a whole, else (its neighbours' faults reject the file) all errors."""
    errors = [f for f in one.verdict.findings if f.severity == "error"]
    of_file = {f.rule for f in errors if f.row is None}
    by_row: dict[int | None, set[str]] = defaultdict(set)
    for finding in errors:
        if finding.row is not None:
            by_row[finding.row].add(finding.rule)
    joined = {row: ";".join(sorted(rules | of_file)) for row, rules in by_row.items()}
    joined[None] = ";".join(sorted(of_file or {f.rule for f in errors}))
    return joined


def _findings(validated: Sequence[ValidatedSubmission]) -> pa.Table:
    schema = staged_schema(TABLES["findings"])
    counts = [len(one.verdict.findings) for one in validated]
    found = [finding for one in validated for finding in one.verdict.findings]
    columns: dict[str, Any] = {
        name: _repeated((getattr(one, name) for one in validated), counts, pa.string())
        for name in ("verdict_id", *_OWN)
    }
    for name in (
        "rule",
        "level",
        "severity",
        "sheet",
        "cell",
        "field",
        "value",
        "message_zh",
        "message_en",
        "answered",
    ):
        columns[name] = _column([getattr(finding, name) for finding in found], schema.field(name).type)
    columns["row_no"] = pa.array([finding.row for finding in found], pa.int64())
    return _ordered(columns, schema)


def _column(values: list[Any], data_type: pa.DataType) -> pa.Array:
    """Arrow text is UTF-8; half a surrogate pair (a JSON file may hold one) is kept as its escape."""
    try:
        return pa.array(values, data_type)
    except UnicodeEncodeError:
        return pa.array([storable_text(value) for value in values], data_type)


def _rule_runs(validated: Sequence[ValidatedSubmission]) -> pa.Table:
    counts = [len(one.verdict.rule_runs) for one in validated]
    runs = [run for one in validated for run in one.verdict.rule_runs]
    columns: dict[str, Any] = {"verdict_id": _repeated((one.verdict_id for one in validated), counts, pa.string())}
    for name in ("rule", "status", "rows", "failed", "reason"):
        columns[name] = _column([getattr(run, name) for run in runs], RULE_RUNS_SCHEMA.field(name).type)
    return _ordered(columns, RULE_RUNS_SCHEMA)


def _ordered(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    return pa.table([columns[name] for name in schema.names], schema=schema)


_FACTS_BEFORE = tuple(name for name in SYSTEM if name != "load_id")
_OWN = ("submission_id", "period", "unit_code", "form")
