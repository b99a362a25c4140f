"""What the name of an indicator says in brackets about its row: a unit of amount, a month, that the figure is expected or of another
kind. The name is an entry of a list, and what stands behind it was passed over: 制造业投资（亿元） in a row of 万元 was read as 万元."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.model.forms import FormLayout
from pipelines.model.header_text import bracket_texts, months_named
from pipelines.model.periods import Period
from pipelines.model.raw import RawSheet, cell_address
from pipelines.model.submissions import Problem

from .declared import amount_unit, is_money
from .figure_words import EXPECTED, other_kind, other_period
from .further_tables import Known
from .headers import DetectedTable
from .rows import RowClasses

_PARTS = re.compile("[、,;]")


def indicator_words(sheet: RawSheet, table: DetectedTable, classes: RowClasses, known: Known) -> list[Problem]:
    """A04 where a name gives its row another unit of amount than the row, title or header do, A05 where it names another month, a query
    where it calls the figure expected or of another kind; the first of each."""
    found: dict[str, Problem] = {}
    for number, column, row_unit, name in _names(sheet, table, classes):
        said = [part for text in bracket_texts(name) for part in _PARTS.split(text)]
        for problem in (
            _other_unit(said, row_unit, table.layout, known),
            _other_month(said, known),
            _expected(said, table.layout),
            _other_figures(said, known),
        ):
            if problem is not None and problem.rule not in found:
                cell = cell_address(number, column) if sheet.row_numbers[0] else ""
                found[problem.rule] = Problem(
                    problem.rule, sheet.label, cell, number, "indicator", name, params=problem.params
                )
    return list(found.values())


def _names(sheet: RawSheet, table: DetectedTable, classes: RowClasses) -> Iterator[tuple[int, int, str, str]]:
    """(row, column, unit that the row states, name) of the names with brackets."""
    at, measure = table.columns.get("indicator"), table.columns.get("measure")
    for i in classes.data if at is not None and not table.indicator else ():
        row = sheet.rows[i]
        if (
            at is None
            or at >= len(row)
            or not isinstance(name := row[at], str)
            or not any(mark in name for mark in "(（[【")
        ):
            continue
        stated = row[measure] if measure is not None and measure < len(row) else ""
        yield sheet.row_numbers[i], at + sheet.first_column, str(stated or ""), name


def _other_unit(said: list[str], row_unit: str, layout: FormLayout, known: Known) -> Problem | None:
    own = amount_unit(row_unit, layout, whole=True) if row_unit else None
    expected = [own] if own else known[2]
    for text in said:
        unit = amount_unit(text, layout, whole=True)
        if unit is None and is_money(text):
            return Problem(
                "A04", params={"kind": "not_allowed", "unit": text, "allowed": ", ".join(layout.amount_units)}
            )
        factors = {layout.amount_units[one] for one in expected if one in layout.amount_units}
        if unit is not None and factors and layout.amount_units[unit] not in factors:
            return Problem("A04", params={"kind": "measure_mismatch", "expected": "、".join(expected), "got": unit})
    return None


def _other_month(said: list[str], known: Known) -> Problem | None:
    months = {month for text in said for month in months_named(text)}
    wanted = {Period.parse(period).month for period in known[1]}
    if not months or not wanted or months & wanted:
        return None
    params = {"first": "、".join(known[1]), "first_source": "title", "second": "、".join(said), "second_source": "rows"}
    return Problem("A05", params={"kind": "contradiction", **params})


def _expected(said: list[str], layout: FormLayout) -> Problem | None:
    text = next((text for text in said if EXPECTED.search(text)), None)
    if text is None or layout.domain == "dispatch":
        return None
    return Problem("A03", value=text, params={"kind": "expected_figures", "severity": "query", "said": text})


def _other_figures(said: list[str], known: Known) -> Problem | None:
    """制造业投资（当月）: a figure of another kind, or up to another month, than the row's columns hold."""
    text = next((text for text in said if other_kind(text) or other_period(text, known[1])), None)
    if text is None:
        return None
    return Problem("A03", value=text, params={"kind": "other_figures", "severity": "query", "said": text})
