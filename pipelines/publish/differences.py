"""What a later edition changed against an earlier one: every changed cell of every table that is published, the whole and the areas above
the units, further indicators, dispatch figures and the numbers of the method among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..model.formulas import rate_text
from ..model.rank_document import ChangedCell
from ..model.ranking import INDICATORS
from .edition_context import BilingualText
from .edition_figures import COUNTED, FIGURE_NAMES, IN_POINTS, INDICATOR_NAMES, PARTS
from .figures import as_printed, fixed, plain
from .without_levels import LEVEL_INDICATORS

LEAD, PARENTS, FUNNEL, ANCHORS, PARAMETERS = "ranking", "parents", "funnel", "anchors", "parameters"
"""Tables of an edition, beside one for each further indicator, named after it: the units with the whole; the areas above them; the six
stages of the dispatch library; weights and anchors; what the scores were computed with."""
MAIN = (
    *(
        "name",
        "state",
        "rank",
        "score",
        "growth",
        "growth_official",
        "growth_mark",
        "growth_rank",
        "deductions",
        "remarks",
    ),
    *(
        "ytd",
        "base",
        "annual_target",
        "month",
        "schedule_completion",
        "summed_ytd",
        "summed_base",
        "residual",
        "coverage",
    ),
    *("own", "total_investment_growth", "rank_level_province", "rank_growth_province"),
)
"""Fields that the notes name one by one; of the others they say how many changed, all stand in the list of cells."""
_HIDDEN = frozenset(
    (
        *("ytd", "base", "annual_target", "month", "schedule_completion", "shrunk_growth", "pull_pp", "contribution"),
        *("summed_ytd", "summed_base", "residual", "median_base", "min_base", "city_base"),
        *(f"{key}_value" for key in INDICATORS),
        *(f"{key}_points" for key in LEVEL_INDICATORS),
        *(f"{key}_{part}" for key in INDICATORS for part, _, _ in COUNTED),
    )
)
"""What is not published where levels are not public (`without_levels`)."""
EXCESS_PULL = "excess_pull_value"
"""The one indicator whose value is in percentage points."""
_RATES = frozenset(("city_growth", "seasonal_share", "unanswered_share", *(f"{key}_value" for key in INDICATORS))) - {
    EXCESS_PULL
}
"""Rates that a document holds as texts; those that it holds as numbers are rates all, but for the figures in points."""
_OF_UNIT = (
    *("name", "state", "rank", "score", "ytd", "base", "month", "annual_target", "growth", "growth_official"),
    *("growth_mark", "growth_rank", "growth_change_pp", "movement", "shrunk_growth", "pull_pp", "contribution"),
    *("schedule_completion", "deductions", "workdays_late", "remarks"),
)
_OF_WHOLE = (
    *(
        "name",
        "ytd",
        "base",
        "growth",
        "growth_official",
        "growth_mark",
        "annual_target",
        "schedule_completion",
        "coverage",
    ),
    *("total_investment_growth", "rank_level_province", "rank_growth_province"),
)
_OF_PARENT = (
    "name",
    "ytd",
    "base",
    "own",
    "growth",
    "growth_mark",
    "summed_ytd",
    "summed_base",
    "coverage",
    "residual",
)
_OF_STAGE = ("projects", "reached", "due", "overdue", "in_stage")
_OF_ANCHOR = ("weight", "lo", "mid", "hi")
Cells = dict[tuple[str, str], tuple[str, dict[str, Any]]]
"""(table, code of the row) → name of the row and its cells by field."""


def changes(before: Mapping[str, Any], after: Mapping[str, Any], levels: bool) -> list[ChangedCell]:
    """`[{table, unit, name, field, before, after}]` in the order of tables, rows (the whole last) and fields; null where there was no
    such row. `before` and `after` are documents (ranking.json). Where levels are not public they are left out, and rates are compared
    and told as printed."""
    old, new = _cells(before, levels), _cells(after, levels)
    found: list[ChangedCell] = []
    whole = {document["city"]["unit"] or "" for document in (before, after)}
    for place in sorted(old.keys() | new.keys(), key=lambda key: (_order(key[0]), key[0], key[1] in whole, key[1])):
        was, now = (old.get(place) or ("", {})), (new.get(place) or ("", {}))
        for field in dict.fromkeys((*now[1], *was[1])):
            if field in _HIDDEN and not levels:
                continue
            before_it, after_it = (_public(field, cells.get(field), levels) for _, cells in (was, now))
            if before_it != after_it:
                found.append(
                    {
                        "table": place[0],
                        "unit": place[1],
                        "name": now[0] or was[0],
                        "field": field,
                        "before": before_it,
                        "after": after_it,
                    }
                )
    return found


def _order(table: str) -> int:
    """The lead ranking first, what it was computed with last."""
    return {LEAD: 0, ANCHORS: 2, PARAMETERS: 3}.get(table, 1)


def _cells(document: Mapping[str, Any], levels: bool) -> Cells:
    found: Cells = {}
    _add(found, LEAD, document, levels, document["parameters"]["city_growth"])
    for parent in document.get("parents", ()):
        found[PARENTS, parent["unit"]] = parent["name"], _fields(parent, _OF_PARENT)
    for further in document.get("further", ()):
        _add(found, _table_of(further), further, levels, None)
    for stage in document.get("funnel", ()):
        found[FUNNEL, stage["stage"]] = stage["zh"], _fields(stage, _OF_STAGE)
    for anchor in document["parameters"]["anchors"]:
        found[ANCHORS, anchor["key"]] = anchor["zh"], _fields(anchor, _OF_ANCHOR)
    numbers = {key: value for key, value in document["parameters"].items() if key not in ("anchors", "numbers")}
    found[PARAMETERS, ""] = "计算参数", {**numbers, **document["parameters"].get("numbers", {})}
    return found


def _table_of(further: Mapping[str, Any]) -> str:
    return f"{further['indicator']} {further['scope']}" if further["scope"] else str(further["indicator"])


def _add(found: Cells, table: str, ranking: Mapping[str, Any], levels: bool, printed: Any) -> None:
    """The units and the whole of one ranking. `printed`: the rate of the whole that is told without its level, beside the official."""
    for unit in ranking["units"]:
        found[table, unit["unit"]] = unit["name"], {**_fields(unit, _OF_UNIT), **dict(_parts(unit))}
    city = dict(ranking["city"])
    if not levels:
        city["growth"] = None if printed is None else float(printed)
    found[table, city["unit"] or ""] = city["name"], _fields(city, _OF_WHOLE)


def _fields(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row.get(name) for name in names}


def _parts(unit: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Cells that a document holds one level deeper: points and counts of each indicator, unanswered queries."""
    for key, scored in unit["indicators"].items():
        for part, _, _ in PARTS:
            yield f"{key}_{part}", scored[part]
    for key, counted in unit["counts"].items():
        for part, _, _ in COUNTED:
            yield f"{key}_{part}", counted[part] if counted else None
    unanswered = unit["unanswered"]
    yield from (("unanswered_queries", unanswered["queries"]), ("data_rows", unanswered["rows"]))
    yield "unanswered_share", unanswered["share"]


