"""Service teams (服务专班, L13) and their issues (L14): the weekly memo of four parts, open issues by class, owner and SLA."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from ..model.calendar import Workdays
from ..model.dispatch_policy import DispatchPolicy, IssueClass

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
    teams: Mapping[str, tuple[str, str]], memos: pa.Table | None, arrived: Mapping[str, datetime], due: datetime
) -> tuple[list[MemoLine], list[str]]:
    """(one line a team, codes of teams that filed a memo and do not exist). `teams`: code → (name, unit); `arrived`: unit → when its
    memo file of the week came. `late` shows where the file came after `due`, complete or not."""
    rows = {row["team_code"]: row for row in memos.to_pylist()} if memos is not None else {}
    lines = []
    for code, (name, unit) in sorted(teams.items()):
        row, at = rows.get(code), arrived.get(unit)
        if row is None:
            lines.append(MemoLine(code, name, unit, 0, tuple(PARTS), None, "missing", 0, 0))
            continue
        missing = tuple(
            part for part in PARTS if not (row.get(f"{part}_on") and (row.get(f"{part}_note") or "").strip())
        )
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


@dataclass(frozen=True)
class IssueLine:
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


def issue_lines(rows: pa.Table | None, policy: DispatchPolicy, workdays: Workdays, day: date) -> list[IssueLine]:
    """Issues of the newest logs as of a day, by unit and number; what happened after the day has not happened yet."""
    classes = _classes(policy)
    known = rows.to_pylist() if rows is not None else []
    raised = [row for row in known if row.get("raised_on") is None or row["raised_on"] <= day]
    found = [_issue(row, classes, workdays, day) for row in raised]
    return sorted(found, key=lambda issue: (issue.unit_code, issue.issue_no))


def _issue(row: Mapping[str, object], classes: Mapping[str, IssueClass], workdays: Workdays, day: date) -> IssueLine:
    def on(name: str) -> date | None:
        value = row.get(name)
        return value if isinstance(value, date) and value <= day else None

    def text(name: str) -> str:
        return str(row.get(name) or "")

    state = "raised"
    for name, _, column in ISSUE_STATES:
        state = name if on(column) else state
    kind = classes.get(text("issue_class"))
    given = row.get("due_on")
    due = given if isinstance(given, date) else None
    begun = on("accepted_on") or on("raised_on")
    if due is None and begun is not None and kind is not None:
        due = workdays.add(begun, kind.sla_workdays)
    closed = on("closed_on")
    return IssueLine(
        text("issue_no"),
        text("project_code"),
        text("unit_code"),
        kind.code if kind else text("issue_class"),
        text("issue_text"),
        text("issue_owner"),
        text("owner_kind"),
        state,
        on("raised_on"),
        due,
        closed,
        closed is None and due is not None and day > due,
        text("team_code"),
        text("helper_code"),
    )


def _classes(policy: DispatchPolicy) -> dict[str, IssueClass]:
    return {name: kind for kind in policy.issue_classes for name in (kind.code, kind.zh, *kind.names)}


def open_issues(issues: Sequence[IssueLine]) -> list[IssueLine]:
    return [issue for issue in issues if issue.closed_on is None]


def issue_counts(issues: Sequence[IssueLine], classes: Collection[str]) -> dict[str, tuple[int, int, int]]:
    """Class → (open, overdue, closed)."""
    names = [*classes, *sorted({i.issue_class for i in issues} - set(classes))]
    return {
        name: (
            sum(i.closed_on is None for i in issues if i.issue_class == name),
            sum(i.overdue for i in issues if i.issue_class == name),
            sum(i.closed_on is not None for i in issues if i.issue_class == name),
        )
        for name in names
    }
