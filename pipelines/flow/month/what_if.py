"""`saima rank --method M --what-if FILE`: the month ranked another way. Composed from the newest closing, never saved: no draft, no
edition, no audit entry comes of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...errors import ConfigError, Refused
from ...model.periods import Period
from ...model.programme import Method, ScoredIndicator
from ...model.ranking import INDICATORS, RankedUnit, Ranking, Ratio, UnitInputs
from ...ranking import rank
from ...ranking.explain_points import Explanation, explain_points
from ...ranking.peer_groups import group_ranks, size_classes
from ...ranking.point_methods import DEPENDS_ON_OTHERS, METHODS
from ..runtime.context import Context
from .compose_edition import compose
from .draft import newest_closing
from .option_counts import with_option_counts
from .what_if_documents import (
    AnchorChange,
    ContributionRow,
    ExplanationRow,
    OvertakingRow,
    UnitChange,
    WhatIfDocument,
    WhatIfFile,
    WhatIfIndicator,
    WhatIfUnit,
)

_CHANGEABLE = tuple(
    field.name
    for field in fields(Method)
    if field.name
    not in ("name", "indicator", "base_source", "signatures", "public_ranking", "show_levels", "indicators")
    and field.name not in ("unit_scope", "groups", "further", "disclosure")
)
"""Numbers of method.toml that a what-if file may set."""


def rank_what_if(
    context: Context,
    period: Period,
    now: datetime,
    method_name: str | None = None,
    file: Path | None = None,
    groups: str | None = None,
    explain: str | None = None,
) -> WhatIfDocument:
    """The month by another method, with other numbers or inputs. Refused for an open month; ConfigError for a wrong file."""
    own = context.programme.method
    if method_name is not None and method_name not in METHODS:
        raise Refused(
            f"没有排名方法 {method_name}", f"no such method: {method_name}", f"可用 / allowed: {', '.join(METHODS)}"
        )
    changes = _read(file) if file is not None else WhatIfFile()
    closing = newest_closing(context, period)
    composed = compose(context, period, closing, f"{period}-e0", now).ranking
    method = _changed_method(replace(own, name=method_name or own.name), changes, file)  # type: ignore[arg-type]
    known_inputs = [unit.inputs for unit in composed.units]
    inputs = _changed_inputs(
        with_option_counts(context, method, period, closing.closed_at, known_inputs),
        _by_code(context, changes, file),
        file,
    )
    ranking = rank(inputs, composed.city, method, context.programme.seasonal.get(period.month), period)
    classes = _groups(context, ranking, groups or method.groups or None)
    places = group_ranks(ranking, classes)
    edition = context.warehouse.editions.newest(str(period))
    known: Any = edition.document["units"] if edition else []
    before = {unit["unit"]: unit["rank"] for unit in known}
    published = edition is not None and edition.published_at is not None
    return WhatIfDocument(
        period=str(period),
        method=method.name,
        basis=ranking.basis,
        edition=edition.edition_id if edition else None,
        depends_on_others=DEPENDS_ON_OTHERS.get(method.name),
        groups=groups or method.groups or None,
        units=[_row(unit, before.get(unit.unit_code), classes, places) for unit in ranking.units],
        explanation=_explained(context, ranking, method, explain, published) if explain else None,
    )


def _read(file: Path) -> WhatIfFile:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"), parse_float=Decimal)
        return WhatIfFile.model_validate(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(file, None, "不是可读的 TOML 文件", f"not a readable TOML file: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(file, None, f"{place} 不对", f"{place}: {first['msg']}") from error


def _changed_method(method: Method, changes: WhatIfFile, file: Path | None) -> Method:
    for key in changes.method:
        if key not in _CHANGEABLE:
            raise ConfigError(file or "", None, f"没有可改的数 {key}", f"no such number: {key}", _CHANGEABLE)
    whole = ("score_from_month", "min_library_projects")
    values: dict[str, Any] = {key: int(v) if key in whole else v for key, v in changes.method.items()}
    known = [indicator.key for indicator in method.indicators]
    for key in changes.indicators:
        if key not in known:
            raise ConfigError(
                file or "", None, f"没有指标 {key}", f"no such indicator: {key}", tuple(known) or INDICATORS
            )
    indicators = tuple(_changed_anchor(i, changes.indicators.get(i.key)) for i in method.indicators)
    return replace(method, **values, indicators=tuple(i for i in indicators if i.weight))


def _changed_anchor(indicator: ScoredIndicator, change: AnchorChange | None) -> ScoredIndicator:
    given = {} if change is None else {k: v for k, v in change.model_dump().items() if v is not None}
    changed = replace(indicator, **given)
    if not changed.lo < changed.mid < changed.hi:
        raise Refused(
            f"{changed.key} 须有 lo < mid < hi",
            f"{changed.key}: lo < mid < hi is required",
            "改 lo、mid、hi / change them",
        )
    return changed


def _by_code(context: Context, changes: WhatIfFile, file: Path | None) -> WhatIfFile:
    """Units that are named in the file by their codes; ConfigError where two names mean one unit, of which one would be lost."""
    units: dict[str, UnitChange] = {}
    for key, own in changes.units.items():
        unit = context.programme.roster.find(key)
        code = unit.code if unit else key
        if code in units:
            raise ConfigError(file or "", None, f"单位 {code} 写了两次（{key}）", f"unit {code} stands twice ({key})")
        units[code] = own
    return changes.model_copy(update={"units": units})


def _changed_inputs(units: Sequence[UnitInputs], changes: WhatIfFile, file: Path | None) -> list[UnitInputs]:
    codes = tuple(unit.unit_code for unit in units)
    for code in changes.units:
        if code not in codes:
            raise ConfigError(file or "", None, f"没有参评单位 {code}", f"no such ranking unit: {code}", codes[:20])
    return [_changed_unit(unit, changes.units.get(unit.unit_code)) for unit in units]


def _changed_unit(unit: UnitInputs, change: UnitChange | None) -> UnitInputs:
    if change is None:
        return unit
    given: dict[str, Any] = {k: v for k, v in change.model_dump().items() if v is not None}
    for key in ("major_projects", "new_starts", "stage_punctuality", "service"):
        if key in given:
            given[key] = Ratio(given[key], Decimal(1))
    return replace(unit, **given)


def _groups(context: Context, ranking: Ranking, by: str | None) -> dict[str, str]:
    if by is None:
        return {}
    if by == "size":
        return size_classes({unit.unit_code: unit.inputs.base for unit in ranking.units})
    if by == "kind":
        roster = context.programme.roster
        kinds = {unit.unit_code: roster.get(unit.unit_code) for unit in ranking.units}
        return {code: unit.kind if unit else "" for code, unit in kinds.items()}
    raise Refused(f"没有分组 {by}", f"no such groups: {by}", "可用 / allowed: kind, size")


def _row(
    unit: RankedUnit, before: int | None, classes: Mapping[str, str], places: Mapping[str, int | None]
) -> WhatIfUnit:
    code = unit.unit_code
    return WhatIfUnit(
        unit=code,
        name=unit.name,
        rank=unit.rank,
        rank_in_edition=before,
        score=unit.score,
        growth=unit.growth,
        group=classes.get(code),
        group_rank=places.get(code) if code in classes else None,
        indicators={
            key: WhatIfIndicator(value=i.value, points=i.points, weight=i.weight) for key, i in unit.indicators.items()
        },
        deductions=dict(unit.deductions),
    )


def _explained(context: Context, ranking: Ranking, method: Method, unit: str, published: bool) -> ExplanationRow:
    found = context.programme.roster.find(unit)
    told: Explanation | None = explain_points(ranking, found.code if found else unit, method, published)
    if told is None:
        raise Refused(
            f"没有参评单位 {unit}", f"no such ranking unit: {unit}", "写单位代码或名称 / give its code or name"
        )
    return ExplanationRow(
        unit=told.unit_code,
        rank=told.rank,
        score=told.score,
        above=told.above,
        distance=told.distance,
        contributions=[
            ContributionRow(
                indicator=c.indicator, value=c.value, points=c.points, weight=c.weight, gives=c.gives, lost=c.lost
            )
            for c in told.contributions
        ],
        deductions=dict(told.deductions),
        overtaking=[OvertakingRow(indicator=o.indicator, value=o.value, needed=o.needed) for o in told.overtaking],
    )
