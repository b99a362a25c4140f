"""Rules across units: they run when the month closes, over the rows that count (DESIGN §4). None of them rejects anything."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from expectations.catalogue import RULES, period_rules
from expectations.rule import Rule

from ..model.findings import RuleRun
from ..model.formulas import arithmetic
from ..model.programme import Programme
from .across import ACROSS, CrossRule
from .closing import Closing, NotApplicable, PeriodFinding

__all__ = ["PeriodFinding", "judge_period"]


def judge_period(
    period: str, programme: Programme, current: Mapping[str, pa.Table]
) -> tuple[tuple[PeriodFinding, ...], tuple[RuleRun, ...]]:
    """Findings by unit, and how every rule across units fared.

    `current`: form → accepted rows of current submissions with the columns of its fact table. F01 and F03, which also run on
    each file, run here across files, as queries. A rule that raises is `broken`; the others' results stand.
    """
    closing = Closing(period, programme, current)
    findings: list[PeriodFinding] = []
    runs: list[RuleRun] = []
    asked = [*(r.id for r in period_rules(period)), "F01", "F03"]
    with arithmetic():
        for rule_id in sorted(asked):
            found, run = _ask(RULES[rule_id], ACROSS[rule_id], closing)
            findings.extend(found)
            runs.append(run)
    return tuple(findings), tuple(runs)


def _ask(rule: Rule, cross: CrossRule, closing: Closing) -> tuple[tuple[PeriodFinding, ...], RuleRun]:
    if rule.measure and rule.measure != closing.measure:
        reason = f"阈值按 {rule.measure} 设定 / thresholds are in {rule.measure}"
        return (), RuleRun(rule.id, "not_applicable", reason=reason)
    try:
        looked_at, found = cross(rule, closing)
    except NotApplicable as why:
        return (), RuleRun(rule.id, "not_applicable", reason=str(why))
    except Exception as error:  # reported as broken; the caller fails the run without losing the other rules
        return (), RuleRun(rule.id, "broken", reason=f"{type(error).__name__}: {error}")
    return tuple(found), RuleRun(rule.id, "evaluated", looked_at, len(found))
