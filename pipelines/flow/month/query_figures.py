"""The figures that the queries of a month are weighed against: selective editing, asked first what moves a unit's total most."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ...indicators.impact import Impact, expected_ytd, impact
from ...model.periods import Period
from ...model.scopes import same_scope
from ..records.history_rows import history_rows
from ..records.submission_status import SubmissionStatus
from ..runtime.context import Context


class QueryFigures:
    """The figures a query is weighed against: the unit's total and base, each row's value now and last month."""

    def __init__(self, context: Context, period: Period, sent: Sequence[SubmissionStatus]) -> None:
        self._context, self._programme, self._period = context, context.programme, period
        self._warehouse = context.warehouse
        self._totals: dict[str, Decimal] = {}
        self._bases: dict[str, Decimal] = {}
        self._expected: dict[str, Decimal] = {}
        for s in sent:
            role = self._programme.forms[s.form].role
            if role not in ("level", "base") or s.latest is None:
                continue
            for row in self._rows(s.form, _submission_of(s)):
                if role == "level":
                    if row["ytd"] is not None:
                        self._totals[s.unit.code] = row["ytd"]
                    if row["ytd_last_year"] is not None:
                        self._bases.setdefault(s.unit.code, row["ytd_last_year"])
                elif row["base"] is not None:
                    self._bases[row["area_code"]] = row["base"]
            previous, then = s.latest.history.previous, s.latest.history.previous_period
            if role == "level" and previous and then and Period.parse(then).year == period.year:
                for row in self._ranked(history_rows(context, s.form, [previous])):
                    self._expected[s.unit.code] = expected_ytd(
                        row["ytd"], self._programme.seasonal, period.month, Period.parse(then).month
                    )

    def _rows(self, form: str, submission: str) -> list[dict[str, Any]]:
        return self._ranked(self._warehouse.facts(form, [submission], accepted_only=False))

    def _ranked(self, rows: pa.Table) -> list[dict[str, Any]]:
        """Rows of the indicator and count that the ranking uses."""
        method = self._programme.method
        return [
            r
            for r in rows.to_pylist()
            if r["indicator"] == method.indicator and same_scope(r["scope"], method.unit_scope)
        ]

    def of_unit(self, unit: str) -> Impact:
        """The unit as a whole: a query about its total."""
        total = self._totals.get(unit)
        return impact(total, self._expected.get(unit, Decimal(0)), total, self._bases.get(unit))

    def of_rows(self, s: SubmissionStatus) -> dict[int, Impact]:
        """Row → impact, for one version; none for a form without an amount."""
        assert s.latest is not None
        field, key = self._programme.forms[s.form].amount, self._programme.forms[s.form].key
        rows = self._warehouse.facts(s.form, [_submission_of(s)], accepted_only=False).to_pylist() if field else []
        history = s.latest.history
        before: dict[tuple[Any, ...], Decimal | None] = {}
        month: int | None = None
        if field and history.previous and history.previous_period:
            then = Period.parse(history.previous_period)
            month = then.month if then.year == self._period.year else None
            before = {
                tuple(r[k] for k in key): r[field]
                for r in history_rows(self._context, s.form, [history.previous]).to_pylist()
            }
        unit = s.unit.code
        return {
            r["row_no"]: impact(
                r[field],
                expected_ytd(before.get(tuple(r[k] for k in key)), self._programme.seasonal, self._period.month, month),
                self._totals.get(unit),
                self._bases.get(unit),
            )
            for r in rows
        }


def _submission_of(status: SubmissionStatus) -> str:
    return status.latest.submission_id if status.latest else ""
