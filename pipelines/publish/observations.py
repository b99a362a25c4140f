"""The figures of an edition one by one, as SDMX and JSON-stat want them: area × subject × figure, with the status of each.

OBS_STATUS (SDMX CL_OBS_STATUS) says what the value is: A normal, P provisional, L exists but was not collected, O missing, M cannot exist
(not applicable), Q suppressed. CONF_STATUS (CL_CONF_STATUS) says who may see it: F free, C confidential. They are two attributes: a
provisional figure is free, a suppressed one says nothing about its quality.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..model.ranking import SUPPRESSED
from .edition_context import EditionContext
from .edition_figures import Figure, FigureColumn, FigureTable

WHOLE = "_T"
"""SDMX's code for a total, where the whole has no code of its own."""
OBS_STATUS = {
    "A": ("正常（正式数）", "Normal (final)"),
    "P": ("初步数", "Provisional"),
    "L": ("未报", "Missing: exists, not collected"),
    "O": ("暂缺", "Missing value"),
    "M": ("不适用", "Missing: cannot exist (not applicable)"),
    "Q": ("不予公布", "Missing: suppressed"),
}
CONF_STATUS = {"F": ("公开", "Free"), "C": ("保密", "Confidential")}
_MISSING_BY_STATE = {"missing": "L", "rejected": "O", "unranked": "O"}


@dataclass(frozen=True)
class Area:
    """An area of the edition: a ranking unit, the whole, or a parent of units."""

    code: str
    name: str


@dataclass(frozen=True)
class Subject:
    """What is ranked: an indicator in its scope, with the measure of its amounts."""

    code: str
    zh: str
    en: str
    measure: str


@dataclass(frozen=True)
class Observation:
    """One figure; `value` as printed for machines, None where there is none, and then the status says why."""

    area: Area
    subject: Subject
    figure: FigureColumn
    value: str | int | None
    obs_status: str
    conf_status: str


def observations(
    edition: EditionContext, lead: FigureTable, further: Sequence[FigureTable], parents: FigureTable | None
) -> tuple[Observation, ...]:
    """Every figure of the lead ranking, the `further` ones (in the edition's order) and the parents' table, in the order of the tables. A
    column without a single figure is left out: an edition without levels does not list which levels it keeps back."""
    found = [*_of(lead, subject(edition), edition)]
    for (programme, _), table in zip(edition.further, further, strict=True):
        found += _of(table, subject(edition.about(programme)), edition)
    if parents is not None:
        found += _of(parents, subject(edition), edition)
    return tuple(found)


def subject(edition: EditionContext) -> Subject:
    """The indicator that the edition ranks."""
    method, (zh, en) = edition.programme.method, edition.indicator_names
    scope = {"属地": "_territorial", "管理": "_managed"}.get(method.unit_scope, "")
    return Subject(f"{method.indicator}{scope}", zh, en, edition.measure)


def areas(found: Iterable[Observation]) -> tuple[Area, ...]:
    """Each area once, as first met."""
    return tuple({one.area.code: one.area for one in found}.values())


def figures_of(found: Iterable[Observation]) -> tuple[FigureColumn, ...]:
    """Each figure once, as first met."""
    return tuple({one.figure.key: one.figure for one in found}.values())


def _of(table: FigureTable, about: Subject, edition: EditionContext) -> Iterator[Observation]:
    numeric = [
        (place, column)
        for place, column in enumerate(table.columns)
        if column.kind != "text" and any(row[place] is not None for row in table.rows)
    ]
    for row, record in zip(table.rows, table.records(), strict=True):
        area = Area(str(record["unit_code"] or WHOLE), str(record["unit_name"]))
        for place, column in numeric:
            value = row[place]
            if value is None and record.get("state") == "city" and not _whole_withheld(record, column):
                continue
            yield Observation(area, about, column, value, *_status(value, column, record, edition))


_WITHHELD_WITH_TOTAL = ("growth", "growth_official", "ytd", "base", "summed_ytd", "summed_base", "residual")
"""Figures of a total that disclosure control keeps back; the mark stands in place of its growth."""


def _whole_withheld(record: dict[str, Figure], column: FigureColumn) -> bool:
    """Whether the whole has this figure and it is kept back; what it never has is no observation."""
    return record.get("growth_mark") == "suppressed" and column.key in _WITHHELD_WITH_TOTAL


def _status(value: Figure, column: FigureColumn, record: dict[str, Figure], edition: EditionContext) -> tuple[str, str]:
    if value is not None:
        return ("A" if edition.final else "P"), "F"
    marked = record.get("growth_mark") == "suppressed" and column.key in _WITHHELD_WITH_TOTAL
    if marked or SUPPRESSED in str(record.get("remarks") or "").split(";"):
        return "Q", "C"
    return _MISSING_BY_STATE.get(str(record.get("state")), "M"), "F"