def _public(field: str, value: Any, levels: bool) -> Any:
    """A cell as it may be published: the exact rate of two amounts would give both, as a number or as a text."""
    if levels or value is None:
        return value
    if isinstance(value, float):
        return float(as_printed(Decimal(str(value))))
    return plain(as_printed(Decimal(value))) if field in _RATES else value


def field_name(field: str, document: Mapping[str, Any]) -> BilingualText:
    """What a field is called in Chinese and English; indicators as the programme calls them."""
    if field in FIGURE_NAMES:
        name = FIGURE_NAMES[field]
        return BilingualText(f"{name.zh}（百分点）", f"{name.en} (points)") if field in IN_POINTS else name
    own = {a["key"]: BilingualText(a["zh"], a["en"]) for a in document["parameters"]["anchors"]}
    for key in INDICATORS:
        for part, zh, en in (*PARTS, *COUNTED):
            if field == f"{key}_{part}":
                name = own.get(key, INDICATOR_NAMES[key])
                points = ("（百分点）", " (points)") if field == EXCESS_PULL and "百分点" not in name.zh else ("", "")
                return BilingualText(f"{name.zh}：{zh}{points[0]}", f"{name.en}: {en}{points[1]}")
    return BilingualText(field, field)


def table_name(table: str) -> BilingualText:
    """What a table is called; the lead ranking has no name beside its units'."""
    names = {
        LEAD: ("", ""),
        PARENTS: ("汇总", "areas"),
        FUNNEL: ("六环节", "stages"),
        ANCHORS: ("锚点", "anchors"),
        PARAMETERS: ("参数", "parameters"),
    }
    return BilingualText(*names.get(table, (table, table)))


