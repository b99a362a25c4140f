"""Every field of every form is reached from every header its layout names: in one row, in two rows with merged groups, merged
downwards over two rows, with star, unit and line break; and every field of the reference's list of project fields is there."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.harmonize.file import harmonize
from pipelines.model.fields import FIELDS
from pipelines.model.forms import FormColumn, FormLayout
from pipelines.model.programme import Programme
from pipelines.model.raw import ParsedFile, RawSheet, column_letter
from pipelines.model.submissions import FormPart, ReadOptions

VALUES: dict[str, Any] = {
    "amount": 12.5,
    "quantity": 100.0,
    "integer": 1.0,
    "rate": "24.1%",
    "month": "2022-06",
    "period": "2022-06",
    "date": "2022-06-30",
    "text": "甲",
    "code": "330481",
    "json": "",
}
OPTIONS = ReadOptions(unit_code="330481", period="2022-06", manifest={"amount_unit": "万元"})
REFERENCE = (
    "site_code",
    "stat_project_no",
    "project_code",
    "project_name",
    "owner_name",
    "uscc",
    "industry_code",
    "reg_type",
    "holding",
    "affiliation",
    "nature",
    "status",
    "start_ym",
    "prod_ym",
    "plan_total",
    "cum_total",
    "ytd",
    "month",
    "build",
    "install",
    "build_install",
    "equip",
    "other",
    "old_equip",
    "renew_equip",
    "land_fee",
    "old_building",
    "new_fixed_assets",
    "funds_total",
    "funds_budget",
    "funds_loans",
    "funds_bonds",
    "funds_foreign",
    "funds_self",
    "funds_other",
    "payables",
    "floor_under",
    "floor_done",
)
"""Canonical fields of a project's monthly record (reference, 2.3)."""


def plain(column: FormColumn) -> str:
    return next((a for a in column.aliases if "|" not in a), FIELDS[column.field].zh)


def read(
    layout: FormLayout, programme: Programme, cells: list[list[Any]], merged: list[tuple[int, int, int, int]]
) -> FormPart | None:
    sheet = RawSheet(layout.sheets[0], cells, list(range(1, len(cells) + 1)), merged=tuple(merged))
    file = harmonize(ParsedFile("f.xlsx", "xlsx", (sheet,)), "0" * 64, programme, OPTIONS)
    return next((part for part in file.parts if part.form == layout.name), None)


def sibling(layout: FormLayout, column: FormColumn, group: str) -> tuple[str, str] | None:
    """Another header of the same group, and its field."""
    for other in layout.columns:
        for alias in other.aliases:
            over, _, leaf = alias.rpartition("|")
            if other.field != column.field and over == group:
                return leaf, other.field
    return None


def variants(
    layout: FormLayout, column: FormColumn, alias: str
) -> dict[str, tuple[list[list[Any]], list[tuple[int, int, int, int]], int]]:
    """Name → rows (header first), merged ranges, and the column (from 0) where the field stands."""
    others = [c for c in layout.columns if c.required and c.field != column.field]
    data = [VALUES[FIELDS[c.field].type] for c in others]
    value, at = VALUES[FIELDS[column.field].type], len(others)
    names = [plain(c) for c in others]
    group, _, leaf = alias.rpartition("|")
    if group:
        beside = sibling(layout, column, group)
        if beside is None:
            down = [(1, n + 1, 2, n + 1) for n in range(at)]
            return {"group over one column": ([[*names, group], [*[""] * at, leaf], [*data, value]], down, at)}
        keep = [n for n, c in enumerate(others) if c.field != beside[1]]
        names, data = [names[n] for n in keep], [data[n] for n in keep]
        at = len(names)
        top, bottom = [*names, group, ""], [*[""] * at, leaf, beside[0]]
        down = [(1, n + 1, 2, n + 1) for n in range(at)]
        line = [*data, value, VALUES[FIELDS[beside[1]].type]]
        return {
            "group merged over two columns": ([top, bottom, line], [*down, (1, at + 1, 1, at + 2)], at),
            "group written twice": ([[*names, group, group], bottom, line], down, at),
        }
    down = [(1, n + 1, 2, n + 1) for n in range(at + 1)]
    return {
        "one row": ([[*names, alias], [*data, value]], [], at),
        "first of all": ([[alias, *names], [value, *data]], [], 0),
        "merged down over two rows": ([[*names, alias], [""] * (at + 1), [*data, value]], down, at),
        "with star, unit and line break": ([[*names, f"*{alias}\n"], [*data, value]], [], at),
    }


@pytest.mark.parametrize("form", ["project_month", "unit_month", "dispatch_month", "city_month"])
def test_every_header_reaches_its_field(form: str, jiaxing: Programme) -> None:
    layout = jiaxing.forms[form]
    lost, tried = [], 0
    for column in layout.columns:
        for alias in column.aliases:
            for name, (cells, merged, at) in variants(layout, column, alias).items():
                tried += 1
                part = read(layout, jiaxing, cells, merged)
                if part is None or part.columns.get(column.field) != column_letter(at + 1):
                    lost.append(
                        f"{column.field} / {alias} / {name}: {part.columns.get(column.field) if part else 'no table'}"
                    )
    assert tried > 3 * len(layout.columns)
    assert not lost, "\n".join(lost)


def test_the_layout_has_every_field_of_the_reference(jiaxing: Programme) -> None:
    assert set(REFERENCE) <= {c.field for c in jiaxing.forms["project_month"].columns}
    assert all(c.aliases for form in jiaxing.forms.values() for c in form.columns)
