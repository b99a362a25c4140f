"""Great Expectations suites composed from the catalogue: one suite a form. Importing this imports Great Expectations."""

from collections.abc import Sequence

import great_expectations as gx
import great_expectations.expectations as stock
from great_expectations.expectations.expectation import Expectation

from . import custom
from .rule import Check, Given, Rule

_SEVERITY = {"error": "critical", "query": "warning", "information": "info"}


def expectation(rule: Rule, check: Check) -> Expectation:
    """The expectation of one check; `meta` says which rule it belongs to, and results are joined by `meta.id`."""
    cls = getattr(custom, check.expectation, None) or getattr(stock, check.expectation)
    severity = check.severity or rule.severity
    return cls(
        **check.kwargs,
        severity=_SEVERITY[severity],
        meta={
            "id": check.id,
            "rule": rule.id,
            "level": rule.level,
            "severity": severity,
            "formula": rule.formula,
            **_lists(rule, check),
        },
    )


def _lists(rule: Rule, check: Check) -> dict[str, dict[str, str]]:
    """Which arguments are lists that programmes supply, by name: a suite on disk can be given another programme's."""
    declared = next((c for c in rule.checks if c.id == check.id), check)
    named = {k: v.name for k, v in declared.kwargs.items() if isinstance(v, Given) and k == "value_set"}
    return {"lists": named} if named else {}


def compose(name: str, checks: Sequence[tuple[Rule, Check]]) -> gx.ExpectationSuite:
    """A suite of these checks. Refuses none at all: an empty suite succeeds on everything."""
    if not checks:
        raise ValueError(f"suite {name} has no expectation")
    return gx.ExpectationSuite(name=name, expectations=[expectation(rule, check) for rule, check in checks])
