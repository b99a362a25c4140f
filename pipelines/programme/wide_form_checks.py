"""Forms with indicators as columns: what their columns and indicators must agree on."""

from __future__ import annotations

from typing import Protocol

from pipelines.model.fields import FIELDS
from pipelines.model.forms import FormColumn, FormLayout

from .value_errors import Location, close_to


class Refuse(Protocol):
    """How a check names what is wrong."""

    def __call__(
        self, place: Location, zh: str, en: str, allowed: tuple[str, ...] = (), value: object = None
    ) -> None: ...


def check_wide_column(layout: FormLayout, number: int, column: FormColumn, refuse: Refuse) -> None:
    """A column of a wide table names an indicator of the form, and a field that each indicator has of its own."""
    if not column.indicator:
        return
    known = tuple(indicator.code for indicator in layout.indicators)
    if column.indicator not in known:
        near = close_to(column.indicator, known)
        refuse(
            ("columns", number, "indicator"),
            f"没有指标 {column.indicator}{near[0]}",
            f"no such indicator: {column.indicator}{near[1]}",
            known,
            column.indicator,
        )
    elif FIELDS.get(column.field, FIELDS["ytd"]).type not in ("amount", "rate", "integer", "text"):
        refuse(
            ("columns", number, "field"),
            f"{column.field} 不是每个指标各有一列的字段",
            f"{column.field} is no field that each indicator has a column of",
            (),
            column.field,
        )


def check_wide_form(layout: FormLayout, fields: set[str], refuse: Refuse) -> None:
    """A form with indicators as columns has no indicator column, and a column for each of its indicators."""
    if "indicator" in fields:
        refuse(
            ("columns",),
            "各指标已各有一列（indicator），不能再有 indicator 列",
            "indicators are columns of their own: there can be no column indicator",
        )
    for number, indicator in enumerate(layout.indicators):
        if indicator.code not in layout.wide:
            refuse(
                ("indicators", number, "code"),
                f"指标 {indicator.code} 没有自己的列（columns 的 indicator）",
                f"the indicator {indicator.code} has no column of its own (`indicator` of columns)",
                (),
                indicator.code,
            )
