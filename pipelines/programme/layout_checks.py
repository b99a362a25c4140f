"""What the types of a form's file cannot say: names that must exist elsewhere, names that two things have, texts that no file can
ever hold, factors that are not what the words mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from pipelines.errors import ConfigError
from pipelines.model.fields import FIELDS, OWN_PREFIX
from pipelines.model.forms import FormLayout
from pipelines.model.header_text import IGNORED, header_key
from pipelines.model.measures import IN_YUAN, MEASURES, YUAN
from pipelines.model.tables import SYSTEM

from .error_list import ErrorList
from .toml_lines import line_of
from .value_errors import Location, close_to
from .wide_form_checks import check_wide_column, check_wide_form

MAX_HEADER = 80
"""Longer cells are never read as headers."""
MAX_LEVELS = 3
_NUMERIC = re.compile(r"[-+(]?[\d.,]+%?\)?\Z")
_RATE_OF = {("indicator", "stat"): "growth", ("indicator", "bureau"): "growth_official"}
"""What a form may rest on where no level is known."""
_PROJECT_KEYS = ("project_code", "stat_project_no", "project_name")


def known_measures(layout: FormLayout, declared: frozenset[str]) -> frozenset[str]:
    """What a form may be measured in: what everybody knows, what the programme declares, and its own units of factor 1."""
    own = {unit for unit, factor in layout.amount_units.items() if factor == 1}
    return declared | frozenset(MEASURES) | own


class LayoutCheck:
    """Checks one form; every error names file and line."""

    def __init__(self, path: Path, text: str, layout: FormLayout, errors: ErrorList) -> None:
        self.path, self.text, self.layout, self.errors = path, text, layout, errors

    def refuse(self, place: Location, zh: str, en: str, allowed: tuple[str, ...] = (), value: object = None) -> None:
        self.errors.add(ConfigError(self.path, line_of(self.text, place) or 1, zh, en, allowed, value))

    def check(self, registered: Mapping[str, tuple[str, ...]], measures: frozenset[str]) -> None:
        """`registered`: form → the fields it may carry (any other form: all there are); `measures`: codes that the programme declares."""
        layout = self.layout
        if layout.name != self.path.stem:
            self.refuse(
                ("name",),
                f"报表名须与文件名一致：{self.path.stem}",
                f"the form's name must be that of its file: {self.path.stem}",
                (self.path.stem,),
                layout.name,
            )
        known = tuple(name for name in FIELDS if name not in SYSTEM and not name.startswith(OWN_PREFIX))
        fields = (*registered.get(layout.name, known), *(field.name for field in layout.own))
        self._columns(fields)
        self._own_fields(fields)
        self._grain()
        self._units(measures)
        self._indicators(measures)

    def _columns(self, fields: tuple[str, ...]) -> None:
        owners: dict[str, str] = {}
        seen: set[str] = set()
        names: set[str] = set()
        for number, column in enumerate(self.layout.columns):
            at: Location = ("columns", number, "field")
            name = column.field
            if name not in fields:
                near = close_to(name, fields)
                self.refuse(
                    at,
                    f"报表没有这个字段：{name}{near[0]}",
                    f"the form has no such field: {name}{near[1]}",
                    fields,
                    name,
                )
            elif column.name in names:
                self.refuse(at, f"字段重复：{column.name}", f"field given twice: {column.name}", (), name)
            check_wide_column(self.layout, number, column, self.refuse)
            seen.add(name)
            names.add(column.name)
            owners.setdefault(header_key(column.name), column.name)
        for number, column in enumerate(self.layout.columns):
            for position, alias in enumerate(column.aliases):
                place: Location = ("columns", number, "aliases", position)
                parts = [header_key(part) for part in alias.split("|")]
                self._matchable(place, alias, parts)
                key = "|".join(parts)
                if owners.setdefault(key, column.name) != column.name:
                    self.refuse(
                        place,
                        f"别名“{alias}”已用于 {owners[key]}（比较时不计空格、括号和编号）",
                        f"alias {alias!r} already belongs to {owners[key]} (spaces, brackets and numbering do not count)",
                        (),
                        alias,
                    )
        if self.layout.wide:
            seen.add("indicator")  # filled from the columns
        for position, name in enumerate(self.layout.key):
            if name not in seen:
                near = close_to(name, seen)
                self.refuse(
                    ("key", position),
                    f"主键字段不在列中：{name}{near[0]}",
                    f"key field is not a column: {name}{near[1]}",
                    tuple(sorted(seen)),
                    name,
                )

    def _matchable(self, at: Location, alias: str, parts: list[str]) -> None:
        """An alias that no header can ever have is a typo, and its column would be missed in silence."""
        units = {header_key(unit) for unit in self.layout.amount_units}
        if not all(parts):
            zh, en = "有空的一级（| 前后）或只有编号", "has an empty level (beside |) or is numbering alone"
        elif len(parts) > MAX_LEVELS:
            zh, en = f"表头最多 {MAX_LEVELS} 级", f"headers have at most {MAX_LEVELS} levels"
        elif any(len(part) > MAX_HEADER for part in alias.split("|")):
            zh, en = f"超过 {MAX_HEADER} 个字符", f"is longer than {MAX_HEADER} characters"
        elif any(_NUMERIC.match(part) for part in parts):
            zh, en = "是数字，不会被当作表头", "is a number, which is never read as a header"
        elif any(part in units for part in parts):
            zh, en = "是金额单位，不会被当作表头", "is a unit of amount, which is never read as a header"
        elif any(unicodedata.category(c) in ("Cc", "Cf") for c in alias):
            zh, en = "含有看不见的字符", "holds an invisible character"
        elif len(parts) == 1 and parts[0] in IGNORED:
            zh, en = (
                "是编号或本系统自带的列，读取时略过",
                "is a column of numbers or of our own workbooks, which is passed over",
            )
        else:
            return
        self.refuse(at, f"别名“{alias}”{zh}，永远不会匹配", f"alias {alias!r} {en}: no header can match it", (), alias)

    def _grain(self) -> None:
        layout = self.layout
        fields = {column.field for column in layout.columns}
        if layout.grain == "indicator":
            if not layout.indicators:
                self.refuse(
                    ("grain",), "指标型报表须列出 [[indicators]]", "a form of grain indicator needs [[indicators]]"
                )
            if layout.wide:
                check_wide_form(self.layout, fields, self.refuse)
            elif "indicator" not in fields:
                self.refuse(
                    ("grain",), "指标型报表须有 indicator 列", "a form of grain indicator needs the column indicator"
                )
        else:
            if layout.indicators:
                self.refuse(
                    ("grain",),
                    f"grain = {layout.grain} 的报表没有 [[indicators]],grain 应为 indicator?",
                    f"a form of grain {layout.grain} has no [[indicators]]: should grain be indicator?",
                    ("indicator",),
                    layout.grain,
                )
            if layout.grain == "project" and not fields & set(_PROJECT_KEYS):
                self.refuse(
                    ("grain",),
                    f"项目型报表须有识别项目的列：{'、'.join(_PROJECT_KEYS)}",
                    f"a form of grain project needs a column that identifies a project: {', '.join(_PROJECT_KEYS)}",
                    _PROJECT_KEYS,
                    layout.grain,
                )
        numbers = tuple(
            sorted(name for name in fields if name in FIELDS and FIELDS[name].type in ("amount", "quantity"))
        )
        rate = _RATE_OF.get((layout.grain, layout.domain))
        if layout.amount not in numbers and (layout.amount or (layout.role and rate not in fields)):
            self.refuse(
                ("amount",),
                f"amount 须写本表的金额列，不能是“{layout.amount}”：其数据无法汇总",
                f"amount must name an amount column of the form, not {layout.amount!r}: nothing could be added up",
                numbers,
                layout.amount,
            )

    def _own_fields(self, fields: tuple[str, ...]) -> None:
        """Fields that other keys name."""
        for name in (*self.layout.identity, *self.layout.history.recent_columns):
            if name not in fields:
                near = close_to(name, fields)
                self.refuse(
                    ("identity",) if name in self.layout.identity else ("history", "recent_columns"),
                    f"报表没有这个字段：{name}{near[0]}",
                    f"the form has no such field: {name}{near[1]}",
                    fields,
                    name,
                )

    def _units(self, measures: frozenset[str]) -> None:
        layout = self.layout
        if layout.default_unit is not None and layout.default_unit not in layout.amount_units:
            near = close_to(layout.default_unit, layout.amount_units)
            self.refuse(
                ("default_unit",),
                f"默认单位不在 amount_units 中：{layout.default_unit}{near[0]}",
                f"default_unit is not in amount_units: {layout.default_unit}{near[1]}",
                tuple(layout.amount_units),
                layout.default_unit,
            )
        known = known_measures(layout, measures)
        if layout.measure not in known:
            near = close_to(layout.measure, known)
            self.refuse(
                ("measure",),
                f"未知的计量单位：{layout.measure}{near[0]}；自定义的写入 programme.toml 的 [[measures]]",
                f"unknown measure: {layout.measure}{near[1]}; one of your own is declared in [[measures]] of programme.toml",
                tuple(sorted(known)),
                layout.measure,
            )
        base = IN_YUAN.get(layout.measure)
        for unit, factor in layout.amount_units.items():
            expected = YUAN[unit] / base if base is not None and unit in YUAN else None
            if expected is None and unit == layout.measure:
                expected = Decimal(1)
            if expected is not None and factor != expected:
                self.refuse(
                    ("amount_units", unit),
                    f"{unit} 换算为 {layout.measure} 的系数应为 {expected:f}，不是 {factor}",
                    f"1 {unit} is {expected:f} {layout.measure}, not {factor}",
                    (f"{expected:f}",),
                    factor,
                )
        folded: dict[str, str] = {}
        for unit in layout.amount_units:
            key = "".join(unicodedata.normalize("NFKC", unit).split()).casefold()
            other = folded.setdefault(key, unit)
            if other != unit:
                self.refuse(("amount_units", unit), f"与“{other}”是同一单位", f"the same unit as {other!r}", (), unit)

    def _indicators(self, measures: frozenset[str]) -> None:
        layout = self.layout
        seen: dict[str, str] = {}
        known = (*sorted({layout.measure, *measures, *MEASURES}),)
        for number, indicator in enumerate(layout.indicators):
            if any(indicator.code == other.code for other in layout.indicators[:number]):
                self.refuse(
                    ("indicators", number, "code"),
                    f"指标重复：{indicator.code}",
                    f"indicator given twice: {indicator.code}",
                    (),
                    indicator.code,
                )
                continue
            for name in (indicator.code, *indicator.names):
                if seen.setdefault(header_key(name), indicator.code) != indicator.code:
                    self.refuse(
                        ("indicators", number, "names"),
                        f"指标名“{name}”已用于 {seen[header_key(name)]}",
                        f"indicator name {name!r} already belongs to {seen[header_key(name)]}",
                        (),
                        name,
                    )
            if indicator.measure in known:
                continue
            near = get_close_matches(indicator.measure, known, 1, 0.75) or [
                code for code in known if sorted(code) == sorted(indicator.measure)
            ]
            if near or indicator.measure in layout.amount_units:
                meant = near[0] if near else layout.measure
                self.refuse(
                    ("indicators", number, "measure"),
                    f"未知的计量单位：{indicator.measure}（可能是 {meant}）",
                    f"unknown measure: {indicator.measure} (did you mean {meant}?)",
                    known,
                    indicator.measure,
                )
