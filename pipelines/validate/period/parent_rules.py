"""F19: the figure that a parent (a city of a province's counties) reports itself, held against the sum of its units."""

from __future__ import annotations

from decimal import Decimal

from expectations.rule import Rule

from ..finding_texts import plain
from .closing_rules import Closing, Figure, NotApplicable, PeriodFinding


def parents_sum(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """Every figure of every parent that reports itself, for indicators whose values add up and where all its units are in."""
    roster, lead = closing.programme.roster, closing.programme.forms.get(closing.programme.lead_form)
    parents = roster.parents_at(closing.period)
    if not parents or lead is None:
        raise NotApplicable("没有上下级单位 / there are no parents of units")
    adding = {i.code for i in lead.indicators if i.total == "sum"}
    found: list[PeriodFinding] = []
    looked_at = 0
    for parent in parents:
        children = roster.children_at(parent.code, closing.period)
        for own in closing.reported:
            if own.area != parent.code or own.indicator not in adding or own.ytd is None:
                continue
            levels = [
                figure.ytd
                for child in children
                if (figure := closing.of_unit(child.code, own.indicator, own.scope)) is not None
                and figure.ytd is not None
            ]
            if len(levels) < len(children):
                continue
            looked_at += 1
            summed = sum(levels, Decimal(0))
            if abs(own.ytd - summed) > len(levels):
                found.append(_apart(rule, closing, own, summed, len(levels)))
    if not looked_at:
        raise NotApplicable("没有所属单位已报齐的上级数 / no parent has a figure and all its units")
    return looked_at, found


def _apart(rule: Rule, closing: Closing, own: Figure, summed: Decimal, units: int) -> PeriodFinding:
    assert own.ytd is not None
    names = {
        "area": closing.unit_name(own.area),
        "own": plain(own.ytd),
        "sum": plain(summed),
        "difference": plain(abs(own.ytd - summed)),
        "units": units,
    }
    return closing.about(rule, own, "ytd", names)
