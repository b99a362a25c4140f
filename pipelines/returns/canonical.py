"""Rows of a file without addresses (JSON) as a sheet: who and when, one header row of the layout's names, then the rows as they
were read; what could not be read stands there as it was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..model.fields import FIELDS
from ..model.findings import Finding
from .verdict import ReturnedPart, worst_first

ABOVE = 2


@dataclass(frozen=True)
class SheetData:
    """A sheet to write: `rows` (number from 1, class, texts), column → field, failing cell (row, column from 0) → findings;
    row n of the file stands in row n + `shift`."""

    rows: Sequence[tuple[int, str, Sequence[str]]]
    fields: Mapping[int, str]
    marks: Mapping[tuple[int, int], Sequence[Finding]]
    shift: int

    @property
    def header(self) -> int | None:
        """Number of the first header row."""
        return min((number for number, row_class, _ in self.rows if row_class == "header"), default=None)

    @property
    def width(self) -> int:
        return max((len(cells) for _, _, cells in self.rows), default=0)


def canonical_rows(part: ReturnedPart) -> SheetData:
    """The canonical rows of a part under the layout's own header, amounts in the form's measure."""
    table, layout = part.part.rows, part.layout
    unread = {(n["row_no"], n["field"]): str(n["raw"] or "") for n in part.part.notes.to_pylist()}
    lost = {field for _, field in unread}
    shown = [
        c
        for c in layout.columns
        if c.field == "explanation" or c.required or c.field in lost or table[c.field].null_count < table.num_rows
    ]
    fields = [c.field for c in shown]
    unit = layout.own_unit
    title = [f"填报单位：{part.unit_name}", f"报告期：{part.part.period or ''}", f"单位：{unit}"]
    names = [(c.aliases[0] if c.aliases else FIELDS[c.field].zh).replace("|", "") for c in shown]
    rows: list[tuple[int, str, Sequence[str]]] = [(1, "title", title), (ABOVE, "header", names)]
    columns = [[None if value is None else _text(value) for value in table[f].to_pylist()] for f in fields]
    for row_no, *given in zip(table["row_no"].to_pylist(), *columns, strict=True):
        cells = [unread.get((row_no, f), "") if cell is None else cell for f, cell in zip(fields, given, strict=True)]
        rows.append((row_no + ABOVE, "data", cells))
    at = {field: column for column, field in enumerate(fields)}
    marks: dict[tuple[int, int], list[Finding]] = {}
    for finding in part.findings:
        if finding.row is not None and finding.field in at:
            marks.setdefault((finding.row + ABOVE - 1, at[finding.field]), []).append(finding)
    return SheetData(
        rows, dict(enumerate(fields)), {place: worst_first(found) for place, found in marks.items()}, ABOVE
    )


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        whole = f"{value:f}"
        return whole.rstrip("0").rstrip(".") if "." in whole else whole
    return str(value)