def change_notes(document: Mapping[str, Any]) -> list[BilingualText]:
    """The changes as sentences, one a row of a table; none for a first edition. Where nothing changed (figures that became final), it
    says so."""
    if "corrects" not in document:
        return []
    rows: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    units: set[str] = set()
    known = {unit["unit"] for unit in document["units"]}
    for change in document["changes"]:
        table = change.get("table", LEAD)
        rows.setdefault((table, change["unit"], change["name"]), []).append(change)
        units |= {change["unit"]} & known
    if not any(table != PARAMETERS for table, _, _ in rows):
        return [
            BilingualText(
                f"本版替代已发布的 {document['corrects']}，各地区的数据没有变化。",
                f"This edition replaces {document['corrects']}, published before; no unit's figures changed.",
            )
        ]
    head = BilingualText(
        f"本版更正已发布的 {document['corrects']}：{len(units)}个地区的数据有变化，逐项列于下。",
        f"This edition corrects {document['corrects']}, published before: {len(units)} units changed, cell by cell below.",
    )
    return [head, *(_sentence(table, name, cells, document) for (table, _, name), cells in rows.items())]


def _sentence(table: str, name: str, cells: list[Mapping[str, Any]], document: Mapping[str, Any]) -> BilingualText:
    shown = [c for c in cells if c["field"] in MAIN or table in (FUNNEL, ANCHORS, PARAMETERS)]
    zh = [f"{field_name(c['field'], document).zh} {_moved(c)}" for c in shown]
    en = [f"{field_name(c['field'], document).en} {_moved(c)}" for c in shown]
    if left := len(cells) - len(shown):
        zh.append(f"{'另有' if shown else ''}{left}项计算用数（见 ranking.json 的 changes）")
        en.append(f"{left} {'more ' if shown else ''}figures of the calculation (changes in ranking.json)")
    about = table_name(table)
    return BilingualText(
        f"{name}{f'（{about.zh}）' if about.zh else ''}：{'；'.join(zh)}。",
        f"{name}{f' ({about.en})' if about.en else ''}: {'; '.join(en)}.",
    )


def _moved(cell: Mapping[str, Any]) -> str:
    return f"{shown_value(cell['field'], cell['before'])} → {shown_value(cell['field'], cell['after'])}"


def shown_value(field: str, value: Any) -> str:
    """A value of a field as the note prints it: rates in percent, differences of rates in percentage points, the rest as in the
    document."""
    if value is None or value in ([], {}):
        return "—"
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if field in IN_POINTS or field == EXCESS_PULL:
        return str(fixed(Decimal(str(value)), 2))
    if isinstance(value, float) or field in _RATES:
        return rate_text(Decimal(str(value)), 2).replace("%", " %")
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, Mapping):
        return "/".join(map(str, value.values()))
    return str(value)
