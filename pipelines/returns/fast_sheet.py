"""A worksheet whose cells of text and figures are written in one tight loop: the same bytes as xlsxwriter's own, which spends most of
a workbook on a function call, a list of attributes and a search for markup a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xlsxwriter.worksheet import CellBlankTuple, CellNumberTuple, CellStringTuple, Worksheet

Cell = tuple[int, str | float, Any]
"""Column from 0, a text or a figure, its format or None."""
_SPANNED = 16
"""Rows of one `spans` attribute."""


class FastSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """Whatever else a sheet holds goes the usual way."""

    def put_row(self, row: int, cells: Sequence[Cell]) -> None:
        """Texts (of a length that a cell can hold) and finite figures of one row."""
        if not cells:
            return
        self._check_dimensions(row, cells[0][0])
        self._check_dimensions(row, cells[-1][0])
        own, index_of = self.table[row], self.str_table._get_shared_string_index
        for column, value, form in cells:
            if isinstance(value, str):
                own[column] = CellStringTuple(index_of(value), form)
            else:
                own[column] = CellNumberTuple(value, form)

    def _calculate_spans(self) -> None:
        edges: dict[int, tuple[int, int]] = {}
        for rows in (self.table, self.comments):
            for row, cells in rows.items():
                if cells:
                    first, last = min(cells), max(cells)
                    known = edges.get(row // _SPANNED, (first, last))
                    edges[row // _SPANNED] = (min(known[0], first), max(known[1], last))
        self.row_spans = {block: f"{first + 1}:{last + 1}" for block, (first, last) in edges.items()}

    def _write_rows(self) -> None:
        self._calculate_spans()
        if any(about.column_format for about in self.col_info.values()):
            super()._write_rows()
            return
        letters: dict[int, str] = {}
        styles: dict[int, str] = {}
        for row in sorted({*self.row_info, *self.comments, *(n for n, cells in self.table.items() if cells)}):
            span, about = self.row_spans.get(row // _SPANNED), self.row_info.get(row)
            cells = self.table.get(row)
            if not cells:
                self._write_empty_row(row, span, about)
                continue
            self._write_row(row, span, about)
            if about is not None and about.row_format:
                for column in sorted(cells):
                    self._write_cell(row, column, cells[column])
                self._xml_end_tag("row")
                continue
            number, written = row + 1, []
            for column in sorted(cells):
                cell = cells[column]
                kind = type(cell)
                if column not in letters:
                    letters[column] = _letters(column)
                form = cell.format
                if form is None:
                    style = ""
                elif id(form) in styles:
                    style = styles[id(form)]
                else:
                    style = styles[id(form)] = f' s="{form._get_xf_index()}"'
                if kind is CellStringTuple:
                    written.append(f'<c r="{letters[column]}{number}"{style} t="s"><v>{cell.string}</v></c>')
                elif kind is CellNumberTuple:
                    written.append(f'<c r="{letters[column]}{number}"{style}><v>{cell.number:.16G}</v></c>')
                elif kind is CellBlankTuple:
                    written.append(f'<c r="{letters[column]}{number}"{style}/>')
                else:
                    self.fh.write("".join(written))
                    written = []
                    self._write_cell(row, column, cell)
            self.fh.write("".join(written))
            self._xml_end_tag("row")


def _letters(column: int) -> str:
    """0 → A, 26 → AA."""
    text, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        text = chr(65 + digit) + text
    return text
