"""Checks what a form says must be there (`required_cells`, `required_rows`, `marks`): every name in it exists."""

from __future__ import annotations

from pathlib import Path

from pipelines.errors import ConfigError
from pipelines.model.fields import FIELDS
from pipelines.model.forms import FormLayout, RequiredCells, RequiredRow

from .toml_lines import line_of


def check_required(path: Path, text: str, layout: FormLayout) -> None:
    """ConfigError (file, line, allowed values) for the first entry that names what the form does not have."""
    for number, column in enumerate(layout.columns):
        if column.marks and not column.non_empty:
            raise _wrong(
                path,
                text,
                ("columns", number, "marks"),
                f"marks 只用于 non_empty = true 的列:{column.field}",
                f"marks are for columns with non_empty = true: {column.field}",
            )
    always = {column.field for column in layout.columns if column.non_empty}
    for number, cells in enumerate(layout.required_cells):
        _check_cells(path, text, layout, number, cells, always)
    for number, row in enumerate(layout.required_rows):
        _check_row(path, text, layout, number, row)


def _check_cells(
    path: Path, text: str, layout: FormLayout, number: int, cells: RequiredCells, always: set[str]
) -> None:
    at = ("required_cells", number)
    known = tuple(column.field for column in layout.columns)
    if bool(cells.fields) == bool(cells.any_of):
        raise _wrong(path, text, at, "fields 与 any_of 须填其一", "give either fields or any_of")
    for key, names in (("fields", cells.fields), ("any_of", cells.any_of), ("where", tuple(cells.where))):
        for name in names:
            if name not in known:
                raise _wrong(path, text, (*at, key), f"字段不在列中:{name}", f"not a column of the form: {name}", known)
    for name in (*cells.fields, *cells.any_of):
        if name in always:
            raise _wrong(
                path,
                text,
                at,
                f"{name} 已是 non_empty = true,不必再列条件",
                f"{name} has non_empty = true already: a condition changes nothing",
            )
    amounts = tuple(name for name in known if FIELDS[name].type == "amount")
    if cells.positive and cells.positive not in amounts:
        raise _wrong(
            path,
            text,
            (*at, "positive"),
            f"不是本表的金额列:{cells.positive}",
            f"not an amount of the form: {cells.positive}",
            amounts,
        )
    if cells.unless_flagged and "na_flag" not in known:
        raise _wrong(
            path,
            text,
            (*at, "unless_flagged"),
            "unless_flagged 需要不适用标记列(na_flag)",
            "unless_flagged needs the column na_flag",
        )
    codes = tuple(indicator.code for indicator in layout.indicators)
    for value in cells.where.get("indicator", ()):
        if value not in codes:
            raise _wrong(path, text, (*at, "where"), f"没有这个指标:{value}", f"no such indicator: {value}", codes)


def _check_row(path: Path, text: str, layout: FormLayout, number: int, row: RequiredRow) -> None:
    at = ("required_rows", number)
    known = {column.field for column in layout.columns}
    codes = tuple(indicator.code for indicator in layout.indicators)
    if row.indicator not in codes:
        raise _wrong(
            path,
            text,
            (*at, "indicator"),
            f"没有这个指标:{row.indicator}",
            f"no such indicator: {row.indicator}",
            codes,
        )
    if row.scope and "scope" not in known:
        raise _wrong(path, text, (*at, "scope"), "本表没有口径列(scope)", "the form has no column scope")
    if row.areas and "area_code" not in known:
        raise _wrong(path, text, (*at, "areas"), "本表没有地区代码列(area_code)", "the form has no column area_code")


def _wrong(
    path: Path, text: str, location: tuple[str | int, ...], zh: str, en: str, allowed: tuple[str, ...] = ()
) -> ConfigError:
    return ConfigError(path, line_of(text, location), zh, en, allowed)
