"""What types cannot say: deadlines far enough apart, names that must exist elsewhere, weights that sum to 100."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from ..errors import ConfigError
from ..model.calendar import Workdays
from ..model.forms import FormLayout
from ..model.periods import Period
from ..model.ranking import INDICATORS
from ..model.tables import FORM_FIELDS
from ..model.units import RANKED_KINDS, name_key
from .csv_lines import Lines, Row
from .files import CalendarLine, EnglishRow, ListRow, MemberRow, MethodFile, NameRow, SeasonalRow, TargetRow, UnitRow
from .toml_lines import line_of

Bound = TypeVar("Bound", Period, date)

LEAD_FORM = "unit_month"
BUREAU_FORM = "city_month"
MOST_LISTED = 40
"""Longer lists of allowed values help nobody."""


def check_units(lines: Lines[UnitRow]) -> None:
    """Codes are unique; an alias identifies one unit (a name need not: several states have a Washington County)."""
    first: dict[str, int] = {}
    names: dict[str, list[int]] = {}
    for line, row in lines:
        if row.code in first:
            raise lines.wrong(
                line,
                f"单位代码 {row.code} 重复(已在第 {first[row.code]} 行)",
                f"unit code {row.code} given twice (already in line {first[row.code]})",
            )
        first[row.code] = line
        _check_validity(lines, line, row.valid_from, row.valid_to)
        names.setdefault(name_key(row.name), []).append(line)
    taken: dict[str, int] = {}
    for line, row in lines:
        for alias in row.aliases:
            key = name_key(alias)
            others = [n for n in (*names.get(key, ()), taken.setdefault(key, line)) if n != line]
            if others:
                raise lines.wrong(
                    line,
                    f"别名“{alias}”也是第 {others[0]} 行的单位",
                    f"alias {alias!r} also names the unit in line {others[0]}",
                )
        if row.kind == "bureau" and row.ranked:
            raise lines.wrong(line, "bureau 不参评", "a bureau is not ranked")
    if not any(row.kind in RANKED_KINDS if row.ranked is None else row.ranked for _, row in lines):
        raise lines.wrong(
            1, "没有参评单位(county、zone 或 ranked = true)", "no ranking unit (county, zone or ranked = true)"
        )


def check_english(lines: Lines[EnglishRow], units: set[str]) -> None:
    """Units exist."""
    for line, row in lines:
        _known(lines, line, "code", row.code, units)


def check_names(lines: Lines[NameRow], units: Lines[UnitRow]) -> None:
    """Units exist; a unit bears one name at a time; a name of another month identifies one unit, as an alias does."""
    owners: dict[str, set[str]] = {}
    for _, unit in units:
        for name in (unit.name, *unit.aliases):
            owners.setdefault(name_key(name), set()).add(unit.code)
    codes = {unit.code for _, unit in units}
    taken: dict[str, list[tuple[int, NameRow]]] = {}
    for line, row in lines:
        _known(lines, line, "code", row.code, codes)
        _check_validity(lines, line, row.valid_from, row.valid_to)
        others = owners.setdefault(name_key(row.name), {row.code}) - {row.code}
        if others:
            other = sorted(others)[0]
            raise lines.wrong(line, f"“{row.name}”是单位 {other} 的名称", f"{row.name!r} is a name of unit {other}")
        for earlier, before in taken.setdefault(row.code, []):
            if _starts(row) <= _ends(before) and _starts(before) <= _ends(row):
                raise lines.wrong(
                    line,
                    f"{row.code} 在第 {earlier} 行的名称与此同时有效",
                    f"{row.code} bears the name in line {earlier} at the same time",
                )
        taken[row.code].append((line, row))


def check_members(lines: Lines[MemberRow], units: set[str]) -> None:
    """Units exist; at any time a township or enterprise is taken into one unit only (F05)."""
    taken: dict[str, list[tuple[int, MemberRow]]] = {}
    for line, row in lines:
        _known(lines, line, "unit_code", row.unit_code, units)
        _check_validity(lines, line, row.valid_from, row.valid_to)
        member = row.member_code or row.member_name
        earlier = taken.setdefault(member if row.sign == "1" else f"{member} − {row.unit_code}", [])
        for other, before in earlier:
            if _starts(row) <= _ends(before) and _starts(before) <= _ends(row):
                raise lines.wrong(
                    line,
                    f"{row.member_name} 在第 {other} 行已划入{'一个单位' if row.sign == '1' else '本单位之外'}",
                    f"{row.member_name} is taken {'into a' if row.sign == '1' else 'out of the'} unit in line {other} already",
                )
        earlier.append((line, row))


def _starts(row: MemberRow | NameRow) -> Period:
    return row.valid_from or Period(1, 1)


def _ends(row: MemberRow | NameRow) -> Period:
    return row.valid_to or Period(9999, 12)


def check_lists(lines: Lines[ListRow]) -> None:
    """Membership ends after it begins."""
    for line, row in lines:
        _check_validity(lines, line, row.valid_from, row.valid_to)


def _check_validity(lines: Lines[Row], line: int, start: Bound | None, end: Bound | None) -> None:
    if start and end and end < start:
        raise lines.wrong(line, "valid_to 早于 valid_from", "valid_to is before valid_from")


def check_calendar(lines: Lines[CalendarLine], forms: Mapping[str, FormLayout], workdays: Workdays) -> None:
    """Distances of domain_decisions §3: county_due ≥ 5 working days after open, city_audit_due ≥ 2 after county_due,
    freeze ≥ 1 after that; then publish, not before the official release. Every scored form has a row wherever the lead
    form has one."""
    first: dict[tuple[str, Period], int] = {}
    for line, row in lines:
        _known(lines, line, "form", row.form, forms)
        other = first.setdefault((row.form, row.period), line)
        if other != line:
            raise lines.wrong(
                line,
                f"{row.form} {row.period} 重复(已在第 {other} 行)",
                f"{row.form} {row.period} given twice (line {other})",
            )
        _check_distances(lines, line, row, workdays)
    for (form, period), line in first.items():
        if form != LEAD_FORM:
            continue
        for layout in forms.values():
            if layout.scored and layout.domain != "bureau" and (layout.name, period) not in first:
                raise lines.wrong(
                    line,
                    f"{period} 缺少 {layout.name} 的日历",
                    f"{period} has no row for {layout.name}, which is scored",
                )
    if not any(form == LEAD_FORM for form, _ in first):
        raise lines.wrong(1, f"日历中没有 {LEAD_FORM}", f"no row for {LEAD_FORM}")


def _check_distances(lines: Lines[CalendarLine], line: int, row: CalendarLine, workdays: Workdays) -> None:
    if row.open.date() <= row.period.first_day:
        raise lines.wrong(line, "open 早于报告期", "open is before the period")
    steps = [("open", row.open, 0), ("county_due", row.county_due, 5)]
    if row.city_audit_due:
        steps.append(("city_audit_due", row.city_audit_due, 2))
    if row.freeze:
        steps.append(("freeze", row.freeze, 1))
    for (before, start, _), (name, moment, least) in pairwise(steps):
        found = workdays.between(start.date(), moment.date())
        if found < least:
            raise lines.wrong(
                line,
                f"{name} 距 {before} 只有 {found} 个工作日,至少 {least} 个",
                f"{name} is {found} working days after {before}, at least {least} are required",
            )
    last_name, last, _ = steps[-1]
    if row.publish and row.publish < last:
        raise lines.wrong(line, f"publish 早于 {last_name}", f"publish is before {last_name}")
    if row.publish and row.official_release and row.publish < row.official_release:
        raise lines.wrong(line, "publish 早于 official_release", "publish is before official_release")


def check_seasonal(lines: Lines[SeasonalRow]) -> None:
    """Months once each and ascending, cumulative shares never falling, December 1."""
    for (_, before), (line, row) in pairwise(lines):
        if row.month <= before.month:
            raise lines.wrong(
                line, f"月份 {row.month} 重复或次序颠倒", f"month {row.month} is repeated or out of order"
            )
        if row.share < before.share:
            raise lines.wrong(line, "累计占比下降", "the cumulative share falls")
    if not lines or lines[-1][1].month != 12 or lines[-1][1].share != 1:
        raise lines.wrong(lines[-1][0] if lines else 1, "12 月的累计占比须为 1", "December must have the share 1")


def check_targets(lines: Lines[TargetRow], scopes: set[str], indicators: tuple[str, ...]) -> None:
    """Scopes are units or the city; comparators exist; no target twice; accumulation begins before it ends."""
    first: dict[tuple[str, ...], int] = {}
    for line, row in lines:
        _known(lines, line, "scope", row.scope, scopes)
        key = (row.metric, row.scope, row.operator, row.window, row.comparator)
        if first.setdefault(key, line) != line:
            raise lines.wrong(
                line, f"目标重复(已在第 {first[key]} 行)", f"target given twice (already in line {first[key]})"
            )
        if row.metric == "growth" and row.comparator:
            _known(lines, line, "comparator", row.comparator, indicators)
        elif row.metric == "list_ytd" and not row.comparator:
            raise lines.wrong(line, "list_ytd 须在 comparator 中写清单", "list_ytd needs the list in comparator")
        elif row.metric in ("annual_investment", "ytd") and row.comparator:
            raise lines.wrong(line, f"{row.metric} 没有比较对象", f"{row.metric} has no comparator")
        if row.metric == "annual_investment" and len(row.window) != 4:
            raise lines.wrong(
                line, "annual_investment 的 window 须为年份", "annual_investment needs a year as window", ("2022",)
            )
        if row.accumulate_from and row.window[:7] < str(row.accumulate_from)[: len(row.window[:7])]:
            raise lines.wrong(line, "accumulate_from 晚于 window", "accumulate_from is after the window")


def check_forms(folder: Path, forms: Mapping[str, FormLayout]) -> None:
    """The form that the ranking's level comes from is compulsory."""
    if LEAD_FORM not in forms:
        raise ConfigError(
            folder / "forms",
            None,
            f"缺少报表 {LEAD_FORM}.toml",
            f"the form {LEAD_FORM}.toml is missing",
            tuple(FORM_FIELDS),
        )


