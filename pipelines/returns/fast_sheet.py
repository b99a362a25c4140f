"""A worksheet whose rows of texts and figures are written in one tight loop: the same bytes as xlsxwriter's own, which spends most of
a workbook on a function call, a list of attributes and a search for markup a cell."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from xlsxwriter.worksheet import Worksheet

Cell = tuple[int, str | float | None, Any]
"""Column from 0; a text, a figure, or None for a cell that has a format alone; its format or None."""
_SPANNED = 16
"""Rows of one `spans` attribute."""


class FastSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """Whatever else a sheet holds goes the usual way, also further cells of a row that was put."""

    def __init__(self) -> None:
        super().__init__()
        self._put: dict[int, tuple[list[int], list[str]]] = {}
        self._styles: dict[int, str] = {id(None): ""}

    def put_row(self, row: int, cells: Sequence[Cell]) -> None:
        """Texts (of a length that a cell can hold) and finite figures of one row, by column; once a row. Formats of whole rows and columns
        do not reach them."""
        if not cells:
            return
        self._check_dimensions(row, cells[0][0])
        self._check_dimensions(row, cells[-1][0])
        number, written, texts, styles = row + 1, [], self.str_table, self._styles
        known = texts.string_table
        for column, value, form in cells:
            style = styles.get(id(form))
            if style is None:
                style = styles[id(form)] = f' s="{form._get_xf_index()}"'
            if isinstance(value, str):
                index = known.get(value)
                if index is None:
                    index = texts._get_shared_string_index(value)
                else:
                    texts.count += 1
                written.append(f'<c r="{_letters(column)}{number}"{style} t="s"><v>{index}</v></c>')
            elif value is None:
                written.append(f'<c r="{_letters(column)}{number}"{style}/>')
            else:
                written.append(f'<c r="{_letters(column)}{number}"{style}><v>{value:.16G}</v></c>')
        self._put[row] = ([column for column, _, _ in cells], written)

    def _calculate_spans(self) -> None:
        edges: dict[int, tuple[int, int]] = {}
        put = {row: columns for row, (columns, _) in self._put.items()}
        for rows in (self.table, self.comments, put):
            for row, cells in rows.items():
                if cells:
                    first, last = min(cells), max(cells)
                    known = edges.get(row // _SPANNED, (first, last))
                    edges[row // _SPANNED] = (min(known[0], first), max(known[1], last))
        self.row_spans = {block: f"{first + 1}:{last + 1}" for block, (first, last) in edges.items()}

    def _write_rows(self) -> None:
        if not self._put:
            super()._write_rows()
            return
        self._calculate_spans()
        filled = (n for n, cells in self.table.items() if cells)
        for row in sorted({*self.row_info, *self.comments, *self._put, *filled}):
            span, about, others = self.row_spans.get(row // _SPANNED), self.row_info.get(row), self.table.get(row)
            columns, written = self._put.get(row, ([], []))
            if not written and not others:
                self._write_empty_row(row, span, about)
                continue
            self._write_row(row, span, about)
            if not others:
                self.fh.write("".join(written))
            else:
                own = dict(zip(columns, written, strict=True))
                for column in sorted({*own, *others}):
                    if column in others:
                        self._write_cell(row, column, others[column])
                    else:
                        self.fh.write(own[column])
            self._xml_end_tag("row")


@lru_cache(maxsize=1_024)
def _letters(column: int) -> str:
    """0 → A, 26 → AA."""
    text, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        text = chr(65 + digit) + text
    return text
