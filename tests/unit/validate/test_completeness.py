"""Nothing of the catalogue is without proof: every rule of domain.md trips and passes somewhere, every other message kind is said,
and severity, scope and forms are those that the documents decided. The table is written from the documents, not from the catalogue:
domain.md §2.7 as overridden by domain_decisions.md §2, scopes by DESIGN §4. Kinds of the readers: tests/integration/test_every_kind.py.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from expectations.catalogue import RULES
from pipelines.model.findings import Finding
from pipelines.model.history import History
from pipelines.model.submissions import Problem
from pipelines.validate.engine import validate

from . import test_drift_rules, test_file_limits, test_grouped_queries, test_period_limits, test_required_cells

P, U, C, D = "project_month", "unit_month", "city_month", "dispatch_month"
EVERY = "*"
ISSUES, LEADERS, HELPERS, VISITS = "issue_log", "leader_assignment", "helper_roster", "visit_log"
ADDED = {
    *[
        "A12",
        "A13",
        "A14",
        "B15",
        "B16",
        "C19",
        "C20",
        "D14",
        "E14",
        "E15",
        "E16",
        "E17",
        "E18",
        "F16",
        "F17",
        "F18",
        "F19",
        "F20",
        "F21",
        "G",
    ],
    *(f"H{n:02d}" for n in range(1, 16)),
}
"""Rules that the documents do not number: decided since, in pipelines/DECISIONS.md."""
READERS = {f"A0{n}" for n in range(1, 8)}
DECIDED = f"""
error file {EVERY}: A01 A02 A03 A04 A05 A06 A07
error file {EVERY}: A08
query unit-history {P}: A09 B10 D01 D03 D05 D06 D09 D10
query unit-history {P} {U}: D08
information period {EVERY}: A10
error file {U} {C}: A13
error unit-history {EVERY}: A12
information file {EVERY}: A11 A14 E13
error row {EVERY}: B01 B07 B14 C01 C02
error row {P} {D}: B15
error row {P}: C20
query row {P}: C19
error unit-history {P}: D14
error unit-history {P} {D}: D07
error row {D}: E14 E18
query row {U}: F20
query unit-history {P}: F21
error row {P}: B02 B11 C03 C04 C05 C06 C07 C09 C11 C14 C15 C17 E05 E06 E07
query row {P}: B03 B06 B09 B12 C08 C10 C12 C13 C16 C18 D04 D12 E08 E09 E11
query row {EVERY}: B04 B05 B13 B16
query period {P}: B08 F08 F09 F14
error unit-history {P}: D02 D13 F01
query period {P} {U}: D11
error row {EVERY}: E01
error row {D}: E15
query row {D}: E17
query unit-history {D}: E16
error row {P} {D}: E02
query row {D}: E03 E04
error unit-history {P} {D}: E10
information dispatch {D}: E12 F06 F07
query period {U} {C}: F02
error row {U} {C}: F03
error period {U}: F04 F05
query period {U}: F10 F13 F16 F18 F19
error row {C}: F11
query period {C}: F12
information period {EVERY}: F15
query unit-history {U}: F17
error unit-history {P} {U} {D} approval_list: G
error row project_plan: H01
error row {D}: H14
error row {D} approval_list {C}: H15
error row {ISSUES}: H02
query row {ISSUES}: H11
error row {LEADERS} {HELPERS}: H03
error row {LEADERS}: H04
query row service_memo: H05
error row {VISITS}: H06 H07
query row {D}: H08 H09
error row inspection_reply: H10
query row {LEADERS} {HELPERS}: H12
query row {ISSUES} {D} approval_list inspection_reply: H13
"""
"""Severity, scope, forms: rules. A10 needs the ledger and F15 the arrival, so they are asked when the month closes; a rule that
reads an earlier or a sibling submission has the scope unit-history, one that looks at the row and the calendar alone is a row's."""
LESSER = {
    "A08": "error query",
    "A13": "error query",
    "B06": "error query",
    "C09": "error query",
    "D14": "error query",
    "C06": "error query",
    "D02": "error query",
    "D05": "error query",
    "E02": "error query",
    "E10": "error query",
    "F03": "error query",
    "F11": "error query",
    "G": "error query",
}
"""Rules with two severities: A08 up to a thousandth, A13 what was reported last month, B06 most sites elsewhere, C06 the sum of the parts, C09 documented, D02 and D14 corrected downwards, D05 beyond 30 %, E02 the trial
production, E10 stages of administrative data, F03 across files, F11 a base that only differs, G on one signal."""
WITHOUT_DATA = {"B11", "B12", "F04", "F08", "F09"}
"""No form or list of this edition carries what they compare: reported as not applicable, with the reason."""


def decided() -> dict[str, tuple[str, str, set[str]]]:
    found = {}
    for line in DECIDED.strip().splitlines():
        head, _, rules = line.partition(": ")
        severity, scope, *forms = head.split()
        for rule in rules.split():
            assert rule not in found, rule
            found[rule] = (severity, scope, set(forms))
    return found


def test_the_catalogue_has_every_rule_of_the_documents_and_no_other() -> None:
    letters = {"A": 11, "B": 14, "C": 18, "D": 13, "E": 13, "F": 15}
    written = {f"{letter}{n:02d}" for letter, last in letters.items() for n in range(1, last + 1)}
    assert len(written) == 84
    assert set(RULES) == set(decided()) == {*written, *ADDED}


