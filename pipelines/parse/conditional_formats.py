"""Conditional formats: what a rule makes of a figure (nothing of it seen, another unit or scale, struck through), wherever it holds.
A rule that a number decides is asked with the number of each cell; one that this program cannot decide is taken to hold, for whoever
hides a figure means to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import unescape

from pipelines.model.raw import Cell, CellAddress, column_number

from .conditional_rules import Area, Effect, Rule, comparison, expression
from .facts import SheetFacts
from .number_formats import shows_percent, shows_percent_text
from .paper_colour import FAINT_XML
from .texts_beside import elements
from .workbook_xml import style_sheet

_OPERATORS = {
    "lessThan": "<",
    "lessThanOrEqual": "<=",
    "greaterThan": ">",
    "greaterThanOrEqual": ">=",
    "equal": "=",
    "notEqual": "<>",
    "between": "between",
    "notBetween": "notBetween",
}
_NEVER = frozenset(("containsBlanks", "containsErrors", "containsText", "beginsWith", "endsWith", "timePeriod"))
"""Kinds of rules that hold for no number that a return is read with."""
_FORMATTING = re.compile(rb"<(?:\w+:)?conditionalFormatting(?=[\s>])([^>]*)>")
_RULE = re.compile(
    rb"<(?:\w+:)?cfRule(?=[\s>])([^>]*?)(?:/>|>((?:(?!<(?:\w+:)?cfRule[\s>]).)*?)</(?:\w+:)?cfRule>)", re.DOTALL
)
_FORMULA = re.compile(rb"<(?:\w+:)?(?:formula|f)(?:\s[^>]*)?>([^<]*)</")
_SQREF = re.compile(rb"<(?:\w+:)?sqref(?:\s[^>]*)?>([^<]*)</")
_NO_FIGURE = re.compile(rb"""<(?:\w+:)?(?:dataBar|iconSet)\s[^>]*showValue=["'](?:0|false)["']""")
_DXFS = re.compile(rb"<(?:\w+:)?dxfs[\s>]")
_DXF = re.compile(rb"<(?:\w+:)?dxf(?:\s[^>]*)?(?:/>|>(?:(?!<(?:\w+:)?dxf[\s/>]).)*?</(?:\w+:)?dxf>)", re.DOTALL)
_CODE = re.compile(rb"""<(?:\w+:)?numFmt\s[^>]*formatCode=(?:"([^"]*)"|'([^']*)')""")
_STRIKE = re.compile(rb"""<(?:\w+:)?strike(?!\s+val=["'](?:0|false))[\s/>]""")
_GROUND = re.compile(rb"<(?:\w+:)?(?:bgColor|fgColor)\s")
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?\Z")
MAX_RULES, MAX_LOOKED = 2_000, 2_000_000
"""Rules, and numbers that they are asked with, of a sheet: no return has more."""


def with_rules(facts: SheetFacts, rows: Sequence[Sequence[Cell]], first_row: int, first_column: int) -> SheetFacts:
    """The facts of a sheet with what its rules make of the numbers in `rows`; the first rule that holds for a cell counts."""
    if not facts.rules:
        return facts
    seen: dict[CellAddress, Effect] = {}
    looked = 0
    for rule in facts.rules:
        for place, value in _numbers(rule.areas, rows, first_row, first_column):
            looked += 1
            if place not in seen and rule.holds(value):
                seen[place] = rule.effect
        if looked > MAX_LOOKED:
            break
    unseen = {place for place, effect in seen.items() if effect.unseen}
    struck = {place for place, effect in seen.items() if effect.struck}
    codes = {place: effect.code for place, effect in seen.items() if effect.code}
    percent = {place for place, code in codes.items() if shows_percent(code)}
    written = {place for place, code in codes.items() if shows_percent_text(code)}
    return replace(
        facts,
        faint=facts.faint | unseen,
        struck=facts.struck | struck,
        percent=facts.percent | percent,
        percent_text=facts.percent_text | written,
        by_value={**facts.by_value, **{place: code for place, code in codes.items() if place not in percent | written}},
    )


def _numbers(
    areas: Iterable[Area], rows: Sequence[Sequence[Cell]], first_row: int, first_column: int
) -> Iterator[tuple[CellAddress, float]]:
    """The numbers inside the areas, with their addresses."""
    for top, left, bottom, right in areas:
        for row in range(max(top, first_row), min(bottom, first_row + len(rows) - 1) + 1):
            cells = rows[row - first_row]
            for column in range(max(left, first_column), min(right, first_column + len(cells) - 1) + 1):
                cell = cells[column - first_column]
                if cell.__class__ in (int, float) and math.isfinite(cell):
                    yield (row, column), float(cell)


def xlsx_rules(sheet: bytes, parts: Mapping[str, bytes]) -> tuple[Rule, ...]:
    """Of a sheet of an xlsx, in the order of their priority; `parts` of its workbook hold the styles."""
    begin = sheet.find(b"onditionalFormatting", max(0, sheet.rfind(b"sheetData")))
    if begin < 0:
        return ()
    section = next(elements(style_sheet(parts), _DXFS, b"dxfs>"), b"")
    effects = [_effect(dxf) for dxf in _DXF.findall(section)]
    found: list[tuple[int, Rule]] = []
    for formatting in elements(sheet[max(0, begin - 16) :], _FORMATTING, b"onditionalFormatting>"):
        tag, inside = _FORMATTING.match(formatting), _SQREF.search(formatting)
        sqref = _attribute(tag[1], b"sqref") if tag is not None else ""
        areas = tuple(_areas(sqref or (inside[1].decode("ascii", "replace") if inside else "")))
        for attributes, body in _RULE.findall(formatting)[: MAX_RULES - len(found)]:
            number = _attribute(attributes, b"dxfId")
            own = _DXF.search(body)
            effect = _effect(own[0]) if own else Effect()
            if number.isdigit() and int(number) < len(effects):
                effect = effects[int(number)]
            if _NO_FIGURE.search(body):
                effect = replace(effect, unseen=True)
            if effect == Effect() or (kind := _attribute(attributes, b"type")) in _NEVER:
                continue
            formulas = [unescape(one.decode("utf-8", "replace")).strip() for one in _FORMULA.findall(body)]
            sign, limits, never = _condition(kind, _attribute(attributes, b"operator"), formulas)
            if not never and areas:
                priority = _attribute(attributes, b"priority")
                order = int(priority) if priority.isdecimal() and len(priority) < 10 else 0
                found.append((order, Rule(areas, effect, sign, limits)))
    return tuple(rule for _, rule in sorted(found, key=lambda one: one[0]))


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"(?:^|\s)" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return unescape((found[1] or found[2] or b"").decode("utf-8", "replace")) if found else ""


def _effect(dxf: bytes) -> Effect:
    """What a format of a rule makes of a cell; white on a ground of its own is seen."""
    code = _CODE.search(dxf)
    text = unescape((code[1] or code[2] or b"").decode("utf-8", "replace")) if code else ""
    white = FAINT_XML.search(dxf) is not None and _GROUND.search(dxf) is None
    return Effect(white, _STRIKE.search(dxf) is not None, text)


def _condition(kind: str, operator: str, formulas: Sequence[str]) -> tuple[str, tuple[float, ...], bool]:
    """(sign, limits, whether it never holds for a number); no sign where it cannot be told."""
    if kind == "cellIs":
        return comparison(_OPERATORS.get(operator, ""), formulas)
    if kind == "expression" and formulas:
        return expression(formulas[0])
    return "", (), False


def _areas(text: str) -> Iterator[Area]:
    """J4:J6 L4 → areas."""
    for one in text.split():
        found = _AREA.match(one)
        if found:
            left, top = column_number(found[1]), int(found[2])
            yield top, left, int(found[4] or top), column_number(found[3]) if found[3] else left
