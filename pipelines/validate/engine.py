"""Judges all submissions of one form in a batch: one Great Expectations run, every rule accounted for, every error reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from expectations.catalogue import rules_of

from ..errors import Terminal
from ..model.findings import Finding, Verdict
from ..model.history import History
from ..model.periods import Period
from ..model.programme import Programme
from ..model.submissions import FormPart, Problem
from .batch_run import BatchRun
from .explanations import names_rule
from .rows.rule_health import count
from .rows.validation_batch import ValidationBatch
from .verdicts import problem_finding, refused, verdict

Candidate = tuple[str, FormPart, tuple[Problem, ...]]
"""(submission id, part, problems of the file as a whole)."""


def validate(form: str, parts: Sequence[Candidate], history: History, programme: Programme) -> dict[str, Verdict]:
    """submission id → verdict. `history` is that of the parts' units and period; where it holds nothing, rules on history
    are not applicable. For F01 it holds, as `sibling`, the unit_month of the same file or else the one that counts.

    A part with an error of A01–A07 is refused without importing Great Expectations. A broken rule is in every verdict's
    `rule_runs`; other rules' findings stand, and the caller fails the run.
    """
    if form not in programme.forms:
        raise Terminal(f"方案没有报表 {form}", f"the programme has no form {form}", ", ".join(programme.forms))
    verdicts: dict[str, Verdict] = {}
    for period, group in groupby(sorted(parts, key=lambda c: c[1].period or ""), key=lambda c: c[1].period or ""):
        verdicts.update(_validate_period(form, period, list(group), history, programme))
    return {submission: verdicts[submission] for submission, _, _ in parts}


def _validate_period(
    form: str, period: str, parts: Sequence[Candidate], history: History, programme: Programme
) -> dict[str, Verdict]:
    rules = rules_of(form, str(Period.parse(period).ends_in) if period else period)
    verdicts: dict[str, Verdict] = {}
    structural: dict[str, tuple[Finding, ...]] = {}
    sound: list[tuple[str, FormPart]] = []
    for submission, part, problems in parts:
        found = tuple(dict.fromkeys(problem_finding(p) for p in (*problems, *_own_problems(part))))
        if any(f.severity == "error" for f in found):
            verdicts[submission] = refused(part, found, rules)
        else:
            sound.append((submission, part))
            structural[submission] = tuple(_answered(f, part) for f in found)
    if not sound:
        return verdicts
    batch = ValidationBatch(
        form, programme.forms[form], tuple(s for s, _ in sound), tuple(p for _, p in sound), history, programme
    )
    done = BatchRun(batch, rules, period)
    for ordinal, (submission, part) in enumerate(sound):
        validated = done.submission(ordinal, structural[submission])
        verdicts[submission] = verdict(part, batch.layout, validated.findings, validated.failing_rows, validated.runs)
    _complete(form, [r.id for r in rules], verdicts)
    for validated_one in verdicts.values():
        count(validated_one.rule_runs)
    return verdicts


def _answered(found: Finding, part: FormPart) -> Finding:
    """A reader's query counts as answered where the 上报说明 of some row names its rule."""
    if found.severity != "query" or "explanation" not in part.rows.column_names:
        return found
    texts = set(part.rows["explanation"].to_pylist())
    return replace(found, answered=any(names_rule(text, found.rule) for text in texts))


def _own_problems(part: FormPart) -> tuple[Problem, ...]:
    """The part's problems; A07 is added where the readers left it to us."""
    silent = not part.rows.num_rows and not part.nil_return and not part.problems
    return (*part.problems, Problem("A07", part.sheet, params={"kind": "no_rows"})) if silent else part.problems


def _complete(form: str, rules: Sequence[str], verdicts: Mapping[str, Verdict]) -> None:
    """A rule that no verdict mentions ran nowhere: the house is broken."""
    for submission, validated in verdicts.items():
        silent = set(rules) - {run.rule for run in validated.rule_runs}
        if silent:
            names = ", ".join(sorted(silent))
            raise Terminal(
                f"{form} {submission}：规则 {names} 没有结果",
                f"{form} {submission}: no word of rules {names}",
                "请报告工程师 / tell the engineers",
            )
