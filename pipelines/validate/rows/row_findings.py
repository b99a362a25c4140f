"""From failing positions to findings: every error of a row, each naming its cells. Python loops run over failing rows alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from expectations.plan import columns_of
from expectations.rule import Check, Rule

from ...model.fields import FIELDS
from ...model.findings import Finding
from ...model.forms import RequiredCells
from ...model.submissions import PIECE_ROWS
from ..explanations import adequate
from ..finding_texts import CellAddress, FindingLocation, finding, label, percent, place_text, plain, unit_of, unscaled
from .check_frame import CheckFrame
from .entry_names import entry_text
from .failing_rows import FailingRows
from .required_cells import required_stages
from .validation_batch import DATES, NAMES, NUMERIC, UNREADABLE, Note, Positions, ValidationBatch, is_lost

_ADDRESS = re.compile(r"[A-Z]{1,3}[0-9]+")
_KINDS = {"amount": NUMERIC, "date": DATES, "code": NAMES}


_SHOWN = 10
_NOWHERE: Positions = np.empty(0, dtype=np.int64)


def _month_text(yyyymm: int) -> str:
    return f"{yyyymm // 100:04d}-{yyyymm % 100:02d}"


@dataclass(frozen=True)
class RowFinding:
    """A finding and the batch position of its row."""

    position: int
    finding: Finding
    check: Check


class RowFindings:
    """Writes the findings of one batch."""

    def __init__(self, batch: ValidationBatch, check_frame: CheckFrame, frame: pd.DataFrame) -> None:
        self._batch = batch
        self._check_frame = check_frame
        self._frame = frame
        self._lost = self._positions_of(UNREADABLE)
        self._standing = self._marks_that_stand()

    def of(self, rule: Rule, check: Check, positions: Positions) -> Iterator[RowFinding]:
        """Findings of one check at its failing positions, but for cells that another rule owns."""
        if check.noted:
            yield from self._noted(rule, check, set(positions.tolist()))
            return
        chosen = self.own(check, positions)
        same = self._same_rows(check, chosen) if check.expectation == "ExpectCompoundColumnsToBeUnique" else {}
        failing_rows = FailingRows(self._batch, self._frame, chosen)
        for position in chosen.tolist():
            yield self._finding(failing_rows, rule, check, position, same.get(position) or self._partner_rows(position))

    def own(self, check: Check, positions: Positions) -> Positions:
        """Failing positions without those where one of the check's cells could not be read."""
        taken = np.zeros(len(positions), dtype=bool)
        for field in check.fields:
            taken |= np.isin(positions, self._lost.get(field, ()))
            if check.each == "required" and field in self._standing:
                taken |= np.isin(positions, self._standing[field])
            if field in self._check_frame.too_large:
                taken |= self._check_frame.too_large[field][positions]
        return positions[~taken]

    def _marks_that_stand(self) -> dict[str, Positions]:
        """field → rows whose missing mark the layout takes for a filled cell."""
        found: dict[str, Positions] = {}
        for column in self._batch.layout.columns:
            if column.marks:
                found[column.field] = self._positions_of(frozenset(column.marks)).get(column.field, _NOWHERE)
        return found

    def _positions_of(self, codes: frozenset[str]) -> dict[str, Positions]:
        found: dict[str, list[int]] = defaultdict(list)
        for note in self._batch.notes:
            if note.code in codes:
                found[note.field].append(note.position)
        return {field: np.array(positions, dtype=np.int64) for field, positions in found.items()}

    def _noted(self, rule: Rule, check: Check, failing: set[int]) -> Iterator[RowFinding]:
        failing_rows = FailingRows(self._batch, self._frame, np.array(sorted(failing), dtype=np.int64))
        kinds = _KINDS[check.noted]
        for (position, _), note in self._batch.note_of.items():
            if position in failing and is_lost(note, kinds):
                yield self._about_note(failing_rows, rule, check, note)
        if check.noted == "amount":
            for field, over in self._check_frame.too_large.items():
                for position in np.flatnonzero(over).tolist():
                    value = plain(failing_rows.value(field, position))
                    yield self._about_note(
                        failing_rows,
                        rule,
                        check,
                        Note(position, field, self._cell(field, position), value, "too_large"),
                    )

    def _about_note(self, failing_rows: FailingRows, rule: Rule, check: Check, note: Note) -> RowFinding:
        cell = note.cell if _ADDRESS.fullmatch(note.cell) else self._cell(note.field, note.position)
        place = replace(self._place(note.position, note.field, note.raw), cell=cell)
        by_day = f"{note.code}_day" if FIELDS[note.field].type == "date" else ""
        templates = rule.kinds.get(by_day) or rule.kinds.get(note.code, (rule.message_zh, rule.message_en))
        unit = {"unit": self._unit(failing_rows, note.position, note.field, False)}
        return RowFinding(note.position, finding(rule, templates, place, unit), check)

    def _finding(
        self, failing_rows: FailingRows, rule: Rule, check: Check, position: int, same_rows: str
    ) -> RowFinding:
        names = {english: self._names(failing_rows, check, position, english, same_rows) for english in (False, True)}
        field = next(
            (f for f in check.fields if self._text(failing_rows, f, position, False)),
            check.fields[0] if check.fields else "",
        )
        note = self._batch.note_of.get((position, field))
        if check.each and note is not None and note.code == "not_in_code_list":
            return self._about_note(failing_rows, rule, check, note)
        place = self._place(position, field, self._sent(failing_rows, field, position) if field else "")
        templates = (check.message_zh or rule.message_zh, check.message_en or rule.message_en)
        if check.each == "required" and (kind := self._missing_kind(check, field)):
            templates = rule.kinds[kind]
            for english in (False, True):
                names[english].update(self._wanted(failing_rows, check, position, english))
        severity = check.severity or rule.severity
        answered = severity == "query" and adequate(failing_rows.value("explanation", position))
        made = finding(rule, templates, place, names[False], names[True], severity, answered)
        return RowFinding(position, made, check)

    def _missing_kind(self, check: Check, field: str) -> str:
        """Which text of B14 tells what to do about the empty cell; "" for texts and codes."""
        if len(check.fields) > 1:
            return "any_of"
        cells = self._condition(check)
        if cells is not None and cells.unless_flagged:
            return "waivable"
        kind = FIELDS[field].type
        if kind in NUMERIC:
            return "number"
        return ("day" if kind == "date" else "month") if kind in DATES else ""

    def _condition(self, check: Check) -> RequiredCells | None:
        for cells in self._batch.layout.required_cells:
            if check.fields == cells.any_of or (len(check.fields) == 1 and check.fields[0] in cells.fields):
                return cells
        return None

    def _wanted(self, failing_rows: FailingRows, check: Check, position: int, english: bool) -> dict[str, str]:
        """What the texts of B14 say beside the place: the fields of which one will do, why, and how a stage is flagged."""
        cells = self._condition(check)
        if cells is None:
            return {}
        labels = ("; " if english else "、").join(label(name, english) for name in check.fields)
        condition = ""
        if cells.positive:
            text = str(self._cell_text(failing_rows, cells.positive, position, english))
            condition = f"{text}, but " if english else f"{text}，但"
        return {
            "labels": labels,
            "condition": condition,
            "flags": cells.unless_flagged[0] if cells.unless_flagged else "",
        }

    def _names(
        self, failing_rows: FailingRows, check: Check, position: int, english: bool, same_rows: str
    ) -> dict[str, Any]:
        batch = self._batch
        ordinal = int(batch.submission[position])
        part = batch.parts[ordinal]
        unit = batch.programme.roster.get(part.unit_code or "")
        cells = {field: self._cell_text(failing_rows, field, position, english) for field in check.fields}
        filled = [cell for cell in cells.values() if cell.value]
        names: dict[str, Any] = {
            **cells,
            "subject": filled[0] if filled else next(iter(cells.values()), ""),
            "key": ("; " if english else "、").join(str(cell) for cell in filled),
            "same_rows": same_rows,
            "unit": self._unit(failing_rows, position, check.fields[0] if check.fields else "", english),
            "period": part.period,
            "previous_period": batch.unit_history(ordinal).previous_period or "",
            "unit_code": part.unit_code,
            "unit_name": unit.name if unit else "",
            "indicator_name": self._indicator(failing_rows, position, english),
            "required_stages": ("; " if english else "、").join(
                en if english else zh for en, zh in required_stages(batch.layout).items()
            ),
        }
        for column in (*columns_of(check), *check.looks_at):
            if column not in FIELDS and column in self._frame:
                names.update(self._earlier(failing_rows, column, position))
        if check.expectation == "ExpectLinearEditToHold":
            names.update(self._sums(failing_rows, check.kwargs["coefficients"], position))
        if "wider_ytd" in columns_of(check):
            names["wider"] = self._cell_text(
                failing_rows, "ytd", int(self._check_frame.wider_position[position]), english
            ).of
        return names

    def _indicator(self, failing_rows: FailingRows, position: int, english: bool) -> str:
        code = failing_rows.value("indicator", position)
        known = next((i for i in self._batch.layout.indicators if i.code == code), None)
        return (known.en if english else known.zh) if known else str(code or "")

    def _earlier(self, failing_rows: FailingRows, column: str, position: int) -> dict[str, str]:
        """Figures, months and texts of earlier rows by the name of their column in the check frame."""
        prefix, _, field = column.partition("_")
        if column.endswith(("_ytd", "_total", "_month")):
            return {column: plain(unscaled(failing_rows.integer(column, position)))}
        if prefix in ("previous", "bound") and field in FIELDS:
            if FIELDS[field].type == "month":
                return {column: _month_text(failing_rows.integer(column, position))}
            return {column: failing_rows.text(column, position)}
        if column in ("slip_factor", "own_growth"):
            return {column: failing_rows.text(column, position)}
        return {}

    def _sums(self, failing_rows: FailingRows, coefficients: Mapping[str, int], position: int) -> dict[str, str]:
        first, *others = coefficients
        total = -sum(coefficients[name] * failing_rows.integer(name, position) for name in others)
        difference = abs(coefficients[first] * failing_rows.integer(first, position) - total)
        return {"total": plain(unscaled(total)), "difference": plain(unscaled(difference))}

    def _same_rows(self, check: Check, positions: Positions) -> dict[int, str]:
        keys = self._frame[list(check.kwargs["column_list"])].iloc[positions]
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for position, key in zip(positions.tolist(), keys.itertuples(index=False, name=None), strict=True):
            groups[key].append(position)
        rows = self._batch.row_no
        return {
            position: "、".join(str(rows[other] % PIECE_ROWS) for other in group if other != position)
            for group in groups.values()
            for position in group
        }

    def _text(self, failing_rows: FailingRows, field: str, position: int, english: bool) -> str:
        value = failing_rows.value(field, position)
        if value is None:
            note = self._batch.note_of.get((position, field))
            return note.raw if note else ""
        kind = FIELDS[field].type
        if kind == "rate":
            return percent(Decimal(repr(value)))
        unit = self._unit(failing_rows, position, field, english) if kind in ("amount", "quantity") else ""
        return (
            f"{plain(value)} {unit}".strip()
            if unit
            else entry_text(field, plain(value), self._batch.layout, self._batch.programme, english)
        )

    def _sent(self, failing_rows: FailingRows, field: str, position: int) -> str:
        """The value alone, for programs: no unit of measure."""
        note = self._batch.note_of.get((position, field))
        value = failing_rows.value(field, position)
        return plain(value) if value is not None else note.raw if note else ""

    def _unit(self, failing_rows: FailingRows, position: int, field: str, english: bool) -> str:
        """Unit of the field's values in this row: long forms carry a measure a row."""
        if field in FIELDS and FIELDS[field].type == "quantity":
            return FIELDS[field].unit
        own = failing_rows.value("measure", position)
        part = self._batch.parts[int(self._batch.submission[position])]
        return unit_of(own or part.measure or self._batch.layout.measure, english)

    def _cell(self, field: str, position: int) -> str:
        part = self._batch.parts[int(self._batch.submission[position])]
        return part.cell_of(int(self._batch.row_no[position]), field)

    def _cell_text(self, failing_rows: FailingRows, field: str, position: int, english: bool) -> CellAddress:
        row = int(self._batch.row_no[position])
        return CellAddress(
            place_text(self._cell(field, position), row, field, english),
            self._text(failing_rows, field, position, english),
            english,
        )

    def _partner_rows(self, position: int) -> str:
        """Rows of the submission that look like this one (B09)."""
        partners = sorted(set(self._check_frame.own.partners.get(position, ())))
        return "、".join(str(self._batch.row_no[other]) for other in partners[:_SHOWN])

    def _place(self, position: int, field: str, value: str) -> FindingLocation:
        part = self._batch.parts[int(self._batch.submission[position])]
        row = int(self._batch.row_no[position])
        return FindingLocation(part.sheet_of(row), self._cell(field, position), row, field, value)
