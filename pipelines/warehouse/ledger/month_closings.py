"""Closed months: what the period rules found over the current rows, once per identity of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from pipelines.model.findings import Finding, RuleRun
from pipelines.model.loading import MonthClose

from ..db import audit_log
from ..db.recorded_rows import content_hash
from ..db.schema import MONTH_CLOSE, PERIOD_FINDING


def close(
    connection: sa.Connection,
    period: str,
    inputs_hash: str,
    closed_at: datetime,
    reason: str,
    missing: Sequence[str],
    findings: Sequence[tuple[str, Finding]],
    rule_runs: Sequence[RuleRun],
) -> bool:
    """Records a closing with its findings; False where this period was closed with these inputs before."""
    key = (MONTH_CLOSE.c.period == period) & (MONTH_CLOSE.c.inputs_hash == inputs_hash)
    if connection.scalar(sa.select(MONTH_CLOSE.c.period).where(key)) is not None:
        return False
    last = connection.scalar(sa.select(sa.func.max(MONTH_CLOSE.c.ordinal)).where(MONTH_CLOSE.c.period == period))
    connection.execute(
        MONTH_CLOSE.insert().values(
            period=period,
            inputs_hash=inputs_hash,
            ordinal=(last or 0) + 1,
            closed_at=closed_at,
            reason=reason,
            missing=list(missing),
            rule_runs=[asdict(run) for run in rule_runs],
        )
    )
    if findings:
        connection.execute(
            PERIOD_FINDING.insert(),
            [
                {
                    "period": period,
                    "inputs_hash": inputs_hash,
                    "ordinal": number,
                    "unit_code": unit,
                    "row_no": finding.row,
                    **{name: value for name, value in asdict(finding).items() if name != "row"},
                }
                for number, (unit, finding) in enumerate(findings, start=1)
            ],
        )
    detail: dict[str, object] = {"inputs_hash": inputs_hash, "reason": reason, "missing": list(missing)}
    detail |= {"findings": len(findings), "content": closing_content(connection, period, inputs_hash)}
    audit_log.append(connection, closed_at, "saima", "close", period, detail)
    return True


def closing_content(connection: sa.Connection, period: str, inputs_hash: str) -> str:
    """Hash over what the period rules found and how each fared; the audit log carries it."""
    key = (MONTH_CLOSE.c.period == period) & (MONTH_CLOSE.c.inputs_hash == inputs_hash)
    table = PERIOD_FINDING.c
    query = sa.select(PERIOD_FINDING).where(table.period == period, table.inputs_hash == inputs_hash)
    found = [content_hash(dict(row._mapping)) for row in connection.execute(query.order_by(table.ordinal))]
    return content_hash({"rule_runs": connection.scalar(sa.select(MONTH_CLOSE.c.rule_runs).where(key)), "found": found})


def closes(connection: sa.Connection, period: str | None = None) -> list[MonthClose]:
    """Closings by period, oldest first."""
    query = sa.select(MONTH_CLOSE).order_by(MONTH_CLOSE.c.period, MONTH_CLOSE.c.ordinal)
    if period is not None:
        query = query.where(MONTH_CLOSE.c.period == period)
    return [
        MonthClose(
            r.period,
            r.inputs_hash,
            r.closed_at,
            r.reason,
            tuple(r.missing),
            tuple(RuleRun(**run) for run in r.rule_runs),
        )
        for r in connection.execute(query)
    ]


def period_findings(connection: sa.Connection, period: str, inputs_hash: str) -> list[tuple[str, Finding]]:
    """What the period rules found, as (unit_code, finding), in the order they were given."""
    table = PERIOD_FINDING.c
    query = sa.select(PERIOD_FINDING).where(table.period == period, table.inputs_hash == inputs_hash)
    return [
        (
            r.unit_code,
            Finding(
                rule=r.rule,
                level=r.level,
                severity=r.severity,
                message_zh=r.message_zh,
                message_en=r.message_en,
                sheet=r.sheet,
                cell=r.cell,
                row=r.row_no,
                field=r.field,
                value=r.value,
                answered=bool(r.answered),
            ),
        )
        for r in connection.execute(query.order_by(table.ordinal))
    ]
