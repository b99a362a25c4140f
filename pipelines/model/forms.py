"""Layouts of forms: how a sheet names its columns, its unit of amount, its totals and footers. A layout is data
(`forms/*.toml` of a programme); fields are code (`model.fields`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from decimal import Decimal
from typing import Literal

from .fields import Field
from .history import NOTHING_BEHIND, HistoryNeeds
from .periods import PeriodKind
from .tables import FORM_FIELDS
from .units import Unit, UnitKind
from .value_marks import Meaning

Domain = Literal["stat", "dispatch", "bureau"]
"""Whose data: statistical returns, administrative data of the 经信局, or the bureau's own figures. The first two are never
joined row by row outside the bureau (domain.md §0.1)."""
Grain = Literal["project", "indicator", "unit", "issue", "person", "visit", "team", "assignment", "inspection"]
"""What a row is about. `indicator` is a long form: one row a figure of the sender, each in the measure of its indicator."""
Role = Literal["level", "base", "detail", "dispatch"]
"""What the ranking takes from a form: `level` the ranked cumulative (its calendar is the month's calendar), `base` the bureau's
comparable base and official growth, `detail` the projects behind the level, `dispatch` the counts of m, s, o and q."""

REGISTERED: Mapping[Role, str] = {
    "level": "unit_month",
    "base": "city_month",
    "detail": "project_month",
    "dispatch": "dispatch_month",
}
"""The registered form of each role; a form of that name has the role where its file says nothing of it."""

LOCKED_COLUMN = "上期累计"
REMARKS_COLUMN = "审核意见"
LOCKED_COLUMN_EN = "Accepted last period"
REMARKS_COLUMN_EN = "Review remarks"
SYSTEM_COLUMNS = (LOCKED_COLUMN, REMARKS_COLUMN, LOCKED_COLUMN_EN, REMARKS_COLUMN_EN)
"""Columns our own workbooks carry for people: the unit's cumulative of the month before, and what the checks said of the
row. Both are written, never read back: a reader passes them over."""


Mark = Literal["not_applicable", "below_unit", "sentinel"]
"""Marks of a cell without a figure: not_applicable — / 无, below_unit …, sentinel one of the layout's `sentinels` (see
`model.submissions.NoteCode`)."""


@dataclass(frozen=True)
class FormColumn:
    """A field of the form: `aliases` are header texts (compared after NFKC, without spaces, line breaks and bracketed
    notes; two-level headers as `group|name`); `required` columns must be present (A03); `non_empty` cells must be filled in
    every row (B14), where the missing marks of `marks` count as filled. `indicator`: the column of a wide table that holds
    the field of this indicator alone (one column an indicator)."""

    field: str
    aliases: tuple[str, ...]
    required: bool = False
    non_empty: bool = False
    marks: tuple[Mark, ...] = ()
    indicator: str = ""

    @property
    def name(self) -> str:
        """The field, in a wide table with its indicator: `ytd:profit`."""
        return f"{self.field}{OF_INDICATOR}{self.indicator}" if self.indicator else self.field


OF_INDICATOR = ":"


def field_of(column_name: str) -> str:
    """The field of a column's name: `ytd:profit` → ytd."""
    return column_name.partition(OF_INDICATOR)[0]


@dataclass(frozen=True)
class RequiredCells:
    """Cells that must be filled in some rows: each of `fields`, or at least one of `any_of` (asked of files that have such a
    column). Asked of rows in which the amount `positive` is above 0, every field of `where` has one of its values, and
    不适用标记 (na_flag) names none of `unless_flagged`. Missing marks do not count as filled."""

    fields: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    positive: str = ""
    where: Mapping[str, tuple[str, ...]] = dataclass_field(default_factory=dict)
    unless_flagged: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequiredRow:
    """A row a long form must hold (A13): the indicator in the scope ("" where the form has none). `areas`, of forms about several
    areas: `ranking` one such row for every ranking unit valid in the period, `city` one for the whole. `severity` of its absence."""

    indicator: str
    scope: str = ""
    areas: Literal["", "ranking", "city"] = ""
    severity: Literal["error", "query", "information"] = "error"


