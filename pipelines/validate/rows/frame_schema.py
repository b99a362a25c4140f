"""Table Schema of the check frame, derived from the register of fields and the catalogue's register of derived columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from expectations.columns import CHECK_COLUMNS, SCALED, CheckColumn, ColumnType

from ...model.fields import FIELDS, Field, FieldType

_TYPES: dict[FieldType, ColumnType] = {
    "code": "string",
    "text": "string",
    "json": "string",
    "month": "integer",
    "period": "string",
    "date": "integer",
    "amount": "integer",
    "quantity": "integer",
    "integer": "integer",
    "flag": "boolean",
}
EARLIER = {
    "previous": ("上次的", "last accepted month's "),
    "bound": ("上次的（未更正的）", "last accepted month's, where not corrected: "),
}


def check_column(name: str) -> CheckColumn | None:
    """Type and meaning of a column of the check frame; None where no register knows it, or its type is not looked at."""
    if name in CHECK_COLUMNS:
        return CHECK_COLUMNS[name]
    prefix, _, field = name.partition("_")
    if prefix == "filled" and field in FIELDS:
        return CheckColumn(
            "boolean",
            f"必填的{FIELDS[field].zh}已填",
            f"{FIELDS[field].en}: there, where the form wants it; absent elsewhere",
        )
    earlier = EARLIER.get(prefix) if name not in FIELDS else None
    known = FIELDS.get(field if earlier else name)
    if known is None or known.type not in _TYPES:
        return None
    before = earlier or ("", "")
    return CheckColumn(_TYPES[known.type], before[0] + known.zh, before[1] + known.en + _written(known))


def _written(field: Field) -> str:
    if field.type == "amount":
        return f" ({SCALED})"
    if field.type == "quantity":
        return f" (1/10,000 of {field.unit})"
    if field.type == "date":
        return " (YYYYMMDD)"
    return " (YYYYMM)" if field.type == "month" else ""


def column_types(columns: Iterable[str]) -> dict[str, ColumnType]:
    """Column → type, for those that a register knows."""
    return {name: known.type for name in columns if (known := check_column(name)) is not None}


def table_schema(columns: Iterable[str]) -> dict[str, Any]:
    """A Table Schema of the columns, in their order. Raises KeyError for one that no register knows."""
    fields = []
    for name in columns:
        known = check_column(name)
        if known is None:
            raise KeyError(f"{name}: declare it in expectations/columns.py")
        fields.append({"name": name, "type": known.type, "title": known.zh, "description": known.en})
    return {"fields": fields}
