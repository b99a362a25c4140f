"""What a later edition of a month changed against the one published before: every changed cell of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..model.formulas import rate_text
from ..model.rank_document import ChangedCell
from .edition_context import BilingualText
from .figures import as_printed

LEVELS = {
    "ytd": ("本年累计", "year to date"),
    "base": ("可比基数", "comparable base"),
    "annual_target": ("年度目标", "annual target"),
    "month": ("本月", "month"),
    "schedule_completion": ("序时完成率", "schedule completion"),
}
PUBLIC = {
    "state": ("状态", "state"),
    "rank": ("位次", "rank"),
    "score": ("得分", "score"),
    "growth": ("增速", "growth"),
    "growth_official": ("官方增速", "official growth"),
    "growth_rank": ("增速位次", "rank by growth"),
    "deductions": ("扣分", "deductions"),
    "remarks": ("备注", "remarks"),
}


def changes(before: Mapping[str, Any], after: Sequence[Mapping[str, Any]], levels: bool) -> list[ChangedCell]:
    """`[{unit, name, field, before, after}]` by unit and field of the table; null where a unit was not there. `before` is the document
    of the earlier edition, `after` the units of this one. Where levels are not public they are left out, and rates are compared and
    told as printed."""
    fields = {**PUBLIC, **(LEVELS if levels else {})}
    old = {unit["unit"]: unit for unit in before["units"]}
    new = {unit["unit"]: unit for unit in after}
    found: list[ChangedCell] = []
    for code in sorted(old.keys() | new.keys()):
        was, now = old.get(code, {}), new.get(code, {})
        for f in fields:
            before_it, after_it = (_public(unit.get(f), levels) for unit in (was, now))
            if before_it != after_it:
                name = (now or was)["name"]
                found.append({"unit": code, "name": name, "field": f, "before": before_it, "after": after_it})
    return found


def _public(value: Any, levels: bool) -> Any:
    """A cell as it may be published: the exact rate of two amounts would give both."""
    return value if levels or not isinstance(value, float) else float(as_printed(Decimal(str(value))))


def change_notes(document: Mapping[str, Any]) -> list[BilingualText]:
    """The changes as sentences, one a unit; none for a first edition. Where nothing changed (figures that became final), it says so."""
    if "corrects" not in document:
        return []
    by_unit: dict[str, list[Mapping[str, Any]]] = {}
    for change in document["changes"]:
        by_unit.setdefault(change["name"], []).append(change)
    number = len(by_unit)
    if not number:
        return [
            BilingualText(
                f"本版替代已发布的 {document['corrects']}，各地区的数据没有变化。",
                f"This edition replaces {document['corrects']}, published before; no unit's figures changed.",
            )
        ]
    head = BilingualText(
        f"本版更正已发布的 {document['corrects']}：{number}个地区的数据有变化，逐项列于下。",
        f"This edition corrects {document['corrects']}, published before: {number} units changed, cell by cell below.",
    )
    names = {**PUBLIC, **LEVELS}
    return [
        head,
        *(
            BilingualText(
                f"{name}："
                + "；".join(
                    f"{names[c['field']][0]} {shown_value(c['before'])} → {shown_value(c['after'])}" for c in cells
                )
                + "。",
                f"{name}: "
                + "; ".join(
                    f"{names[c['field']][1]} {shown_value(c['before'])} → {shown_value(c['after'])}" for c in cells
                )
                + ".",
            )
            for name, cells in by_unit.items()
        ),
    ]


def shown_value(value: Any) -> str:
    """A value as the note prints it: rates in percent, the rest as in the document."""
    if value is None or value in ([], {}):
        return "—"
    if isinstance(value, float):
        return rate_text(value, 2).replace("%", " %")
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, Mapping):
        return "/".join(map(str, value.values()))
    return str(value)
