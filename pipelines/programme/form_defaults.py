"""What the file of a registered form may leave out: its order, role, amount, identities and history are known by its name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.model.forms import REGISTERED, FormLayout
from pipelines.model.history import HistoryNeeds

_WHO = ("reported_unit_code", "reported_unit_name")
_KNOWN: Mapping[str, Mapping[str, Any]] = {
    "unit_month": {
        "order": 10,
        "amount": "ytd",
        "identity": (*_WHO, "indicator", "scope"),
        "history": HistoryNeeds(year_ago=True),
    },
    "city_month": {
        "order": 20,
        "amount": "ytd",
        "identity": ("area_code", "area_name", "indicator", "scope"),
        "history": HistoryNeeds(year_ago=True),
    },
    "dispatch_month": {
        "order": 30,
        "amount": "actual_ytd",
        "identity": (*_WHO, "project_code", "project_name", "lists"),
    },
    "project_month": {
        "order": 40,
        "amount": "ytd",
        "movements": True,
        "identity": (
            *_WHO,
            "site_code",
            "stat_project_no",
            "project_code",
            "project_name",
            "owner_name",
            "uscc",
            "industry_code",
            "reg_type",
            "holding",
            "affiliation",
            "nature",
            "start_ym",
        ),
        "history": HistoryNeeds("unit_month", 6, ("stat_project_no", "month")),
    },
}
_ROLES = {form: role for role, form in REGISTERED.items()}


def with_defaults(layout: FormLayout, said: Collection[str], path: Path) -> FormLayout:
    """The layout with what its name tells where its file (keys `said`) does not; the amount of another form is its `ytd` where it has
    one. Columns and the sibling are taken only where they are there."""
    fields = {column.field for column in layout.columns}
    known: dict[str, Any] = {**_KNOWN.get(layout.name, {}), "role": _ROLES.get(layout.name)}
    known.setdefault("amount", "ytd")
    if known["amount"] not in fields:
        known["amount"] = ""
    known["identity"] = tuple(name for name in known.get("identity", ()) if name in fields)
    history: HistoryNeeds = known.get("history", layout.history)
    if history.sibling and not (path.parent / f"{history.sibling}.toml").is_file():
        known["history"] = replace(history, sibling="")
    return replace(layout, **{key: value for key, value in known.items() if key not in said})
