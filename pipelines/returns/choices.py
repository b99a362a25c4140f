"""Drop-downs of a template: short lists in the cell, long ones (over Excel's 255 characters) by defined names on `_codes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.fields import FIELDS
from ..model.forms import FormColumn, FormLayout
from ..model.programme import Programme
from ..model.raw import column_letter
from ..model.rulings import REASONS
from .book import Book, text
from .wording import Wording

INLINE_LIMIT = 255
_SCOPES = ("属地", "管理")


class Choices:
    """The lists of one form, and where each of them is applied."""

    def __init__(self, programme: Programme, layout: FormLayout) -> None:
        self._wording = Wording(programme.language == "en")
        self._lists: dict[str, tuple[str, ...]] = {}
        for column in layout.columns:
            values = _values(programme, layout, column.field)
            if values:
                self._lists[column.field] = tuple(text(v) for v in values)
        self._long = [
            f
            for f, values in self._lists.items()
            if len(",".join(values)) > INLINE_LIMIT or any("," in v for v in values)
        ]

    def validate(self, sheet: Any, columns: Sequence[FormColumn], first: int, last: int) -> None:
        """Drop-downs and, for figures and months, a warning that does not block (a correction may be negative)."""
        for at, column in enumerate(columns):
            values = self._lists.get(column.field)
            if values is not None:
                source: Any = f"=list_{column.field}" if column.field in self._long else list(values)
                strict = column.field not in ("explanation", "industry_code", "scope", "area_code")
                sheet.data_validation(
                    first,
                    at,
                    last,
                    at,
                    {
                        "validate": "list",
                        "source": source,
                        "error_type": "stop" if strict else "information",
                        "show_error": strict,
                        "error_title": self._wording.both("不在清单中", "not on the list"),
                        "error_message": self._wording.both("请从下拉清单选择。", "Choose from the list."),
                    },
                )
            elif FIELDS[column.field].type in ("amount", "quantity", "integer"):
                sheet.data_validation(
                    first,
                    at,
                    last,
                    at,
                    {
                        "validate": "decimal",
                        "criteria": "between",
                        "minimum": -1e13,
                        "maximum": 1e13,
                        "error_type": "warning",
                        "error_title": self._wording.both("应为数值", "a number is expected"),
                        "error_message": self._wording.both(
                            "请填数值，不带单位和逗号。", "Write a number without unit or commas."
                        ),
                    },
                )

    def write(self, book: Book) -> None:
        """The hidden sheet `_codes` with every list, one a column, and the defined names of the long ones."""
        sheet = book.book.add_worksheet("_codes")
        for at, (field, values) in enumerate(self._lists.items()):
            sheet.write_string(0, at, field)
            for row, value in enumerate(values, start=1):
                sheet.write_string(row, at, value)
            if field in self._long:
                letter = column_letter(at + 1)
                book.book.define_name(f"list_{field}", f"=_codes!${letter}$2:${letter}${len(values) + 1}")
        sheet.hide()


def _values(programme: Programme, layout: FormLayout, field: str) -> tuple[str, ...]:
    codes = programme.codes.lists.get(field)
    if codes:
        return tuple(dict.fromkeys(codes.values()))
    if field == "industry_code":
        return tuple(programme.codes.industries)
    if field == "indicator":
        return tuple(i.names[0] if i.names else i.code for i in layout.indicators)
    if field == "scope" and programme.method.name == "SAIMA-1":
        return _SCOPES
    if field == "explanation" and programme.language == "zh":
        return tuple(f"{reason}:" for reason in REASONS)
    return ()
