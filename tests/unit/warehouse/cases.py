"""Judged submissions for the tests of the warehouse: small, deterministic, of real shape."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import pyarrow as pa

from pipelines.model.findings import Finding, RuleRun, Verdict
from pipelines.model.history import UnitHistory
from pipelines.model.loading import ReceiptOutcome, ValidatedSubmission
from pipelines.model.notifications import MessageText, Notification
from pipelines.model.submissions import NOTES_SCHEMA, RAW_SCHEMA, TOTALS_SCHEMA, FormPart, Receipt, submission_id
from pipelines.model.tables import FORM_FIELDS, rows_schema

T0 = datetime(2022, 7, 8, 9, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def receipt(
    content: str, hours: float, name: str = "海宁.xlsx", seen: float | None = None, source: str = "inbox"
) -> Receipt:
    digest = sha256(content.encode()).hexdigest()
    return Receipt(digest, source, name, at(hours), at(hours if seen is None else seen), len(content), {})


def part(form: str, unit: str, period: str, amounts: list[str], first_row: int = 5) -> FormPart:
    """A title row, a header row and one data row an amount."""
    numbers = list(range(first_row, first_row + len(amounts)))
    if form == "unit_month":
        data = {
            "indicator": [f"i{n}" for n in numbers],
            "measure": ["wan_yuan"] * len(numbers),
            "scope": ["managed"] * len(numbers),
        }
    elif form == "city_month":
        data = {"area_code": [unit] * len(numbers), "indicator": [f"i{n}" for n in numbers]}
    else:
        data = {"project_code": [f"2201-{unit}-{n}" for n in numbers], "project_name": [f"项目{n}" for n in numbers]}
    value = "actual_ytd" if form == "dispatch_month" else "ytd"
    schema = rows_schema(FORM_FIELDS[form])
    columns = {
        "sheet": [form] * len(numbers),
        "row_no": numbers,
        "value_status": ["{}"] * len(numbers),
        value: [Decimal(a) for a in amounts],
        **data,
    }
    rows = pa.table(
        {n: pa.array(columns.get(n, [None] * len(numbers)), schema.field(n).type) for n in schema.names}, schema=schema
    )
    raw = [(form, 1, "title", json.dumps(["标题"])), (form, 2, "header", json.dumps(["列"]))]
    raw += [(form, n, "data", json.dumps([a])) for n, a in zip(numbers, amounts, strict=True)]
    return FormPart(
        form=form,
        unit_code=unit,
        period=period,
        measure="wan_yuan",
        sheet=form,
        columns={value: "D"},
        header_row=2,
        rows=rows,
        notes=NOTES_SCHEMA.empty_table(),
        raw=pa.Table.from_pylist([dict(zip(RAW_SCHEMA.names, r, strict=True)) for r in raw], schema=RAW_SCHEMA),
        totals=TOTALS_SCHEMA.empty_table(),
    )


def judged(
    source: Receipt,
    unit: str = "330481",
    period: str = "2022-06",
    form: str = "unit_month",
    amounts: tuple[str, ...] = ("100.0001", "200"),
    word: str = "accepted",
    held: tuple[int, ...] = (),
    rules_version: str = "r1",
    programme_version: str = "p1",
    history: UnitHistory | None = None,
    hours: float = 100,
) -> ValidatedSubmission:
    data = len(amounts)
    quarantined = data if word == "rejected" else len(held)
    findings: list[Finding] = []
    if word == "rejected":
        findings.append(Finding("C01", 1, "error", "金额不是数", "not a number", form, "D5", 5, "ytd", "x"))
    findings += [Finding("C09", 1, "error", "超出", "out of bounds", form, f"D{n}", n, "ytd", "9") for n in held]
    if word == "accepted_with_queries":
        findings.append(Finding("F17", 3, "query", "下降", "falls", form, "D6", 6, "ytd", "1", True))
        findings.append(Finding("F16", 3, "query", "基数", "base", form))
    runs = (
        RuleRun("C01", "evaluated", data, int(word == "rejected")),
        RuleRun("D01", "not_applicable", reason="没有上期"),
    )
    return ValidatedSubmission(
        submission_id=submission_id(source.receipt_id, form, unit, period),
        receipt=source,
        form=form,
        unit_code=unit,
        period=period,
        measure="wan_yuan",
        history=history or UnitHistory(),
        verdict=Verdict(word, data + 2, data - quarantined, quarantined, 2, tuple(findings), runs, held),
        part=part(form, unit, period, list(amounts)),
        rules_version=rules_version,
        programme_version=programme_version,
        judged_at=at(hours),
    )


def outcome(of: ValidatedSubmission | Receipt, state: str = "processed", detail: str = "", **more) -> ReceiptOutcome:
    """What became of a receipt that holds just this submission (or none)."""
    if isinstance(of, ValidatedSubmission):
        more = {"submissions": (of.submission_id,), **more}
    source = of.receipt if isinstance(of, ValidatedSubmission) else of
    findings = () if state == "processed" else (Finding("A02", 0, "error", "读不出", "cannot be read", value="x"),)
    return ReceiptOutcome(source.receipt_id, state, findings, detail, **more)


def notice(key: str, address: str = "a@example.invalid", hours: float = 1, **more) -> Notification:
    """A reminder to one recipient, made and due at `hours`."""
    values = {
        "key": key,
        "kind": "reminder",
        "channel": "outbox",
        "address": address,
        "audience": "county",
        "text": MessageText("题", "文"),
        "created_at": at(hours),
        "not_before": at(hours),
        "unit_code": "330481",
        "period": "2022-06",
        "form": "unit_month",
        "rung": "T-1",
    }
    return Notification(**{**values, **more})
