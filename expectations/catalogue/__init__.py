"""The rule catalogue (审核关系目录): one declaration a rule, no Great Expectations, nothing of `pipelines`.

Formulas and reasons: reference/domain.md §2.7 as overridden by domain_decisions §2. A rule is declared here when it runs.
"""

import json
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from ..rule import Rule
from .amount_rules import AMOUNT_RULES
from .building import BUILDING_RULES
from .cross_month_rules import MONTH_RULES
from .cross_table_rules import TABLE_RULES
from .cross_unit_rules import UNIT_RULES
from .dispatch_form_rules import DISPATCH_FORM_RULES
from .drift import DRIFT_RULES
from .funds import FUND_RULES
from .identity_rules import IDENTITY
from .names import NAME_RULES
from .stage_rules import STAGE_RULES
from .structure_rules import STRUCTURE
from .void_entries import VOID_RULES
from .whole import WHOLE_RULES

_DECLARED: tuple[Rule, ...] = (
    *STRUCTURE,
    *WHOLE_RULES,
    *IDENTITY,
    *NAME_RULES,
    *VOID_RULES,
    *AMOUNT_RULES,
    *FUND_RULES,
    *MONTH_RULES,
    *DRIFT_RULES,
    *STAGE_RULES,
    *BUILDING_RULES,
    *TABLE_RULES,
    *UNIT_RULES,
    *DISPATCH_FORM_RULES,
)
RULES: dict[str, Rule] = {rule.id: rule for rule in sorted(_DECLARED, key=lambda rule: rule.id)}
if len(RULES) != len(_DECLARED):  # the later of two would take the place of the other without a word
    raise ValueError(f"rule ids declared twice: {sorted(r.id for r in _DECLARED if RULES[r.id] is not r)}")


def _version(rules: dict[str, Rule]) -> str:
    content = json.dumps([_content(rule) for rule in rules.values()], ensure_ascii=False, sort_keys=True)
    return "r" + sha256(content.encode()).hexdigest()[:16]


def _content(rule: Rule) -> dict[str, Any]:
    """What decides a verdict: everything declared but the examples."""
    content = asdict(rule)
    for check in content["checks"]:
        del check["example"]
    return content


RULES_VERSION = _version(RULES)
"""Identity of the catalogue's content; part of every verdict's key. Code that evaluates a rule outside the catalogue counts
through the rule's `revision`."""


def rules_of(form: str, period: str) -> tuple[Rule, ...]:
    """Rules judged per submission of the form, in force in the period (YYYY-MM). Period rules run when the month closes, rules of
    scope dispatch feed the to-do list and never a return."""
    own = [r for r in RULES.values() if r.applies_to(form) and r.in_force(period)]
    return tuple(r for r in own if r.scope not in ("period", "dispatch"))


def period_rules(period: str) -> tuple[Rule, ...]:
    """Rules across units, in force in the period."""
    return tuple(r for r in RULES.values() if r.scope == "period" and r.in_force(period))


def dispatch_rules(period: str) -> tuple[Rule, ...]:
    """Rules that feed the 经信局's to-do list (E12, F06, F07), in force in the period."""
    return tuple(r for r in RULES.values() if r.scope == "dispatch" and r.in_force(period))
