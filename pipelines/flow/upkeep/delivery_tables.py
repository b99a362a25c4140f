"""The tables of a delivery: rows of the versions that count, in real units, as Arrow tables with their columns' meanings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ...model.fields import FIELDS, Field
from ...model.loading import Edition, SubmissionRow
from ..runtime.context import Context

LEFT_OUT = ("load_id", "row_status")
_VERSION = ("submission_id", "unit_code", "period", "form", "version", "arrived_at")


@dataclass(frozen=True)
class DeliveredTable:
    """One table: rows, and field → meaning of its columns."""

    name: str
    zh: str
    en: str
    rows: pa.Table
    fields: Mapping[str, Field]


def delivery_tables(
    context: Context, period: str, as_of: datetime | None
) -> tuple[list[DeliveredTable], Edition | None]:
    """Every form of the period, its versions and findings, and ranking and indicators of the newest published edition (none before
    one is published: drafts are under embargo). `as_of`: what counted and was published then."""
    warehouse = context.warehouse
    versions = warehouse.submissions(period, as_of)
    current = [v for v in versions if v.current]
    tables = []
    for form in sorted({v.form for v in current}):
        rows = warehouse.facts(form, [v.submission_id for v in current if v.form == form])
        rows = rows.drop_columns([name for name in LEFT_OUT if name in rows.column_names])
        tables.append(_known(form, f"{form} 现行数据", f"accepted rows of the versions of {form} that count", rows))
    tables.append(_versions(versions))
    findings = warehouse.findings([v.submission_id for v in versions])
    tables.append(
        _known("findings", "审核发现（逐行）", "findings, row by row", findings.drop_columns(["load_id", "verdict_id"]))
    )
    edition = _published(context, period, as_of)
    if edition is not None:
        tables += _ranking(edition)
    return tables, edition


def _published(context: Context, period: str, as_of: datetime | None) -> Edition | None:
    found = [
        e
        for e in context.warehouse.editions.all(period)
        if e.published_at and (as_of is None or e.published_at <= as_of)
    ]
    return found[-1] if found else None


def _known(name: str, zh: str, en: str, rows: pa.Table) -> DeliveredTable:
    return DeliveredTable(name, zh, en, rows, {column: FIELDS[column] for column in rows.column_names})


def _versions(versions: Sequence[SubmissionRow]) -> DeliveredTable:
    columns: dict[str, pa.Array] = {
        "submission_id": pa.array([v.submission_id for v in versions], pa.string()),
        "unit_code": pa.array([v.unit_code for v in versions], pa.string()),
        "period": pa.array([v.period for v in versions], pa.string()),
        "form": pa.array([v.form for v in versions], pa.string()),
        "version": pa.array([v.version for v in versions], pa.int64()),
        "arrived_at": pa.array([v.arrived_at for v in versions], pa.timestamp("us", tz="UTC")),
        "current": pa.array([v.current for v in versions], pa.bool_()),
        "state": pa.array([v.state for v in versions], pa.string()),
        "verdict": pa.array([v.word for v in versions], pa.string()),
    }
    own = {
        "current": Field("current", "flag", "是否现行版本", "whether this version counts"),
        "state": Field("state", "code", "状态", "state"),
        "verdict": Field("verdict", "code", "审核结论", "verdict"),
    }
    for name, zh, en in (
        ("received", "收到行数", "rows received"),
        ("accepted", "采用行数", "rows accepted"),
        ("quarantined", "隔离行数", "rows quarantined"),
        ("not_data", "非数据行数", "rows that are no data"),
        ("errors", "强制性错误数", "errors"),
        ("queries", "核实项数", "queries"),
    ):
        columns[name] = pa.array([getattr(v, name) for v in versions], pa.int64())
        own[name] = Field(name, "integer", zh, en)
    columns["file_name"] = pa.array([v.name for v in versions], pa.string())
    columns["sha256"] = pa.array([v.sha256 for v in versions], pa.string())
    own["file_name"] = Field("file_name", "text", "文件名", "name of the file as sent")
    own["sha256"] = Field("sha256", "code", "文件 SHA-256", "SHA-256 of the file")
    fields = {name: own.get(name) or FIELDS[name] for name in columns}
    return DeliveredTable("submissions", "报送版本", "every version with its verdict", pa.table(columns), fields)


def _ranking(edition: Edition) -> list[DeliveredTable]:
    """Ranking and indicators as they were published; amounts in the measure of the form."""
    document: Any = edition.document
    units, measure = document["units"], str(document.get("measure") or "")
    own = {
        "edition_id": Field("edition_id", "code", "版次", "edition"),
        "unit_name": Field("unit_name", "text", "单位名称", "name of the unit"),
        "score": Field("score", "amount", "得分", "score", "分"),
        "ytd": Field("ytd", "amount", "本年累计", "cumulative from January", measure),
        "base": Field("base", "amount", "可比基数", "comparable base", measure),
        "indicator": Field("indicator", "code", "指标", "indicator of the method"),
        "value": Field("value", "text", "计分值", "value that was scored, a decimal"),
        "points": Field("points", "text", "得分", "points of the indicator"),
        "weight": Field("weight", "text", "权重", "weight after spreading", "%"),
    }
    ranked = pa.table(
        {
            "edition_id": pa.array([edition.edition_id for _ in units], pa.string()),
            "period": pa.array([edition.period for _ in units], pa.string()),
            "unit_code": pa.array([u["unit"] for u in units], pa.string()),
            "unit_name": pa.array([u["name"] for u in units], pa.string()),
            "rank": pa.array([u["rank"] for u in units], pa.int64()),
            "score": _decimals(u["score"] for u in units),
            "ytd": _decimals(u["ytd"] for u in units),
            "base": _decimals(u["base"] for u in units),
            "growth": pa.array([_rate(u["growth"]) for u in units], pa.float64()),
            "growth_official": pa.array([_rate(u["growth_official"]) for u in units], pa.float64()),
        }
    )
    scored = [(u["unit"], key, one) for u in units for key, one in u["indicators"].items()]
    indicators = pa.table(
        {
            "edition_id": pa.array([edition.edition_id for _ in scored], pa.string()),
            "period": pa.array([edition.period for _ in scored], pa.string()),
            "unit_code": pa.array([unit for unit, _, _ in scored], pa.string()),
            "indicator": pa.array([key for _, key, _ in scored], pa.string()),
            **{n: pa.array([one[n] for _, _, one in scored], pa.string()) for n in ("value", "points", "weight")},
        }
    )
    return [
        DeliveredTable(name, zh, en, rows, {n: own.get(n) or FIELDS[n] for n in rows.column_names})
        for name, zh, en, rows in (
            ("rankings", "排名（已发布）", "the published ranking", ranked),
            ("indicators", "排名指标（已发布）", "indicators of the published ranking", indicators),
        )
    ]


def _decimals(values: Any) -> pa.Array:
    return pa.array(
        [None if v is None else Decimal(str(v)).quantize(Decimal("0.0001")) for v in values], pa.decimal128(20, 4)
    )


def _rate(value: Any) -> float | None:
    return None if value is None else float(value)
