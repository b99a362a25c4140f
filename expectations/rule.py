"""What a rule and its checks are. No Great Expectations here: `saima rules` and files that cannot be read must not wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "query", "information"]
Scope = Literal["row", "file", "unit-history", "period", "dispatch"]
Noted = Literal["", "amount", "date", "code"]
Need = Literal[
    "",
    "previous",
    "replaced",
    "earlier",
    "chain",
    "recent",
    "annual_final",
    "year_ago",
    "sibling",
    "totals",
    "city_month",
    "ledger",
]
"""What a rule looks at beyond the rows themselves: `previous` the last accepted month of the same year, `earlier` of any
year, `chain` the reporting period just before, `recent` up to six accepted months, `ledger` versions and their arrival."""


@dataclass(frozen=True)
class Given:
    """A value the programme supplies when the suite is composed, such as a code list."""

    name: str


@dataclass(frozen=True)
class Example:
    """A row the check stops and one it lets through, as changes to the clean row of the form (`expectations.examples.CLEAN`).

    Amounts in the form's measure (万元), months YYYY-MM. `at`: field the finding stands at (default the check's first).
    `notes`: (field, what the readers noted, text as sent) of the failing row. `beside`: further rows of the same file.
    `previous`, `final`, `year_ago`: the same row in the last accepted month, in last year's final, in the same month of
    last year; `recent`: by month. `form`: default the check's first form. Those of the catalogue have
    both sides; in tests `fails` may be None.
    """

    fails: Mapping[str, Any] | None
    passes: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
    notes: tuple[tuple[str, str, str], ...] = ()
    beside: tuple[Mapping[str, Any], ...] = ()
    previous: Mapping[str, Any] | None = None
    final: Mapping[str, Any] | None = None
    year_ago: Mapping[str, Any] | None = None
    recent: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    form: str = ""
    period: str = "2022-06"


@dataclass(frozen=True)
class Check:
    """One question of a rule that Great Expectations puts to every row of the check frame.

    `expectation` is a class of `great_expectations.expectations` or of `expectations.custom`, `kwargs` its arguments
    (columns are those of the check frame: amounts as integers of 1/10,000 of the form's measure, months as YYYYMM).
    `fields` are the fields of the form the messages name, first the one the finding stands at. A row counts as looked at
    where every column of `looks_at` has a value. `noted`: the finding names each cell that harmonize could not read,
    instead of `fields`. `each`: repeated for every field the layout wants filled (`required`), for every amount of a form that
    no other check of the rule names (`amount`), or for every count (`count`). `grouped`: a query about many rows of a file is
    one finding that counts them. Texts left empty are the rule's.
    `example`: a failing and a passing row; RULES.md shows them, the sample frames hold them, tests judge them.
    """

    id: str
    expectation: str
    kwargs: Mapping[str, Any]
    fields: tuple[str, ...] = ()
    looks_at: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    severity: Severity | None = None
    message_zh: str = ""
    message_en: str = ""
    noted: Noted = ""
    each: Literal["", "required", "amount", "count"] = ""
    grouped: bool = False
    example: Example | None = None


@dataclass(frozen=True)
class Rule:
    """An edit rule (审核关系) as the bureau signs it: one declaration.

    `level` is the ESS validation level 0–5. `needs` names what beyond the file's own rows the rule looks at, and so why it may
    not be applicable. `measure`: thresholds are in this measure and mean nothing in another. `since`/`until`: reporting
    periods (YYYY-MM), inclusive. `waiver`: how an error may be lifted. `revision` is raised when code outside the
    catalogue that evaluates the rule changes its answer. Rules without checks are evaluated outside Great Expectations:
    by the readers (A01–A07), over whole files (A08, D07, F01) or across units when the month closes (scope period).
    `kinds`: texts of the variants of a finding, by kind. `unavailable`: the reason, Chinese / English, of a rule whose data no
    form or list of this edition carries: it is reported as not applicable, never passed over.
    """

    id: str
    level: int
    severity: Severity
    scope: Scope
    forms: tuple[str, ...]
    formula: str
    message_zh: str
    message_en: str
    reason: str
    checks: tuple[Check, ...] = ()
    kinds: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    needs: Need = ""
    measure: str = ""
    since: str | None = None
    until: str | None = None
    waiver: Literal["none", "two_signatures"] = "two_signatures"
    revision: int = 1
    unavailable: str = ""

    def in_force(self, period: str) -> bool:
        """Valid in the reporting period (YYYY-MM)."""
        return (self.since is None or self.since <= period) and (self.until is None or period <= self.until)

    def applies_to(self, form: str) -> bool:
        return form in self.forms or self.forms == EVERY_FORM


EVERY_FORM = ("*",)
"""Forms of a rule that asks whatever form a programme has, also one that this catalogue has never heard of."""
PROJECT = ("project_month",)


def example_form(rule: Rule, check: Check, example: Example) -> str:
    """The form an example's rows are of."""
    named = (*check.forms, *(rule.forms if rule.forms != EVERY_FORM else PROJECT))
    return example.form or named[0]
