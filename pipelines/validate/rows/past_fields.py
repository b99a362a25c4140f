"""Which columns of earlier accepted rows the rules of a form look at: of a country's month the others are two thirds of what would be
read, and nobody would look at them."""

from __future__ import annotations

from functools import cache

from expectations.catalogue import RULES
from expectations.catalogue.building import STAGES
from expectations.columns import CHECK_COLUMNS
from expectations.plan import columns_of
from expectations.rule import Given

from ...model.forms import FormLayout
from .frame_schema import EARLIER

IDENTITY = ("stat_project_no", "project_code", "area_code", "indicator", "scope")
"""What tells the rows of a form without a key apart."""
_BY_NAME = frozenset({"ytd", "ytd_last_year", "cum_total", "plan_total", "status", "correction_code", "project_name"})
"""Figures that are carried on (D, G), and what excuses a project that is there no more (A09, D07)."""
_OF_DERIVED = {
    "name_kept": "project_name",
    "bound_status_step": "status",
    **{f"{stage}_kept": f"{stage}_actual" for stage in STAGES},
}
"""Columns of the check frame that compare a field with its earlier value and are not called after it."""


def past_fields(layout: FormLayout) -> frozenset[str]:
    """Names of fields; those that a form does not have among them."""
    amount = (layout.amount,) if layout.amount else ()
    return _of_rules(layout.name) | {
        *IDENTITY,
        *layout.key,
        *amount,
        *_BY_NAME,
        *layout.history.recent_columns,
        "submission_id",
        "period",
    }


@cache
def _of_rules(form: str) -> frozenset[str]:
    checks = [check for rule in RULES.values() if rule.applies_to(form) for check in rule.checks]
    named = [check for check in checks if not isinstance(check.kwargs.get("column_list"), Given)]  # the key of the form
    names = {name for check in named for name in (*columns_of(check), *check.looks_at) if not isinstance(name, Given)}
    found = set()
    for name in names:
        prefix, _, field = name.partition("_")
        if name in _OF_DERIVED:
            found.add(_OF_DERIVED[name])
        elif prefix in EARLIER and name not in CHECK_COLUMNS:
            found.add(field)
    return frozenset(found)
