"""Findings, verdicts and the report every run gives of every rule (DESIGN §4, §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "query", "information"]
Scope = Literal["row", "file", "unit-history", "period", "dispatch"]
VerdictWord = Literal["accepted", "accepted_with_queries", "rejected", "unreadable"]

VERDICT_LABELS: Mapping[str, tuple[str, str]] = {
    "accepted": ("通过", "accepted"),
    "accepted_with_queries": ("通过，有待核实事项", "accepted with queries"),
    "rejected": ("退回更正", "rejected"),
    "unreadable": ("无法读取", "unreadable"),
    "unassigned": ("无法确认报送单位或报告期", "unit or period unknown"),
    "returned": ("市统计局退回", "returned by the bureau"),
}
"""A verdict in words for people, Chinese and English."""
PARTLY_ACCEPTED = ("部分采用", "accepted in part")
"""How a verdict reads where rows are held back: accepted never stands over what must be corrected."""


def verdict_label(word: str, held: int = 0) -> tuple[str, str]:
    """The verdict in words, Chinese and English; `held` rows were not accepted."""
    if held and word in ("accepted", "accepted_with_queries"):
        zh, en = PARTLY_ACCEPTED
        return (zh, en) if word == "accepted" else (f"{zh}，待核实", f"{en}, with queries")
    return VERDICT_LABELS.get(word, (word, word))


@dataclass(frozen=True)
class Finding:
    """One thing found by one rule at one place of one submission; text is already filled in, Chinese and English."""

    rule: str
    level: int
    severity: Severity
    message_zh: str
    message_en: str
    sheet: str = ""
    cell: str = ""
    row: int | None = None
    field: str = ""
    value: str = ""
    answered: bool = False
    """A query whose row (or file) carries an explanation (上报说明)."""


@dataclass(frozen=True)
class RuleRun:
    """How one rule fared over one submission: exactly one of evaluated, not applicable (reason), broken (reason)."""

    rule: str
    status: Literal["evaluated", "not_applicable", "broken"]
    rows: int = 0
    failed: int = 0
    reason: str = ""


@dataclass(frozen=True)
class RuleTotal:
    """How one rule fared over several submissions: those with this status and reason, and over them rows looked at and failed."""

    rule: str
    status: Literal["evaluated", "not_applicable", "broken"]
    reason: str
    submissions: int
    rows: int
    failed: int


@dataclass(frozen=True)
class Verdict:
    """The judgement of one submission. received = accepted + quarantined + not_data always holds."""

    word: VerdictWord
    received: int
    accepted: int
    quarantined: int
    not_data: int
    findings: tuple[Finding, ...]
    rule_runs: tuple[RuleRun, ...]
    quarantined_rows: tuple[int, ...] = ()

    @property
    def errors(self) -> int:
        return sum(f.severity == "error" for f in self.findings)

    @property
    def queries(self) -> int:
        return sum(f.severity == "query" for f in self.findings)

    @property
    def open_queries(self) -> int:
        """Queries that nobody has answered."""
        return sum(f.severity == "query" and not f.answered for f in self.findings)

    @property
    def passes_a_rules(self) -> bool:
        """Readable and clean of structural errors: what 'on time' asks for (domain_decisions §3)."""
        return self.word != "unreadable" and not any(
            f.severity == "error" and f.rule.startswith("A") for f in self.findings
        )
