"""Histories of units that continue others: a merged, split or renumbered unit is judged against what its predecessors reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

import sqlalchemy as sa

from pipelines.model.concordance import Concordance, joined
from pipelines.model.history import HistoryNeeds, HistoryPolicy, UnitHistory
from pipelines.model.periods import Period

from ..db.schema import CURRENT_SUBMISSION

_REACH = 24
"""Months looked back for an accepted one of all predecessors."""


def with_predecessors(
    connection: sa.Connection, form: str, period: str, histories: Mapping[str, UnitHistory], policy: HistoryPolicy
) -> dict[str, UnitHistory]:
    """The histories, those of successors made of their predecessors' submissions; a month counts where all of them have one."""
    concordance = policy.concordance
    heirs = [unit for unit in histories if unit in concordance.successors]
    if not heirs:
        return dict(histories)
    accepted = _accepted(connection, form, period, {a for unit in heirs for a in concordance.ancestors(unit)})
    done = dict(histories)
    for unit in heirs:
        done[unit] = _history(unit, policy.of(form), Period.parse(period), histories[unit], accepted, concordance)
    return done


def _accepted(connection: sa.Connection, form: str, period: str, units: Iterable[str]) -> dict[Period, dict[str, str]]:
    table = CURRENT_SUBMISSION.c
    query = sa.select(table.period, table.unit_code, table.submission_id).where(
        table.form == form, table.period < period, table.unit_code.in_(sorted(units))
    )
    found: dict[Period, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(query):
        found[Period.parse(row.period)][row.unit_code] = row.submission_id
    return found


def _history(
    unit: str,
    needs: HistoryNeeds,
    now: Period,
    own: UnitHistory,
    accepted: Mapping[Period, Mapping[str, str]],
    concordance: Concordance,
) -> UnitHistory:
    def of(then: Period) -> str | None:
        """The submissions of a month that make up the unit, under one name."""
        there = accepted.get(then, {})
        sources = concordance.sources(unit, then, now)
        if any(code not in there for code, _ in sources):
            return None
        return joined(tuple((there[code], share) for code, share in sources))

    months = [now.shift(-back) for back in range(1, _REACH + 1)]
    past = [(then, name) for then in months if (name := of(then)) is not None]
    return replace(
        own,
        previous=past[0][1] if past else None,
        previous_period=str(past[0][0]) if past else None,
        annual_final=of(Period(now.year - 1, 12)),
        recent=tuple(name for _, name in past[: needs.recent]),
        year_ago=of(now.same_month_last_year) if needs.year_ago else None,
    )
