"""The document of the dispatch library: every member with plan, progress, light, stage and leader."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa

from ...dispatch.arrays import Ints, bit_texts, wan_yuan, wan_yuans
from ...dispatch.panel import Panel
from ...dispatch.plan_schedule import annual_plans
from ...dispatch.progress_lights import LIGHTS, lights, progresses
from ...dispatch.stage_board import FINISHED, current_stage
from ...model.fields import STAGES
from .column_rows import Rows
from .dispatch_view import DispatchView
from .documents import LibraryDocument, LibraryProject


def library_document(view: DispatchView) -> LibraryDocument:
    """Every member of the library with plan, progress, light, stage and leader, by unit and code."""
    panel, members = view.panel, view.library.members
    places = panel.by_unit(members)
    at = places.tolist()
    codes = [panel.project_codes[n] for n in at]
    led = {one.project_code: one.leader_name or one.leader_code for one in view.leading}
    stages, by_decision = (*STAGES, FINISHED), view.library.by_decision
    natures = view.programme.codes.lists.get("nature", {})
    own = panel.columns(places, "parent_code", "phase", "site_code", "nature", "automation_rate", "updated_on")
    parents, phases, sites, nature, automation, updated = own
    signed, trial, commissioned = milestones(view, places, "signed_actual", "trial_actual", "commission_actual")
    tags = [mask[places] for mask in view.members.values()]
    rows = {
        "project_code": codes,
        "name": [view.names[n] for n in at],
        "unit": [panel.unit_codes[n] for n in at],
        "parent_code": [str(parent) if parent else None for parent in parents],
        "phase": [int(str(phase)) if phase is not None else None for phase in phases],
        "site_code": [str(site) if site else None for site in sites],
        "nature": [natures.get(str(one), str(one)) if one else None for one in nature],
        "not_applicable": bit_texts(~panel.applies[places, -1], STAGES),
        "capacity": _capacities(panel, places),
        "in_return": panel.here[places].tolist(),
        "plan_total": wan_yuans(panel.plan_total[places]),
        "annual_plan": _planned(panel, view.frozen_plans(view.period.year), places, "annual_plan"),
        "annual_plan_revised": _planned(panel, view.revised_plans, places),
        "planned_ytd": wan_yuans(panel.planned[places, -1], panel.planned_known[places, -1]),
        "actual_ytd": wan_yuans(panel.actual[places, -1]),
        "progress": progresses(panel, places),
        "light": [LIGHTS[light] for light in lights(panel, view.policy)[places].tolist()],
        "stage": [stages[stage] for stage in current_stage(panel)[places].tolist()],
        "signed": signed,
        "trial": trial,
        "commissioned": commissioned,
        "overdue_stages": bit_texts(panel.overdue()[places], STAGES),
        "overdue_days": panel.overdue_days()[places].max(axis=1, initial=0).tolist(),
        "entry": ["decision" if code in by_decision else "rule" for code in codes],
        "lists": bit_texts(np.stack(tags, axis=1), list(view.members)) if tags else [[] for _ in codes],
        "leader": [led.get(code) for code in codes],
        "expected_output": _amounts(panel, "expected_output", places),
        "automation_rate": [Decimal(str(rate)) if rate is not None else None for rate in automation],
        "days_since_update": [(view.day - on).days if on is not None else None for on in updated],
    }
    return LibraryDocument(
        period=str(view.period),
        as_of=view.as_of,
        total=len(at),
        plan_total=wan_yuan(panel.plan_total[members].sum()),
        actual_ytd=wan_yuan(panel.actual[members, -1].sum()),
        left_by_decision=sorted(view.library.left),
        entered_without_return=sorted(view.library.unknown),
        missing_units=view.missing_units,
        projects=Rows(LibraryProject, rows),
    )


def milestones(view: DispatchView, places: Ints, *names: str) -> list[list[str | None]]:
    """Months of what lies beside the six stages (签约, 生产调试, 投产; L10, L29), by project; None until it has come."""
    now = str(view.period)
    return [
        [str(month) if month and str(month) <= now else None for month in column]
        for column in view.panel.columns(places, *names)
    ]


def _planned(panel: Panel, plans: pa.Table | None, places: Ints, stated: str = "") -> list[Decimal | None]:
    """Investment planned for the year by rows of project_plan; where a project has none, what the return states in the column."""
    amounts, known = annual_plans(panel, plans)
    if stated:
        said, there = panel.quantity(stated)
        amounts, known = np.where(known, amounts, said), known | there
    return wan_yuans(amounts[places], known[places])


def _amounts(panel: Panel, name: str, places: Ints) -> list[Decimal | None]:
    values, known = panel.quantity(name)
    return wan_yuans(values[places], known[places])


def _capacities(panel: Panel, places: Ints) -> list[str | None]:
    """Designed capacity with its unit, by project."""
    (units,), values = panel.columns(places, "capacity_unit"), _amounts(panel, "capacity_value", places)
    return [
        None if value is None else f"{value.normalize():f} {unit or ''}".strip()
        for value, unit in zip(values, units, strict=True)
    ]
