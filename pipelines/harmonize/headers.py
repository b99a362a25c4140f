"""Where the table of a sheet is and what its columns mean: header rows found by alias hits, one to three levels joined with
`|`, matched to the fields of the best-fitting form. What was matched is returned with its address; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from pipelines.model.forms import FormLayout
from pipelines.model.header_text import IGNORED, bracket_texts, header_key
from pipelines.model.raw import Cell, RawSheet

from .column_numbers import header_end
from .year_columns import last_year_apart

SCAN_ROWS = 40
"""A header is looked for in the first rows: titles and notes take a page, hardly ever more."""
SCAN_FURTHER = 400
"""Where the first rows hold none: pages of notes before the table."""
MAX_LEVELS = 3
_NUMERIC = re.compile(r"\s*[-+(]?[\d０-９.,，]+%?\)?\s*\Z")
_UNIT_WORDS = frozenset(("%", "个", "项", "家", "人", "平方米", "m2", "—", "-", "/"))


@dataclass(frozen=True, eq=False)
class AliasIndex:
    """The aliases of one layout in comparison form: joined path → fields, and every single level of them; `units` of amount likewise."""

    layout: FormLayout
    paths: Mapping[str, tuple[str, ...]]
    levels: frozenset[str]
    required: frozenset[str]
    units: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()
    """With what a path may begin, a level of it or a part of one."""

    def levels_of(self, field: str) -> frozenset[str]:
        """The comparison forms of a field's aliases, each level of a path by itself."""
        column = self.layout.column(field)
        aliases = (field, *(column.aliases if column else ()))
        return frozenset(header_key(part) for alias in aliases for part in alias.split("|"))


@dataclass(frozen=True)
class DetectedTable:
    """A form's table on a sheet. Indexes are into `RawSheet.rows` and its cells, from 0; `columns` field (of a wide table: name of
    the column) → cell index; `units` field → bracket texts of its header, `headers` field → the header itself, levels joined
    with |; `unknown`, `duplicate`, `ambiguous`: (cell index, header text, fields). `indicator`: the one whose columns these
    are, of a wide table taken apart."""

    layout: FormLayout
    top: int
    bottom: int
    end: int
    columns: dict[str, int]
    units: dict[str, tuple[str, ...]]
    headers: dict[str, str]
    missing: tuple[str, ...]
    unknown: tuple[tuple[int, str], ...]
    duplicate: tuple[tuple[int, str, str], ...]
    ambiguous: tuple[tuple[int, str, tuple[str, ...]], ...]
    score: tuple[float, ...] = field(default=(), compare=False)
    indicator: str = ""


def alias_index(layout: FormLayout) -> AliasIndex:
    """The index of a layout; a field's own name is always an alias of it (JSON and CSV of other systems)."""
    paths: dict[str, tuple[str, ...]] = {}
    levels: set[str] = set()
    for column in layout.columns:
        extra = (layout.indicator_header,) if column.field == "indicator" and layout.indicator_header else ()
        for alias in (column.name, *column.aliases, *extra):
            parts = [header_key(part) for part in alias.split("|")]
            levels.update(parts)
            key = "|".join(parts)
            if column.name not in paths.get(key, ()):
                paths[key] = (*paths.get(key, ()), column.name)
    required = frozenset(column.name for column in layout.columns if column.required)
    units = frozenset(header_key(unit) for unit in layout.amount_units)
    beginnings = frozenset(path[:length] for path in paths for length in range(1, len(path) + 1))
    return AliasIndex(layout, paths, frozenset(levels), required, units, beginnings)


def find_table(sheet: RawSheet, indexes: Sequence[AliasIndex], declared: str | None = None) -> DetectedTable | None:
    """The best table of a sheet over all forms, or None where no form fits. `declared`: the form the sender named."""
    return _find_in(sheet, indexes, declared, SCAN_ROWS) or (
        _find_in(sheet, indexes, declared, SCAN_FURTHER) if len(sheet.rows) > SCAN_ROWS else None
    )


