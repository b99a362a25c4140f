"""From the classified rows of a table to Arrow: canonical rows, control totals, and every row as sent."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from pipelines.model.fields import FIELDS
from pipelines.model.forms import Indicator
from pipelines.model.programme import Programme
from pipelines.model.raw import Cell, CellAddress, ParsedFile, RawSheet, column_letter
from pipelines.model.submissions import Problem
from pipelines.model.tables import rows_schema

from . import columns, listed
from .amounts import OWN_UNIT, UnitOfAmount, cast_amount, cast_amounts, cell_units, decimal_array
from .declared import amount_unit
from .doubtful_rates import doubtful_rates
from .headers import DetectedTable
from .merged_cells import spread_merged
from .notes import Notes
from .numbers import fold, plain
from .rows import RowClasses


@dataclass(frozen=True)
class Units:
    """`factor` of the file (None: unknown; `stated`: the file names it), `columns` field → factor of its own header."""

    factor: Decimal | None
    columns: Mapping[str, Decimal]
    stated: bool = False


class Casting:
    """Casts the data rows of one table of one sheet."""

    def __init__(
        self, sheet: RawSheet, table: DetectedTable, classes: RowClasses, programme: Programme, parsed: ParsedFile
    ) -> None:
        self.sheet = sheet
        self.table = table
        self.layout = table.layout
        self._cell_units = cell_units(table.layout)
        self.classes = classes
        self.programme = programme
        self.epoch_1904, self.texts_typed = parsed.epoch_1904, parsed.kind not in ("csv", "html")
        self.count = len(classes.data)
        self.row_numbers = [sheet.row_numbers[i] for i in classes.data]
        keyed = len(sheet.row_numbers) > 0 and sheet.row_numbers[0] == 0
        self.letters = (
            {} if keyed else {name: column_letter(at + sheet.first_column) for name, at in table.columns.items()}
        )
        names = {name: str(sheet.rows[table.bottom][at]) for name, at in table.columns.items()} if keyed else {}
        sentinels = {fold(text).casefold(): meaning for text, meaning in self.layout.sentinels.items()}
        self.notes = Notes(self.row_numbers, self.letters, names, sentinels=sentinels)
        self.problems: list[Problem] = []
        self._field_at = {at + sheet.first_column: name for name, at in table.columns.items()}
        self.values = self._columns([sheet.rows[i] for i in classes.data])

    def _columns(self, rows: Sequence[Sequence[Cell]]) -> dict[str, Sequence[Cell]]:
        """Field → cells of the data rows. Rows shorter than the header are filled with empty cells."""
        width = max(self.table.columns.values(), default=-1) + 1
        if rows and min(map(len, rows)) < width:
            rows = [[*row, *[None] * (width - len(row))] for row in rows]
        by_column = list(zip(*rows, strict=False)) if rows else [()] * width
        found: dict[str, Sequence[Cell]] = {name: by_column[at] for name, at in self.table.columns.items()}
        if self.table.indicator:
            found["indicator"] = [self.table.indicator] * len(rows)
        if self.sheet.merged:
            spread_merged(found, self)
        for number, column in self.sheet.no_value:  # a stored 0 that nobody calculated
            self._forget(found, number, column)
        return found

    def _forget(self, values: dict[str, Sequence[Cell]], number: int, column: int) -> None:
        name = self._field_at.get(column)
        row = bisect_left(self.row_numbers, number)
        if name is not None and row < self.count and self.row_numbers[row] == number and values[name][row] is not None:
            values[name] = [*values[name][:row], None, *values[name][row + 1 :]]

    def rows(self, units: Units) -> pa.Table:
        """The canonical rows: the form's `rows_schema`."""
        schema = rows_schema(self.layout.fields)
        made: dict[str, pa.Array] = {}
        if self.layout.grain == "indicator" and "indicator" in self.values:
            made.update(self._indicator_columns(units))
        for name, values in self.values.items():
            if name not in made:
                made[name] = self._cast(name, values, units)
        self._lost_cells()
        made["sheet"] = pa.array([self.sheet.label] * self.count, pa.string())
        made["row_no"] = pa.array(self.row_numbers, pa.int64())
        made["value_status"] = self.notes.value_status(self.count)
        arrays = [made[name] if name in made else columns.empty(name, self.count) for name in schema.names]
        return pa.Table.from_arrays(arrays, schema=schema)

    def _cast(self, name: str, values: Sequence[Cell], units: Units) -> pa.Array:
        kind, dates = FIELDS[name].type, (self.epoch_1904, self.texts_typed)
        if kind == "amount":
            return cast_amounts(values, self.unit_of(name, units), name, self.notes)
        if kind == "quantity":
            return cast_amounts(values, OWN_UNIT, name, self.notes)
        if kind == "month":
            return columns.cast_months(values, name, self.notes, *dates)
        if kind == "period":
            return columns.cast_periods(values, name, self.notes, *dates, self.layout.period_kind)
        if kind == "date":
            return columns.cast_dates(values, name, self.notes, self.epoch_1904)
        if kind == "integer":
            return columns.cast_integers(values, name, self.notes)
        if kind == "rate":
            percent = "%" in self.table.units.get(name, ())
            shown = (self._rows_of(self.sheet.percent, name), self._rows_of(self.sheet.percent_text, name))
            levels = self._levels()
            rates = columns.cast_rates(values, name, self.notes, percent, levels, *shown)
            self.problems += doubtful_rates(rates, levels, name, self.sheet, self.notes)
            return rates
        if name == "lists":
            return columns.cast_lists(values, name, self.notes)
        if name == "scope":
            return listed.cast_scopes(values, name, self.notes)
        if kind == "code" and self.programme.codes.lists.get(name):
            return listed.cast_coded(values, name, self.notes, self.programme.codes.lists[name])
        if name == "industry_code":
            return listed.cast_industries(values, name, self.notes, self.programme.codes.industries)
        if kind == "code":
            return columns.cast_codes(values, name, self.notes)
        return columns.cast_texts(values, name, self.notes)

    def unit_of(self, name: str, units: Units) -> UnitOfAmount:
        factor = units.columns.get(name, units.factor)
        return UnitOfAmount(Decimal(1) if factor is None else factor, self._cell_units)

    def _rows_of(self, cells: Set[CellAddress], name: str) -> frozenset[int]:
        """Data rows whose cell of a field is among the cells of a format."""
        at = self.table.columns[name] + self.sheet.first_column
        return (
            frozenset(row for row, number in enumerate(self.row_numbers) if (number, at) in cells)
            if cells
            else frozenset()
        )

    def _levels(self) -> list[tuple[float | None, float | None]]:
        """Value and base of every row, to tell 24.1 from 0.241 where nothing says percent."""
        base = "base" if "base" in self.values else "ytd_last_year"
        if "ytd" not in self.values or base not in self.values:
            return [(None, None)] * self.count
        scratch = Notes(self.row_numbers, {})
        one = UnitOfAmount(Decimal(1), self._cell_units)
        pairs = []
        for row, cells in enumerate(zip(self.values["ytd"], self.values[base], strict=True)):
            numbers = [cast_amount(cell, one, row, "", scratch) for cell in cells]
            pairs.append(tuple(None if number is None else float(number) for number in numbers))
        return [(value, base_value) for value, base_value in pairs]

    def _indicator_columns(self, units: Units) -> dict[str, pa.Array]:
        """Indicator, measure and the amounts of a long form, each row in the measure of its indicator."""
        names: dict[str, str] = {}
        for indicator in self.layout.indicators:
            for text in (indicator.code, *indicator.names):
                names.setdefault(fold(text).casefold(), indicator.code)
                names.setdefault(listed.entry_key(text), indicator.code)
        codes = listed.cast_indicators(self.values["indicator"], "indicator", self.notes, names)
        by_code = {indicator.code: indicator for indicator in self.layout.indicators}
        rows = [by_code.get(code) for code in codes.to_pylist()]
        stated = self.values.get("measure", (None,) * self.count)
        factors = [self._row_unit(row, indicator, stated[row], units) for row, indicator in enumerate(rows)]
        made = {"indicator": codes, "measure": pa.array([r.measure if r else None for r in rows], pa.string())}
        for name in self.values:
            if FIELDS[name].type != "amount":
                continue
            header = units.columns.get(name)
            scaled, valid = np.zeros(self.count, np.int64), np.zeros(self.count, np.bool_)
            for row, cell in enumerate(self.values[name]):
                if cell is None or cell == "":
                    continue
                unit = factors[row]
                if header is not None and unit.cell_units and not stated[row]:
                    unit = UnitOfAmount(header, unit.cell_units)
                number = cast_amount(cell, unit, row, name, self.notes)
                if number is not None:
                    scaled[row], valid[row] = number, True
            made[name] = decimal_array(scaled, valid)
        return made

    def _row_unit(self, row: int, indicator: Indicator | None, stated: Cell, units: Units) -> UnitOfAmount:
        """The unit of a row: its own 计量单位 where it has one, else the table's; a count is never multiplied."""
        declared = fold(plain(stated))
        if indicator is None or indicator.measure == self.layout.measure:
            unit = amount_unit(declared, self.layout, whole=True) if declared else None
            if declared and unit is None and indicator is not None:
                self._mismatch(row, indicator, declared)
            factor = self.layout.amount_units[unit] if unit else units.factor
            if unit and units.stated and factor != units.factor:
                self._mismatch(row, indicator, declared, self._name_of(units.factor))
            elif unit and (header := next((own for own in units.columns.values() if own != factor), None)) is not None:
                self._mismatch(row, indicator, declared, self._name_of(header))
            return UnitOfAmount(Decimal(1) if factor is None else factor, self._cell_units)
        others = frozenset((indicator.measure, *indicator.measure_names))
        if declared and declared.casefold() not in {fold(text).casefold() for text in others}:
            self._mismatch(row, indicator, declared)
        return UnitOfAmount(Decimal(1), others=others)

    def _name_of(self, factor: Decimal | None) -> str:
        """The unit of amount that title or header state, which a row contradicts."""
        return next((unit for unit, known in self.layout.amount_units.items() if known == factor), "")

    def _mismatch(self, row: int, indicator: Indicator | None, declared: str, stated: str = "") -> None:
        number = self.row_numbers[row]
        expected = stated or (indicator.measure if indicator else self.layout.measure)
        params = {"kind": "measure_mismatch", "expected": expected, "got": declared}
        self.problems.append(
            Problem("A04", self.sheet.label, self.notes.address(number, "measure"), number, "measure", declared, params)
        )

    def _lost_cells(self) -> None:
        """Error cells and formulas without a cached value: the reader handed them over as empty."""
        if not self.sheet.no_value and not self.sheet.errors:
            return
        fields = {at + self.sheet.first_column: name for name, at in self.table.columns.items()}
        rows = {number: row for row, number in enumerate(self.row_numbers)}
        for (number, column), text in self.sheet.errors.items():
            if number in rows and column in fields:
                self.notes.add(rows[number], fields[column], text, "error_value")
        for number, column in self.sheet.no_value:
            if number in rows and column in fields:
                self.notes.add(rows[number], fields[column], "=", "formula_without_value")
