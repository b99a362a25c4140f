"""ranking.jsonstat.json: the observations of an edition as a JSON-stat 2.0 dataset (json-stat.org)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from ..model.measures import measure_of
from .edition_context import EditionContext
from .edition_marks import marks_of
from .edition_texts import title
from .observations import CONF_STATUS, OBS_STATUS, Observation, areas, figures_of
from .sdmx_files import decimals, unit_of


class JsonStatUnit(BaseModel):
    """How the figures of a category are measured: an amount in the measure of its form, 万元 / CNY 10,000."""

    label: str
    decimals: int


class JsonStatCategory(BaseModel):
    """The codes of a dimension, in order, with their names."""

    index: list[str]
    label: dict[str, str]
    unit: dict[str, JsonStatUnit] | None = None


class JsonStatDimension(BaseModel):
    """One dimension."""

    label: str
    category: JsonStatCategory


class JsonStatStatus(BaseModel):
    """What the codes under `status` mean: OBS_STATUS, a colon, CONF_STATUS."""

    label: dict[str, str]


class JsonStatDataset(BaseModel):
    """The dataset; `value` and `status` are sparse: position in the cube → value."""

    version: Literal["2.0"] = "2.0"
    class_: Literal["dataset"] = Field(default="dataset", serialization_alias="class")
    label: str
    source: str
    updated: str
    note: list[str]
    extension: dict[str, Any]
    id: list[str]
    size: list[int]
    role: dict[str, list[str]]
    dimension: dict[str, JsonStatDimension]
    value: dict[str, float | int]
    status: dict[str, str]


def json_stat(found: tuple[Observation, ...], edition: EditionContext, updated: datetime) -> bytes:
    """The file; amounts in the measure of their form, rates as fractions."""
    period, places, figures = str(edition.period), areas(found), figures_of(found)
    subjects = tuple({one.subject.code: one.subject for one in found}.values())
    dimensions = {
        "TIME_PERIOD": _dimension("报告期 / period", {period: period}),
        "SUBJECT": _dimension("指标 / subject", {s.code: f"{s.zh} / {s.en}" for s in subjects}),
        "REF_AREA": _dimension("地区 / area", {area.code: area.name for area in places}),
        "FIGURE": _dimension("数值 / figure", {f.key: f"{f.zh} / {f.en}" for f in figures}),
    }
    measures = [measure_of(code, edition.programme.measures) for code in sorted({s.measure for s in subjects})]
    amounts = ", ".join(f"{measure.zh} / {measure.en}" for measure in measures)
    dimensions["FIGURE"].category.unit = {
        f.key: JsonStatUnit(label=amounts if f.kind == "amount" else unit_of(f, ""), decimals=decimals(f))
        for f in figures
    }
    size = [len(dimension.category.index) for dimension in dimensions.values()]
    cell = _positions([d.category.index for d in dimensions.values()])
    at = [(str(cell(period, one)), one) for one in found]
    marks = marks_of(edition)
    labelled = marks.prefixed(title(edition))
    statuses = {f"{o}:{c}": f"{OBS_STATUS[o][1]}; {CONF_STATUS[c][1]}" for _, one in at for o, c in (_pair(one),)}
    document = JsonStatDataset(
        label=f"{labelled.zh} / {labelled.en}",
        source=edition.programme.imprint.source or edition.programme.zh,
        updated=updated.isoformat(),
        note=[
            *(f"{mark.zh} / {mark.en}" for mark in marks.all),
            "状态：OBS_STATUS:CONF_STATUS / status: OBS_STATUS:CONF_STATUS (SDMX)",
        ],
        extension={
            "edition": edition.edition_id,
            "state": edition.state,
            "figures": "final" if marks.final else "provisional",
            "simulated": marks.simulated,
            "demonstration": marks.demonstration,
            "status": JsonStatStatus(label=statuses).model_dump(),
        },
        id=list(dimensions),
        size=size,
        role={"time": ["TIME_PERIOD"], "geo": ["REF_AREA"], "metric": ["FIGURE"]},
        dimension=dimensions,
        value={place: _number(one) for place, one in at if one.value is not None},
        status={place: ":".join(_pair(one)) for place, one in at},
    )
    return (document.model_dump_json(by_alias=True, exclude_none=True, indent=1, ensure_ascii=False) + "\n").encode()


def _dimension(label: str, names: dict[str, str]) -> JsonStatDimension:
    return JsonStatDimension(label=label, category=JsonStatCategory(index=list(names), label=names))


def _positions(index: list[list[str]]) -> Any:
    """The place of an observation in the cube, last dimension fastest."""
    places = [{code: place for place, code in enumerate(codes)} for codes in index]

    def cell(period: str, one: Observation) -> int:
        flat = 0
        for known, code in zip(places, (period, one.subject.code, one.area.code, one.figure.key), strict=True):
            flat = flat * len(known) + known[code]
        return flat

    return cell


def _pair(one: Observation) -> tuple[str, str]:
    return one.obs_status, one.conf_status


def _number(one: Observation) -> float | int:
    text = str(one.value)
    return int(text) if text.lstrip("-").isdigit() else float(text)
