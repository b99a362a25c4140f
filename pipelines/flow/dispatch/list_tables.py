"""Documents about lists of projects: the dated lists with their totals, and what is in no statistics."""

from __future__ import annotations

from collections import Counter

from ...dispatch.project_lists import ListTotal, lists_table
from ...dispatch.statistics_coverage import uncovered
from .dispatch_view import DispatchView
from .documents import CoverageDocument, DistinctTotal, ListRow, ListsDocument, UncoveredRow


def list_row(total: ListTotal) -> ListRow:
    return ListRow(
        code=total.code,
        name=total.zh,
        projects=total.projects,
        plan_total=total.plan_total,
        ytd=total.ytd,
        expected_count=total.expected_count,
        difference=None if total.expected_count is None else total.projects - total.expected_count,
        broken=list(total.broken),
    )


def lists_document(view: DispatchView) -> ListsDocument:
    """The dated lists with de-duplicated totals."""
    table = lists_table(view.panel, view.members, view.policy)
    return ListsDocument(
        period=str(view.period),
        as_of=view.as_of,
        lists=[list_row(total) for total in table.lists],
        distinct=DistinctTotal(
            projects=table.distinct_projects, plan_total=table.distinct_plan_total, ytd=table.distinct_ytd
        ),
        missing_units=view.missing_units,
    )


def coverage_document(view: DispatchView) -> CoverageDocument:
    """应统未统. Inside the 经信局 by project; outward a count a unit alone (domain_decisions §2, F09)."""
    found = uncovered(view.panel, view.snapshot("approval_list"), view.snapshot_day)
    return CoverageDocument(
        period=str(view.period),
        as_of=view.as_of,
        total=len(found),
        by_unit=dict(sorted(Counter(one.unit_code for one in found).items())),
        projects=[
            UncoveredRow(
                project_code=one.project_code,
                unit=one.unit_code,
                source=one.source,
                plan_total=one.plan_total,
                started=one.started,
                months_waiting=one.months_waiting,
                survey_round=one.survey_round,
                newly_found=one.newly_found,
            )
            for one in found
        ],
    )