@dataclass(frozen=True)
class Indicator:
    """An indicator of a long form (unit_month, city_month): its code, names and measure. Values convert between units of
    amount only where `measure` is the form's; `measure_names` are other texts for it (个, 项) in a measure column. `sign`: any
    where its values may be negative (profits, balances). `total`: none where values of units do not add up (indices, rates)."""

    code: str
    names: tuple[str, ...]
    measure: str
    zh: str
    en: str
    measure_names: tuple[str, ...] = ()
    sign: Literal["positive", "any"] = "positive"
    total: Literal["sum", "none"] = "sum"


@dataclass(frozen=True)
class FormLayout:
    """One form of a programme.

    `measure` is what amounts are converted to; `amount_units` maps every unit the form allows (texts as found in titles, headers,
    cells, manifests) to the factor that converts to `measure`. `scored`: lateness of this form counts. `partial`: failing
    rows are quarantined and the file accepted, up to `partial_max_share` of the data rows. `senders`: kinds of units that may
    send it (by default the bureau for a form of domain bureau, else those that are ranked). `covers`: whose rows a file
    may carry, the sender's own, or also those of the units below it (a city for its counties). `sentinels`: texts that may
    stand in place of a figure, with their meaning. Forms of a period are validated and shown in the order of `order`; `amount`
    is the form's cumulative amount (locked in templates, summed in reports); `identity` are the columns a template carries
    over from the last period; `movements`: a sheet 变动表 comes with it.
    """

    name: str
    zh: str
    en: str
    domain: Domain
    grain: Grain
    measure: str
    amount_units: dict[str, Decimal]
    columns: tuple[FormColumn, ...]
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
    required_cells: tuple[RequiredCells, ...] = ()
    required_rows: tuple[RequiredRow, ...] = ()
    table_no: str = ""
    authority: str = ""
    approval_no: str = ""
    valid_until: str = ""
    period_kind: PeriodKind = "month"
    order: int = 0
    role: Role | None = None
    history: HistoryNeeds = NOTHING_BEHIND
    amount: str = ""
    identity: tuple[str, ...] = ()
    movements: bool = False

    senders: tuple[UnitKind, ...] = ()
    covers: Literal["own", "children"] = "own"
    sentinels: Mapping[str, Meaning] = dataclass_field(default_factory=dict)
    own: tuple[Field, ...] = ()
    """Columns that the programme declares itself: they stay inside it."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of a row in canonical order: those of the registered table of this name with the programme's own behind them; else those
        of the registered form of the same role, so that the ranking's rules find their columns, and the form's columns."""
        own = tuple(field.name for field in self.own)
        if self.name in FORM_FIELDS:
            return (*FORM_FIELDS[self.name], *own)
        like = FORM_FIELDS[REGISTERED[self.role]] if self.role is not None else ()
        wide = ("indicator", "measure") if self.wide else ()
        return tuple(dict.fromkeys((*like, *wide, *(c.field for c in self.columns))))

    @property
    def sender_kinds(self) -> tuple[UnitKind, ...]:
        return self.senders or (("bureau",) if self.domain == "bureau" else ())

    def may_send(self, unit: Unit) -> bool:
        """Whether files of this form may come from the unit."""
        return unit.kind in self.sender_kinds if self.sender_kinds else bool(unit.ranked)

    def is_owed_by(self, unit: Unit) -> bool:
        """Whether a file of this form is waited for from the unit, or about it from the one above it."""
        return self.covers == "children" or self.may_send(unit)

    @property
    def own_unit(self) -> str:
        """The text of the unit of amount that the form's measure is, as its files write it (万元, USD million)."""
        return next((unit for unit, factor in self.amount_units.items() if factor == 1), self.measure)

    @property
    def wide(self) -> tuple[str, ...]:
        """Indicators that have columns of their own, in the order of the form's indicators."""
        named = {column.indicator for column in self.columns}
        return tuple(indicator.code for indicator in self.indicators if indicator.code in named)

    def indicator(self, code: str | None) -> Indicator | None:
        return next((i for i in self.indicators if i.code == code), None)

    def column(self, name: str) -> FormColumn | None:
        """By field; in a wide table also by the column's name. The first one of a field that several indicators have."""
        return next((c for c in self.columns if name in (c.name, c.field)), None)
