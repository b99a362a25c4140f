"""The rules across units, one function each: B08, F01 and F03 across files, F02, F10, F12, F16 (domain_decisions §1–2).

Each takes its rule and the closing and returns how many figures it looked at and what it found; NotApplicable says why it
could not be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pyarrow.compute as pc

from expectations.catalogue.cross_table_rules import NESTED
from expectations.rule import Rule

from ...model.formulas import growth
from ...model.scopes import scope_key, scope_zh
from ...model.submissions import PIECE_ROWS
from ...model.value_marks import growth_word
from ..explanations import adequate
from ..files.file_rules import tolerance
from ..finding_texts import FindingLocation, finding, percent, plain
from .closing_rules import Closing, Figure, NotApplicable, PeriodFinding
from .ledger_rules import late_arrivals, raised_after_due, unchanged_versions
from .parent_rules import parents_sum
from .priority_project_rules import list_floors, one_leader_and_team, overdue_stages
from .unit_rules import members_once, odd_growth, same_columns, targets_add_up

CrossRule = Callable[[Rule, Closing], tuple[int, list[PeriodFinding]]]

GROWTH_LIMITS = (Decimal("-0.5"), Decimal(1))
"""F10: growth outside these is a query."""
FROM_CITY = Decimal("0.4")
"""F10: and so is one further than this from the city's."""
RATE_TOLERANCE = Decimal("0.0005")
"""F12: 0.05 percentage points."""
ROUNDING = Decimal(1)
"""Amounts that differ by at most one unit of the measure agree."""