def _find_in(sheet: RawSheet, indexes: Sequence[AliasIndex], declared: str | None, rows: int) -> DetectedTable | None:
    keys = [[] if _is_data(row) else row_keys(row) for row in sheet.rows[:rows]]
    best: DetectedTable | None = None
    for index in indexes:
        hits = [len(index.levels.intersection(row)) for row in keys]
        most = max(hits, default=0)
        if most < 2:
            continue
        anchor = hits.index(most)
        table = _best_block(sheet, keys, index, anchor, declared)
        if table is not None and (best is None or table.score > best.score):
            best = table
    return best


def row_keys(row: Sequence[Cell]) -> list[str]:
    """The cells of a row in the comparison form of headers; "" for what cannot be one."""
    return [header_key(cell) if cell.__class__ is str and cell and len(cell) <= 80 else "" for cell in row]


def _is_data(row: Sequence[Cell]) -> bool:
    """Two numbers make a row data, not a header."""
    numbers = 0
    for cell in row:
        if isinstance(cell, str):
            numbers += bool(cell) and cell[0] in "0123456789０１２３４５６７８９-+(." and bool(_NUMERIC.match(cell))
        elif isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
            numbers += 1
        if numbers >= 2:
            return True
    return False


def _best_block(
    sheet: RawSheet, keys: Sequence[Sequence[str]], index: AliasIndex, anchor: int, declared: str | None
) -> DetectedTable | None:
    """The header rows around the row with most hits that explain most columns with fewest rows."""
    last = anchor
    while last + 1 < len(keys) and last - anchor < MAX_LEVELS - 1 and any(keys[last + 1]):
        if not any(key in index.levels for key in keys[last + 1]) and not _is_row_of_units(keys[last + 1], index):
            break
        last += 1
    spans = {i: _spans(sheet, i) for i in range(max(0, anchor - MAX_LEVELS + 1), last + 1)}
    best: tuple[tuple[int, int, bool, int], int, int, _Match] | None = None
    for bottom in range(anchor, last + 1):
        for top in range(max(0, bottom - MAX_LEVELS + 1, anchor - MAX_LEVELS + 1), anchor + 1):
            if top < anchor and _only_stands_above(sheet.rows[top], keys[top + 1], index):
                continue
            block = range(top, bottom + 1)
            match = _match(index, tuple(tuple(sheet.rows[i]) for i in block), tuple(spans[i] for i in block))
            units_below = bottom > anchor and _is_row_of_units(keys[bottom], index)
            rank = (len(match.columns), -len(match.unknown), units_below, top - bottom)
            if best is None or rank > best[0]:
                best = (rank, top, bottom, match)
    if best is None:
        return None
    _, top, bottom, match = best
    layout = index.layout
    missing = tuple(c.name for c in layout.columns if c.required and c.name not in match.columns)
    matched = len(match.columns)
    hinted = header_key(sheet.name) in {header_key(name) for name in layout.sheets}
    titled = any(
        re.search(pattern, cell)
        for row in sheet.rows[:top]
        for cell in row
        if isinstance(cell, str) and cell
        for pattern in layout.titles
    )
    named = declared == layout.name
    enough = matched >= 3 and 2 * (len(index.required) - len(missing)) >= len(index.required)
    if not enough and not ((hinted or named) and matched >= 2):
        return None
    fit = matched - len(match.unknown) - 2.0 * len(missing) + 3.0 * named
    score = (float(not missing), fit, float(hinted), float(titled))
    return DetectedTable(
        layout,
        top,
        bottom,
        header_end(sheet, bottom),
        match.columns,
        match.units,
        match.headers,
        missing,
        tuple(match.unknown),
        tuple(match.duplicate),
        tuple(match.ambiguous),
        score,
    )


def _only_stands_above(row: Sequence[Cell], below: Sequence[str], index: AliasIndex) -> bool:
    """Whether a row adds nothing to a header that begins under it, as a title does: no path begins with any of its cells. (Words of units
    are no such in the first row of a header.) Titles differ from file to file, and a header is matched once for all that share it."""
    return not any(key in index.beginnings for key in row_keys(row) if key) and _UNIT_WORDS.isdisjoint(below)


