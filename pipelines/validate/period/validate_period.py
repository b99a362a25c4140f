"""Rules across units: they run when the month closes, over the rows that count (DESIGN §4). None of them rejects anything."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from expectations.catalogue import RULES, dispatch_rules, period_rules
from expectations.rule import Rule

from ...model.findings import RuleRun
from ...model.formulas import arithmetic
from ...model.programme import Programme
from .closing_rules import Beside, Closing, DispatchRegister, NotApplicable, PeriodFinding
from .cross_submission_rules import ACROSS, DISPATCH
from .ledger_rules import versions_at_due
from .unit_rules import VALUE_COLUMNS

__all__ = ["DETAIL_COLUMNS", "Beside", "PeriodFinding", "dispatch_items", "validate_period", "versions_at_due"]

DETAIL_COLUMNS = (
    "unit_code",
    "submission_id",
    "sheet",
    "row_no",
    "project_code",
    "explanation",
    "industry_code",
    *VALUE_COLUMNS,
)
"""Columns of the detail form that rules across units look at."""

_ALSO_PER_FILE = ("F01", "F03")
"""Rules judged on each file that run here across files, as queries."""


def validate_period(
    period: str, programme: Programme, current: Mapping[str, pa.Table], beside: Beside | None = None
) -> tuple[tuple[PeriodFinding, ...], tuple[RuleRun, ...]]:
    """Findings by unit, and how every rule across units fared.

    `current`: form → accepted rows of current submissions with the columns of its fact table, by submission and row (of the detail
    form: DETAIL_COLUMNS at least, in any order). A rule that could not ask all says in the reason of its run what it left open.
    `beside`: the ledger and last year's rows; without them the rules that need them are not applicable. Rules of scope dispatch are
    in the runs, their items are not findings (`dispatch_items` lists them). A rule that raises is `broken`; the others' results stand.
    """
    closing = Closing(period, programme, current, beside)
    findings: list[PeriodFinding] = []
    runs: list[RuleRun] = []
    asked = [*(r.id for r in period_rules(period)), *_ALSO_PER_FILE]
    with arithmetic():
        for rule_id in sorted(asked):
            found, run = _ask(RULES[rule_id], closing)
            findings.extend(found)
            runs.append(run)
        runs.extend(_ask(rule, closing)[1] for rule in dispatch_rules(period))
    return tuple(findings), tuple(runs)


def dispatch_items(
    period: str, programme: Programme, current: Mapping[str, pa.Table], register: DispatchRegister | None = None
) -> tuple[tuple[PeriodFinding, ...], tuple[RuleRun, ...]]:
    """The to-do items of the 经信局 (E12 overdue stages, F06 list floors, F07 leaders and teams) and how their rules fared."""
    closing = Closing(period, programme, current, Beside(register=register))
    with arithmetic():
        asked = [_ask(rule, closing) for rule in dispatch_rules(period)]
    return tuple(item for found, _ in asked for item in found), tuple(run for _, run in asked)


def _ask(rule: Rule, closing: Closing) -> tuple[tuple[PeriodFinding, ...], RuleRun]:
    if rule.unavailable:
        return (), RuleRun(rule.id, "not_applicable", reason=rule.unavailable)
    if rule.measure and rule.measure != closing.measure:
        reason = f"阈值按 {rule.measure} 设定 / thresholds are in {rule.measure}"
        return (), RuleRun(rule.id, "not_applicable", reason=reason)
    closing.undecided = []
    try:
        looked_at, found = (ACROSS.get(rule.id) or DISPATCH[rule.id])(rule, closing)
    except NotApplicable as why:
        return (), RuleRun(rule.id, "not_applicable", reason=str(why))
    except Exception as error:  # reported as broken; the caller fails the run without losing the other rules
        return (), RuleRun(rule.id, "broken", reason=f"{type(error).__name__}: {error}")
    return tuple(found), RuleRun(rule.id, "evaluated", looked_at, len(found), "；".join(closing.undecided))
