"""What the published editions themselves say of their quality: punctuality, who was late or missing, how much later revisions changed
(the ESS quality and performance indicators TP3, TP1, A6, CC2 as far as published content answers them)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ...model.formulas import round_half_up
from ...model.programme import Programme
from ..figures import ABSENT
from ..participation import late_units, of_document
from .published_edition import PublishedEdition, growth_of

REJECTED, MISSING = "rejected", "missing"


@dataclass(frozen=True)
class RuleFailures:
    """How one rule fared over the returns an edition rests on: cells or rows looked at, and of them failed."""

    rule: str
    rows: int
    failed: int

    @property
    def rate(self) -> Decimal:
        return Decimal(self.failed) / self.rows if self.rows else Decimal(0)


@dataclass(frozen=True)
class PeriodQuality:
    """Measures of one period. Shares are fractions; `lag_days` from the end of the period to the first publication; `delay_minutes`
    behind the announced moment (None: none was announced); `mean_revision_pp`: mean absolute change of growth between the first and
    the newest edition, None without a revision."""

    period: str
    address: str
    expected: int
    late: int
    missing: int
    rejected: int
    ranked: int
    unanswered: int | None
    rows: int | None
    lag_days: int
    delay_minutes: int | None
    revisions: int
    mean_revision_pp: Decimal | None
    rules: tuple[RuleFailures, ...] = field(default=())

    @property
    def in_time_share(self) -> Decimal:
        return Decimal(self.expected - self.late - self.missing) / self.expected if self.expected else Decimal(0)

    @property
    def ranked_share(self) -> Decimal:
        return Decimal(self.ranked) / self.expected if self.expected else Decimal(0)


def period_quality(
    programme: Programme, editions: Sequence[PublishedEdition], rules: Mapping[str, Sequence[RuleFailures]]
) -> PeriodQuality:
    """Measures of one period from its editions, first to newest; `rules` by edition."""
    first, newest = editions[0], editions[-1]
    units = newest.units
    row = programme.calendar.row(programme.lead_form, first.period)
    announced = [moment for moment in (row.publish, row.official_release) if moment] if row else []
    zone = ZoneInfo(programme.time_zone)
    return PeriodQuality(
        period=str(first.period),
        address=newest.address,
        expected=len(units),
        late=late_units(of_document(newest.document)),
        missing=sum(unit["state"] == MISSING for unit in units),
        rejected=sum(unit["state"] == REJECTED for unit in units),
        ranked=newest.document["parameters"]["ranked"],
        unanswered=_sum_known([unit["unanswered"]["queries"] for unit in units]),
        rows=_sum_known([unit["unanswered"]["rows"] for unit in units]),
        lag_days=(first.published_at.astimezone(zone).date() - first.period.last_day).days,
        delay_minutes=_minutes(first.published_at, max(announced)) if announced else None,
        revisions=newest.revision,
        mean_revision_pp=_mean_revision(first, newest) if newest.revision else None,
        rules=tuple(rules.get(newest.edition_id, ())),
    )


def _sum_known(values: Sequence[int | None]) -> int | None:
    """None where an edition of an older version does not say it of every unit."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def points_text(value: Decimal | None, places: int = 2) -> str:
    """Percentage points, or — for none."""
    return ABSENT if value is None else f"{round_half_up(value, places):f}"


def _minutes(done: datetime, announced: datetime) -> int:
    return int((done - announced).total_seconds() // 60)


def _mean_revision(first: PublishedEdition, newest: PublishedEdition) -> Decimal | None:
    both = [
        abs(now - then) * 100
        for code, unit in newest.by_code.items()
        if code in first.by_code
        and (now := growth_of(unit)) is not None
        and (then := growth_of(first.by_code[code])) is not None
    ]
    return sum(both, Decimal(0)) / len(both) if both else None
