"""What types cannot say: deadlines far enough apart, names that must exist elsewhere, weights that sum to 100. Every check puts all
it finds into the list of errors and goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from ..errors import ConfigError
from ..model.calendar import Workdays
from ..model.forms import FormLayout
from ..model.measures import MEASURES
from ..model.periods import Period
from ..model.ranking import INDICATORS
from ..model.tables import FORM_FIELDS
from ..model.units import name_key
from .csv_lines import Lines, Row
from .error_list import ErrorList
from .files import (
    CalendarLine,
    DistancesTable,
    ListRow,
    MemberRow,
    MethodFile,
    ProgrammeFile,
    SeasonalRow,
    TargetRow,
    UnitRow,
)
from .toml_lines import line_of
from .value_errors import Location, close_to

Bound = TypeVar("Bound", Period, date)

LEAD_FORM = "unit_month"
BUREAU_FORM = "city_month"
MOST_LISTED = 40
"""Longer lists of allowed values help nobody."""
LATEST_OPENING = timedelta(days=400)
LONGEST_STEP = timedelta(days=180)
"""Dates further apart than these are a wrong year, not a calendar."""


def check_units(lines: Lines[UnitRow], city_code: str | None) -> None:
    """Codes are unique; an alias identifies one unit (a name need not: several states have a Washington County); parents exist and
    never lead back to the unit."""
    first: dict[str, int] = {}
    names: dict[str, list[int]] = {}
    for line, row in lines:
        if row.code in first:
            lines.refuse(
                line,
                f"单位代码 {row.code} 重复(已在第 {first[row.code]} 行)",
                f"unit code {row.code} given twice (already in line {first[row.code]})",
                value=row.code,
            )
        first.setdefault(row.code, line)
        _check_validity(lines, line, row.valid_from, row.valid_to)
        names.setdefault(name_key(row.name), []).append(line)
    taken: dict[str, int] = {}
    for line, row in lines:
        for alias in row.aliases:
            key = name_key(alias)
            others = [n for n in (*names.get(key, ()), taken.setdefault(key, line)) if n != line]
            if others:
                lines.refuse(
                    line,
                    f"别名“{alias}”也是第 {others[0]} 行的单位",
                    f"alias {alias!r} also names the unit in line {others[0]}",
                    value=alias,
                )
    if lines.complete:
        _check_parents(lines, city_code)
        if all(row.kind == "bureau" for _, row in lines):
            lines.refuse(1, "没有参评单位(county 或 zone)", "no ranking unit (county or zone)")


def check_city(lines: Lines[UnitRow], city_code: str | None) -> None:
    """The whole area is not one of the units that are ranked."""
    for line, row in lines:
        if row.code == city_code and row.kind != "bureau":
            lines.refuse(
                line,
                f"{row.code} 是 programme.toml 的 city_code(全域),不能又是参评单位",
                f"{row.code} is the city_code of programme.toml (the whole area) and cannot be a ranking unit as well",
                ("bureau",),
                row.code,
            )


def _check_parents(lines: Lines[UnitRow], city_code: str | None) -> None:
    parents = {row.code: row.parent for _, row in lines}
    known = dict.fromkeys([*([city_code] if city_code else []), *parents])
    for line, row in lines:
        parent = row.parent
        if parent is None:
            continue
        if parent == row.code and row.kind == "bureau":
            continue
        if parent not in known and not row.code.startswith(parent):
            near = close_to(parent, known)
            lines.refuse(
                line,
                f"parent 未知:{parent}{near[0]}",
                f"unknown parent: {parent}{near[1]}; a unit, the city_code, or the beginning of the unit's own code",
                tuple(known) if len(known) <= MOST_LISTED else (),
                parent,
            )
            continue
        seen = [row.code]
        above: str | None = parent
        while above is not None and above not in seen and above != city_code:
            seen.append(above)
            above = parents.get(above)
        if above == row.code:
            circle = " → ".join((*seen, row.code))
            lines.refuse(line, f"上级互相循环:{circle}", f"parents in a circle: {circle}", value=parent)


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
                lines.refuse(
                    line,
                    f"{row.member_name} 在第 {other} 行已划入{'一个单位' if row.sign == '1' else '本单位之外'}",
                    f"{row.member_name} is taken {'into a' if row.sign == '1' else 'out of the'} unit in line {other} already",
                    value=member,
                )
                break
        earlier.append((line, row))


def _starts(row: MemberRow) -> Period:
    return row.valid_from or Period(1, 1)


def _ends(row: MemberRow) -> Period:
    return row.valid_to or Period(9999, 12)


def check_lists(lines: Lines[ListRow]) -> None:
    """Membership ends after it begins, and no project stands twice on a list at one time."""
    taken: dict[tuple[str, str], list[tuple[int, ListRow]]] = {}
    for line, row in lines:
        _check_validity(lines, line, row.valid_from, row.valid_to)
        earlier = taken.setdefault((row.list_code, row.project_code), [])
        for other, before in earlier:
            if row.valid_from <= (before.valid_to or date.max) and before.valid_from <= (row.valid_to or date.max):
                lines.refuse(
                    line,
                    f"{row.project_code} 在第 {other} 行已列入 {row.list_code}",
                    f"{row.project_code} is on {row.list_code} already (line {other})",
                    value=row.project_code,
                )
                break
        earlier.append((line, row))


def _check_validity(lines: Lines[Row], line: int, start: Bound | None, end: Bound | None) -> None:
    if start and end and end < start:
        lines.refuse(line, "valid_to 早于 valid_from", "valid_to is before valid_from", value=end)


def check_calendar(
    lines: Lines[CalendarLine],
    names: Collection[str],
    forms: Mapping[str, FormLayout],
    workdays: Workdays,
    least: DistancesTable,
) -> None:
    """Distances of the programme (domain_decisions §3 unless it says otherwise): county_due after open, city_audit_due after
    county_due, freeze after that; then publish, not before the official release. Every scored form has a row wherever
    the lead form has one. `names`: all forms of the folder, also those that did not load."""
    first: dict[tuple[str, Period], int] = {}
    latest: dict[str, tuple[int, CalendarLine]] = {}
    for line, row in sorted(lines, key=lambda one: (one[1].form, one[1].period, one[0])):
        if not _known(lines, line, "form", row.form, names):
            continue
        other = first.setdefault((row.form, row.period), line)
        if other != line:
            lines.refuse(
                line,
                f"{row.form} {row.period} 重复(已在第 {other} 行)",
                f"{row.form} {row.period} given twice (line {other})",
                value=row.period,
            )
        _check_distances(lines, line, row, workdays, least)
        layout = forms.get(row.form)
        if row.freeze and not row.city_audit_due and layout is not None and layout.domain != "bureau":
            lines.refuse(
                line,
                "有 freeze 而无 city_audit_due:退回的文件没有更正期限",
                "freeze without city_audit_due: files sent back would have no deadline",
                ("city_audit_due",),
                row.freeze,
            )
        before = latest.get(row.form)
        if before is not None and other == line and row.open <= before[1].open:
            lines.refuse(
                line,
                f"open 不晚于上一期 {before[1].period}(第 {before[0]} 行)",
                f"open is not after that of the period before, {before[1].period} (line {before[0]})",
                value=row.open,
            )
        latest[row.form] = (line, row)
    if not lines.complete:
        return
    for (form, period), line in first.items():
        if form != LEAD_FORM:
            continue
        for layout in forms.values():
            if layout.scored and layout.domain != "bureau" and (layout.name, period) not in first:
                lines.refuse(
                    line,
                    f"{period} 缺少 {layout.name} 的日历",
                    f"{period} has no row for {layout.name}, which is scored",
                    value=period,
                )
    if not any(form == LEAD_FORM for form, _ in first):
        lines.refuse(1, f"日历中没有 {LEAD_FORM}", f"no row for {LEAD_FORM}", (LEAD_FORM,))


def _check_distances(
    lines: Lines[CalendarLine], line: int, row: CalendarLine, workdays: Workdays, least: DistancesTable
) -> None:
    if row.open.date() <= row.period.first_day:
        lines.refuse(line, "open 早于报告期", "open is before the period", value=row.open)
        return
    if row.open.date() - row.period.first_day > LATEST_OPENING:
        lines.refuse(
            line,
            f"open 在报告期一年之后,年份有误?{row.open:%Y-%m-%d}",
            f"open is more than a year after the period, a wrong year? {row.open:%Y-%m-%d}",
            value=row.open,
        )
        return
    steps = [("open", row.open, 0), ("county_due", row.county_due, least.open_to_due)]
    if row.city_audit_due:
        steps.append(("city_audit_due", row.city_audit_due, least.due_to_audit))
    if row.freeze:
        steps.append(("freeze", row.freeze, least.audit_to_freeze))
    for (before, start, _), (name, moment, fewest) in pairwise(steps):
        if moment - start > LONGEST_STEP:
            lines.refuse(
                line,
                f"{name} 在 {before} 之后 {(moment - start).days} 天,年份有误?",
                f"{name} is {(moment - start).days} days after {before}, a wrong year?",
                value=moment,
            )
            return
        found = workdays.between(start.date(), moment.date())
        if moment < start or found < fewest:
            lines.refuse(
                line,
                f"{name} 距 {before} 只有 {found} 个工作日,至少 {fewest} 个",
                f"{name} is {found} working days after {before}, at least {fewest} are required",
                value=moment,
            )
            return
    last_name, last, _ = steps[-1]
    if row.publish and row.publish < last:
        lines.refuse(line, f"publish 早于 {last_name}", f"publish is before {last_name}", value=row.publish)
    if row.publish and row.publish - last > LONGEST_STEP:
        days = (row.publish - last).days
        lines.refuse(
            line,
            f"publish 在 {last_name} 之后 {days} 天,年份有误?",
            f"publish is {days} days after {last_name}, a wrong year?",
            value=row.publish,
        )
    if row.publish and row.official_release and row.publish < row.official_release:
        lines.refuse(line, "publish 早于 official_release", "publish is before official_release", value=row.publish)


def check_seasonal(lines: Lines[SeasonalRow]) -> None:
    """Months once each and ascending, cumulative shares never falling, December 1."""
    for (_, before), (line, row) in pairwise(lines):
        if row.month <= before.month:
            lines.refuse(
                line,
                f"月份 {row.month} 重复或次序颠倒",
                f"month {row.month} is repeated or out of order",
                value=row.month,
            )
        if row.share < before.share:
            lines.refuse(line, "累计占比下降", "the cumulative share falls", value=row.share)
    if lines.complete and (not lines or lines[-1][1].month != 12 or lines[-1][1].share != 1):
        lines.refuse(lines[-1][0] if lines else 1, "12 月的累计占比须为 1", "December must have the share 1", ("1",))


def check_targets(
    lines: Lines[TargetRow], scopes: set[str], indicators: tuple[str, ...], lists: frozenset[str]
) -> None:
    """Scopes are units or the city; comparators exist; no target twice; accumulation begins before it ends; amounts are positive
    and rates of growth are fractions."""
    first: dict[tuple[str, ...], int] = {}
    for line, row in lines:
        _known(lines, line, "scope", row.scope, scopes)
        key = (row.metric, row.scope, row.operator, row.window, row.comparator)
        if first.setdefault(key, line) != line:
            lines.refuse(
                line,
                f"目标重复(已在第 {first[key]} 行)",
                f"target given twice (already in line {first[key]})",
                value=row.scope,
            )
        if row.metric == "growth" and row.comparator:
            _known(lines, line, "comparator", row.comparator, indicators)
        elif row.metric == "list_ytd" and not row.comparator:
            lines.refuse(
                line, "list_ytd 须在 comparator 中写清单", "list_ytd needs the list in comparator", tuple(sorted(lists))
            )
        elif row.metric == "list_ytd" and lists:
            _known(lines, line, "comparator", row.comparator, lists)
        elif row.metric in ("annual_investment", "ytd") and row.comparator:
            lines.refuse(line, f"{row.metric} 没有比较对象", f"{row.metric} has no comparator", value=row.comparator)
        if row.metric == "annual_investment" and len(row.window) != 4:
            lines.refuse(
                line,
                "annual_investment 的 window 须为年份",
                "annual_investment needs a year as window",
                (row.window[:4],),
                row.window,
            )
        if row.accumulate_from and row.window[:7] < str(row.accumulate_from)[: len(row.window[:7])]:
            lines.refuse(
                line, "accumulate_from 晚于 window", "accumulate_from is after the window", value=row.accumulate_from
            )
        if row.metric == "growth" and abs(row.value) > 3:
            lines.refuse(
                line,
                f"增速写成小数:{row.value} 即 {row.value * 100:f}%",
                f"growth is a fraction: {row.value} would be {row.value * 100:f} %",
                (f"{row.value / 100:f}",),
                row.value,
            )
        elif row.metric != "growth" and row.value <= 0:
            lines.refuse(line, "目标值须大于 0", "the target must be above 0", value=row.value)


def check_forms(folder: Path, names: Collection[str], forms: Mapping[str, FormLayout], errors: ErrorList) -> None:
    """The form that the ranking's level comes from is compulsory and sent by the units; an indicator has one measure in all forms."""
    if LEAD_FORM not in names:
        near = close_to(LEAD_FORM, names)
        errors.add(
            ConfigError(
                folder / "forms",
                None,
                f"缺少报表 {LEAD_FORM}.toml{near[0]}",
                f"the form {LEAD_FORM}.toml is missing{near[1]}",
                tuple(FORM_FIELDS),
            )
        )
    for name, layout in forms.items():
        path = folder / "forms" / f"{name}.toml"
        text = path.read_text(encoding="utf-8-sig")
        if (name == BUREAU_FORM) != (layout.domain == "bureau"):
            expected = "bureau" if name == BUREAU_FORM else "stat"
            errors.add(
                ConfigError(
                    path,
                    line_of(text, ("domain",)),
                    f"{name} 的 domain 不能是 {layout.domain}:{'由市局报送' if name == BUREAU_FORM else '由各单位报送'}",
                    f"the domain of {name} cannot be {layout.domain}: it is sent by the {'bureau' if name == BUREAU_FORM else 'units'}",
                    (expected,) if name in (BUREAU_FORM, LEAD_FORM) else ("stat", "dispatch"),
                    layout.domain,
                )
            )
    _one_measure_each(folder, forms, errors)


