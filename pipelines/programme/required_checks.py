"""Checks what a form says must be there (`required_cells`, `required_rows`, `marks`): every name in it exists."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.model.fields import FIELDS
from pipelines.model.forms import FormLayout, RequiredCells, RequiredRow

from .value_errors import close_to

Refuse = Callable[..., None]
"""(place, zh, en, allowed values, value): an error at a key of the form's file."""


def check_required(layout: FormLayout, refuse: Refuse) -> None:
    """Every entry that names what the form does not have, or says what can never matter."""
    for number, column in enumerate(layout.columns):
        if column.marks and not column.non_empty:
            refuse(
                ("columns", number, "marks"),
                "没有 non_empty = true 时此项无效",
                "marks does nothing without non_empty = true",
            )
    for number, cells in enumerate(layout.required_cells):
        _check_cells(layout, refuse, number, cells)
    for number, row in enumerate(layout.required_rows):
        _check_row(layout, refuse, number, row)


def _check_cells(layout: FormLayout, refuse: Refuse, number: int, cells: RequiredCells) -> None:
    at = ("required_cells", number)
    known = tuple(column.field for column in layout.columns)
    always = {column.field for column in layout.columns if column.non_empty}
    if bool(cells.fields) == bool(cells.any_of):
        refuse((*at, "any_of"), "fields 与 any_of 须填其一", "give either fields or any_of")
    for key, names in (("fields", cells.fields), ("any_of", cells.any_of), ("where", tuple(cells.where))):
        for name in names:
            if name not in known:
                near = close_to(name, known)
                refuse((*at, key), f"字段不在列中：{name}{near[0]}", f"not a column: {name}{near[1]}", known, name)
            elif name in always and key != "where":
                refuse(
                    (*at, key),
                    f"{name} 已是 non_empty = true，条件无效",
                    f"{name} has non_empty = true already: the condition changes nothing",
                    (),
                    name,
                )
    amounts = tuple(name for name in known if name in FIELDS and FIELDS[name].type == "amount")
    if cells.positive and cells.positive not in amounts:
        refuse(
            (*at, "positive"),
            f"不是本表的金额列：{cells.positive}",
            f"not an amount of the form: {cells.positive}",
            amounts,
            cells.positive,
        )
    if cells.unless_flagged and "na_flag" not in known:
        refuse((*at, "unless_flagged"), "需要不适用标记列（na_flag）", "unless_flagged needs the column na_flag")
    codes = tuple(indicator.code for indicator in layout.indicators)
    for value in cells.where.get("indicator", ()):
        if value not in codes:
            near = close_to(value, codes)
            refuse(
                (*at, "where"), f"没有这个指标：{value}{near[0]}", f"no such indicator: {value}{near[1]}", codes, value
            )


def _check_row(layout: FormLayout, refuse: Refuse, number: int, row: RequiredRow) -> None:
    at = ("required_rows", number)
    known = {column.field for column in layout.columns}
    codes = tuple(indicator.code for indicator in layout.indicators)
    if row.indicator not in codes:
        near = close_to(row.indicator, codes)
        refuse(
            (*at, "indicator"),
            f"没有这个指标：{row.indicator}{near[0]}",
            f"no such indicator: {row.indicator}{near[1]}",
            codes,
            row.indicator,
        )
    if row.scope and "scope" not in known:
        refuse((*at, "scope"), "本表没有口径列（scope）", "the form has no column scope")
    if row.areas and "area_code" not in known:
        refuse((*at, "areas"), "本表没有地区代码列（area_code）", "the form has no column area_code")
