"""What the rules of scope unit-history may look at: accepted rows of earlier months and of sibling forms, as they stood."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from hashlib import sha256

import pyarrow as pa

from .concordance import NO_SUCCESSIONS, Concordance


@dataclass(frozen=True)
class HistoryNeeds:
    """What a form's rules look at beyond the unit's last accepted period (`forms/*.toml`).

    `sibling`: the form of the same unit and period that detail is compared with (F01), never the other way round: one
    direction, so that arrival order settles nothing and no two verdicts wait for each other. `recent`: how many accepted
    periods before the period, and `recent_columns` what of their rows (D06, D09): a country's rows of half a year would not
    fit otherwise. `year_ago`: the same period of the year before (G in the first period of a year, F11).
    """

    sibling: str = ""
    recent: int = 0
    recent_columns: tuple[str, ...] = ()
    year_ago: bool = False


NOTHING_BEHIND = HistoryNeeds()
"""Of a form whose rules look at the last accepted period at most."""


@dataclass(frozen=True)
class HistoryPolicy:
    """Where a programme's histories come from: what each form needs, by form, and which units continue others."""

    needs: Mapping[str, HistoryNeeds] = dataclass_field(default_factory=dict)
    concordance: Concordance = NO_SUCCESSIONS

    def of(self, form: str) -> HistoryNeeds:
        return self.needs.get(form, NOTHING_BEHIND)


@dataclass(frozen=True)
class UnitHistory:
    """The submissions one (unit, form, period) is judged against. Ids are None where there is no accepted one.

    `previous`: the unit's last accepted month before the period, and `previous_period` which month that is;
    `annual_final`: December of the year before; `sibling`: the accepted submission of the form's sibling, same unit
    and period; `recent`: of the last accepted months before the period, newest first, as many as the form needs; `year_ago`:
    of the same month of the year before, where the form needs it; `replaces`: the version of the same month that this one would
    take the place of. `rulings`: tokens, parted by spaces, of the waivers and of
    the decisions on explanations that hold for the unit, form and period; granting one makes another history, so the file
    is judged again.
    """

    previous: str | None = None
    previous_period: str | None = None
    annual_final: str | None = None
    sibling: str | None = None
    recent: tuple[str, ...] = ()
    year_ago: str | None = None
    rulings: str = ""
    replaces: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "recent", tuple(self.recent))

    @property
    def history_id(self) -> str:
        """Identity of the snapshot; recorded with the verdict and replayed by audit and rebuild."""
        known = [self.previous, self.previous_period, self.annual_final, self.sibling, self.recent, self.year_ago]
        text = json.dumps([*known, self.rulings, *([self.replaces] if self.replaces else [])], separators=(",", ":"))
        return "h" + sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class History:
    """History of a whole batch of one form: which submissions per unit, and their accepted rows, read once.

    `rows` has the columns of the form's fact table that rules look at (several submissions together, told apart by `submission_id`);
    `sibling_rows` those of the sibling form's, `recent_rows` the form's recent columns of the submissions in `recent` that `rows` does
    not hold. None where nothing is known (no home: history rules do not apply).
    """

    units: Mapping[str, UnitHistory] = dataclass_field(default_factory=dict)
    rows: pa.Table | None = None
    sibling_rows: pa.Table | None = None
    recent_rows: pa.Table | None = None

    def of(self, unit_code: str) -> UnitHistory:
        return self.units.get(unit_code, _NO_HISTORY)

    def rows_of(self, submission: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of one of the submissions, with the columns asked for."""
        assert self.rows is not None
        rows = self.rows.select(list(columns)) if columns is not None else self.rows
        return rows.take(pa.array(self._places.get(submission, ()), pa.int64()))

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Submission → its rows: looked up once, not by comparing every row of the batch for each."""
        found: dict[str, list[int]] = {}
        for at, submission in enumerate(self.rows["submission_id"].to_pylist() if self.rows is not None else ()):
            found.setdefault(submission, []).append(at)
        return found


_NO_HISTORY = UnitHistory()