def _one_measure_each(folder: Path, forms: Mapping[str, FormLayout], errors: ErrorList) -> None:
    first: dict[str, tuple[str, str]] = {}
    for layout in sorted(forms.values(), key=lambda form: form.name != LEAD_FORM):
        for number, indicator in enumerate(layout.indicators):
            owner, measure = first.setdefault(indicator.code, (layout.name, indicator.measure))
            if indicator.measure == measure:
                continue
            path = folder / "forms" / f"{layout.name}.toml"
            line = line_of(path.read_text(encoding="utf-8-sig"), ("indicators", number, "measure"))
            errors.add(
                ConfigError(
                    path,
                    line,
                    f"{indicator.code} 在 {owner} 中的计量单位是 {measure},不是 {indicator.measure}",
                    f"the measure of {indicator.code} is {measure} in {owner}, not {indicator.measure}",
                    (measure,),
                    indicator.measure,
                )
            )


def check_measures(path: Path, text: str, main: ProgrammeFile, errors: ErrorList) -> None:
    """A measure is declared once."""
    codes = [measure.code for measure in main.measures]
    for number, code in enumerate(codes):
        if codes.index(code) != number:
            line = line_of(text, ("measures", number, "code"))
            errors.add(ConfigError(path, line, f"计量单位重复:{code}", f"measure given twice: {code}", (), code))
        near = close_to(code, [known for known in MEASURES if known != code])
        if code not in MEASURES and near[0] and sorted(code.casefold()) in [sorted(k.casefold()) for k in MEASURES]:
            line = line_of(text, ("measures", number, "code"))
            errors.add(
                ConfigError(
                    path,
                    line,
                    f"计量单位 {code} 写错{near[0]}",
                    f"misspelt measure {code}{near[1]}",
                    tuple(MEASURES),
                    code,
                )
            )


