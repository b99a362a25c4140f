"""ranking.csv: UTF-8 with BOM (spreadsheets open it right), numbers plain, text that a spreadsheet would run neutralised."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from ..model.formulas import arithmetic, growth, schedule_completion
from ..model.ranking import DEDUCTIONS, DISPATCH_INDICATORS, INDICATORS, RankedUnit, Ranking
from .comparison import Comparison, compare_units
from .edition_context import EditionContext
from .figures import RATE_PLACES, fixed, plain

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

COLUMNS: tuple[str, ...] = (
    "rank",
    "unit_code",
    "unit_name",
    "state",
    "score",
    "growth_rank",
    "movement",
    "growth_change_pp",
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


UNDER_DEDUCTIONS = ("workdays_late", "unanswered_queries", "data_rows", "unanswered_share")
"""What the deductions rest on."""


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading = + - @ (also full-width), tab or line break gets a '."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def ranking_csv(ranking: Ranking, edition: EditionContext) -> bytes:
    """One row a unit in the order of the table, the whole city last (state `city`); empty = absent. Amounts in the measure of the
    form, rates as fractions, changes in percentage points."""
    against = compare_units(ranking, edition)
    keys = [key for key in INDICATORS if any(key in unit.indicators for unit in ranking.units)]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    scored = [f"{key}_{part}" for key in keys for part in ("value", "points", "weight")]
    counted = [f"{key}_{part}" for key in DISPATCH_INDICATORS for part in ("numerator", "denominator")]
    deducted = [f"deduction_{key}" for key in DEDUCTIONS]
    marked = any(unit.inputs.growth_mark for unit in ranking.units)
    more = ("growth_mark",) if marked else ()
    writer.writerow([*COLUMNS, *scored, *counted, *deducted, *UNDER_DEDUCTIONS, "remarks", *more])
    for unit in ranking.units:
        line = _row(unit, keys, against[unit.unit_code])
        writer.writerow([*line, *((unit.inputs.growth_mark,) if marked else ())])
    writer.writerow(_city(ranking, len(scored) + len(counted) + len(deducted) + len(UNDER_DEDUCTIONS) + 1 + len(more)))
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


def _row(unit: RankedUnit, keys: list[str], against: Comparison) -> list[str | int | None]:
    inputs = unit.inputs
    scored: list[str | int | None] = []
    for key in keys:
        i = unit.indicators[key]
        scored += [fixed(i.value, 8), fixed(i.points, 6), plain(i.weight)]
    counts: list[str | int | None] = []
    for key in DISPATCH_INDICATORS:
        ratio = inputs.counted(key)
        counts += [plain(ratio.numerator), plain(ratio.denominator)] if ratio else [None, None]
    return [
        unit.rank,
        safe_text(unit.unit_code),
        safe_text(unit.name),
        inputs.state,
        fixed(unit.score, 2),
        unit.growth_rank,
        against.movement,
        plain(against.growth_change_pp),
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
        *counts,
        *(plain(unit.deductions[key]) for key in DEDUCTIONS),
        inputs.workdays_late,
        inputs.unanswered_queries,
        inputs.data_rows,
        fixed(inputs.unanswered_share, 8),
        safe_text(";".join(unit.remarks)),
    ]


def _city(ranking: Ranking, rest: int) -> list[str | int | None]:
    """The whole city: level, base, growth, target and completion; nothing of it is ranked."""
    city = ranking.city
    with arithmetic():
        done = schedule_completion(city.ytd, city.annual_target, ranking.seasonal_share or Decimal(0))
        rate = growth(city.ytd, city.base)
    known: dict[str, str | int | None] = {
        "unit_code": safe_text(city.code or ""),
        "unit_name": safe_text(city.zh),
        "state": "city",
        "ytd": plain(city.ytd),
        "base": plain(city.base),
        "annual_target": plain(city.annual_target),
        "growth": _rate(rate),
        "growth_official": _rate(city.growth_official),
        "schedule_completion": _rate(done),
    }
    return [*(known.get(column) for column in COLUMNS), *([None] * rest)]


def _rate(value: Decimal | None) -> str | None:
    return None if value is None else plain(Decimal(str(fixed(value, RATE_PLACES))))
