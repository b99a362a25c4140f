"""The returns of counties that counted at an instant: of the periods a question is about, never of all there ever were."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import pyarrow as pa

from ...model.loading import SubmissionRow
from ...model.tables import FORM_FIELDS
from ..runtime.context import Context
from .own_codes import CODED_FORMS, NAMED_IN, Shared, shared_codes, told_apart

_Key = tuple[str, str | None, str, frozenset[str] | None]


@dataclass(frozen=True)
class AcceptedReturns:
    """Asked for once, whoever asks how often."""

    context: Context
    as_of: datetime

    def between(
        self, form: str, first: str | None, last: str, unit_codes: Collection[str] | None = None
    ) -> list[SubmissionRow]:
        """The versions of the periods from `first` (None: the first there is) to `last` that counted at the instant; none where the
        programme has no such form."""
        if form not in self.context.programme.forms or form not in FORM_FIELDS:
            return []
        key = (form, first, last, None if unit_codes is None else frozenset(unit_codes))
        if key not in self._versions:
            asked = self.context.warehouse.submissions_between(form, first, last, self.as_of, unit_codes)
            self._versions[key] = [row for row in asked if row.current]
        return self._versions[key]

    def newest_of_units(
        self, form: str, day: date, unit_codes: Collection[str], since: date | None = None
    ) -> list[SubmissionRow]:
        """Of every unit the newest event of a form up to a day. Whoever sent none since `since` (None: in the year before the day) is
        looked up further back."""
        since = since or day - timedelta(days=365)
        sent = self.between(form, since.isoformat(), day.isoformat())
        silent = sorted(set(unit_codes) - {row.unit_code for row in sent})
        before = (since - timedelta(days=1)).isoformat()
        older = self.between(form, None, before, silent) if silent else []
        newest: dict[str, SubmissionRow] = {}
        for row in (*older, *sent):
            if row.period >= newest.get(row.unit_code, row).period:
                newest[row.unit_code] = row
        return list(newest.values())

    def rows(self, form: str, sent: Sequence[SubmissionRow]) -> pa.Table | None:
        """Their accepted rows, people told apart (`own_codes`); None where there are no versions."""
        found = self._facts(form, sent)
        return found if found is None or form not in CODED_FORMS else told_apart(found, self.shared_codes)

    @cached_property
    def shared_codes(self) -> Shared:
        """Codes that several units gave to different people, by the newest lists at the instant."""
        programme = self.context.programme
        today = self.as_of.astimezone(ZoneInfo(programme.time_zone)).date()
        units = [unit.code for unit in programme.roster.units]
        found: dict[str, frozenset[str]] = {}
        for form, columns in NAMED_IN.items():
            wanted = ["unit_code", *(one for pair in columns.items() for one in pair)]
            rows = self._facts(form, self.newest_of_units(form, today, units), wanted)
            found.update({code: shared_codes(rows, code, name) for code, name in columns.items()})
        return found

    def _facts(self, form: str, sent: Sequence[SubmissionRow], columns: Sequence[str] | None = None) -> pa.Table | None:
        versions = [row.submission_id for row in sent]
        return self.context.warehouse.facts(form, versions, columns) if versions else None

    @cached_property
    def _versions(self) -> dict[_Key, list[SubmissionRow]]:
        return {}
