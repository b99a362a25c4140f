"""What each unit's submission of a form and period is judged against: its last accepted month, the year's final, its sibling form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipelines.model.history import HistoryPolicy, UnitHistory

from ..db.in_lists import chunks
from ..db.schema import CURRENT_SUBMISSION
from .predecessors import with_predecessors
from .rulings import tokens


def histories(
    connection: sa.Connection, form: str, period: str, units: Sequence[str], policy: HistoryPolicy
) -> dict[str, UnitHistory]:
    """What each unit's submission of this form and period is judged against, as the ledger stands; every unit has an entry."""
    wanted, needs = set(units), policy.of(form)
    table = CURRENT_SUBMISSION.c
    columns = (table.unit_code, table.period, table.submission_id)
    december = f"{int(period[:4]) - 1:04d}-12"
    previous = _previous(connection, form, period, table.period >= f"{int(period[:4]) - 1:04d}")
    for silent in chunks(wanted - previous.keys()):
        previous |= _previous(connection, form, period, table.unit_code.in_(silent))
    finals = sa.select(*columns).where(table.form == form, table.period == december)
    final = {row.unit_code: row.submission_id for row in connection.execute(finals)}
    beside = sa.select(*columns).where(table.form == needs.sibling, table.period == period)
    sibling = {row.unit_code: row.submission_id for row in connection.execute(beside)}
    held = tokens(connection, form, period)
    recent = _recent(connection, form, period, needs.recent)
    last_year = f"{int(period[:4]) - 1:04d}{period[4:]}"
    ago = sa.select(*columns).where(table.form == form, table.period == last_year)
    year_ago = {row.unit_code: row.submission_id for row in connection.execute(ago)} if needs.year_ago else {}
    found = {
        unit: UnitHistory(
            previous=previous[unit].submission_id if unit in previous else None,
            previous_period=previous[unit].period if unit in previous else None,
            annual_final=final.get(unit),
            sibling=sibling.get(unit),
            recent=tuple(recent.get(unit, ())),
            year_ago=year_ago.get(unit),
            rulings=" ".join(held.get(unit, ())),
        )
        for unit in wanted
    }
    return with_predecessors(connection, form, period, found, policy)


def _previous(connection: sa.Connection, form: str, period: str, among: sa.ColumnElement[bool]) -> dict[str, Any]:
    """unit → its last accepted submission of the form before the period; `among`: which rows are looked at."""
    table = CURRENT_SUBMISSION.c
    query = sa.select(table.unit_code, table.period, table.submission_id).where(table.form == form, among)
    return {r.unit_code: r for r in connection.execute(query.where(table.period < period).order_by(table.period))}


def _recent(connection: sa.Connection, form: str, period: str, most: int) -> dict[str, list[str]]:
    """unit → its last accepted months before the period, newest first, as many as the form's rules look at."""
    if not most:
        return {}
    table = CURRENT_SUBMISSION.c
    # two years back is further than six accepted months of any unit that still reports
    query = (
        sa.select(table.unit_code, table.submission_id)
        .where(table.form == form, table.period < period, table.period >= f"{int(period[:4]) - 2:04d}-01")
        .order_by(table.period.desc())
    )
    found: dict[str, list[str]] = defaultdict(list)
    for unit, submission in connection.execute(query):
        if len(found[unit]) < most:
            found[unit].append(submission)
    return found
