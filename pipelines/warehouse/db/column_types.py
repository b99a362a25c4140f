"""Column types of the SQL warehouse, derived from the register of fields (DESIGN §2)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from pipelines.model.fields import FIELDS, FieldType


class UtcInstant(sa.types.TypeDecorator[datetime]):
    """An instant as fixed-width ISO 8601 text in UTC: it round-trips aware and sorts as text on every database."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class JsonText(sa.types.TypeDecorator[Any]):
    """JSON as text with sorted keys, the same bytes on every database."""

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:
        return None if value is None else json.loads(value)


BY_ROW = [("submission_id", "ascending"), ("row_no", "ascending")]
"""Order in which rows of versions are handed out."""


def instant_text(value: datetime) -> str:
    """`2022-07-11T10:00:00.000000+00:00`; a naive instant is refused."""
    if value.tzinfo is None:
        raise ValueError(f"an instant needs its time zone: {value!r}")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def canonical_json(value: Any) -> str:
    """Sorted keys, no spaces, Chinese as it is; what UTF-8 cannot carry (half a surrogate pair) stays a JSON escape."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return storable_text(text)


def storable_text(text: str) -> str:
    """Text every database can hold: half a surrogate pair becomes its escape, NUL its picture (U+2400)."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\u2400")


_SQL: dict[FieldType, Any] = {
    "code": sa.Text,
    "text": sa.Text,
    "json": sa.Text,
    "month": sa.Text,
    "period": sa.Text,
    "amount": sa.BigInteger,
    "quantity": sa.BigInteger,
    "rate": sa.Double,
    "integer": sa.BigInteger,
    "date": sa.Date,
    "timestamp": UtcInstant,
    "flag": sa.Boolean,
}
"""Amounts and quantities are integers scaled by 10⁴: SQLite's Numeric silently loses digits."""


def column(name: str, *, primary_key: bool = False, nullable: bool = True, index: bool = False) -> sa.Column[Any]:
    """The SQL column of a registered field."""
    return sa.Column(
        name, _SQL[FIELDS[name].type](), primary_key=primary_key, nullable=nullable and not primary_key, index=index
    )
