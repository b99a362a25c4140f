"""Closed months: what the period rules found over the current rows, once per identity of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from pipelines.model.findings import Finding, RuleRun
from pipelines.model.loading import MonthClose

from ..db import audit_log
from ..db.database import Database
from ..db.locking import lock_for_appending
from ..db.recorded_rows import content_hash
from ..db.row_values import from_row
from ..db.schema import MONTH_CLOSE, PERIOD_FINDING
from . import month_inputs


class MonthClosings:
    """The closings of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self, closing: MonthClose, findings: Sequence[tuple[str, Finding]] = ()) -> bool:
        """Records that a period closed with its inputs; False where it had before (nothing is written then)."""
        with self._database.write() as connection:
            return record_close(connection, closing, findings)

    def all(self, period: str | None = None) -> list[MonthClose]:
        """Closings, oldest first."""
        with self._database.read() as connection:
            return closes(connection, period)

    def findings(self, period: str, inputs_hash: str) -> list[tuple[str, Finding]]:
        """What the period rules found when the period closed with these inputs: (unit_code, finding)."""
        with self._database.read() as connection:
            return period_findings(connection, period, inputs_hash)

    def loaded_before_period_since(self, period: str, since: datetime) -> bool:
        """Whether a version of an earlier period was loaded after that moment: what was closed since rests on other figures."""
        with self._database.read() as connection:
            return month_inputs.loaded_before_period_since(connection, period, since)


def record_close(connection: sa.Connection, closing: MonthClose, findings: Sequence[tuple[str, Finding]]) -> bool:
    """Records a closing with its findings; False where this period was closed with these inputs before."""
    period, inputs_hash = closing.period, closing.inputs_hash
    key = (MONTH_CLOSE.c.period == period) & (MONTH_CLOSE.c.inputs_hash == inputs_hash)
    lock_for_appending(connection, MONTH_CLOSE.name)  # two who close at once have the same inputs
    if connection.scalar(sa.select(MONTH_CLOSE.c.period).where(key)) is not None:
        return False
    last = connection.scalar(sa.select(sa.func.max(MONTH_CLOSE.c.ordinal)).where(MONTH_CLOSE.c.period == period))
    connection.execute(
        MONTH_CLOSE.insert().values(
            period=period,
            inputs_hash=inputs_hash,
            ordinal=(last or 0) + 1,
            closed_at=closing.closed_at,
            reason=closing.reason,
            missing=list(closing.missing),
            rule_runs=[asdict(run) for run in closing.rule_runs],
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
    detail: dict[str, object] = {"inputs_hash": inputs_hash, "reason": closing.reason, "missing": list(closing.missing)}
    detail |= {"findings": len(findings), "content": closing_content(connection, period, inputs_hash)}
    audit_log.append(connection, closing.closed_at, "saima", "close", period, detail)
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
        from_row(MonthClose, r, missing=tuple(r.missing), rule_runs=tuple(RuleRun(**run) for run in r.rule_runs))
        for r in connection.execute(query)
    ]


def period_findings(connection: sa.Connection, period: str, inputs_hash: str) -> list[tuple[str, Finding]]:
    """What the period rules found, as (unit_code, finding), in the order they were given."""
    table = PERIOD_FINDING.c
    query = sa.select(PERIOD_FINDING).where(table.period == period, table.inputs_hash == inputs_hash)
    return [
        (r.unit_code, from_row(Finding, r, row=r.row_no, answered=bool(r.answered)))
        for r in connection.execute(query.order_by(table.ordinal))
    ]
