"""The ranking as it may be told where levels are not public (`show_levels = false`; domain_decisions §6)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ..model.ranking import IndicatorScore, RankedUnit, Ranking
from .figures import as_printed

LEVEL_INDICATORS = ("growth", "excess_pull", "schedule_completion")
"""Their points together with the printed growth would give away a unit's level."""


def without_levels(ranking: Ranking) -> Ranking:
    """The ranking as printed where levels are not public (`show_levels = false`): score, points, growth and rank.

    Pull, completion, targets and everything a level could be recomputed from is left out (domain_decisions §6); rates are rounded as
    printed, since an unrounded ratio of two amounts gives both by rational reconstruction.
    """
    parents = (
        replace(g, ytd=None, base=None, summed_ytd=None, summed_base=None, residual=None, growth=_printed(g.growth))
        for g in ranking.parents
    )
    return replace(
        ranking,
        units=tuple(_without_levels(unit) for unit in ranking.units),
        city=replace(
            ranking.city,
            ytd=None,
            base=None,
            annual_target=None,
            growth_official=_printed(ranking.city.growth_official),
            total_growth=_printed(ranking.city.total_growth),
        ),
        city_growth=_printed(ranking.city_growth),
        parents=tuple(parents),
        median_base=None,
        min_base=Decimal(0),
    )


def _printed(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else as_printed(rate)


def _without_levels(unit: RankedUnit) -> RankedUnit:
    inputs = replace(
        unit.inputs,
        base=None,
        ytd=None,
        official_ytd=None,
        month=None,
        annual_target=None,
        growth_official=_printed(unit.inputs.growth_official),
        growth_computed=_printed(unit.growth),
        major_projects=None,
        new_starts=None,
        stage_punctuality=None,
        service=None,
    )
    indicators = {
        key: IndicatorScore(None, None if key in LEVEL_INDICATORS else score.points, score.weight)
        for key, score in unit.indicators.items()
    }
    return replace(
        unit,
        inputs=inputs,
        growth=_printed(unit.growth),
        shrunk_growth=None,
        pull_pp=None,
        contribution=None,
        schedule_completion=None,
        indicators=indicators,
    )