@pytest.mark.parametrize("rule", RULES)
def test_severity_scope_and_forms_are_those_decided(rule: str) -> None:
    found = RULES[rule]
    assert (found.severity, found.scope, set(found.forms)) == decided()[rule]


def test_only_the_rules_decided_have_a_second_severity() -> None:
    by_check = {r.id for r in RULES.values() if any(c.severity not in (None, r.severity) for c in r.checks)}
    assert by_check <= set(LESSER)
    assert by_check == {"C06", "C09", "D02", "D14", "D05", "E02", "E10", "F11", "G"}


FILES = ("A08 a thousandth", "A12 confirmed", "B06 most elsewhere", "F01 a total in 亿", "G ytd alone", "held back")
MONTHS = ("D11 divisions", "F01 beyond it", "F03 more", "F12 total, more")
NOTED = {P: ("C01", "ytd"), U: ("B14", "indicator"), D: ("E01", "start_actual")}
"""What a reader could not read: in an amount, a code and a date."""
UNREAD = {"kind": "unread_total", "severity": "query", "value": "约18003", "count": "1"}
"""What harmonize says of a total it could not read (tests/unit/harmonize/test_figures_in_doubt.py)."""


@pytest.fixture(scope="module")
def told(make: Any, scenario: Any, programme: Any) -> list[Finding]:
    """What files and months found that trip the rules with several sentences, in one run a form."""
    tables = {**test_file_limits.CASES, **test_drift_rules.CASES}
    nine = [{"stat_project_no": f"N{n}"} for n in range(9)]
    files = {name: scenario(**tables[name][1]) for name in FILES if name in tables}
    files["held back"] = scenario([*nine, {**test_file_limits.SMALL, "ytd": 12000, "stat_project_no": "S"}])
    found = [f for verdict in make.judge_all(files).values() for f in verdict.findings]
    unread = make.part(P, {}, problems=(Problem("A08", "表", "X9", 9, "ytd", "约18003", UNREAD),))
    found += validate(P, [("s", unread, ())], History(), programme)["s"].findings
    no_day = make.part("visit_log", {"visited_on": None})
    found += validate("visit_log", [("s", no_day, ())], History(), programme)["s"].findings
    for name in MONTHS:
        findings, _ = test_period_limits.judged(make, programme, test_period_limits.CASES[name][1])
        found += [f.finding for f in findings]
    for form, parts in test_required_cells.files(make, programme).items():
        found += [f for verdict in validate(form, parts, History(), programme).values() for f in verdict.findings]
    found += test_required_cells.left_out(make, programme).findings
    found += test_grouped_queries.library(make, programme, capacity_actual=None).findings
    for form, (rule, at) in NOTED.items():
        parts = [("stranger", make.part(form, {}, unit="999999"), ())]
        for kind in RULES[rule].kinds:
            field = "start_on" if kind.endswith("_day") else at
            note = [{"row_no": 4, "field": field, "code": kind.removesuffix("_day"), "raw": "约三千"}]
            parts.append((kind, make.part(form, {field: None}, notes=note), ()))
        found += [f for verdict in validate(form, parts, History(), programme).values() for f in verdict.findings]
    figures = test_drift_rules.FIGURES
    copied = test_drift_rules.judged(make, programme, U, figures, figures, previous="before", previous_period="2022-05")
    return [*found, *copied.findings]


KINDS = [(r.id, kind) for r in RULES.values() if r.id not in READERS for kind in r.kinds]


def says(template: str, sentence: str) -> bool:
    pieces = [re.escape(piece) for piece in re.split(r"\{\w[^{}]*\}", template)]
    return re.search(".*".join(pieces) + r"\Z", sentence, re.DOTALL | re.IGNORECASE) is not None


@pytest.mark.parametrize(("rule", "kind"), KINDS)
def test_every_kind_of_a_message_is_said_somewhere(rule: str, kind: str, told: list[Finding]) -> None:
    zh, en = RULES[rule].kinds[kind]
    own = [f for f in told if f.rule == rule]
    assert any(says(zh, f.message_zh) and says(en, f.message_en) for f in own), {f.message_zh for f in own}


def test_a_rule_without_checks_has_a_case_that_trips_it_and_one_that_passes() -> None:
    """Rules with checks carry both examples (test_examples.py), the readers' have a file each."""
    tripped, passed = set(READERS), set(READERS)
    for rule, _, severity, looked_at, _ in test_file_limits.CASES.values():
        if looked_at is not None:
            (tripped if severity else passed).add(rule)
    for _, _, _, rule, severity, *_ in test_required_cells.CASES.values():
        (tripped if severity else passed).add(rule)
    for rule, _, asked, looked_at in test_period_limits.CASES.values():
        if looked_at is not None:
            (tripped if asked else passed).add(rule)
    outside = {r.id for r in RULES.values() if not r.checks and not r.unavailable}
    assert outside - tripped == set() and outside - passed == set()
    for rule in set(RULES) - outside - WITHOUT_DATA:
        assert all(check.example is not None for check in RULES[rule].checks) and RULES[rule].checks, rule


def test_rules_without_data_say_so(make: Any, programme: Any) -> None:
    assert {r.id for r in RULES.values() if r.unavailable} == WITHOUT_DATA
    runs = {r.rule: r for r in validate(P, [("s", make.part(P, {}), ())], History(), programme)["s"].rule_runs}
    _, month = test_period_limits.judged(make, programme, test_period_limits.Month(dispatch=({},)))
    for rule in WITHOUT_DATA:
        run = runs.get(rule) or month[rule]
        assert run.status == "not_applicable" and " / " in run.reason
