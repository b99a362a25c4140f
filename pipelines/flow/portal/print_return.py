"""A unit's return as a table to print and sign (报表): what the version in the ledger holds, under the form's own headings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...model.fields import FIELDS
from ...model.forms import FormLayout
from ...model.loading import SubmissionRow
from ...model.measures import MEASURES
from ...model.periods import Period
from ...model.printed_table import PrintedTable, printed
from ...model.programme import Programme
from ...model.scopes import SCOPE_ZH
from ..runtime.context import Context


@dataclass(frozen=True)
class PrintedReturn:
    """A 报表： the form with its number and authority, the unit, the period, the rows."""

    form: FormLayout
    unit_name: str
    version: SubmissionRow
    table: PrintedTable


def printed_return(context: Context, version: SubmissionRow) -> PrintedReturn:
    """All rows of a version, rejected or not, columns that hold anything; amounts in the form's measure."""
    layout = context.programme.forms[version.form]
    rows = context.warehouse.facts(version.form, [version.submission_id], accepted_only=False)
    named = {column.field: column for column in layout.columns}
    fields = [f for f in layout.fields if f in named and f in rows.column_names and rows[f].null_count < len(rows)]
    columns = [(_heading(layout, f), FIELDS[f].en if f in FIELDS else f, _numeric(rows, f)) for f in fields]
    lists = {**context.programme.codes.lists, "scope": SCOPE_ZH, "measure": _measures(context.programme)}
    shown = (
        [[_text(row[f], lists.get(f, {}), layout, f) for f in fields] for row in rows.select(fields).to_pylist()]
        if fields
        else []
    )
    unit = context.programme.roster.get(version.unit_code)
    name = context.programme.roster.label(unit, Period.parse(version.period)) if unit else version.unit_code
    return PrintedReturn(layout, name, version, printed(layout.zh, layout.en, columns, shown))


def _measures(programme: Programme) -> dict[str, str]:
    """Code of a unit of measure → what people call it."""
    return {code: one.zh for code, one in {**MEASURES, **programme.measures}.items()}


def _heading(layout: FormLayout, field: str) -> str:
    column = next(c for c in layout.columns if c.field == field)
    return column.aliases[0].replace("|", " ") if column.aliases else FIELDS[field].zh


def _numeric(rows: Any, field: str) -> bool:
    return str(rows.schema.field(field).type).startswith(("decimal", "int", "double"))


def _text(value: Any, names: Any, layout: FormLayout, field: str) -> object:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if field == "indicator" and (known := layout.indicator(value)) is not None and known.names:
        return known.names[0]
    return names.get(value, value) if isinstance(value, str) else value
