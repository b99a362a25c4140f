"""What judging again changed: a corrected earlier month, a ruling or new rules give a version another verdict, and the findings
that came and went are listed (domain_decisions §3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...model.findings import Finding
from ...model.json_documents import ChangeDocument, finding_document
from ...model.loading import PastVerdict
from ...model.periods import Period
from ..records.finding_documents import finding_of
from ..runtime.context import Context

Cause = Literal["history", "rules", "programme"]


@dataclass(frozen=True)
class Change:
    """One version before and after. `causes`: what differs between the verdicts; `history` is earlier months, the sibling form
    and rulings."""

    before: PastVerdict
    after: PastVerdict
    appeared: tuple[Finding, ...]
    disappeared: tuple[Finding, ...]

    @property
    def causes(self) -> tuple[Cause, ...]:
        same = {
            "history": self.before.history_id == self.after.history_id,
            "rules": self.before.rules_version == self.after.rules_version,
            "programme": self.before.programme_version == self.after.programme_version,
        }
        return tuple(cause for cause in ("history", "rules", "programme") if not same[cause])

    def document(self) -> ChangeDocument:
        """The change as JSON."""
        one = self.after
        return {
            "unit": one.unit_code,
            "period": one.period,
            "form": one.form,
            "submission": one.submission_id,
            "version": one.version,
            "causes": list(self.causes),
            "judged_at": one.judged_at.isoformat(),
            "verdict_before": self.before.word,
            "verdict": one.word,
            "appeared": [finding_document(f) for f in self.appeared],
            "disappeared": [finding_document(f) for f in self.disappeared],
        }


def changes_of_period(context: Context, period: Period) -> list[Change]:
    """Versions of a month whose present verdict differs from the one before it."""
    found = context.warehouse.verdict_history.of_period(str(period))
    return _changes(context, [(own[-2], own[-1]) for own in found.values() if len(own) > 1])


def changes_since(context: Context, before: Mapping[str, str], submissions: Iterable[str]) -> list[Change]:
    """Versions whose verdict is not the one of `before` (submission → verdict_id) any more."""
    pairs = []
    for submission, own in context.warehouse.verdict_history.of_submissions(sorted(submissions)).items():
        old = next((one for one in own if one.verdict_id == before.get(submission)), None)
        if old is not None and old.verdict_id != own[-1].verdict_id:
            pairs.append((old, own[-1]))
    return _changes(context, pairs)


def _changes(context: Context, pairs: Sequence[tuple[PastVerdict, PastVerdict]]) -> list[Change]:
    """Read the findings of all verdicts at once; those that say the same are left out."""
    wanted = [one for pair in pairs for one in pair]
    findings: dict[str, list[Finding]] = defaultdict(list)
    if wanted:
        for row in context.warehouse.verdict_history.findings(wanted).to_pylist():
            findings[row["verdict_id"]].append(finding_of(row))
    done = []
    for before, after in pairs:
        old, new = Counter(findings[before.verdict_id]), Counter(findings[after.verdict_id])
        change = Change(before, after, _in_order(new - old), _in_order(old - new))
        if change.appeared or change.disappeared or before.word != after.word:
            done.append(change)
    return sorted(done, key=lambda c: (c.after.period, c.after.unit_code, c.after.form, c.after.version))


def _in_order(findings: Counter[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings.elements(), key=lambda f: (f.rule, f.row or 0, f.field, f.value)))