def check_method(
    path: Path, text: str, method: MethodFile, forms: Mapping[str, FormLayout], bureaus: int, city_code: str | None
) -> None:
    """The ranked indicator exists, weights sum to 100, anchors ascend, and a bureau's base has a bureau to send it."""

    def wrong(location: tuple[str | int, ...], zh: str, en: str, allowed: tuple[str, ...] = ()) -> ConfigError:
        return ConfigError(path, line_of(text, location), zh, en, allowed)

    known = tuple(indicator.code for indicator in forms[LEAD_FORM].indicators)
    if method.indicator not in known:
        raise wrong(("indicator",), f"没有指标 {method.indicator}", f"no such indicator: {method.indicator}", known)
    if len(set(method.signatures)) < len(method.signatures):
        raise wrong(("signatures",), "签署角色重复", "a signature is given twice")
    if method.base_source == "bureau" and (BUREAU_FORM not in forms or bureaus != 1 or city_code is None):
        raise wrong(
            ("base_source",),
            f"基数由市局提供时,须有 {BUREAU_FORM} 报表、city_code 和一个 bureau 单位",
            f"base_source = bureau needs the form {BUREAU_FORM}, a city_code and exactly one unit of kind bureau",
        )
    keys = [indicator.key for indicator in method.indicators]
    expected = INDICATORS if method.name == "SAIMA-1" else ()
    for number, indicator in enumerate(method.indicators):
        if indicator.key not in expected or keys.index(indicator.key) != number:
            raise wrong(
                ("indicators", number, "key"),
                f"指标 {indicator.key} 未知或重复",
                f"indicator {indicator.key} is unknown or given twice",
                expected,
            )
        if not indicator.lo < indicator.mid < indicator.hi:
            raise wrong(("indicators", number, "lo"), "须有 lo < mid < hi", "lo < mid < hi is required")
    missing = [key for key in expected if key not in keys]
    if missing:
        raise wrong(("name",), f"{method.name} 缺少指标 {missing[0]}", f"{method.name} lacks {missing[0]}", expected)
    total = sum((indicator.weight for indicator in method.indicators), Decimal(0))
    if method.indicators and total != 100:
        raise wrong(("indicators", 0, "weight"), f"权重合计 {total},应为 100", f"the weights sum to {total}, not 100")


def _known(lines: Lines[Row], line: int, column: str, value: str, allowed: Iterable[str]) -> None:
    names = tuple(sorted(allowed))
    if value not in names:
        listed = names if len(names) <= MOST_LISTED else ()
        raise lines.wrong(line, f"{column} 未知:{value}", f"unknown {column}: {value}", listed)
