"""A worksheet that holds figures with the digits they have. xlsxwriter writes sixteen significant ones, whereby 9.95 goes out as
9.949999999999999: Excel shows it rounded, other programs do not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xlsxwriter.worksheet import Worksheet

_WHOLE = 1e15
"""Below it a whole number has all its digits."""


class ExactSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """Of a workbook: `add_worksheet(name, ExactSheet)`."""

    def _xml_number_element(self, number: float, attributes: Iterable[tuple[str, Any]] = ()) -> None:
        given = "".join(f' {key}="{self._escape_attributes(value)}"' for key, value in attributes)
        self.fh.write(f"<c{given}><v>{_digits(number)}</v></c>")


def _digits(number: float) -> str:
    """The shortest text that is read as the same number."""
    return str(int(number)) if abs(number) < _WHOLE and number == int(number) else repr(float(number))
