"""Rule health: what every rule looked at and found in a run, and what it took. Great Expectations answers for many checks in one
pass, so its seconds are those of the run; a rule's own are what is spent on it outside: files as a whole, texts of findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from ...model.findings import RuleRun


@dataclass
class RuleHealth:
    """One rule over all submissions of a run; `broken` is the reason where it raised."""

    evaluated: int = 0
    not_applicable: int = 0
    rows: int = 0
    failed: int = 0
    seconds: float = 0.0
    broken: str = ""


@dataclass
class Health:
    """All rules of a run, and the passes of Great Expectations with their rows and seconds."""

    rules: dict[str, RuleHealth] = field(default_factory=lambda: defaultdict(RuleHealth))
    gx_runs: int = 0
    gx_rows: int = 0
    gx_seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """Health as JSON."""
        return {
            "gx": {"runs": self.gx_runs, "rows": self.gx_rows, "seconds": round(self.gx_seconds, 3)},
            "rules": [
                {
                    "id": rule,
                    "evaluated": one.evaluated,
                    "not_applicable": one.not_applicable,
                    "rows": one.rows,
                    "failed": one.failed,
                    "seconds": round(one.seconds, 4),
                    "broken": one.broken or None,
                }
                for rule, one in sorted(self.rules.items())
            ],
        }


_current: ContextVar[Health | None] = ContextVar("health", default=None)


@contextmanager
def recording() -> Iterator[Health]:
    """Everything judged inside is counted; inside another recording the outer one counts on."""
    outer = _current.get()
    health = outer or Health()
    token = _current.set(health)
    try:
        yield health
    finally:
        _current.reset(token)


@contextmanager
def spent_on(rule: str) -> Iterator[None]:
    """Time of one rule outside Great Expectations."""
    started = perf_counter()
    try:
        yield
    finally:
        health = _current.get()
        if health is not None:
            health.rules[rule].seconds += perf_counter() - started


@contextmanager
def gx_pass(rows: int) -> Iterator[None]:
    """One pass of Great Expectations over so many rows."""
    started = perf_counter()
    try:
        yield
    finally:
        health = _current.get()
        if health is not None:
            health.gx_runs += 1
            health.gx_rows += rows
            health.gx_seconds += perf_counter() - started


def count(runs: Iterable[RuleRun]) -> None:
    """How the rules fared over one submission, or over a closing."""
    health = _current.get()
    if health is None:
        return
    for run in runs:
        one = health.rules[run.rule]
        one.evaluated += run.status == "evaluated"
        one.not_applicable += run.status == "not_applicable"
        one.rows += run.rows
        one.failed += run.failed
        one.broken = run.reason if run.status == "broken" else one.broken
