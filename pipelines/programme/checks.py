"""What types cannot say: names that must exist elsewhere, names that two things have, spans that overlap. Every check puts all it
finds into the list of errors and goes on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from ..errors import ConfigError
from ..model.forms import FormLayout, Role
from ..model.measures import MEASURES
from ..model.periods import CUMULATIVE, Period
from .csv_lines import Lines, Row
from .error_list import ErrorList
from .files import ListRow, ProgrammeFile, SeasonalRow, TargetRow
from .layout_checks import known_measures
from .toml_lines import line_of
from .value_errors import MOST_LISTED, close_to

Bound = TypeVar("Bound", Period, date)


def check_lists(lines: Lines[ListRow]) -> None:
    """Membership ends after it begins, and no project stands twice on a list at one time."""
    taken: dict[tuple[str, str], list[tuple[int, ListRow]]] = {}
    for line, row in lines:
        check_validity(lines, line, row.valid_from, row.valid_to)
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


def check_validity(lines: Lines[Row], line: int, start: Bound | None, end: Bound | None) -> None:
    """A span ends after it begins."""
    if start and end and end < start:
        lines.refuse(line, "valid_to 早于 valid_from", "valid_to is before valid_from", value=end)


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
    lines: Lines[TargetRow], scopes: set[str] | None, indicators: tuple[str, ...] | None, lists: frozenset[str]
) -> None:
    """Scopes are units or the city; comparators exist; no target twice; accumulation begins before it ends; amounts are positive
    and rates of growth are fractions. `scopes`, `indicators` None: the file
    that has them did not load."""
    first: dict[tuple[str, ...], int] = {}
    for line, row in lines:
        if scopes is not None:
            known_name(lines, line, "scope", row.scope, scopes)
        key = (row.metric, row.scope, row.operator, row.window, row.comparator)
        if first.setdefault(key, line) != line:
            lines.refuse(
                line,
                f"目标重复（已在第 {first[key]} 行）",
                f"target given twice (already in line {first[key]})",
                value=row.scope,
            )
        if row.metric == "growth" and row.comparator:
            if indicators is not None:
                known_name(lines, line, "comparator", row.comparator, indicators)
        elif row.metric == "list_ytd" and not row.comparator:
            lines.refuse(
                line, "list_ytd 须在 comparator 中写清单", "list_ytd needs the list in comparator", tuple(sorted(lists))
            )
        elif row.metric == "list_ytd" and lists:
            known_name(lines, line, "comparator", row.comparator, lists)
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
                f"增速写成小数：{row.value} 即 {row.value * 100:f}%",
                f"growth is a fraction: {row.value} would be {row.value * 100:f} %",
                (f"{row.value / 100:f}",),
                row.value,
            )
        elif row.metric != "growth" and row.value <= 0:
            lines.refuse(line, "目标值须大于 0", "the target must be above 0", value=row.value)


def check_forms(
    folder: Path, names: Collection[str], forms: Mapping[str, FormLayout], declared: frozenset[str], errors: ErrorList
) -> None:
    """Each role of the ranking is one form's; the level is compulsory and sent by the units, all of them monthly or all quarterly; a
    sibling exists and comes first; an indicator has one measure in all forms. `declared`: measures of the programme's own."""

    def refuse(form: str, key: str, zh: str, en: str, allowed: tuple[str, ...] = (), value: object = None) -> None:
        path = folder / "forms" / f"{form}.toml"
        text = path.read_text(encoding="utf-8-sig")
        errors.add(ConfigError(path, line_of(text, (key,)), zh, en, allowed, value))

    if set(names) == set(forms) and not role_name(forms, "level"):
        zh, en = (
            '没有一张报表写有 role = "level"，排名的累计数取自它',
            'no form has role = "level", which the ranked figure comes from',
        )
        errors.add(ConfigError(folder / "forms", None, zh, en, tuple(names)))
    holders: dict[Role, str] = {}
    level = next((layout for layout in forms.values() if layout.role == "level"), None)
    for name, layout in forms.items():
        role = layout.role
        if role is not None:
            other = holders.setdefault(role, name)
            if other != name:
                refuse(
                    name, "role", f"role = {role} 已用于 {other}", f"role = {role} is already that of {other}", (), role
                )
            if layout.period_kind not in CUMULATIVE:
                zh, en = "参与排名的报表须按月或按季报送", "a form of the ranking is monthly or quarterly"
                refuse(name, "period_kind", zh, en, CUMULATIVE, layout.period_kind)
            elif level is not None and layout.period_kind != level.period_kind:
                zh = f"参与排名的报表须与 {level.name} 同一种报告期"
                en = f"a form of the ranking has the periods of {level.name}"
                refuse(name, "period_kind", zh, en, (level.period_kind,), layout.period_kind)
            if (role == "base") != (layout.domain == "bureau"):
                refuse(
                    name,
                    "domain",
                    f"role = {role} 的报表 domain 不能是 {layout.domain}：{'由市局报送' if role == 'base' else '由各单位报送'}",
                    f"the domain of {name} cannot be {layout.domain}: it is sent by the {'bureau' if role == 'base' else 'units'}",
                    ("bureau",) if role == "base" else ("stat", "dispatch"),
                    layout.domain,
                )
        _check_sibling(layout, names, forms, refuse)
    _one_measure_each(folder, forms, declared, errors)


def role_name(forms: Mapping[str, FormLayout], role: Role) -> str:
    """The form of the role; "" where there is none."""
    return next((layout.name for layout in forms.values() if layout.role == role), "")


def _check_sibling(
    layout: FormLayout, names: Collection[str], forms: Mapping[str, FormLayout], refuse: Callable[..., None]
) -> None:
    sibling = layout.history.sibling
    if not sibling:
        return
    if sibling not in names or sibling == layout.name:
        near = close_to(sibling, names)
        refuse(
            layout.name,
            "history",
            f"没有对照报表 {sibling}{near[0]}",
            f"no such sibling: {sibling}{near[1]}",
            tuple(names),
            sibling,
        )
        return
    other = forms.get(sibling)
    if other is not None and (other.order >= layout.order or other.period_kind != layout.period_kind):
        refuse(
            layout.name,
            "order",
            f"对照报表 {sibling} 须与本表同为一种报告期，且 order 更小",
            f"the sibling {sibling} must have the same period_kind and a smaller order",
            (),
            layout.order,
        )


def _one_measure_each(
    folder: Path, forms: Mapping[str, FormLayout], declared: frozenset[str], errors: ErrorList
) -> None:
    """Forms whose own measure is unknown have said so already and say nothing here."""
    first: dict[str, tuple[str, str]] = {}
    sound = [form for form in forms.values() if form.measure in known_measures(form, declared)]
    for layout in sorted(sound, key=lambda form: form.role != "level"):
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
                    f"{indicator.code} 在 {owner} 中的计量单位是 {measure}，不是 {indicator.measure}",
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
            errors.add(ConfigError(path, line, f"计量单位重复：{code}", f"measure given twice: {code}", (), code))
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


def known_name(lines: Lines[Row], line: int, column: str, value: str, allowed: Collection[str]) -> bool:
    """Whether a cell names what exists; where it does not, that is an error which names what is near and what is allowed."""
    if value in allowed:
        return True
    names = tuple(sorted(allowed))
    near = close_to(value, names)
    listed = names if len(names) <= MOST_LISTED else ()
    lines.refuse(line, f"{column} 未知：{value}{near[0]}", f"unknown {column}: {value}{near[1]}", listed, value)
    return False
