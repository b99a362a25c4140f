"""Documents about projects: library, stages, red flags, snails, lists, coverage, showcase."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np

from ...dispatch.achievements import achievements, new_starts
from ...dispatch.arrays import Flags, positions, wan_yuan
from ...dispatch.decision_history import PublicationPermit, permits
from ...dispatch.leaders import assignments
from ...dispatch.panel import Panel
from ...dispatch.plan_schedule import annual_plans
from ...dispatch.progress_lights import LIGHTS, lights, progress
from ...dispatch.red_flags import red_flags
from ...dispatch.snails import warned_projects
from ...dispatch.stage_board import FINISHED, StageBoard, current_stage, stage_board
from ...dispatch.unit_marks import flag_units, snail_units
from ...model.fields import STAGES
from .dispatch_view import DispatchView
from .documents import (
    AchievementRow,
    FlagsDocument,
    LibraryDocument,
    LibraryProject,
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
from .unit_standings import barred_units, standings_of


def library_document(view: DispatchView) -> LibraryDocument:
    """Every member of the library with plan, progress, light, stage and leader."""
    panel, members = view.panel, view.library.members
    colour, stage = lights(panel, view.policy), current_stage(panel)
    overdue, late = panel.overdue(), panel.overdue_days().max(axis=1, initial=0)
    parents, updated = panel.column("parent_code"), panel.column("updated_on")
    automation = panel.column("automation_rate")
    annual, annual_known = panel.quantity("annual_plan")
    output, output_known = panel.quantity("expected_output")
    led = {
        one.project_code: one.leader_name or one.leader_code
        for one in assignments(view.snapshot("leader_assignment"), view.decisions)
        if one.holds_on(view.snapshot_day)
    }
    tags = {code: set(positions(mask)) for code, mask in view.members.items()}
    frozen, revised = annual_plans(panel, view.frozen_plans(view.period.year)), annual_plans(panel, view.revised_plans)
    phases, sites, natures = panel.column("phase"), panel.column("site_code"), panel.column("nature")
    nature_names = view.programme.codes.lists.get("nature", {})
    capacities = _capacities(panel)
    names = (*STAGES, FINISHED)
    rows = []
    for n in positions(members):
        code = panel.project_codes[n]
        on = updated[n]
        rows.append(
            LibraryProject(
                project_code=code,
                name=view.names[code],
                unit=panel.unit_codes[n],
                parent_code=str(parents[n]) if parents[n] else None,
                plan_total=wan_yuan(panel.plan_total[n]),
                phase=int(str(phases[n])) if phases[n] is not None else None,
                site_code=str(sites[n]) if sites[n] else None,
                nature=nature_names.get(str(natures[n]), str(natures[n])) if natures[n] else None,
                not_applicable=[name for place, name in enumerate(STAGES) if not panel.applies[n, -1, place]],
                capacity=capacities[n],
                in_return=bool(panel.here[n]),
                annual_plan=frozen.get(code, wan_yuan(annual[n]) if annual_known[n] else None),
                annual_plan_revised=revised.get(code),
                planned_ytd=wan_yuan(panel.planned[n, -1]) if panel.planned_known[n, -1] else None,
                actual_ytd=wan_yuan(panel.actual[n, -1]),
                progress=progress(panel, n),
                light=LIGHTS[int(colour[n])],
                stage=names[int(stage[n])],
                overdue_stages=[name for place, name in enumerate(STAGES) if overdue[n, place]],
                overdue_days=int(late[n]),
                entry=view.library.entry(code),
                lists=[tag for tag, places in tags.items() if n in places],
                leader=led.get(code),
                expected_output=wan_yuan(output[n]) if output_known[n] else None,
                automation_rate=Decimal(str(automation[n])) if automation[n] is not None else None,
                days_since_update=(view.day - on).days if on is not None else None,  # type: ignore[operator]
            )
        )
    return LibraryDocument(
        period=str(view.period),
        as_of=view.as_of,
        total=len(rows),
        plan_total=wan_yuan(panel.plan_total[members].sum()),
        actual_ytd=wan_yuan(panel.actual[members, -1].sum()),
        left_by_decision=sorted(view.library.left),
        entered_without_return=sorted(view.library.unknown),
        missing_units=view.missing_units,
        projects=sorted(rows, key=lambda p: (p.unit, p.project_code)),
    )


def _capacities(panel: Panel) -> list[str | None]:
    """Designed capacity with its unit, by project."""
    (values, known), units = panel.quantity("capacity_value"), panel.column("capacity_unit")
    return [
        f"{wan_yuan(value).normalize():f} {unit or ''}".strip() if there else None
        for value, there, unit in zip(values.tolist(), known.tolist(), units, strict=True)
    ]


def stages_document(view: DispatchView, scope: str = "library") -> StagesDocument:
    """The board of a scope, and of each unit in it."""
    mask = view.scope(scope)
    board = stage_board(view.panel, mask, view.scope_before(scope))
    units = np.array(view.panel.unit_codes, dtype=object)
    own = [
        UnitStages(unit=unit, weakest=b.weakest, stages=_stage_rows(b))
        for unit in sorted(set(units[mask]))
        if (b := stage_board(view.panel, mask & (units == unit)))
    ]
    return StagesDocument(
        period=str(view.period),
        as_of=view.as_of,
        scope=scope,
        projects=int(mask.sum()),
        finished=board.finished,
        stages=_stage_rows(board),
        weakest=board.weakest,
        moves=[MoveRow(source=m.source, target=m.target, projects=m.projects) for m in board.moves],
        units=own,
    )


def _stage_rows(board: StageBoard) -> list[StageRow]:
    return [
        StageRow(
            stage=s.stage, due=s.due, overdue=s.overdue, in_stage=s.in_stage, median_dwell_days=s.median_dwell_days
        )
        for s in board.stages
    ]


def _flag_rows(view: DispatchView, allowed: dict[str, PublicationPermit]) -> list[MarkedProject]:
    flags = red_flags(view.panel, view.policy, view.library.members, view.open_findings)
    return [
        MarkedProject(
            project_code=flag.project_code,
            name=view.names[flag.project_code],
            unit=flag.unit_code,
            reasons=list(flag.reasons),
            since=str(view.period),
            exempt=False,
            progress=flag.progress,
            days_ahead=flag.days_ahead,
            may_be_named=flag.project_code in allowed,
        )
        for flag in flags
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
    units = snail_units(now.places, before.places if previous else (), now.city_growth, before.city_growth, view.policy)
    return SnailsDocument(
        period=str(view.period),
        as_of=view.as_of,
        edition=now.edition,
        projects=[
            MarkedProject(
                project_code=snail.project_code,
                name=view.names[snail.project_code],
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
        warned=[
            WarnedRow(
                project_code=one.project_code,
                name=view.names[one.project_code],
                unit=one.unit_code,
                light=one.light,
                progress=one.progress,
                start_overdue_months=one.start_overdue_months,
                overdue_days=one.overdue_days,
                noticed_on=view.noticed.get(one.project_code),
            )
            for one in warned_projects(view.panel, view.policy, view.library.members, view.snails)
        ],
    )


def showcase_document(view: DispatchView) -> ShowcaseDocument:
    """成果晾晒: achievements, red flags, what started and finished; a project is named outside only with a permit."""
    allowed = permits(view.decisions, view.today, "showcase")
    return ShowcaseDocument(
        period=str(view.period),
        as_of=view.as_of,
        achievements=[
            AchievementRow(
                kind=one.kind,
                project_code=one.project_code,
                name=view.names[one.project_code],
                unit=one.unit_code,
                state=one.state,
                days=one.days,
                on=one.on,
                may_be_named=one.project_code in allowed,
            )
            for one in achievements(view.panel, view.policy, view.panel.here)
        ],
        red_flags=_flag_rows(view, allowed),
        new_starts=[
            NewStartsRow(
                unit=one.unit_code,
                month_projects=one.month_projects,
                month_plan_total=one.month_plan_total,
                year_projects=one.year_projects,
                year_plan_total=one.year_plan_total,
            )
            for one in new_starts(view.panel, view.policy)
        ],
        by_theme=_themes(view, view.library.members),
    )


def _themes(view: DispatchView, scope: Flags) -> dict[str, int]:
    """两稳四抓 tags (L32) → library projects."""
    themes = view.panel.column("themes")
    found = Counter(
        tag.strip()
        for n in positions(scope)
        for tag in str(themes[n] or "").replace("；", ";").split(";")
        if tag.strip()
    )
    return dict(sorted(found.items()))