@dataclass
class _Match:
    columns: dict[str, int] = field(default_factory=dict)
    units: dict[str, tuple[str, ...]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    duplicate: list[tuple[int, str, str]] = field(default_factory=list)
    ambiguous: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)


@lru_cache(maxsize=512)
def _match(
    index: AliasIndex, rows: tuple[tuple[Cell, ...], ...], spans: tuple[tuple[tuple[int, int], ...], ...]
) -> _Match:
    """Fields of the columns of a header block; a longer matched path wins a field over a shorter one. Remembered, since the
    files of a month mostly share their header. `spans`: merged cells of each row, as first and last cell index."""
    found = _Match()
    exactness: dict[str, int] = {}
    keys = [row_keys(row) for row in rows]
    width = max(map(len, keys), default=0)
    sources = [
        _spread(keys[level], keys[level + 1], spans[level]) if level + 1 < len(rows) else range(width)
        for level in range(len(rows))
    ]
    units = index.units
    for column in range(width):
        path: list[str] = []
        texts: list[str] = []
        for level, source in enumerate(sources):
            at = source[column] if column < len(source) else column
            key = keys[level][at] if at < len(keys[level]) else ""
            if not key:
                continue
            text = str(rows[level][at])
            if key in units or (level and key in _UNIT_WORDS):
                texts.append(f"({key})")
                continue
            texts.append(text)
            if not path or path[-1] != key:
                path.append(key)
        if not path:
            continue
        header = "|".join(texts)
        start, fields = _longest(index, path)
        if not fields:
            if path[-1] not in IGNORED:
                found.unknown.append((column, header))
            continue
        if len(fields) > 1:
            found.ambiguous.append((column, header, fields))
            continue
        name, exact = fields[0], len(path) - start
        if name in found.columns:
            if exact == exactness[name]:
                found.duplicate.append((column, header, name))
                continue
            if exact < exactness[name]:
                found.unknown.append((column, header))
                continue
            found.unknown.append((found.columns[name], header))
        found.columns[name], exactness[name], found.headers[name] = column, exact, header
        found.units[name] = tuple(part for text in texts for part in bracket_texts(text))
    if found.duplicate:
        last_year_apart(index.paths, found.columns, found.headers, found.units, found.duplicate)
    return found


def _is_row_of_units(keys: Sequence[str], index: AliasIndex) -> bool:
    """Whether a row says the units of the columns above it and nothing else."""
    filled = [key for key in keys if key]
    units = index.layout.amount_units
    return any(key in units for key in filled) and all(key in units or key in _UNIT_WORDS for key in filled)


def _longest(index: AliasIndex, path: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """The longest end of a header path that is an alias (with | or written together): where it begins and its fields."""
    for start in range(len(path)):
        fields = index.paths.get("|".join(path[start:])) or index.paths.get("".join(path[start:]))
        if fields:
            return start, fields
    return len(path), ()


def _spread(keys: Sequence[str], below: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[int]:
    """For every cell of a group row the cell its text comes from: the left end of the merged range that covers it; without
    merged ranges (CSV, JSON) the last text to the left, where the row below goes on."""
    source = list(range(max(len(keys), len(below))))
    if spans:
        for left, right in spans:
            for cell in range(max(left, 0), min(right + 1, len(source))):
                source[cell] = left if left >= 0 else cell
        return source
    last = -1
    for cell in range(len(source)):
        if cell < len(keys) and keys[cell]:
            last = cell
        elif last >= 0 and cell < len(below) and below[cell]:
            source[cell] = last
        else:
            last = -1
    return source


def _spans(sheet: RawSheet, row: int) -> tuple[tuple[int, int], ...]:
    """Merged ranges over several columns that cover a row, as cell indexes."""
    number, shift = sheet.row_numbers[row], sheet.first_column
    return tuple(
        (left - shift, right - shift)
        for top, left, bottom, right in sheet.merged
        if top <= number <= bottom and right > left
    )
