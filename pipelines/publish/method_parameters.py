"""What the scores of an edition were computed with, as its document says it."""

from __future__ import annotations

from ..model.programme import ScoredIndicator
from ..model.rank_document import AnchorDocument, ParametersDocument
from ..model.ranking import Ranking
from .edition_context import EditionContext
from .figures import plain
from .scoring_words import OPTIONS, POINT_NUMBERS


def parameters_of(ranking: Ranking, edition: EditionContext) -> ParametersDocument:
    """The numbers that the scores were computed with, as decimal strings; those of an option or of one method only where it is used."""
    method = edition.programme.method
    document: ParametersDocument = {
        "n": len(ranking.units),
        "ranked": ranking.ranked_count,
        "median_base": plain(ranking.median_base),
        "min_base": plain(ranking.min_base) if edition.programme.method.show_levels else None,
        "city_base": plain(ranking.city.base),
        "city_growth": plain(ranking.city_growth),
        "seasonal_share": plain(ranking.seasonal_share),
        "kappa": plain(ranking.kappa),
        "late_per_workday": plain(method.late_per_workday),
        "late_cap": plain(method.late_cap),
        "queries_factor": plain(method.queries_factor),
        "queries_cap": plain(method.queries_cap),
        "queries_each": plain(method.queries_each),
        "anchors": [_anchor(anchor) for anchor in ranking.anchors],
    }
    names = [
        *POINT_NUMBERS.get(ranking.method, ()),
        *(name for pair in OPTIONS if getattr(method, pair[0]) for name in pair),
    ]
    if names and ranking.basis == "score":
        document["numbers"] = {name: plain(getattr(method, name)) or "0" for name in names}
    return document


def _anchor(anchor: ScoredIndicator) -> AnchorDocument:
    return {
        "key": anchor.key,
        "zh": anchor.zh,
        "en": anchor.en,
        "weight": plain(anchor.weight),
        "lo": plain(anchor.lo),
        "mid": plain(anchor.mid),
        "hi": plain(anchor.hi),
    }
