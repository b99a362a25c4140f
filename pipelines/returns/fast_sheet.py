"""A worksheet whose rows of texts and figures are written column by column or in one tight loop: xlsxwriter spends most of a workbook
on a function call, a list of attributes and a search for markup a cell. Whatever else a sheet holds goes the library's way."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from itertools import count, zip_longest
from typing import Any

from xlsxwriter.worksheet import Worksheet

from .exact_numbers import all_short, is_exact

Cell = tuple[int, str | float | None, Any]
"""Column from 0; a text, a figure, or None for a cell that has a format alone; its format or None."""


class FastSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """A row is put once, and whole; formats of whole rows and columns do not reach its cells. Rows carry no `spans`, a hint that
    spreadsheet programs do without."""

    def __init__(self) -> None:
        super().__init__()
        self._put: dict[int, str] = {}
        self._styles: dict[int, str] = {id(None): ""}

    def put_row(self, row: int, cells: Sequence[Cell]) -> None:
        """Texts (of a length that a cell can hold) and finite figures of one row (from 0), by column."""
        if not cells:
            return
        self._check_dimensions(row, cells[0][0])
        self._check_dimensions(row, cells[-1][0])
        number, written, styles = row + 1, [], self._styles
        for column, value, form in cells:
            style = styles.get(id(form))
            if style is None:
                style = styles[id(form)] = f' s="{form._get_xf_index()}"'
            if isinstance(value, str):
                index = self.str_table._get_shared_string_index(value)
                written.append(f'<c r="{_letters(column)}{number}"{style} t="s"><v>{index}</v></c>')
            elif value is None:
                written.append(f'<c r="{_letters(column)}{number}"{style}/>')
            else:
                written.append(f'<c r="{_letters(column)}{number}"{style}><v>{value!r}</v></c>')
        self._put[row] = "".join(written)

    def put_texts(self, rows: Sequence[int], texts: Sequence[Sequence[str]], figures: Container[int] = ()) -> None:
        """Several rows (numbers from 0) without formats: '' leaves a cell empty; in the columns `figures` a text that writes a number
        exactly becomes the number, digit for digit."""
        numbers = [str(row + 1) for row in rows]
        columns = [
            self._figures(_letters(at), numbers, column)
            if at in figures
            else self._texts(_letters(at), numbers, column)
            for at, column in enumerate(zip_longest(*texts, fillvalue=""))
        ]
        filled = [at for at, column in enumerate(columns) if any(column)]
        if not filled:
            return
        self._check_dimensions(min(rows), filled[0])
        self._check_dimensions(max(rows), filled[-1])
        written = zip(rows, map("".join, zip(*columns, strict=True)), strict=True)
        self._put.update((row, cells) for row, cells in written if cells)

    def _figures(self, letters: str, numbers: Sequence[str], column: Sequence[str]) -> list[str]:
        if all_short(column):
            return [v and f'<c r="{letters}{n}"><v>{v}</v></c>' for n, v in zip(numbers, column, strict=True)]
        as_texts = self._texts(letters, numbers, ["" if is_exact(v) else v for v in column])
        return [
            said or (v and f'<c r="{letters}{n}"><v>{v}</v></c>')
            for said, n, v in zip(as_texts, numbers, column, strict=True)
        ]

    def _texts(self, letters: str, numbers: Sequence[str], column: Sequence[str]) -> list[str]:
        table = self.str_table
        known = table.string_table
        known.update(zip([v for v in dict.fromkeys(column) if v and v not in known], count(len(known))))
        table.unique_count = len(known)
        table.count += len(column) - column.count("")
        return [v and f'<c r="{letters}{n}" t="s"><v>{known[v]}</v></c>' for n, v in zip(numbers, column, strict=True)]

    def _xml_number_element(self, number: float, attributes: Iterable[tuple[str, Any]] = ()) -> None:
        """With the digits that it has; the library writes sixteen, 9.949999999999999 of 9.95."""
        given = "".join(f' {key}="{self._escape_attributes(value)}"' for key, value in attributes)
        self.fh.write(f"<c{given}><v>{number!r}</v></c>")

    def _write_rows(self) -> None:
        if not self._put:
            super()._write_rows()
            return
        filled = (row for row, cells in self.table.items() if cells)
        for row in sorted({*self.row_info, *self.comments, *self._put, *filled}):
            cells, about, others = self._put.get(row, ""), self.row_info.get(row), self.table.get(row)
            if not cells and not others:
                self._write_empty_row(row, None, about)
                continue
            if about is None:
                self.fh.write(f'<row r="{row + 1}">')
            else:
                self._write_row(row, None, about)
            self.fh.write(cells)
            for column in sorted(others or ()):
                self._write_cell(row, column, others[column])
            self._xml_end_tag("row")


@lru_cache(maxsize=1_024)
def _letters(column: int) -> str:
    """0 → A, 26 → AA."""
    text, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        text = chr(65 + digit) + text
    return text
