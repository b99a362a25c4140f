"""The dispatch returns of a year as arrays: projects × reporting months × stages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..model.dispatch_policy import DEFAULT_POLICY
from ..model.fields import STAGES
from ..model.lifecycle import stages_not_applicable
from ..model.periods import Period
from ..model.text_arrays import cell_values
from .arrays import NEVER, Flags, Ints, Months, codes, days, mapped, month_end, month_index, months, yuan
from .standing_rows import StandingRows, ascending, ranked

STAGE = {name: place for place, name in enumerate(STAGES)}
MEMBERSHIP = ("plan_total", "industry_code", "lists", "lead_level")
"""Columns of the return that the library and the lists ask of their members."""
MOST_CARRIED = DEFAULT_POLICY.library.months_without_return


@dataclass(frozen=True)
class Panel:
    """`n` projects (by code) × `t` reporting months (ascending, the last is the month asked for).

    Amounts are whole yuan; `planned_known` tells an absent plan from a plan of zero. `plan`/`done` [n, t, 6] are month indices of
    the stages as the return of that month wrote them, NEVER where absent. `latest`: the project's row in the return of its last month
    up to the one asked for, [n] rows; `latest_before`: what made it a member (`MEMBERSHIP`) in its last return up to the month before,
    where nobody had named it yet in its newest one. `here` [n]: it is in the return of the month asked for. Arrays lie in memory month
    by month.

    `known` [n, t]: it is in the return of the month, or its unit sent none and it stood in the unit's newest return (for as many
    months as the policy says): a silent unit's projects do not leave a library or list. Their stages and investment to date are those
    of that return; nothing is planned of them, so they have no light and nothing of them is due or overdue.
    """

    project_codes: list[str]
    unit_codes: list[str]
    month_indices: tuple[int, ...]
    present: Flags
    known: Flags
    planned: Ints
    planned_known: Flags
    actual: Ints
    plan: Months
    done: Months
    applies: Flags
    stat_entry: Months
    says_entry: Flags
    """[n, t]: the unit's return of that month states an entry into statistics of any project; one that states none does not say."""
    plan_total: Ints
    latest: pa.Table
    latest_before: pa.Table
    start_day: Ints
    trial_day: Ints
    former_units: Mapping[str, frozenset[str]]
    """Of projects that went over to another unit: the units that reported them before."""

    def __len__(self) -> int:
        return len(self.project_codes)

    @property
    def here(self) -> Flags:
        result: Flags = self.present[:, -1]
        return result

    @property
    def now(self) -> int:
        """Index of the month asked for."""
        return self.month_indices[-1]

    def member_rows(self, place: int) -> pa.Table:
        """[n] rows of what made a project a member of a library or list in the month asked for (−1) or the one before it (−2)."""
        return self.latest if place == -1 else self.latest_before

    @cached_property
    def ends(self) -> Ints:
        """Day ordinals of the last day of each month."""
        return month_end(np.array(self.month_indices, np.int64))

    def by_unit(self, mask: Flags) -> Ints:
        """Places where a mask is set, ordered by unit and code (`project_codes` ascend)."""
        places = np.flatnonzero(mask)
        ordered: Ints = places[np.argsort(self.unit_rank[places], kind="stable")]
        return ordered

    @cached_property
    def unit_rank(self) -> Ints:
        """[n]: place of the project's unit among the unit codes."""
        unit, units = codes(pa.table({"unit_code": pa.array(self.unit_codes, pa.string())}), "unit_code")
        return np.argsort(ascending(units))[unit] if len(units) else unit

    def among(self, codes: Collection[str]) -> Flags:
        """[n]: the project is one of these."""
        if not codes:
            return np.zeros(len(self), bool)
        found = pc.is_in(self.code_array, value_set=pa.array(list(codes), pa.string()))
        return np.asarray(found.to_numpy(zero_copy_only=False), bool)

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Project code → its place."""
        return {code: place for place, code in enumerate(self.project_codes)}

    @cached_property
    def code_array(self) -> pa.Array:
        return pa.array(self.project_codes, pa.string())

    @cached_property
    def _kept(self) -> dict[tuple[str, int], Flags]:
        """Flags of a month that several tables ask for."""
        return {}

    def _keep(self, name: str, place: int, make: Callable[[], Flags]) -> Flags:
        at = (name, place % len(self.month_indices))
        if at not in self._kept:
            self._kept[at] = make()
            self._kept[at].flags.writeable = False
        return self._kept[at]

    def reached(self, place: int = -1) -> Flags:
        """[n, 6]: the stage was reached by the end of that month."""
        return self._keep("reached", place, lambda: self.done[:, place] <= self.month_indices[place])

    def due(self, place: int = -1) -> Flags:
        """[n, 6]: planned up to that month, the project has the stage and is in the return of the month: of one that is not, nobody
        said whether it was reached."""

        def make() -> Flags:
            planned = self.plan[:, place] <= self.month_indices[place]
            result: Flags = planned & self.applies[:, place] & self.present[:, place, None]
            return result

        return self._keep("due", place, make)

    def overdue(self, place: int = -1) -> Flags:
        return self._keep("overdue", place, lambda: self.due(place) & ~self.reached(place))

    def overdue_days(self, place: int = -1) -> Ints:
        """[n, 6]: days from the end of the planned month to the end of that month; 0 where not overdue."""
        return np.where(self.overdue(place), self.ends[place] - month_end(self.plan[:, place]), 0)

    def column(self, name: str) -> list[object]:
        """A column of the latest rows, by project."""
        return cell_values(self.latest[name]) if name in self.latest.column_names else [None] * len(self)

    def columns(self, places: Ints, *names: str) -> list[list[Any]]:
        """Columns of the latest rows of the projects at `places`; None where a programme's form does not carry one."""
        rows = pa.array(places)
        return [
            cell_values(self.latest[name].take(rows)) if name in self.latest.column_names else [None] * len(places)
            for name in names
        ]

    def quantity(self, name: str) -> tuple[Ints, Flags]:
        """An amount or quantity of the latest rows × 10⁴, and whether it is known."""
        return yuan(self.latest, name)


