"""Service teams (服务专班, L13) and their issues (L14): the weekly memo of four parts, open issues by class, owner and SLA."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa

from ..model.calendar import Workdays
from ..model.dispatch_policy import DispatchPolicy, IssueClass
from ..model.text_arrays import cell_values

PARTS: dict[str, tuple[str, str]] = {
    "meeting": ("对接会商", "meeting"),
    "site": ("现场破难", "on-site problem solving"),
    "review": ("工作复盘", "review"),
    "memo": ("形成备忘", "memo"),
}
"""A part is there where its date and its note are filled."""
ISSUE_STATES: tuple[tuple[str, str, str], ...] = (
    ("raised", "提出", "raised_on"),
    ("accepted", "受理", "accepted_on"),
    ("handled", "办理", "handled_on"),
    ("closed", "办结", "closed_on"),
    ("assessed", "评价", "assessed_on"),
)


Teams = Mapping[str, tuple[str, str]]
"""Service teams: code → (name, unit)."""


@dataclass(frozen=True)
class MemoLine:
    """A team in a week. `state`: complete, incomplete (`missing` parts), late (arrived after the hour), missing."""

    team_code: str
    team_name: str
    unit_code: str
    parts: int
    missing: tuple[str, ...]
    arrived_at: datetime | None
    state: str
    issues_raised: int
    issues_solved: int


def week_due(monday: date, hour: int, time_zone: str) -> datetime:
    """When the memo of the week that begins on `monday` is due: Monday after, at the hour of the place."""
    after = monday + timedelta(days=7)
    return datetime(after.year, after.month, after.day, hour, tzinfo=ZoneInfo(time_zone))


def memo_lines(
    owing: Teams,
    memos: pa.Table | None,
    arrived: Mapping[str, datetime],
    due: datetime,
    standing: Teams = MappingProxyType({}),
) -> tuple[list[MemoLine], list[str]]:
    """(one line a team that owes the memo of the week, or stood in it for some days and filed one; codes that filed a memo and are no
    team's). `arrived`: unit → when its memo file of the week came. `late` shows where the file came after `due`, complete or not. Of a
    team that two units file for, the fuller memo counts."""
    rows = _fullest(memos.to_pylist()) if memos is not None else {}
    teams = {**{code: team for code, team in standing.items() if code in rows}, **owing}
    lines = []
    for code, (name, unit) in sorted(teams.items()):
        row = rows.get(code)
        if row is None:
            lines.append(MemoLine(code, name, unit, 0, tuple(PARTS), None, "missing", 0, 0))
            continue
        missing, at = _missing(row), arrived.get(row.get("unit_code") or unit)
        state = "late" if at is not None and at > due else "incomplete" if missing else "complete"
        lines.append(
            MemoLine(
                code,
                name,
                unit,
                len(PARTS) - len(missing),
                missing,
                at,
                state,
                row.get("issues_raised") or 0,
                row.get("issues_solved") or 0,
            )
        )
    return lines, sorted(set(rows) - set(teams))


def _missing(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(part for part in PARTS if not (row.get(f"{part}_on") and (row.get(f"{part}_note") or "").strip()))


def _fullest(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Team → its memo, the one with most parts."""
    return {row["team_code"]: row for row in sorted(rows, key=lambda row: -len(_missing(row)))}


class IssueLine(NamedTuple):
    """An open or just closed issue with its SLA; `due` from the return, else raised (or accepted) plus the class's working days."""

    issue_no: str
    project_code: str
    unit_code: str
    issue_class: str
    text: str
    owner: str
    owner_kind: str
    state: str
    raised_on: date | None
    due: date | None
    closed_on: date | None
    overdue: bool
    team_code: str
    helper_code: str


_STEPS = tuple(step for step, _, _ in ISSUE_STATES)
_ISSUE_TEXTS = ("issue_text", "issue_owner", "owner_kind", "team_code", "helper_code")


def issue_lines(rows: pa.Table | None, policy: DispatchPolicy, workdays: Workdays, day: date) -> list[IssueLine]:
    """Issues of the newest logs as of a day, by unit and number; what happened after the day has not happened yet."""
    if rows is None or not rows.num_rows:
        return []
    classes = _classes(policy)
    dates = [_column(rows, column) for _, _, column in ISSUE_STATES]
    texts = [[str(text or "") for text in _column(rows, name)] for name in _ISSUE_TEXTS]
    keys = [
        [str(text or "") for text in _column(rows, name)]
        for name in ("issue_no", "project_code", "unit_code", "issue_class")
    ]
    due_of = _Deadlines(workdays)
    found = []
    for (number, project, unit, name), (text, owner, kind, team, helper), given, reached in zip(
        zip(*keys, strict=True),
        zip(*texts, strict=True),
        _column(rows, "due_on"),
        zip(*dates, strict=True),
        strict=True,
    ):
        if reached[0] is not None and reached[0] > day:
            continue
        known, state = [on if on is not None and on <= day else None for on in reached], "raised"
        for step, on in zip(_STEPS, known, strict=True):
            if on is not None:
                state = step
        raised, accepted, closed = known[0], known[1], known[3]
        one = classes.get(name)
        due = given if given is not None else due_of(accepted or raised, one.sla_workdays) if one else None
        found.append(
            IssueLine(
                number,
                project,
                unit,
                one.code if one else name,
                text,
                owner,
                kind,
                state,
                raised,
                due,
                closed,
                closed is None and due is not None and day > due,
                team,
                helper,
            )
        )
    return sorted(found, key=attrgetter("unit_code", "issue_no"))


class _Deadlines:
    """Working days added to a day; the issues of a month share few days and classes."""

    def __init__(self, workdays: Workdays) -> None:
        self._workdays = workdays
        self._known: dict[tuple[date, int], date] = {}

    def __call__(self, begun: date | None, days: int) -> date | None:
        if begun is None:
            return None
        if (begun, days) not in self._known:
            self._known[begun, days] = self._workdays.add(begun, days)
        return self._known[begun, days]


def _column(rows: pa.Table, name: str) -> list[Any]:
    return cell_values(rows[name]) if name in rows.column_names else [None] * rows.num_rows


def _classes(policy: DispatchPolicy) -> dict[str, IssueClass]:
    return {name: kind for kind in policy.issue_classes for name in (kind.code, kind.zh, *kind.names)}


def open_issues(issues: Sequence[IssueLine]) -> list[IssueLine]:
    return [issue for issue in issues if issue.closed_on is None]


def issue_counts(issues: Sequence[IssueLine], classes: Collection[str]) -> dict[str, tuple[int, int, int]]:
    """Class → (open, overdue, closed)."""
    names = [*classes, *sorted({i.issue_class for i in issues} - set(classes))]
    opened = Counter(i.issue_class for i in issues if i.closed_on is None)
    overdue = Counter(i.issue_class for i in issues if i.overdue)
    closed = Counter(i.issue_class for i in issues if i.closed_on is not None)
    return {name: (opened[name], overdue[name], closed[name]) for name in names}
