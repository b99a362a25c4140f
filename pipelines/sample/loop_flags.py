"""Which library projects of the simulated city deserve a red flag at the end of a month, the best first."""

from __future__ import annotations

from .loop_rows import LoopRows, last_day


def flags_in_order(rows: LoopRows, month: int) -> list[tuple[int, float, str, str]]:
    """(−days ahead, −p capped at 1.10, unit, project): every due stage on or before plan and p ≥ 1; nothing is known of inspections."""
    fit = []
    for p in (project for own in rows.people.library.values() for project in own):
        record = rows.units[p.unit].records[p.number]
        late = any(record.actual.get(stage, 10_000) > record.plan[stage] for stage in record.due(month))
        ahead = sum(
            _month_end(record.plan[stage]) - _month_end(record.actual[stage])
            for stage in record.plan
            if stage not in record.na and record.actual.get(stage, 10_000) <= month
        )
        if not late and record.planned[month] > 0 and record.done[month] >= record.planned[month]:
            share = min(record.done[month] / record.planned[month], 1.1)
            fit.append((-ahead, -share, p.unit, rows.code(p)))
    return sorted(fit)


def _month_end(month: int) -> int:
    return last_day(month).toordinal()