def build_panel(
    rows: pa.Table,
    reporting: Sequence[Period],
    accepted: Collection[tuple[str, Period]] = (),
    most_carried: int = MOST_CARRIED,
) -> Panel:
    """The panel of accepted dispatch_month rows (`period` and `unit_code` among their columns) over `reporting`, ascending.
    `accepted`: (unit, month) of the accepted returns, for those without a row: a nil return is no silence. `most_carried`: months for
    which a unit that sends nothing keeps its projects.

    One project in the returns of two units in one month counts once: the row of the lower unit code stands (B08 asks both).
    """
    wanted = [str(period) for period in reporting]
    places = {text: place for place, text in enumerate(wanted)}
    period_of = mapped(rows, "period", lambda text: places.get(text, -1), np.int64)
    if (period_of < 0).any():
        rows = rows.filter(pa.array(period_of >= 0))
        period_of = period_of[period_of >= 0]
    project, names = ranked(rows, "project_code")
    unit, units = ranked(rows, "unit_code")
    count, width = len(names), len(wanted)
    stands = StandingRows(count, width, period_of * count + project, unit)
    row_at, placed = stands.row_at, stands.placed
    row = _newest_row(row_at, width)
    latest = rows.take(pa.array(row))
    earlier = np.where((row_at[:, :-1] >= 0).any(axis=1), _newest_row(row_at, width - 1), row) if width > 1 else row
    latest_before = rows.select([name for name in MEMBERSHIP if name in rows.column_names]).take(pa.array(earlier))
    planned, planned_known = yuan(rows, "planned_ytd")
    actual, _ = yuan(rows, "actual_ytd")
    entry = months(rows, "stat_entry_ym")
    waived = mapped(rows, "na_flag", _waived_bits, np.int64)
    present = row_at >= 0
    own = {
        "actual": placed(actual, 0),
        "plan": stands.stacked((months(rows, f"{stage}_plan") for stage in STAGES), NEVER, np.int32),
        "done": stands.stacked((months(rows, f"{stage}_actual") for stage in STAGES), NEVER, np.int32),
        "applies": stands.stacked(((waived >> place & 1) == 0 for place in range(len(STAGES))), True, bool),
        "stat_entry": placed(entry, NEVER),
        "says_entry": placed(_said(entry, unit, period_of, len(units), width), False),
    }
    indices = tuple(month_index(text) for text in wanted)
    sent = _sent(unit, period_of, len(units), width)
    numbers = {code: number for number, code in enumerate(units)}
    at = {period: place for place, period in enumerate(reporting)}
    for code, period in accepted:
        if code in numbers and period in at:
            sent[numbers[code], at[period]] = True
    unit_at = placed(unit, 0)
    known = _carry_forward(present, unit_at, sent, indices, own, most_carried)
    return Panel(
        project_codes=names,
        unit_codes=[units[place] for place in unit[row].tolist()],
        month_indices=indices,
        present=present,
        known=known,
        planned=placed(planned, 0),
        planned_known=placed(planned_known, False),
        plan_total=yuan(latest, "plan_total")[0],
        latest=latest,
        latest_before=latest_before,
        start_day=days(latest, "start_on"),
        trial_day=days(latest, "trial_on"),
        former_units={
            names[n]: frozenset(units[one] for one in unit_at[n, present[n]].tolist()) - {units[unit[row[n]]]}
            for n in np.flatnonzero((present & (unit_at != unit[row][:, None])).any(axis=1)).tolist()
        },
        **own,
    )


