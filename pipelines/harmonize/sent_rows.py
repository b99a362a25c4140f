"""Every row of a sheet as it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring

import pyarrow as pa

from pipelines.model.raw import Cell, RawSheet
from pipelines.model.submissions import RAW_SCHEMA
from pipelines.model.visible_text import has_controls

from .numbers import plain
from .rows import RowClasses


def sent_rows(sheet: RawSheet, classified: RowClasses) -> pa.Table:
    """Every non-blank row once (RAW_SCHEMA); `cells` begins at column A. The keys of a JSON file are no row of it."""
    numbers: list[int] = []
    classes: list[str] = []
    rows: list[Sequence[Cell]] = []
    pad = [""] * (sheet.first_column - 1)
    for number, row, row_class in zip(sheet.row_numbers, sheet.rows, classified.classes, strict=True):
        if row_class is None or number == 0:
            continue
        numbers.append(number)
        classes.append(row_class)
        rows.append((*pad, *row) if pad else row)
    cells = _formatted(rows) or [_as_json(row) for row in rows]
    sheets = pa.array([sheet.label] * len(numbers), pa.string())
    return pa.Table.from_arrays(
        [sheets, pa.array(numbers, pa.int64()), pa.array(classes, pa.string()), pa.array(cells, pa.string())],
        schema=RAW_SCHEMA,
    )


_FORMATS: dict[type, str] = {str: "%s", float: "%.15g", int: "%d", Decimal: "%s", type(None): "%.0s"}


@lru_cache(maxsize=4_096)
def _json_format(kinds: tuple[type, ...]) -> str | None:
    """A %-format that writes a row of cells of these types as JSON texts; None where a type needs more than a format."""
    if not set(kinds) <= _FORMATS.keys():
        return None
    return "[" + ",".join(f'"{_FORMATS[kind]}"' for kind in kinds) + "]"


def _formatted(rows: Sequence[Sequence[Cell]]) -> list[str] | None:
    """All rows as JSON lists of texts, one format operation each, looked through together; None where a cell has a type that needs
    more than a format, or a character that has to be escaped."""
    texts = []
    before: tuple[type, ...] | None = None
    form: str | None = None
    for row in rows:
        kinds = tuple(map(type, row))
        if kinds != before:  # rows of a table are mostly alike
            before, form = kinds, _json_format(kinds)
        if form is None:
            return None
        texts.append(form % tuple(row))
    whole = "".join(texts)
    plainly = not has_controls(whole) and "\\" not in whole and whole.count('"') == 2 * sum(map(len, rows))
    return texts if plainly else None


def _as_json(row: Sequence[Cell]) -> str:
    """The cells of a row as a JSON list of texts."""
    one = _formatted([row])
    return one[0] if one else "[" + ",".join(encode_basestring(plain(cell)) for cell in row) + "]"
