"""ranking.json: the shape of `saima rank --json` (DESIGN §8), and the hash of what the signers approve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ..model.formulas import arithmetic, growth, schedule_completion
from ..model.lifecycle import STAGE_ZH, FunnelStage
from ..model.rank_document import (
    CityDocument,
    ComparedEdition,
    CountedDocument,
    FunnelStageDocument,
    FurtherDocument,
    ParentDocument,
    RankDocument,
    RankedUnitDocument,
)
from ..model.ranking import DISPATCH_INDICATORS, ParentFigures, RankedUnit, Ranking, Ratio
from .comparison import Comparison, comparable_method, compare_units
from .differences import changes
from .edition_context import EditionContext
from .figures import fixed, plain
from .imprint_lines import imprint_document
from .method_parameters import parameters_of
from .readers_notes import told

UNSIGNED = (
    "edition",
    "edition_number",
    "revision",
    "state",
    "drafted_at",
    "published_at",
    "signatures",
    "demonstration",
    "imprint",
    "content_hash",
)
"""Fields of the document that are about the act of signing and releasing, not about what is signed."""


def rank_document(ranking: Ranking, edition: EditionContext) -> RankDocument:
    """The ranking as JSON: growth rates are numbers (fractions), amounts, scores, values, points and weights decimal
    strings in the form's measure, what is absent is null. `units` holds ranking units only; the whole city is `city`.
    Where an edition of the month is published already, `corrects` names it and `changes` lists every changed cell."""
    against = compare_units(ranking, edition)
    document: RankDocument = {
        "period": ranking.period,
        "edition": edition.edition_id,
        "edition_number": edition.number,
        "revision": edition.revision,
        "figures": "final" if edition.final else "provisional",
        "state": edition.state,
        "programme": edition.programme.name,
        "simulated": edition.programme.simulated,
        "demonstration": edition.demonstration,
        "method": ranking.method,
        "method_version": ranking.method_version,
        "basis": ranking.basis,
        "indicator": edition.programme.method.indicator,
        "scope": edition.programme.method.unit_scope or None,
        "measure": edition.measure,
        "parameters": parameters_of(ranking, edition),
        "city": _city(ranking),
        "compared_with": _compared_with(ranking, edition),
        "units": [_unit(unit, against[unit.unit_code]) for unit in ranking.units],
        "withheld": [{"zh": zh, "en": en} for zh, en in edition.told.withheld],
        "notes": [{"zh": text.zh, "en": text.en} for text in told(ranking, edition)],
        "blocking": [{"zh": text.zh, "en": text.en} for text in edition.blocking],
        "decisions": [
            {"kind": d.kind, "about": d.about.zh, "reason": d.reason, "by": d.by, "at": d.at.isoformat()}
            for d in edition.told.decisions
        ],
        "drafted_at": edition.drafted_at.isoformat(),
        "published_at": edition.published_at.isoformat() if edition.published_at else None,
        "signatures": [
            {"role": s.role, "name": s.name, "at": s.at.isoformat(), "demonstration": s.demonstration}
            for s in edition.signatures
        ],
        "content_hash": "",
    }
    if imprint := imprint_document(edition.programme.imprint):
        document["imprint"] = imprint
    if edition.funnel:
        document["funnel"] = [_funnel_stage(one) for one in edition.funnel]
    if edition.corrects:
        document["corrects"] = edition.corrects[0]
    if ranking.parents:
        document["parents"] = [_parent_document(group) for group in ranking.parents]
    if edition.further:
        document["further"] = [_further_document(further, edition.about(p)) for p, further in edition.further]
    if edition.corrects:
        document["changes"] = changes(edition.corrects[1], document, edition.programme.method.show_levels)
    document["content_hash"] = document_hash(document)
    return document


def _funnel_stage(one: FunnelStage) -> FunnelStageDocument:
    return {
        "stage": one.stage,
        "zh": STAGE_ZH[one.stage],
        "projects": one.projects,
        "reached": one.reached,
        "due": one.due,
        "overdue": one.overdue,
        "in_stage": one.in_stage,
    }


def content_hash(ranking: Ranking, edition: EditionContext) -> str:
    """SHA-256 of the decision-relevant content: the same before and after signing, another when any figure changes."""
    return rank_document(ranking, edition)["content_hash"]


def to_json(document: Mapping[str, Any]) -> bytes:
    """Deterministic UTF-8 JSON for people and machines."""
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def document_hash(document: Mapping[str, Any]) -> str:
    """The hash of what is signed of a document: of all its fields but those about signing and releasing."""
    signed = {key: value for key, value in document.items() if key not in UNSIGNED}
    text = json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()


def _counted(ratio: Ratio | None) -> CountedDocument | None:
    """Numerator and denominator as counted; null where the indicator is not applicable to the unit."""
    return None if ratio is None else {"numerator": plain(ratio.numerator), "denominator": plain(ratio.denominator)}


def _rate(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _compared_with(ranking: Ranking, edition: EditionContext) -> ComparedEdition | None:
    """The edition of the month before; places are compared only under the same method and basis."""
    if not edition.previous:
        return None
    method, basis = edition.previous_method or (ranking.method, ranking.basis)
    return {
        "edition": edition.previous_edition,
        "method": method,
        "basis": basis,
        "same_method": comparable_method(ranking, edition),
    }


def _parent_document(group: ParentFigures) -> ParentDocument:
    document: ParentDocument = {
        "unit": group.code,
        "name": group.name,
        "ytd": plain(group.ytd),
        "base": plain(group.base),
        "own": group.own,
        "growth": _rate(group.growth),
        "summed_ytd": plain(group.summed_ytd),
        "summed_base": plain(group.summed_base),
        "coverage": {"units": group.covered[0], "of": group.covered[1]},
        "residual": plain(group.residual),
    }
    if group.growth_mark:
        document["growth_mark"] = group.growth_mark
    return document


def _further_document(ranking: Ranking, edition: EditionContext) -> FurtherDocument:
    """The ranking of one of the further indicators: city and units as those of the lead one, measure and scope its own."""
    method = edition.programme.method
    return {
        "indicator": method.indicator,
        "scope": method.unit_scope or None,
        "measure": edition.measure,
        "rank_by": method.rank_by,
        "min_base": plain(ranking.min_base) if method.show_levels else None,
        "city": _city(ranking),
        "units": [_unit(unit, Comparison()) for unit in ranking.units],
    }


def _city(ranking: Ranking) -> CityDocument:
    city = ranking.city
    with arithmetic():
        done = schedule_completion(city.ytd, city.annual_target, ranking.seasonal_share or Decimal(0))
    document: CityDocument = {
        "unit": city.code,
        "name": city.zh,
        "name_en": city.en,
        "ytd": plain(city.ytd),
        "base": plain(city.base),
        "growth": _rate(growth(city.ytd, city.base)),
        "growth_official": _rate(city.growth_official),
        "annual_target": plain(city.annual_target),
        "schedule_completion": _rate(done),
        "total_investment_growth": _rate(city.total_growth),
        "rank_level_province": city.rank_level_province,
        "rank_growth_province": city.rank_growth_province,
    }
    if city.growth_mark:
        document["growth_mark"] = city.growth_mark
    if city.covered:
        document["coverage"] = {"units": city.covered[0], "of": city.covered[1]}
    return document


def _unit(unit: RankedUnit, against: Comparison) -> RankedUnitDocument:
    inputs = unit.inputs
    document: RankedUnitDocument = {
        "unit": unit.unit_code,
        "name": unit.name,
        "name_en": unit.name_en,
        "state": inputs.state,
        "rank": unit.rank,
        "score": fixed(unit.score, 2),
        "ytd": plain(inputs.ytd),
        "base": plain(inputs.base),
        "month": plain(inputs.month),
        "annual_target": plain(inputs.annual_target),
        "growth": _rate(unit.growth),
        "growth_official": _rate(inputs.growth_official),
        "growth_rank": unit.growth_rank,
        "growth_change_pp": plain(against.growth_change_pp),
        "movement": against.movement,
        "shrunk_growth": _rate(unit.shrunk_growth),
        "pull_pp": _rate(unit.pull_pp),
        "contribution": _rate(unit.contribution),
        "schedule_completion": _rate(unit.schedule_completion),
        "indicators": {
            key: {"value": fixed(i.value, 8), "points": fixed(i.points, 6), "weight": plain(i.weight)}
            for key, i in unit.indicators.items()
        },
        "deductions": {key: plain(value) for key, value in unit.deductions.items()},
        "counts": {key: _counted(inputs.counted(key)) for key in DISPATCH_INDICATORS},
        "workdays_late": inputs.workdays_late,
        "unanswered": {
            "queries": inputs.unanswered_queries,
            "rows": inputs.data_rows,
            "share": fixed(inputs.unanswered_share, 8),
        },
        "remarks": list(unit.remarks),
    }
    if inputs.growth_mark:
        document["growth_mark"] = inputs.growth_mark
    return document