def same_code_in_two_units(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """B08: to both units and the bureau; the order of arrival decides nothing."""
    rows = closing.rows(closing.detail)
    if rows is None:
        raise NotApplicable("没有项目月报 / there is no project_month")
    columns = ["project_code", "unit_code", "submission_id", "sheet", "row_no", "explanation"]
    coded = rows.select(columns).filter(pc.is_valid(rows["project_code"]))
    pairs = coded.group_by(["project_code", "unit_code"]).aggregate([])
    counts = pairs.group_by("project_code").aggregate([("unit_code", "count")])
    shared = counts.filter(pc.greater(counts["unit_code_count"], 1))["project_code"]
    found: list[PeriodFinding] = []
    if shared.length():
        hits = coded.filter(pc.is_in(coded["project_code"], value_set=shared.combine_chunks()))
        by_code: dict[str, list[dict[str, object]]] = {}
        for row in hits.sort_by([(name, "ascending") for name in (*columns[:3], "row_no")]).to_pylist():
            by_code.setdefault(row["project_code"], []).append(row)
        for code, group in by_code.items():
            found.extend(_shared_code(rule, closing, code, group))
    return coded.num_rows, found


def _row_of(row: dict[str, object]) -> int:
    return int(str(row["row_no"])) % PIECE_ROWS


def _shared_code(rule: Rule, closing: Closing, code: str, group: list[dict[str, object]]) -> Iterator[PeriodFinding]:
    names = list(dict.fromkeys(closing.unit_name(str(row["unit_code"])) for row in group))
    where = "、".join(f"{closing.unit_name(str(r['unit_code']))}第 {_row_of(r)} 行" for r in group)
    where_en = ", ".join(f"{closing.unit_name(str(r['unit_code']))} row {_row_of(r)}" for r in group)
    zh = {"code": code, "units": "、".join(names), "rows": where}
    en = {"units": ", ".join(names), "rows": where_en}
    texts = (rule.message_zh, rule.message_en)
    for row in group:
        place = FindingLocation(str(row["sheet"] or ""), "", int(str(row["row_no"])), "project_code", code)
        explained = adequate(str(row["explanation"] or ""))
        made = finding(rule, texts, place, zh, en, answered=explained)
        yield PeriodFinding(str(row["unit_code"]), str(row["submission_id"]), made)
    made = finding(rule, texts, FindingLocation(field="project_code", value=code), zh, en)
    yield PeriodFinding(closing.bureau, closing.submission_of(closing.base, closing.bureau), made)


def detail_equals_total(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F01 across files: accepted projects against the unit_month that counts, whichever came last."""
    rows = closing.rows(closing.detail)
    if rows is None:
        raise NotApplicable("没有项目月报 / there is no project_month")
    sums = rows.group_by("unit_code").aggregate([("ytd", "sum"), ("ytd", "count")])
    method = closing.programme.method
    looked_at, found = 0, []
    for unit, added, count in zip(*(sums[c].to_pylist() for c in ("unit_code", "ytd_sum", "ytd_count")), strict=True):
        total = closing.of_unit(unit, method.indicator, method.unit_scope)
        if total is None or total.ytd is None:
            continue
        looked_at += 1
        allowed = tolerance(count, 5) + abs(total.ytd) * Decimal("0.005")
        difference = abs(total.ytd - (added or 0))
        if difference > allowed:
            names = {
                "sum": plain(added or Decimal(0)),
                "total": plain(total.ytd),
                "difference": plain(difference),
                "tolerance": plain(allowed),
            }
            found.append(closing.about(rule, total, "ytd", names, kind="closing"))
    if not looked_at:
        raise NotApplicable("没有可对照的汇总月报 / no unit_month to compare with")
    return looked_at, found


def units_sum_to_city(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F02: in every scope of the city's rows; under 属地 the counties, under 管理 all ranking units."""
    city_code = closing.programme.city_code or ""
    looked_at, found = 0, []
    missing: set[str] = set()
    for indicator in dict.fromkeys(f.indicator for f in closing.official if f.area == city_code):
        for scope in closing.scopes(indicator):
            city = closing.of_area(city_code, indicator, scope)
            expected = [u for u in closing.units if scope_key(scope) != "territorial" or u.kind == "county"]
            own = {u.code: closing.of_unit(u.code, indicator, scope) for u in expected}
            absent = [code for code, figure in own.items() if figure is None or figure.ytd is None]
            if city is None or city.ytd is None or absent:
                missing.update(absent)
                closing.undecided.append(_left_open(closing, indicator, scope, absent))
                continue
            looked_at += 1
            added = sum((f.ytd for f in own.values() if f is not None and f.ytd is not None), Decimal(0))
            residual = city.ytd - added
            if abs(residual) > tolerance(len(own), 1):
                names = {
                    "scope": scope_zh(scope),
                    "units": len(own),
                    "sum": plain(added),
                    "total": plain(city.ytd),
                    "difference": plain(residual),
                }
                english = {**names, "scope": scope_key(scope) or "—"}
                found.append(closing.about(rule, city, "ytd", names, english, to=closing.bureau))
    if not looked_at:
        who = closing.unit_names(missing)
        raise NotApplicable(f"缺单位或全市数：{who} / units or city figures are missing: {who}")
    return looked_at, found


def _left_open(closing: Closing, indicator: str, scope: str, absent: list[str]) -> str:
    """Which sum was not compared with the city's, and who is missing; without names the city's own figure is."""
    names = closing.unit_names(absent) or "—"
    zh = f"「{closing.indicator_name(indicator)}」（{scope_zh(scope)}）缺 {names}"
    return f"{zh} / {closing.indicator_name(indicator, english=True)} ({scope_key(scope) or '—'}): no figure of {names}"


def nested_across_files(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F03 across unit_month and city_month of the same area and scope: query to the unit and the bureau."""
    looked_at = 0
    found: list[PeriodFinding] = []
    official = {(f.area, f.indicator, scope_key(f.scope)): f for f in closing.official}
    own = {(f.area, f.indicator, scope_key(f.scope)): f for f in closing.reported}
    for inner, outer, forms in (
        (own, official, (closing.level, closing.base)),
        (official, own, (closing.base, closing.level)),
    ):
        for (area, indicator, scope), figure in inner.items():
            if indicator not in NESTED or figure.ytd is None:
                continue
            for wider_indicator in NESTED[NESTED.index(indicator) + 1 :]:
                wider = outer.get((area, wider_indicator, scope))
                if wider is None or wider.ytd is None:
                    continue
                looked_at += 1
                if figure.ytd > wider.ytd:
                    found.extend(_nested(rule, closing, figure, wider, forms))
    if not looked_at:
        raise NotApplicable("两张表没有互相包含的指标 / the two forms share no nested indicators")
    return looked_at, found


def _nested(
    rule: Rule, closing: Closing, figure: Figure, wider: Figure, forms: tuple[str, str]
) -> Iterator[PeriodFinding]:
    shared = {"value": plain(figure.ytd), "wider": plain(wider.ytd), "form": forms[0], "wider_form": forms[1]}
    zh = {**shared, "wider_indicator": closing.indicator_name(wider.indicator)}
    en = {"wider_indicator": closing.indicator_name(wider.indicator, english=True)}
    for to in dict.fromkeys((figure.area, closing.bureau)):
        yield closing.about(rule, figure, "ytd", zh, en, kind="across", to=to)


def growth_outliers(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F10 on the ranked indicator, against the bureau's comparable base."""
    method = closing.programme.method
    city = closing.city_growth if closing.official else None
    looked_at, found = 0, []
    without_base: list[str] = []
    ranked = closing.programme.indicator(method.indicator)
    signed = ranked is not None and ranked.sign == "any"
    for unit in closing.units:
        own = closing.of_unit(unit.code, method.indicator, method.unit_scope)
        official = closing.of_area(unit.code, method.indicator, method.unit_scope)
        rate = growth(own.ytd, official.base) if own and official else None
        if own and official and signed and growth_word(own.ytd, official.base) is not None:
            continue  # a change of sign has a word, not a rate
        if own and own.ytd and rate is None:
            without_base.append(unit.code)
        if own is None or official is None or rate is None:
            continue
        looked_at += 1
        low, high = GROWTH_LIMITS
        if low <= rate <= high and (city is None or abs(rate - city) <= FROM_CITY):
            continue
        names = {
            "growth": percent(rate),
            "ytd": plain(own.ytd),
            "base": plain(official.base),
            "city_growth": "—" if city is None else percent(city),
        }
        found.append(closing.about(rule, own, "ytd", names))
    if not looked_at:
        raise NotApplicable("没有可计算增速的单位 / no unit whose growth can be computed")
    if without_base:
        lacking = closing.unit_names(without_base)
        closing.undecided.append(f"{lacking}没有可比基数 / no comparable base: {lacking}")
    return looked_at, found


def official_against_levels(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F12: official rate against levels, official total against the unit's own; queries to the bureau, both are printed."""
    looked_at, found = 0, []
    for official in closing.official:
        own = closing.of_unit(official.area, official.indicator, official.scope)
        level = own.ytd if own is not None and own.ytd is not None else official.ytd
        stated, computed = official.values.get("growth_official"), growth(level, official.base)
        area = {"area": closing.unit_name(official.area)}
        if stated is not None and computed is not None:
            looked_at += 1
            rate = Decimal(repr(stated))
            if abs(rate - computed) > RATE_TOLERANCE:
                names = {**area, "official": percent(rate), "computed": percent(computed)}
                found.append(closing.about(rule, official, "growth_official", names, to=closing.bureau))
        if own is not None and own.ytd is not None and official.ytd is not None:
            looked_at += 1
            if abs(official.ytd - own.ytd) > ROUNDING:
                names = {
                    **area,
                    "official": plain(official.ytd),
                    "computed": plain(own.ytd),
                    "difference": plain(abs(official.ytd - own.ytd)),
                }
                found.append(closing.about(rule, official, "ytd", names, kind="total", to=closing.bureau))
    if not looked_at:
        raise NotApplicable("没有官方增速或总量可对照 / no official rate or total to compare")
    return looked_at, found


def own_base_against_bureau(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F16: the county's own last-year figure is for reconciliation; the bureau's comparable base counts."""
    looked_at, found = 0, []
    for official in closing.official:
        own = closing.of_unit(official.area, official.indicator, official.scope) if official.base is not None else None
        stated = own.values.get("ytd_last_year") if own is not None else None
        if own is None or stated is None or official.base is None:
            continue
        looked_at += 1
        if abs(stated - official.base) > ROUNDING:
            names = {
                "own": plain(stated),
                "base": plain(official.base),
                "difference": plain(abs(stated - official.base)),
            }
            found.append(closing.about(rule, own, "ytd_last_year", names))
    if not looked_at:
        raise NotApplicable("没有两边都有的基数 / no base given by both sides")
    return looked_at, found


DISPATCH: dict[str, CrossRule] = {"E12": overdue_stages, "F06": list_floors, "F07": one_leader_and_team}
"""Rule id → function, for rules of scope dispatch."""
ACROSS: dict[str, CrossRule] = {
    "B08": same_code_in_two_units,
    "F01": detail_equals_total,
    "F02": units_sum_to_city,
    "F03": nested_across_files,
    "F10": growth_outliers,
    "F12": official_against_levels,
    "F16": own_base_against_bureau,
    "A10": unchanged_versions,
    "D11": odd_growth,
    "F05": members_once,
    "F13": targets_add_up,
    "F14": same_columns,
    "F15": late_arrivals,
    "F18": raised_after_due,
    "F19": parents_sum,
}
"""Rule id → function. Every period rule of the catalogue is here (a test holds the two together)."""
