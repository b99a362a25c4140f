"""A unit by whatever name people give it."""

from __future__ import annotations

from ...errors import Terminal
from ...model.programme import Programme
from ...model.units import Unit


def unit_of(programme: Programme, text: str) -> Unit:
    """The unit a person names; Terminal with the names there are."""
    found = programme.roster.find(text)
    if found is None:
        known = "、".join(f"{u.code} {u.name}" for u in programme.roster.units[:30])
        raise Terminal(f"没有这个单位：{text}", f"no such unit: {text}", f"可用 / known: {known}")
    return found