def _newest_row(row_at: Ints, width: int) -> Ints:
    """[n]: the row of the last of the first `width` months that has one; any where none has."""
    if not len(row_at):
        return np.zeros(0, np.int64)
    last = np.where(row_at[:, :width] >= 0, np.arange(width), -1).max(axis=1)
    result: Ints = row_at[np.arange(len(row_at)), last]
    return result


def _sent(unit: Ints, period_of: Ints, units: int, width: int) -> Flags:
    """[units, t]: the unit's return of the month is there."""
    sent = np.zeros((units, width), bool)
    sent[unit, period_of] = True
    return sent


def _carry_forward(
    present: Flags, unit: Ints, sent: Flags, month_indices: Sequence[int], own: dict[str, np.ndarray], most: int
) -> Flags:
    """[n, t] known. Where the unit that named a project last (`unit` [n, t]) sent nothing (`sent` [units, t]), what `own` says of it is
    that of the month before; investment to date begins anew in January."""
    known = present.copy(order="K")
    age, last = np.where(present[:, 0], 0, most), unit[:, 0]
    for place in range(1, present.shape[1]):
        last = np.where(present[:, place], unit[:, place], last)
        carried = ~present[:, place] & ~sent[last, place] & (age < most)
        age = np.where(present[:, place], 0, np.where(carried, age + 1, most))
        if not carried.any():
            continue
        known[:, place] |= carried
        for name, values in own.items():
            if name != "actual" or month_indices[place] // 12 == month_indices[place - 1] // 12:
                values[carried, place] = values[carried, place - 1]
    return known


def _said(entry: Months, unit: Ints, period_of: Ints, units: int, width: int) -> Flags:
    """By row: its unit's return of its month states the entry of any project."""
    said = np.zeros((units, width), bool)
    known = entry < NEVER
    said[unit[known], period_of[known]] = True
    result: Flags = said[unit, period_of]
    return result


def _waived_bits(text: str) -> int:
    return sum(1 << STAGE[stage] for stage in stages_not_applicable(text))
