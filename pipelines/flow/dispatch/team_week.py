"""The week of the service teams as a page shows it: which weeks there are to choose from, and the open issues that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ...model.periods import Period
from .dispatch_view import DispatchView
from .documents import IssueRow
from .people_tables import week_of


@dataclass(frozen=True)
class IssueFilter:
    """Which open issues are asked for; "" asks for all. `overdue`: those beyond their SLA alone."""

    issue_class: str = ""
    owner: str = ""
    state: str = ""
    overdue: bool = False

    def chosen(self, issues: Sequence[IssueRow]) -> list[IssueRow]:
        """Those that meet everything asked for, in the order given."""
        return [
            one
            for one in issues
            if self.issue_class in ("", one.issue_class)
            and self.owner in ("", one.owner)
            and self.state in ("", one.state)
            and (one.overdue or not self.overdue)
        ]


def weeks_of_month(view: DispatchView) -> list[str]:
    """Weeks that ended in the month by the instant, the newest first: those whose memos are due. Where none of the month has ended
    yet, the last that ended."""
    newest, monday = week_of(view)
    weeks = [newest]
    monday -= timedelta(days=7)
    while monday + timedelta(days=6) >= view.period.first_day:
        weeks.append(str(Period.of_day(monday, "week")))
        monday -= timedelta(days=7)
    return weeks
