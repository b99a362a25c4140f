"""The document of the dispatch library: every member with plan, progress, light, stage and leader."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from ...dispatch.arrays import Ints, bit_texts, wan_yuan, wan_yuans
from ...dispatch.panel import Panel
from ...dispatch.plan_schedule import annual_plans
from ...dispatch.progress_lights import LIGHTS, lights, progresses
from ...dispatch.stage_board import FINISHED, current_stage
from ...model.fields import STAGES
from .dispatch_view import DispatchView
from .documents import LibraryDocument, LibraryProject


def library_document(view: DispatchView) -> LibraryDocument:
    """Every member of the library with plan, progress, light, stage and leader, by unit and code."""
    panel, members = view.panel, view.library.members
    places = panel.by_unit(members)
    names = (*STAGES, FINISHED)
    led = {
        one.project_code: one.leader_name or one.leader_code
        for one in view.assignments
        if one.holds_on(view.snapshot_day)
    }
    codes = [panel.project_codes[n] for n in places.tolist()]
    frozen, revised = annual_plans(panel, view.frozen_plans(view.period.year)), annual_plans(panel, view.revised_plans)
    stated = _amounts(panel, "annual_plan", places)
    tags = (
        np.stack([mask[places] for mask in view.members.values()], axis=1)
        if view.members
        else np.zeros((len(codes), 0))
    )
    planned = wan_yuans(panel.planned[places, -1], panel.planned_known[places, -1])
    own = panel.columns(places, "parent_code", "phase", "site_code", "nature", "automation_rate", "updated_on")
    parents, phases, sites, natures, automation, updated = own
    nature_names = view.programme.codes.lists.get("nature", {})
    columns = zip(
        codes,
        [panel.unit_codes[n] for n in places.tolist()],
        parents,
        phases,
        sites,
        natures,
        bit_texts(~panel.applies[places, -1], STAGES),
        _capacities(panel, places),
        panel.here[places].tolist(),
        wan_yuans(panel.plan_total[places]),
        stated,
        planned,
        wan_yuans(panel.actual[places, -1]),
        progresses(panel, places),
        lights(panel, view.policy)[places].tolist(),
        current_stage(panel)[places].tolist(),
        bit_texts(panel.overdue()[places], STAGES),
        panel.overdue_days()[places].max(axis=1, initial=0).tolist(),
        bit_texts(tags.astype(np.int64), list(view.members)),
        _amounts(panel, "expected_output", places),
        automation,
        updated,
        strict=True,
    )
    rows = [
        LibraryProject(
            project_code=code,
            name=view.names[code],
            unit=unit,
            parent_code=str(parent) if parent else None,
            phase=int(str(phase)) if phase is not None else None,
            site_code=str(site) if site else None,
            nature=nature_names.get(str(nature), str(nature)) if nature else None,
            not_applicable=not_applicable,
            capacity=capacity,
            in_return=in_return,
            plan_total=plan_total,
            annual_plan=frozen.get(code, annual),
            annual_plan_revised=revised.get(code),
            planned_ytd=planned_ytd,
            actual_ytd=actual_ytd,
            progress=p,
            light=LIGHTS[light],
            stage=names[stage],
            overdue_stages=overdue,
            overdue_days=days,
            entry=view.library.entry(code),
            lists=lists,
            leader=led.get(code),
            expected_output=output,
            automation_rate=Decimal(str(rate)) if rate is not None else None,
            days_since_update=(view.day - on).days if on is not None else None,
        )
        for (
            code,
            unit,
            parent,
            phase,
            site,
            nature,
            not_applicable,
            capacity,
            in_return,
            plan_total,
            annual,
            planned_ytd,
            actual_ytd,
            p,
            light,
            stage,
            overdue,
            days,
            lists,
            output,
            rate,
            on,
        ) in columns
    ]
    return LibraryDocument(
        period=str(view.period),
        as_of=view.as_of,
        total=len(rows),
        plan_total=wan_yuan(panel.plan_total[members].sum()),
        actual_ytd=wan_yuan(panel.actual[members, -1].sum()),
        left_by_decision=sorted(view.library.left),
        entered_without_return=sorted(view.library.unknown),
        missing_units=view.missing_units,
        projects=rows,
    )


def _amounts(panel: Panel, name: str, places: Ints) -> list[Decimal | None]:
    values, known = panel.quantity(name)
    return wan_yuans(values[places], known[places])


def _capacities(panel: Panel, places: Ints) -> list[str | None]:
    """Designed capacity with its unit, by project."""
    (units,) = panel.columns(places, "capacity_unit")
    return [
        None if value is None else f"{value.normalize():f} {unit or ''}".strip()
        for value, unit in zip(_amounts(panel, "capacity_value", places), units, strict=True)
    ]
