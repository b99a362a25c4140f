"""Documents about projects: library, stages, red flags, snails, lists, coverage, showcase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...dispatch.achievements import achievements, new_starts
from ...dispatch.arrays import Flags, codes
from ...dispatch.decision_history import PublicationPermit, permits
from ...dispatch.snails import warned_projects
from ...dispatch.stage_board import StageCount, stage_board, unit_boards, weakest_stage
from ...dispatch.unit_marks import flag_units, snail_units
from .column_rows import Rows
from .dispatch_view import DispatchView
from .documents import (
    AchievementRow,
    FlagsDocument,
    MarkedProject,
    MarkedUnitRow,
    MoveRow,
    NewStartsRow,
    ShowcaseDocument,
    SnailsDocument,
    StageRow,
    StagesDocument,
    UnitStages,
    WarnedRow,
)
from .library_table import milestones
from .unit_standings import barred_units, standings_of


def stages_document(view: DispatchView, scope: str = "library") -> StagesDocument:
    """The board of a scope, and of each unit in it."""
    mask = view.scope(scope)
    board = stage_board(view.panel, mask, view.scope_before(scope))
    own = [
        UnitStages(unit=unit, weakest=weakest_stage(counts), stages=_stage_rows(counts))
        for unit, counts in unit_boards(view.panel, mask).items()
    ]
    return StagesDocument(
        period=str(view.period),
        as_of=view.as_of,
        scope=scope,
        projects=int(mask.sum()),
        finished=board.finished,
        stages=_stage_rows(board.stages),
        weakest=board.weakest,
        moves=[MoveRow(source=m.source, target=m.target, projects=m.projects) for m in board.moves],
        units=own,
    )


def _stage_rows(counts: Sequence[StageCount]) -> list[StageRow]:
    return [
        StageRow(
            stage=s.stage,
            due=s.due,
            overdue=s.overdue,
            in_stage=s.in_stage,
            plan_total=s.plan_total,
            actual_ytd=s.actual,
            median_dwell_days=s.median_dwell_days,
        )
        for s in counts
    ]


def _flag_rows(view: DispatchView, allowed: Mapping[str, PublicationPermit]) -> list[MarkedProject]:
    return [
        MarkedProject(
            project_code=flag.project_code,
            name=view.name_of(flag.project_code),
            unit=flag.unit_code,
            reasons=list(flag.reasons),
            since=str(view.period),
            exempt=False,
            progress=flag.progress,
            days_ahead=flag.days_ahead,
            may_be_named=flag.project_code in allowed,
        )
        for flag in view.flags
    ]


def flags_document(view: DispatchView) -> FlagsDocument:
    """Red flags of projects, and of units where the month has a ranking."""
    standings = standings_of(view.context, view.period, view.as_of)
    units = flag_units(standings.places, view.policy, barred_units(view.context, view.period, view.as_of))
    return FlagsDocument(
        period=str(view.period),
        as_of=view.as_of,
        edition=standings.edition,
        projects=_flag_rows(view, permits(view.decisions, view.today, "showcase")),
        units=[MarkedUnitRow(unit=unit.unit_code, reasons=list(unit.reasons)) for unit in units],
    )


def snails_document(view: DispatchView) -> SnailsDocument:
    """Snails of projects with exemptions, of units, and who is warned. Internal: a name goes outside only with a permit."""
    allowed = permits(view.decisions, view.today, "snail")
    now = standings_of(view.context, view.period, view.as_of)
    previous = view.programme.calendar.previous(view.programme.lead_form, view.period)
    before = standings_of(view.context, previous, view.as_of) if previous else now
    units = snail_units(now.places, before.places if previous else (), view.policy)
    return SnailsDocument(
        period=str(view.period),
        as_of=view.as_of,
        edition=now.edition,
        projects=[
            MarkedProject(
                project_code=snail.project_code,
                name=view.name_of(snail.project_code),
                unit=snail.unit_code,
                reasons=list(snail.reasons),
                since=snail.since,
                exempt=snail.exemption is not None,
                progress=snail.progress,
                months=snail.months,
                overdue_days=snail.overdue_days,
                exempt_cause=snail.exemption.cause if snail.exemption else None,
                exempt_until=snail.exemption.until if snail.exemption else None,
                exempt_document=snail.exemption.document if snail.exemption else None,
                department=(snail.exemption.department or None) if snail.exemption else None,
                may_be_named=snail.project_code in allowed and snail.exemption is None,
            )
            for snail in view.snails
        ],
        units=[MarkedUnitRow(unit=unit.unit_code, reasons=list(unit.reasons)) for unit in units],
        warned=_warned_rows(view),
    )


def _warned_rows(view: DispatchView) -> Rows[WarnedRow]:
    found = warned_projects(view.panel, view.policy, view.library.members, view.snails)
    projects = [one.project_code for one in found]
    columns: dict[str, Sequence[Any]] = {
        "project_code": projects,
        "name": [view.name_of(code) for code in projects],
        "unit": [one.unit_code for one in found],
        "light": [one.light for one in found],
        "progress": [one.progress for one in found],
        "start_overdue_months": [one.start_overdue_months for one in found],
        "overdue_days": [one.overdue_days for one in found],
        "noticed_on": [view.noticed[code][-1] if code in view.noticed else None for code in projects],
    }
    return Rows(WarnedRow, columns)


def showcase_document(view: DispatchView, allowed: Mapping[str, PublicationPermit] | None = None) -> ShowcaseDocument:
    """成果晾晒: achievements, red flags, what started and finished; a project is named outside only with a permit: of those that are
    `allowed`, by default those that hold at the instant of the view."""
    if allowed is None:
        allowed = permits(view.decisions, view.today, "showcase")
    return ShowcaseDocument(
        period=str(view.period),
        as_of=view.as_of,
        achievements=_achievement_rows(view, allowed),
        red_flags=_flag_rows(view, allowed),
        new_starts=[
            NewStartsRow(
                unit=one.unit_code,
                month_projects=one.month_projects,
                month_plan_total=one.month_plan_total,
                year_projects=one.year_projects,
                year_plan_total=one.year_plan_total,
            )
            for one in new_starts(view.panel, view.policy, _months_reported(view))
        ],
        by_theme=_themes(view, view.library.members),
    )


def _months_reported(view: DispatchView) -> int:
    """How many months of the year the return of the month adds to the one before it on the calendar. Before the first of all returns
    the calendar's other years tell where a year begins; without them it is a month's report or a quarter's, and February's two."""
    month, calendar = view.period.month, {p.month for p in view.programme.calendar.periods(view.form)}
    if view.periods[0] < view.period:
        before = [p.month for p in view.periods[:-1] if p.year == view.period.year]
        return month - (before[-1] if before else 0)
    earlier = [one for one in calendar if one < month]
    if earlier:
        return month - max(earlier)
    step = min((one - month for one in calendar if one > month), default=month)
    return month if month <= max(2, step) else step


def _achievement_rows(view: DispatchView, allowed: Mapping[str, PublicationPermit]) -> Rows[AchievementRow]:
    found = achievements(view.panel, view.policy, view.panel.here, _months_reported(view))
    projects = [one.project_code for one in found]
    places = sorted({view.panel.place_of[code] for code in projects})
    (months,) = milestones(view, np.array(places, np.int64), "signed_actual")
    signed = {view.panel.project_codes[place]: month for place, month in zip(places, months, strict=True)}
    columns: dict[str, Sequence[Any]] = {
        "kind": [one.kind for one in found],
        "project_code": projects,
        "name": [view.name_of(code) for code in projects],
        "unit": [one.unit_code for one in found],
        "state": [one.state for one in found],
        "days": [one.days for one in found],
        "on": [one.on for one in found],
        "signed": [signed[code] for code in projects],
        "may_be_named": [code in allowed for code in projects],
    }
    return Rows(AchievementRow, columns)


def _themes(view: DispatchView, scope: Flags) -> dict[str, int]:
    """两稳四抓 tags (L32) → library projects."""
    marks, texts = codes(view.panel.latest, "themes")
    found: Counter[str] = Counter()
    for mark, projects in Counter(marks[scope].tolist()).items():
        for tag in texts[mark].replace("；", ";").split(";"):
            if tag.strip():
                found[tag.strip()] += projects
    return dict(sorted(found.items()))
