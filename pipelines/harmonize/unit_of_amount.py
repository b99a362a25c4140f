"""In which unit of amount a table and its columns are: stated in manifest, title or header; disagreement and silence are A04."""

from __future__ import annotations

import re

import pyarrow as pa

from pipelines.model.fields import FIELDS
from pipelines.model.forms import FormLayout
from pipelines.model.raw import ParsedFile, RawSheet, cell_address
from pipelines.model.submissions import Problem, ReadOptions

from .declared import Title, amount_unit, decide, declared_amount_units, is_money
from .headers import DetectedTable
from .table import Casting, Units

_LABEL = re.compile(r"^(?:计量|金额)?单位[::]?")
_SPOKEN = re.compile(r"(?:均?以|按)((?:人民币)?[十百千万亿]*元)(?:为单位|计算?|填报)")
_PARTS = re.compile(r"[、,;:]|[-—](?=[十百千万亿]*元)")
_OTHER = re.compile(r"[十百千万亿]*元[/每].+|[%％‰]")
"""An amount that is one of something else: 万元/亩, a share."""


def units_of(
    sheet: RawSheet, table: DetectedTable, parsed: ParsedFile, title: Title, options: ReadOptions
) -> tuple[Units, list[Problem]]:
    """Unit of amount of the table and of the columns that name their own; disagreement is A04."""
    layout = table.layout
    sources, problems = declared_amount_units(options, parsed.meta, title, layout)
    chosen, contradictions = decide("A04", "", sources, sheet.label)
    problems += contradictions
    own: dict[str, str] = {}
    row = sheet.row_numbers[table.bottom]
    for name, declared in table.units.items():
        texts = [part for text in declared for part in _stated(_LABEL.sub("", text))]
        unit = next((u for text in texts if (u := amount_unit(text, layout, whole=True))), None)
        if FIELDS[name].type != "amount":
            continue
        if unit is None:
            problems += [
                _not_allowed(sheet, table, name, text) for text in texts if is_money(text) or _OTHER.fullmatch(text)
            ]
            continue
        own[name] = unit
        if chosen is not None and layout.amount_units[unit] != layout.amount_units[chosen]:
            at = table.columns[name]
            params = {
                "kind": "contradiction",
                "first": chosen,
                "first_source": sources[0].source,
                "second": unit,
                "second_source": "header",
            }
            cell = cell_address(row, at + sheet.first_column) if row else ""
            problems.append(Problem("A04", sheet.label, cell, row, name, unit, params))
    stated = chosen is not None
    chosen = chosen or layout.default_unit
    factor = layout.amount_units[chosen] if chosen else None
    return Units(factor, {name: layout.amount_units[unit] for name, unit in own.items()}, stated), problems


def _stated(text: str) -> list[str]:
    """What the brackets of a header say, and what they say beside something else: (不含税,元), (以元计)."""
    spoken = _SPOKEN.search(text)
    return [text, *(_PARTS.split(text) if _PARTS.search(text) else ()), *([spoken[1]] if spoken else ())]


def unstated(casting: Casting, units: Units, layout: FormLayout, rows: pa.Table) -> list[Problem]:
    """A04 where amounts stand in columns whose unit nobody states: neither title, manifest, header nor the rows."""
    if units.factor is not None:
        return []
    stated = casting.values.get("measure")
    if layout.grain == "indicator" and stated is not None and all(str(text or "").strip() for text in stated):
        return []
    bare = [
        name
        for name in casting.values
        if FIELDS[name].type == "amount" and name not in units.columns and rows[name].null_count < len(rows)
    ]
    if not bare:
        return []
    params = {"kind": "unresolved", "allowed": ", ".join(layout.amount_units), "fields": ", ".join(bare)}
    return [Problem("A04", casting.sheet.label, field=bare[0], params=params)]


def _not_allowed(sheet: RawSheet, table: DetectedTable, name: str, text: str) -> Problem:
    """A header in a unit of money the form does not know: left alone, its figures would pass for the title's."""
    row = sheet.row_numbers[table.bottom]
    cell = cell_address(row, table.columns[name] + sheet.first_column) if row else ""
    params = {"kind": "not_allowed", "unit": text, "allowed": ", ".join(table.layout.amount_units)}
    return Problem("A04", sheet.label, cell, row or None, name, text, params)


def formats_differ(casting: Casting, units: Units) -> list[Problem]:
    """A04 where the number format of amounts writes another unit than title or header say, or a percent sign: the sender sees 1.2亿,
    the table says 万元. A row of an indicator is compared with the unit of money that it names itself."""
    sheet, table = casting.sheet, casting.table
    if not (sheet.shown_units or sheet.percent or sheet.percent_text):
        return []
    by_row = table.layout.grain == "indicator"
    percent = frozenset() if by_row else sheet.percent | sheet.percent_text
    stated = casting.values.get("measure") if by_row else None
    for name, at in table.columns.items():
        factor = units.columns.get(name, units.factor)
        if FIELDS[name].type != "amount" or (factor is None and stated is None):
            continue
        column = at + sheet.first_column
        found = []
        for number, i in enumerate(casting.classes.data):
            place = (sheet.row_numbers[i], column)
            shown = "%" if place in percent else sheet.shown_units.get(place, "")
            if not shown or isinstance(sheet.rows[i][at], str) or sheet.rows[i][at] is None:
                continue
            named = str(stated[number] or "").strip() if stated is not None else ""
            own = amount_unit(named, table.layout, whole=True) if named else None
            if named and own is None:
                continue
            known = amount_unit(shown, table.layout, whole=True)
            if known is None or table.layout.amount_units[known] != (table.layout.amount_units[own] if own else factor):
                found.append((i, shown))
        if found:
            first, shown = found[0]
            row, value = sheet.row_numbers[first], str(sheet.rows[first][at])
            params = {"kind": "display_unit", "count": str(len(found)), "unit": shown, "value": value}
            return [Problem("A04", sheet.label, cell_address(row, column), row, name, value, params)]
    return []


def cells_differ(casting: Casting) -> list[Problem]:
    """Queries where cells carry another unit of amount than title or header, or 万 alone in a table of 万元: they are read as they say,
    their sender is asked."""
    problems = []
    for code, kind in (("cell_unit", "cell_unit_differs"), ("scale_word", "scale_word")):
        found = sorted(note for note in casting.notes.rows if note[4] == code)
        if found:
            row, name, cell, raw, _ = found[0]
            params = {"kind": kind, "severity": "query", "count": str(len(found))}
            problems.append(Problem("A04", casting.sheet.label, cell, row, name, raw, params))
    return problems
