"""When an issue of a log is due: on its own day, else when the working days of its class are over (domain.md L14, an SLA a class). A row
with neither would never fall overdue, so the form asks for the day there (B14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..model.dispatch_policy import DispatchPolicy
from ..model.forms import FormLayout, RequiredCells

LOG, DUE, CLASS = "issue_log", "due_on", "issue_class"


def with_issue_deadlines(
    forms: Mapping[str, FormLayout], policy: DispatchPolicy, codes: Mapping[str, Mapping[str, str]]
) -> dict[str, FormLayout]:
    """The forms, where the issue log has to give the day for the classes that dispatch.toml gives no working days. `codes`: field → code →
    Chinese."""
    layout = forms.get(LOG)
    if layout is None or not any(column.field == DUE and not column.non_empty for column in layout.columns):
        return dict(forms)
    served = {name for kind in policy.issue_classes for name in (kind.code, kind.zh, *kind.names)}
    open_ended = tuple(code for code, zh in codes.get(CLASS, {}).items() if served.isdisjoint((code, zh)))
    if not open_ended:
        return dict(forms)
    asked = RequiredCells(fields=(DUE,), where={CLASS: open_ended})
    return {**forms, LOG: replace(layout, required_cells=(*layout.required_cells, asked))}
