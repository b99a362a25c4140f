"""The files of `saima rank --what-if`: what a reader may change (method, anchors, inputs of units), and the document that answers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

Text = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json")]
Rate = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
Number = Annotated[Decimal, Field(ge=-(10**12), le=10**12)]
"""Beyond it no amount, anchor or number of a method lies, and arithmetic with 28 digits has no answer."""


class Closed(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnchorChange(Closed):
    """Other anchors or another weight of an indicator; what is absent stays."""

    weight: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    lo: Number | None = None
    mid: Number | None = None
    hi: Number | None = None


class UnitChange(Closed):
    """Other inputs of a unit: amounts in the method's measure, the dispatch indicators as ratios."""

    ytd: Number | None = None
    base: Annotated[Number, Field(ge=0)] | None = None
    annual_target: Annotated[Number, Field(ge=0)] | None = None
    major_projects: Annotated[Number, Field(ge=0)] | None = None
    new_starts: Annotated[Decimal, Field(ge=0, le=1)] | None = None
    stage_punctuality: Annotated[Decimal, Field(ge=0, le=1)] | None = None
    service: Annotated[Decimal, Field(ge=0, le=1)] | None = None
    workdays_late: Annotated[int, Field(ge=0)] | None = None
    snail_projects: Annotated[int, Field(ge=0)] | None = None
    new_major_projects: Annotated[int, Field(ge=0)] | None = None


class WhatIfFile(Closed):
    """The file: `[method]` numbers of method.toml, `[indicators.growth]` anchors and weights, `[units.330481]` inputs
    (a unit by its code or name)."""

    method: Mapping[str, Number] = {}
    indicators: Mapping[str, AnchorChange] = {}
    units: Mapping[str, UnitChange] = {}


class WhatIfIndicator(Closed):
    value: Rate | None
    points: Text | None
    weight: Text


class WhatIfUnit(Closed):
    unit: str
    name: str
    rank: int | None
    rank_in_edition: int | None
    score: Text | None
    growth: Rate | None
    group: str | None
    group_rank: int | None
    indicators: dict[str, WhatIfIndicator]
    deductions: dict[str, Text]


class ContributionRow(Closed):
    indicator: str
    value: Rate | None
    points: Text | None
    weight: Text
    gives: Text
    lost: Text


class OvertakingRow(Closed):
    indicator: str
    value: Rate
    needed: Rate | None


class ExplanationRow(Closed):
    unit: str
    rank: int | None
    score: Text | None
    above: str | None
    distance: Text | None
    contributions: list[ContributionRow]
    deductions: dict[str, Text]
    overtaking: list[OvertakingRow]


class WhatIfDocument(Closed):
    """`what_if` is always true: this is no edition and may not be published. `edition`: the one it is compared with."""

    period: str
    what_if: Literal[True] = True
    method: str
    basis: str
    edition: str | None
    depends_on_others: str | None
    groups: str | None
    units: list[WhatIfUnit]
    explanation: ExplanationRow | None
