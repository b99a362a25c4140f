"""Loads `forms/*.toml`: one file one form, its keys those of `model.forms.FormLayout`. Whatever is unknown is an error that
names file and line; a form may name only fields that `model.tables.FORM_FIELDS` gives it."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import ConfigError
from pipelines.model.forms import Column, FormLayout, Indicator
from pipelines.model.tables import FORM_FIELDS
from pipelines.model.units import UnitKind

from .explain import explain, worst
from .toml_lines import line_of, read_toml


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Regex = Annotated[str, AfterValidator(_regex)]
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Column(_Strict):
    field: Text
    aliases: tuple[Text, ...] = ()
    required: bool = False
    non_empty: bool = False


class _Indicator(_Strict):
    code: Text
    names: tuple[Text, ...] = ()
    measure: Text
    measure_names: tuple[Text, ...] = ()
    zh: Text
    en: Text


class _Layout(_Strict):
    name: Text
    zh: Text
    en: Text
    domain: Literal["stat", "dispatch", "bureau"]
    grain: Literal["project", "indicator"]
    measure: Text
    amount_units: dict[Text, Annotated[Decimal, Field(gt=0)]]
    columns: Annotated[tuple[_Column, ...], Field(min_length=1)]
    default_unit: str | None = None
    indicators: tuple[_Indicator, ...] = ()
    indicator_header: str = ""
    sheets: tuple[Text, ...] = ()
    titles: tuple[Regex, ...] = ()
    totals: tuple[Regex, ...] = ()
    subtotals: tuple[Regex, ...] = ()
    footers: tuple[Regex, ...] = ()
    scored: bool = True
    partial: bool = False
    partial_max_share: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.1")
    key: tuple[Text, ...] = ()
    table_no: str = ""
    authority: str = ""
    approval_no: str = ""
    valid_until: str = ""
    senders: tuple[UnitKind, ...] = ()
    covers: Literal["own", "children"] = "own"


def load_layout(path: Path) -> FormLayout:
    """The layout of one form. ConfigError (file, line, allowed values) for unknown keys, forms, fields, units, twice-used
    aliases, indicators without a code list entry, and regular expressions that do not compile."""
    content, text = read_toml(path)
    try:
        model = _Layout.model_validate(content)
    except ValidationError as error:
        first = worst(error)
        zh, en, allowed = explain(first, _Layout)
        raise ConfigError(path, line_of(text, first["loc"]) or 1, zh, en, allowed) from error
    _check(path, text, model)
    return FormLayout(
        **{
            **{name: getattr(model, name) for name in _Layout.model_fields},
            "columns": tuple(Column(**column.model_dump()) for column in model.columns),
            "indicators": tuple(Indicator(**indicator.model_dump()) for indicator in model.indicators),
            "amount_units": dict(model.amount_units),
        }
    )


def _check(path: Path, text: str, model: _Layout) -> None:
    """What the types cannot say: names that must exist elsewhere, and names that must not occur twice."""

    def wrong(location: tuple[str | int, ...], zh: str, en: str, allowed: tuple[str, ...] = ()) -> ConfigError:
        return ConfigError(path, line_of(text, location), zh, en, allowed)

    if model.name not in FORM_FIELDS:
        raise wrong(("name",), f"没有这张报表:{model.name}", f"no such form: {model.name}", tuple(FORM_FIELDS))
    if model.name != path.stem:
        raise wrong(
            ("name",), f"报表名须与文件名一致:{path.stem}", f"the form's name must be that of its file: {path.stem}"
        )
    fields = FORM_FIELDS[model.name]
    owners: dict[str, str] = {}
    for number, column in enumerate(model.columns):
        at = ("columns", number, "field")
        if column.field not in fields:
            raise wrong(at, f"报表没有这个字段:{column.field}", f"the form has no such field: {column.field}", fields)
        if column.field in owners.values():
            raise wrong(at, f"字段重复:{column.field}", f"field given twice: {column.field}")
        owners[column.field] = column.field
        for alias in column.aliases:
            if owners.setdefault(alias, column.field) != column.field:
                raise wrong(
                    ("columns", number, "aliases"),
                    f"别名“{alias}”已用于 {owners[alias]}",
                    f"alias {alias!r} already belongs to {owners[alias]}",
                )
    given = {column.field for column in model.columns}
    for field in model.key:
        if field not in given:
            raise wrong(
                ("key",), f"主键字段不在列中:{field}", f"key field is not a column: {field}", tuple(sorted(given))
            )
    if model.default_unit is not None and model.default_unit not in model.amount_units:
        raise wrong(
            ("default_unit",),
            f"默认单位不在 amount_units 中:{model.default_unit}",
            f"default_unit is not in amount_units: {model.default_unit}",
            tuple(model.amount_units),
        )
    if model.grain == "indicator" and not model.indicators:
        raise wrong(("grain",), "指标型报表须列出 [[indicators]]", "a form of grain indicator needs [[indicators]]")
    seen: dict[str, str] = {}
    for number, indicator in enumerate(model.indicators):
        for name in (indicator.code, *indicator.names):
            if seen.setdefault(name, indicator.code) != indicator.code:
                raise wrong(
                    ("indicators", number, "names"),
                    f"指标名“{name}”已用于 {seen[name]}",
                    f"indicator name {name!r} already belongs to {seen[name]}",
                )
