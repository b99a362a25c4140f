"""The verdict of a file that gave no form at all."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.findings import RuleRun, Verdict, VerdictWord
from ..model.submissions import Problem
from .verdicts import problem_finding

_NEVER_OPENED = frozenset({"A01", "A02"})


def unreadable_verdict(problems: Sequence[Problem]) -> Verdict:
    """`unreadable` where A01 or A02 says so (or nothing does), else `rejected`; no rows, since none could be read."""
    findings = tuple(dict.fromkeys(problem_finding(p) for p in problems))
    failed = sorted({f.rule for f in findings})
    runs = tuple(RuleRun(rule, "evaluated", 1, sum(f.rule == rule for f in findings)) for rule in failed)
    word: VerdictWord = "unreadable" if not failed or _NEVER_OPENED & set(failed) else "rejected"
    return Verdict(word, 0, 0, 0, 0, findings, runs)
