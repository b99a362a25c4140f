"""Layouts of forms: how a sheet names its columns, its unit of amount, its totals and footers. A layout is data
(`forms/*.toml` of a programme); fields are code (`model.fields`)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .units import Unit, UnitKind

Domain = Literal["stat", "dispatch", "bureau"]

LOCKED_COLUMN = "上期累计"
REMARKS_COLUMN = "审核意见"
HOUSE_COLUMNS = (LOCKED_COLUMN, REMARKS_COLUMN)
"""Columns our own workbooks carry for people: the unit's cumulative of the month before, and what the checks said of the
row. Both are written, never read back: a reader passes them over."""


@dataclass(frozen=True)
class Column:
    """A field of the form: `aliases` are header texts (compared after NFKC, without spaces, line breaks and bracketed
    notes; two-level headers as `group|name`); `required` columns must be present (A03); `non_empty` must be filled (B14)."""

    field: str
    aliases: tuple[str, ...]
    required: bool = False
    non_empty: bool = False


@dataclass(frozen=True)
class Indicator:
    """An indicator of a long form (unit_month, city_month): its code, names and measure. Values convert between units of
    amount only where `measure` is the form's; `measure_names` are other texts for it (个, 项) in a measure column."""

    code: str
    names: tuple[str, ...]
    measure: str
    zh: str
    en: str
    measure_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class FormLayout:
    """One form of a programme.

    `measure` is what amounts are converted to; `amount_units` maps every unit the form allows (texts as found in titles, headers,
    cells, manifests) to the factor that converts to `measure`. `scored`: lateness of this form counts. `partial`: failing
    rows are quarantined and the file accepted, up to `partial_max_share` of the data rows. `senders`: kinds of units that may
    send it (by default the bureau for a form of domain bureau, else those that are ranked). `covers`: whose rows a file
    may carry, the sender's own, or also those of the units below it (a city for its counties).
    """

    name: str
    zh: str
    en: str
    domain: Domain
    grain: Literal["project", "indicator"]
    measure: str
    amount_units: dict[str, Decimal]
    columns: tuple[Column, ...]
    default_unit: str | None = None
    indicators: tuple[Indicator, ...] = ()
    indicator_header: str = ""
    sheets: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    subtotals: tuple[str, ...] = ()
    footers: tuple[str, ...] = ()
    scored: bool = True
    partial: bool = False
    partial_max_share: Decimal = Decimal("0.1")
    key: tuple[str, ...] = ()
    table_no: str = ""
    authority: str = ""
    approval_no: str = ""
    valid_until: str = ""
    senders: tuple[UnitKind, ...] = ()
    covers: Literal["own", "children"] = "own"

    @property
    def sender_kinds(self) -> tuple[UnitKind, ...]:
        return self.senders or (("bureau",) if self.domain == "bureau" else ())

    def may_send(self, unit: Unit) -> bool:
        """Whether files of this form may come from the unit."""
        return unit.kind in self.sender_kinds if self.sender_kinds else bool(unit.ranked)

    def is_owed_by(self, unit: Unit) -> bool:
        """Whether a file of this form is waited for from the unit, or about it from the one above it."""
        return self.covers == "children" or self.may_send(unit)

    def column(self, field: str) -> Column | None:
        return next((c for c in self.columns if c.field == field), None)
