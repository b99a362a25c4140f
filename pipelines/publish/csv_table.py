"""ranking.csv: UTF-8 with BOM (spreadsheets open it right), numbers plain, text that a spreadsheet would run neutralised."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from ..model.ranking import DEDUCTIONS, INDICATORS, RankedUnit, Ranking
from .figures import RATE_PLACES, fixed, plain

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

COLUMNS: tuple[str, ...] = (
    "rank",
    "unit_code",
    "unit_name",
    "state",
    "score",
    "growth_rank",
    "ytd",
    "base",
    "month",
    "annual_target",
    "growth",
    "growth_official",
    "shrunk_growth",
    "pull_pp",
    "contribution",
    "schedule_completion",
)


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading = + - @ (also full-width), tab or line break gets a '."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def ranking_csv(ranking: Ranking) -> bytes:
    """One row a unit in the order of the table; empty = absent. Amounts in the measure of the form, rates as fractions."""
    keys = [key for key in INDICATORS if any(key in unit.indicators for unit in ranking.units)]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    scored = [f"{key}_{part}" for key in keys for part in ("value", "points", "weight")]
    marked = any(unit.inputs.growth_mark for unit in ranking.units)
    more = ("growth_mark",) if marked else ()
    writer.writerow([*COLUMNS, *scored, *(f"deduction_{key}" for key in DEDUCTIONS), "workdays_late", "remarks", *more])
    for unit in ranking.units:
        writer.writerow([*_row(unit, keys), *((unit.inputs.growth_mark,) if marked else ())])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


PARENT_COLUMNS = (
    "unit_code",
    "unit_name",
    "ytd",
    "base",
    "own_figure",
    "growth",
    "growth_mark",
    "summed_ytd",
    "summed_base",
    "units_in",
    "units_all",
    "residual",
)


def parents_csv(ranking: Ranking) -> bytes:
    """One row a parent of ranking units; amounts in the measure of the form, rates as fractions."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(PARENT_COLUMNS)
    for group in ranking.parents:
        writer.writerow(
            [
                safe_text(group.code),
                safe_text(group.name),
                plain(group.ytd),
                plain(group.base),
                "yes" if group.own else "no",
                _rate(group.growth),
                group.growth_mark,
                plain(group.summed_ytd),
                plain(group.summed_base),
                *group.covered,
                plain(group.residual),
            ]
        )
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _row(unit: RankedUnit, keys: list[str]) -> list[str | int | None]:
    inputs = unit.inputs
    scored: list[str | int | None] = []
    for key in keys:
        i = unit.indicators[key]
        scored += [fixed(i.value, 8), fixed(i.points, 6), plain(i.weight)]
    return [
        unit.rank,
        safe_text(unit.unit_code),
        safe_text(unit.name),
        inputs.state,
        fixed(unit.score, 2),
        unit.growth_rank,
        plain(inputs.ytd),
        plain(inputs.base),
        plain(inputs.month),
        plain(inputs.annual_target),
        _rate(unit.growth),
        _rate(inputs.growth_official),
        _rate(unit.shrunk_growth),
        _rate(unit.pull_pp),
        _rate(unit.contribution),
        _rate(unit.schedule_completion),
        *scored,
        *(plain(unit.deductions[key]) for key in DEDUCTIONS),
        inputs.workdays_late,
        safe_text(";".join(unit.remarks)),
    ]


def _rate(value: Decimal | None) -> str | None:
    return None if value is None else plain(Decimal(str(fixed(value, RATE_PLACES))))
