"""A worksheet that holds figures with the digits they have, and takes a table column by column. xlsxwriter writes sixteen significant
digits, whereby 9.95 goes out as 9.949999999999999: Excel shows it rounded, other programs do not. A cell costs it a function call, a
tuple and a list of attributes: of a country's hundred thousand, three quarters of the time that rendering its edition took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

_WHOLE = 1e15
"""Below it a whole number has all its digits."""


@dataclass(frozen=True)
class SheetColumn:
    """Cells from top to bottom: texts (of a length that a cell can hold) in one format, figures in another."""

    cells: Sequence[str | float]
    texts: Any
    figures: Any


class ExactSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """Of a workbook: `add_worksheet(name, ExactSheet)`."""

    def __init__(self) -> None:
        super().__init__()
        self._put = ""

    def put_columns(self, first: int, columns: Sequence[SheetColumn]) -> None:
        """Columns of one length from A on, their first cells in row `first` (from 0): once a sheet, below all other rows of it."""
        rows = len(columns[0].cells)
        if not rows:
            return
        self._check_dimensions(first, 0)
        self._check_dimensions(first + rows - 1, len(columns) - 1)
        numbers = range(first + 1, first + 1 + rows)
        written = (self._written(xl_col_to_name(at), numbers, column) for at, column in enumerate(columns))
        head = f' spans="1:{len(columns)}">'
        self._put = "".join(
            f'<row r="{number}"{head}{"".join(cells)}</row>'
            for number, cells in zip(numbers, zip(*written, strict=True), strict=True)
        )

    def _write_rows(self) -> None:
        super()._write_rows()
        self.fh.write(self._put)

    def _written(self, letters: str, numbers: Iterable[int], column: SheetColumn) -> list[str]:
        index, known = self.str_table._get_shared_string_index, dict[str, str]()
        text, figure = (f' s="{form._get_xf_index()}"' for form in (column.texts, column.figures))
        found = []
        for number, cell in zip(numbers, column.cells, strict=True):
            if isinstance(cell, str):
                end = known.get(cell)
                if end is None:
                    end = known[cell] = f'"{text} t="s"><v>{index(cell)}</v></c>'
            else:
                end = f'"{figure}><v>{_digits(cell)}</v></c>'
            found.append(f'<c r="{letters}{number}{end}')
        return found

    def _xml_number_element(self, number: float, attributes: Iterable[tuple[str, Any]] = ()) -> None:
        given = "".join(f' {key}="{self._escape_attributes(value)}"' for key, value in attributes)
        self.fh.write(f"<c{given}><v>{_digits(number)}</v></c>")


def _digits(number: float) -> str:
    """The shortest text that is read as the same number."""
    return str(int(number)) if abs(number) < _WHOLE and number == int(number) else repr(float(number))