class MethodCheck:
    """method.toml against the forms: the ranked indicator exists, the columns that it is counted from are there, weights sum to
    100, anchors ascend, and a bureau's base has a bureau to send it."""

    def __init__(self, path: Path, text: str, method: MethodFile, errors: ErrorList) -> None:
        self.path, self.text, self.method, self.errors = path, text, method, errors

    def refuse(self, location: Location, zh: str, en: str, allowed: tuple[str, ...] = (), value: object = None) -> None:
        self.errors.add(ConfigError(self.path, line_of(self.text, location) or 1, zh, en, allowed, value))

    def check(
        self, names: Collection[str], forms: Mapping[str, FormLayout], bureaus: int | None, city_code: str | None
    ) -> None:
        """`names`: all forms of the folder; `bureaus`: how many units are of kind bureau, None where units.csv did not load."""
        method = self.method
        if len(set(method.signatures)) < len(method.signatures):
            self.refuse(("signatures",), "签署角色重复", "a signature is given twice", (), ", ".join(method.signatures))
        if method.base_source == "bureau" and (
            BUREAU_FORM not in names or bureaus not in (1, None) or city_code is None
        ):
            self.refuse(
                ("base_source",),
                f"基数由市局提供时,须有 {BUREAU_FORM} 报表、city_code 和一个 bureau 单位",
                f"base_source = bureau needs the form {BUREAU_FORM}, a city_code and exactly one unit of kind bureau",
                ("submission",),
                method.base_source,
            )
        self._check_forms(names, forms)
        self._check_scores()

    def _check_forms(self, names: Collection[str], forms: Mapping[str, FormLayout]) -> None:
        method = self.method
        ranked = [LEAD_FORM, *([BUREAU_FORM] if method.base_source == "bureau" else [])]
        for name in ranked:
            layout = forms.get(name)
            if layout is None:
                continue
            known = tuple(indicator.code for indicator in layout.indicators)
            if method.indicator not in known:
                near = close_to(method.indicator, known)
                self.refuse(
                    ("indicator",),
                    f"{name} 没有指标 {method.indicator}{near[0]}",
                    f"no such indicator in {name}: {method.indicator}{near[1]}",
                    known,
                    method.indicator,
                )
            scope = layout.column("scope")
            if method.unit_scope and scope is None:
                self.refuse(
                    ("unit_scope",),
                    f"{name} 没有口径列 scope,无法按“{method.unit_scope}”排名",
                    f"{name} has no column scope: nothing can be ranked by {method.unit_scope}",
                    ('""',),
                    method.unit_scope,
                )
            if not method.unit_scope and scope is not None and scope.required:
                self.refuse(
                    ("unit_scope",),
                    f"{name} 要求填口径,须写明按哪个口径排名",
                    f"{name} requires a scope: say which one is ranked",
                    ("属地", "管理"),
                    method.unit_scope,
                )
        lead = forms.get(LEAD_FORM)
        if method.base_source == "submission" and lead is not None and lead.column("ytd_last_year") is None:
            self.refuse(
                ("base_source",),
                f"基数由报送单位提供时,{LEAD_FORM} 须有 ytd_last_year 列",
                f"base_source = submission needs the column ytd_last_year in {LEAD_FORM}",
                ("bureau",),
                method.base_source,
            )
        dispatch = method.name == "SAIMA-1" or "dispatch" in method.signatures
        if dispatch and "dispatch_month" not in names:
            place = ("name",) if method.name == "SAIMA-1" else ("signatures",)
            self.refuse(
                place,
                "没有调度报表 dispatch_month:SAIMA-1 的四项指标和调度签署无从谈起",
                "no form dispatch_month: four indicators of SAIMA-1 and the signature dispatch rest on it",
                ("growth_rank",) if method.name == "SAIMA-1" else ("statistics",),
                method.name if method.name == "SAIMA-1" else "dispatch",
            )

    def _check_scores(self) -> None:
        method = self.method
        keys = [indicator.key for indicator in method.indicators]
        expected = INDICATORS if method.name == "SAIMA-1" else ()
        missing = [key for key in expected if key not in keys]
        for number, indicator in enumerate(method.indicators):
            if indicator.key not in expected or keys.index(indicator.key) != number:
                near = close_to(indicator.key, missing)
                missing = [key for key in missing if f"did you mean {key}?" not in near[1]]
                self.refuse(
                    ("indicators", number, "key"),
                    f"指标 {indicator.key} 未知或重复{near[0]}",
                    f"indicator {indicator.key} is unknown or given twice{near[1]}",
                    expected,
                    indicator.key,
                )
            if not indicator.lo < indicator.mid < indicator.hi:
                self.refuse(
                    ("indicators", number, "lo"),
                    "须有 lo < mid < hi",
                    "lo < mid < hi is required",
                    (),
                    f"{indicator.lo}, {indicator.mid}, {indicator.hi}",
                )
        if missing:
            self.refuse(
                ("name",), f"{method.name} 缺少指标 {missing[0]}", f"{method.name} lacks {missing[0]}", expected
            )
        total = sum((indicator.weight for indicator in method.indicators), Decimal(0))
        if method.indicators and total != 100 and not missing:
            self.refuse(
                ("indicators", 0, "weight"),
                f"权重合计 {total},应为 100",
                f"the weights sum to {total}, not 100",
                (),
                total,
            )


def _known(lines: Lines[Row], line: int, column: str, value: str, allowed: Collection[str]) -> bool:
    if value in allowed:
        return True
    names = tuple(sorted(allowed))
    near = close_to(value, names)
    listed = names if len(names) <= MOST_LISTED else ()
    lines.refuse(line, f"{column} 未知:{value}{near[0]}", f"unknown {column}: {value}{near[1]}", listed, value)
    return False
