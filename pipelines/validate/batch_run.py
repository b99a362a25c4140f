"""All rules over one batch: the checks through Great Expectations once, the rules over files one submission at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from expectations.catalogue import RULES
from expectations.edits import validated_rows
from expectations.plan import FormSetup, plan
from expectations.rule import Check, Noted, Rule

from ..model.fields import FIELDS, OWN_PREFIX, FieldType
from ..model.findings import Finding, RuleRun
from ..model.periods import Period
from ..model.programme import Programme
from .files.file_rules import FileRules
from .files.outcome import FileOutcome
from .finding_texts import FindingLocation, finding, percent, plain, unit_of
from .rows.check_frame import CheckFrame
from .rows.grouped_queries import grouped
from .rows.gx_run import Outcome, run
from .rows.required_cells import conditional
from .rows.row_findings import RowFinding, RowFindings
from .rows.rule_health import gx_pass, spent_on
from .rows.validation_batch import DATES, NAMES, NUMERIC, Flags, ValidationBatch
from .verdicts import QUARANTINED_AMOUNT_LIMIT

_CONDITIONS = ("coefficients", "blank_is_zero", "any_filled", "where", "given")


@dataclass(frozen=True)
class ValidatedFile:
    """Findings of one submission in order of row, the row numbers with an error, and how every rule fared."""

    findings: tuple[Finding, ...]
    failing_rows: tuple[int, ...]
    runs: tuple[RuleRun, ...]


class BatchRun:
    """Runs at construction; `submission` then cuts out one submission's share."""

    def __init__(self, batch: ValidationBatch, rules: Sequence[Rule], period: str) -> None:
        self._batch = batch
        self._rules = rules
        self._plan = plan(form_setup(batch.form, batch.programme, period))
        self._check_frame = CheckFrame(batch)
        self._file_rules = FileRules(batch, self._check_frame)
        self._seen: dict[str, list[int]] = {}
        self._failed: dict[str, list[int]] = {}
        self._absent = {r: RuleRun(r, "not_applicable", reason=why) for r, why in self._plan.absent.items()}
        self._broken: dict[str, str] = {}
        self._by_submission: dict[int, list[RowFinding]] = defaultdict(list)
        self._run_checks()

    def _run_checks(self) -> None:
        checks = self._plan.checks
        if not self._batch.size or not checks:
            return
        frame = self._check_frame.build(self._plan.columns)
        with gx_pass(len(frame)):
            outcomes = run(checks, frame)
        writer = RowFindings(self._batch, self._check_frame, frame)
        seen, failed = self._tally(checks, frame, outcomes, writer)
        for rule_id, mask in seen.items():
            self._seen[rule_id] = self._batch.per_submission(mask).tolist()
            self._failed[rule_id] = self._batch.per_submission(failed[rule_id]).tolist()

    def _tally(
        self,
        checks: Sequence[tuple[Rule, Check]],
        frame: pd.DataFrame,
        outcomes: dict[str, Outcome],
        writer: RowFindings,
    ) -> tuple[dict[str, Flags], dict[str, Flags]]:
        seen: dict[str, Flags] = {}
        failed: dict[str, Flags] = {}
        filled: dict[str, Flags] = {}
        for rule, check in checks:
            outcome = outcomes[check.id]
            if outcome.broken:
                self._broken[rule.id] = f"{check.id}: {outcome.broken}"
            mask = np.ones(len(frame), dtype=bool)
            for name in check.looks_at:
                if name not in filled:
                    filled[name] = frame[name].notna().to_numpy(dtype=bool)
                mask &= filled[name]
            if check.expectation == "ExpectLinearEditToHold":
                given: list[Any] = [check.kwargs.get(key) for key in _CONDITIONS]
                mask &= validated_rows(frame, *given)
            seen[rule.id] = seen.get(rule.id, False) | mask
            marks = failed.setdefault(rule.id, np.zeros(len(frame), dtype=bool))
            with spent_on(rule.id):
                for found in writer.of(rule, check, outcome.positions):
                    marks[found.position] = True
                    self._by_submission[int(self._batch.submission[found.position])].append(found)
        return seen, failed

    def submission(self, ordinal: int, structural: Sequence[Finding]) -> ValidatedFile:
        """Everything found in one submission; `structural` are the readers' findings that do not refuse it."""
        rows = sorted(self._by_submission.get(ordinal, ()), key=lambda f: f.position)
        held = sorted({f.position for f in rows if f.finding.severity == "error"})
        file_outcomes = self._ask_file_rules(ordinal)
        found = [*structural, *(f for o in file_outcomes.values() for f in o.findings), *grouped(rows)]
        share = self._quarantined_too_much(ordinal, held, file_outcomes)
        if share is not None:
            outcome = file_outcomes["F01"]
            file_outcomes["F01"] = FileOutcome(max(outcome.looked_at, len(held)), (*outcome.findings, share))
            found.append(share)
        numbers = tuple(int(n) for n in self._batch.row_no[held])
        runs = tuple(self._rule_run(rule, ordinal, structural, file_outcomes.get(rule.id)) for rule in self._rules)
        return ValidatedFile(tuple(found), numbers, runs)

    def _ask_file_rules(self, ordinal: int) -> dict[str, FileOutcome]:
        outcomes: dict[str, FileOutcome] = {}
        for rule, ask in self._asked.items():
            try:
                with spent_on(rule):
                    outcomes[rule] = ask(ordinal)
            except Exception as error:  # a rule that raises is reported as broken; the caller then fails the run
                self._broken[rule] = f"{type(error).__name__}: {error}"
        return outcomes

    @cached_property
    def _asked(self) -> dict[str, Callable[[int], FileOutcome]]:
        """The rules over files that are in force."""
        in_force = {r.id for r in self._rules if not self._kept_out(r)}
        return {rule: ask for rule, ask in self._file_rules.by_rule.items() if rule in in_force}

    def _kept_out(self, rule: Rule) -> bool:
        return bool(rule.unavailable or (rule.measure and rule.measure != self._batch.layout.measure))

    def _rule_run(
        self, rule: Rule, ordinal: int, structural: Sequence[Finding], outcome: FileOutcome | None
    ) -> RuleRun:
        if rule.id in self._broken:
            return RuleRun(rule.id, "broken", reason=self._broken[rule.id])
        if outcome is None and rule.id in self._absent:
            return self._absent[rule.id]
        if rule.level == 0:
            failed = sum(f.rule == rule.id for f in structural) if structural else 0
            return RuleRun(rule.id, "evaluated", self._batch.parts[ordinal].raw.num_rows, failed)
        seen = self._seen[rule.id][ordinal] if rule.id in self._seen else 0
        failed = self._failed[rule.id][ordinal] if rule.id in self._failed else 0
        if outcome is not None and not outcome.reason:
            seen, failed = max(seen, outcome.looked_at), failed + len(outcome.findings)
        if seen or (outcome is not None and not outcome.reason):
            return RuleRun(rule.id, "evaluated", seen, failed)
        return RuleRun(rule.id, "not_applicable", reason=(outcome.reason if outcome else self._why_not(rule, ordinal)))

    def _why_not(self, rule: Rule, ordinal: int) -> str:
        history = self._batch.unit_history(ordinal)
        history_index = self._check_frame.history_index
        if not self._batch.parts[ordinal].rows.num_rows:
            return "零报送，没有数据行 / nil return without data rows"
        if rule.needs in ("previous", "chain", "earlier"):
            if history.previous is None:
                return "本单位没有更早的已接受数据 / no earlier accepted month of the unit"
            if rule.needs != "earlier" and not history_index.same_year(ordinal):
                return "本年首次报送 / first accepted month of the year"
            if rule.needs == "chain" and not history_index.consecutive(ordinal):
                return f"上次接受的是 {history.previous_period}，中间有缺期 / last accepted {history.previous_period}, a month is missing"
        if rule.needs == "replaced" and history.replaces is None:
            return "没有被替换的版本 / no version of the month is replaced"
        if rule.needs == "annual_final" and history.annual_final is None:
            return "没有上年 12 月或年报定案数据 / no annual final of last year"
        if rule.needs == "recent" and not history.recent:
            return "本单位没有更早的已接受数据 / no earlier accepted month of the unit"
        if rule.needs == "year_ago" and history.year_ago is None:
            return "没有上年同期数据 / no figures of the same month last year"
        return "没有可供比较的值 / no row has the values it compares"

    def _quarantined_too_much(
        self, ordinal: int, held: Sequence[int], outcomes: dict[str, FileOutcome]
    ) -> Finding | None:
        """F01's second half: where the form lets failing rows be held back, they may hold at most 0.5 % of the unit's
        investment. Where a figure could not be read, what is missing from the unit's total counts as held back."""
        part, layout = self._batch.parts[ordinal], self._batch.layout
        few = Decimal(len(held)) <= layout.partial_max_share * part.rows.num_rows
        if not held or not layout.partial or not few or "F01" not in outcomes:
            return None
        start = int(self._batch.start[ordinal])
        ytd = part.rows["ytd"]
        added = pc.sum(ytd).as_py() or Decimal(0)
        amount = pc.sum(pc.abs(ytd.take(pa.array([p - start for p in held])))).as_py() or Decimal(0)
        total = self._file_rules.unit_total(ordinal)
        if total is not None and self._file_rules.total_slipped(ordinal, added, total):
            total = None
        if total is not None and self._file_rules.unreadable_ytd(ordinal):
            amount += abs(total - added)
        whole = total if total is not None else added
        if amount <= QUARANTINED_AMOUNT_LIMIT * abs(whole):
            return None
        rule = RULES["F01"]
        share = percent(amount / abs(whole)) if whole else "100 %"
        names = {
            "rows": len(held),
            "sum": plain(amount),
            "share": share,
            "unit": unit_of(part.measure or layout.measure),
        }
        place = FindingLocation(part.sheet, field="ytd", value=plain(amount))
        english = {"unit": unit_of(part.measure or layout.measure, english=True)}
        return finding(rule, rule.kinds["quarantined"], place, names, english)


def form_setup(form: str, programme: Programme, period: str) -> FormSetup:
    """What the suite takes from layout and programme; `period` is YYYY-MM."""
    layout = programme.forms[form]
    month = Period.parse(period).ends_in
    lists = {f"list:{name}": (*codes, *codes.values()) for name, codes in programme.codes.lists.items()}
    units = [u.code for u in programme.roster.units if u.valid_at(month)]
    fields = [c.field for c in layout.columns]
    kinds = {FIELDS[name].type for name in fields}
    noted: dict[Noted, frozenset[FieldType]] = {"amount": NUMERIC, "date": DATES, "code": NAMES}
    return FormSetup(
        form=form,
        fields=fields,
        required=[c.field for c in layout.columns if c.non_empty],
        conditional=conditional(layout),
        key=["submission", *layout.key] if layout.key else [],
        lists={**lists, "industries": tuple(programme.codes.industries), "areas": [*units, programme.city_code or ""]},
        measure=layout.measure,
        period=str(month),
        amounts=[name for name in fields if FIELDS[name].type in ("amount", "quantity")],
        counts=[n for n in fields if FIELDS[n].type == "integer" and not n.startswith(OWN_PREFIX)],
        noted=[name for name, types in noted.items() if kinds & types],
    )
