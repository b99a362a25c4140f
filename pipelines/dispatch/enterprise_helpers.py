"""助企服务员 (L17, L18): roster on three levels, visits, cases, cadence, closing rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from ..model.dispatch_policy import DispatchPolicy
from ..model.text_arrays import cell_values
from .leaders import last_actions
from .service_teams import IssueLine

LEVELS = ("city", "county", "township")
LEVEL_ZH = {"city": "市级", "county": "县级", "township": "镇级"}


@dataclass(frozen=True)
class LateHelper:
    """A helper beyond the cadence, which begins with the assignment: days since the last contact (any kind) and since the last visit;
    None: none on record."""

    helper_code: str
    unit_code: str
    level: str
    days_since_contact: int | None
    days_since_visit: int | None


@dataclass(frozen=True)
class HelpersTable:
    """`published`: the total that was published (1,674), `difference` the roster less it; `cases`: issues a helper raised."""

    total: int
    by_level: Mapping[str, int]
    published: int | None
    visits: int
    contacts: int
    cases: int
    closed: int
    overdue: int
    late: tuple[LateHelper, ...]
    by_unit: Mapping[str, Mapping[str, int]]

    @property
    def difference(self) -> int | None:
        return None if self.published is None else self.total - self.published


def helpers_table(
    roster: pa.Table | None,
    visits: pa.Table | None,
    month_visits: pa.Table | None,
    issues: Sequence[IssueLine],
    policy: DispatchPolicy,
    day: date,
    published: int | None = None,
) -> HelpersTable:
    """As of a day. `visits`: of all months (cadence), `month_visits`: of the month asked for (counts). One helper counts once however
    many enterprises are assigned."""
    own = _roster(roster, day)
    held = Counter(level for level, *_ in own.values())
    levels = {level: held[level] for level in LEVELS}
    by_unit: dict[str, dict[str, int]] = {}
    for level, unit, _ in own.values():
        counts = by_unit.setdefault(unit, dict.fromkeys(LEVELS, 0))
        counts[level] = counts.get(level, 0) + 1
    cases = [issue for issue in issues if issue.helper_code]
    kinds = cell_values(month_visits["visit_kind"]) if month_visits is not None and month_visits.num_rows else []
    by_helper = cell_values(month_visits["helper_code"]) if month_visits is not None and month_visits.num_rows else []
    mine = [kind for kind, helper in zip(kinds, by_helper, strict=True) if helper]
    return HelpersTable(
        len(own),
        levels,
        policy.cadence.helper_total if published is None else published,
        sum(kind != "contact" for kind in mine),
        sum(kind == "contact" for kind in mine),
        len(cases),
        sum(case.closed_on is not None for case in cases),
        sum(case.overdue for case in cases),
        tuple(_late(own, visits, policy, day)),
        dict(sorted(by_unit.items())),
    )


_Helper = tuple[str, str, date | None]
"""Level, unit, first day."""


def _roster(roster: pa.Table | None, day: date) -> dict[str, _Helper]:
    """Helper → level, unit and first day, of those valid on the day; of several enterprises the first day of any."""
    found: dict[str, _Helper] = {}
    if roster is None:
        return found
    names = ("helper_code", "helper_level", "unit_code", "valid_from", "valid_to")
    columns = [cell_values(roster[name]) if name in roster.column_names else [None] * len(roster) for name in names]
    for code, level, unit, begins, ends in zip(*columns, strict=True):
        if (begins is None or begins <= day) and (ends is None or day <= ends):
            known = found.setdefault(code, (level or "", unit, begins))
            if known[2] is not None and (begins is None or begins < known[2]):
                found[code] = (*known[:2], begins)
    return found


def _late(own: Mapping[str, _Helper], visits: pa.Table | None, policy: DispatchPolicy, day: date) -> list[LateHelper]:
    """Who has neither been in contact nor visited within the cadence; nothing is said where no visit log exists at all."""
    if visits is None or not visits.num_rows:
        return []
    contact = last_actions(visits, "helper_code", day)
    face = last_actions(_without_contacts(visits), "helper_code", day)
    late = []
    for code, (level, unit, begins) in sorted(own.items()):
        said, seen = contact.get(code), face.get(code)
        limits = ((said, policy.cadence.helper_contact_days), (seen, policy.cadence.helper_visit_days))
        if any((since := last or begins) is None or (day - since).days > limit for last, limit in limits):
            silent, unseen = ((day - on).days if on else None for on in (said, seen))
            late.append(LateHelper(code, unit, level, silent, unseen))
    return late


def _without_contacts(visits: pa.Table) -> pa.Table:
    mask = pa.array([kind != "contact" for kind in cell_values(visits["visit_kind"])], pa.bool_())
    return visits.filter(mask)
