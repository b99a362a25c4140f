"""The catalogue as data: complete declarations, no Great Expectations, and what the custom expectations compute."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from expectations.catalogue import RULES, RULES_VERSION, _version
from expectations.codes import USCC_ALPHABET, valid_uscc
from expectations.edits import linear_edit_holds
from expectations.plan import FormSetup, columns_of, plan

ISSUE_2 = [
    "A01",
    "A02",
    "A03",
    "A04",
    "A05",
    "A06",
    "A07",
    "A08",
    "B01",
    "B02",
    "B04",
    "B05",
    "B07",
    "B08",
    "B13",
    "B14",
    "C01",
    "C02",
    "C03",
    "C04",
    "C05",
    "C06",
    "C07",
    "C08",
    "C09",
    "D01",
    "D02",
    "D03",
    "D07",
    "E01",
    "E02",
    "F01",
    "F02",
    "F03",
    "F10",
    "F16",
]


def test_the_rules_of_the_first_release_are_declared() -> None:
    assert set(ISSUE_2) <= set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda r: r.id)
def test_a_rule_is_declared_completely(rule: object) -> None:
    r = RULES[rule.id]  # type: ignore[attr-defined]
    assert 0 <= r.level <= 5 and r.forms
    for text in (r.formula, r.message_zh, r.message_en, r.reason):
        assert text.strip()
    assert "/" in r.reason and r.message_zh.endswith("。")
    assert r.message_zh.count("{") == r.message_zh.count("}")
    ids = [c.id for c in r.checks]
    assert len(ids) == len(set(ids)) and all(i.split(".")[0] == r.id for i in ids)
    if r.severity == "error" and r.level > 0:
        assert r.waiver == "two_signatures"


def test_severities_are_those_decided() -> None:
    queries = {"B04", "B05", "B08", "B13", "C08", "D01", "D03", "F02", "F10", "F12", "F16"}
    assert {i for i in RULES if RULES[i].severity == "query"} >= queries
    assert {c.id for c in RULES["C06"].checks if c.severity == "query"} == {"C06.sum"}
    assert {c.id for c in RULES["E02"].checks if c.severity is None} == {
        "E02.project_month.start_ym-prod_ym",
        "E02.dispatch_month.start_actual-commission_actual",
        "E02.dispatch_month.commission_actual-capacity_actual",
        "E02.dispatch_month.start_actual-capacity_actual",
        "E02.dispatch_month.start_actual-completion_actual",
    }


def test_the_version_follows_the_content() -> None:
    assert _version(RULES) == RULES_VERSION
    assert _version({**RULES, "C03": replace(RULES["C03"], revision=2)}) != RULES_VERSION


def test_reading_the_catalogue_does_not_import_great_expectations() -> None:
    code = (
        "import expectations.catalogue, expectations.plan, sys; assert 'great_expectations' not in sys.modules; "
        "assert not any(m.startswith('pipelines') for m in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def setup(**changes: object) -> FormSetup:
    values: dict[str, object] = {
        "form": "project_month",
        "fields": ["ytd", "cum_total", "plan_total", "stat_project_no", "project_name"],
        "required": ["project_name"],
        "key": ["submission", "stat_project_no"],
        "lists": {},
        "measure": "wan_yuan",
        "period": "2022-06",
    }
    return FormSetup(**{**values, **changes})  # type: ignore[arg-type]


def test_a_plan_asks_only_what_the_form_has() -> None:
    made = plan(setup())
    ids = {check.id for _, check in made.checks}
    assert {"C03.threshold", "C05.nested", "B07.key", "B14.project_name"} <= ids
    assert "C06.sum" not in ids and "C06" in made.absent and "B02" in made.absent
    assert "submission" in made.columns


def test_thresholds_in_yuan_are_not_asked_of_dollars() -> None:
    made = plan(setup(measure="USD"))
    assert {"C03", "C04", "D01", "D03", "F01"} <= set(made.absent)
    assert "C05.nested" in {check.id for _, check in made.checks}


@pytest.mark.parametrize("code", ["91110108551385082Q", "91350100M000100Y43"])
def test_known_social_credit_codes(code: str) -> None:
    assert valid_uscc(pa.array([code], pa.large_string())).tolist() == [True]
    for other in USCC_ALPHABET:
        changed = code[:-1] + other
        assert valid_uscc(pa.array([changed], pa.large_string())).tolist() == [changed == code]


def test_odd_social_credit_codes() -> None:
    odd = [
        "",
        "9111010855138508",
        "91110108551385082q",
        "９１１１０１０８５５１３８５０８２Ｑ",
        None,
        "91110108551385082Q\n",
        "O" * 18,
    ]
    assert not valid_uscc(pa.array(odd, pa.large_string())).any()


def test_social_credit_codes_of_a_slice_are_those_of_its_rows() -> None:
    codes = pa.array(["91110108551385082Q", None, "x", "91350100M000100Y43", "91350100M000100Y44"], pa.large_string())
    assert valid_uscc(codes.slice(1)).tolist() == [False, False, True, False]


def test_expectations_of_the_catalogue_are_stock_where_great_expectations_has_them() -> None:
    import great_expectations.expectations as stock

    from expectations import custom

    used = {check.expectation for rule in RULES.values() for check in rule.checks}
    own = {name for name in used if hasattr(custom, name)}
    assert own == {
        "ExpectLinearEditToHold",
        "ExpectColumnValuesToBeUnifiedSocialCreditCodes",
        "ExpectColumnValuesToNotMatchRegexUnless",
    }
    assert all(hasattr(stock, name) for name in used - own)


def test_the_linear_edit_is_exact_and_silent_about_blanks() -> None:
    frame = pd.DataFrame(
        {
            "a": pd.array([9007199254740993, 5, None, 5], dtype="Int64"),
            "b": pd.array([9007199254740992, 5, 1, None], dtype="Int64"),
            "c": [True, True, True, False],
        }
    )

    def holds(**kwargs: object) -> list[bool]:
        return linear_edit_holds(frame, **kwargs).tolist()  # type: ignore[arg-type, no-any-return]

    edit = {"coefficients": {"a": 1, "b": -1}}
    assert holds(**edit, relation="==") == [False, True, True, True]
    assert holds(**edit, relation="==", tolerance=1) == [True, True, True, True]
    assert holds(**edit, relation="<=") == [False, True, True, True]
    assert holds(**edit, relation=">=", constant=1) == [True, False, True, True]
    assert holds(**edit, relation="==", blank_is_zero=["b"]) == [False, True, True, False]
    assert holds(**edit, relation="==", blank_is_zero=["b"], any_filled=["b"]) == [False, True, True, True]
    assert holds(**edit, relation="==", where={"c": False}) == [True, True, True, True]


def test_text_is_never_added_up() -> None:
    with pytest.raises(TypeError, match="exact integers"):
        linear_edit_holds(pd.DataFrame({"a": [1.5]}), {"a": 1}, ">=")


def test_columns_of_every_planned_check_are_in_the_frame_asked_for() -> None:
    made = plan(setup())
    assert all(set(columns_of(check)) <= set(made.columns) for _, check in made.checks)


AMOUNTS = r"\{((?:previous|chain|opening)_(?:ytd|plan_total|cum_total|actual_ytd)|recent_month|sum|difference|tolerance|total|own|wider)\}"
"""Figures that a rule computes or takes from another return: no cell says their unit. (The figures of a cell carry theirs.)"""
COUNTED = {("F21", ""): "projects", ("F03", ""): "a cell"}
"""Rule and kind → what else such a figure is of."""
MEASURED = (("F10", "", "{ytd} {unit}", 1), ("F10", "", "{base} {unit}", 1), ("D11", "", "{base} {unit}", 1))


def test_every_computed_amount_is_told_with_its_unit_in_both_languages() -> None:
    """After the figure, or once in brackets behind the last of them."""
    looked_at = 0
    for rule in RULES.values():
        kinds = [("", rule.message_zh, rule.message_en), *((kind, *texts) for kind, texts in rule.kinds.items())]
        kinds += [("", c.message_zh, c.message_en) for c in rule.checks if c.message_zh]
        for kind, *texts in kinds:
            for text in texts if (rule.id, kind) not in COUNTED else ():
                bare = [found[1] for found in re.finditer(AMOUNTS + r"(?! \{unit\})", text)]
                looked_at += len(re.findall(AMOUNTS, text))
                assert not bare or "{unit}）" in text or "({unit})" in text, (rule.id, kind, bare, text)
            assert texts[0].count("{unit}") == texts[1].count("{unit}"), (rule.id, kind)
    assert looked_at > 100
    for rule_id, kind, said, times in MEASURED:
        texts = RULES[rule_id].kinds[kind] if kind else (RULES[rule_id].message_zh, RULES[rule_id].message_en)
        assert [text.count(said) for text in texts] == [times, times], rule_id


def test_a_total_is_one_whatever_blank_stands_between_its_characters() -> None:
    from expectations.catalogue.names import TOTAL_NAME

    blanks = [chr(n) for n in range(0x3100) if chr(n).isspace()]
    names = pd.Series([f"{blank}合{blank}计{blank}" for blank in blanks]).astype(str)
    assert names.str.contains(TOTAL_NAME).all() and all(re.search(TOTAL_NAME, name) for name in names)
    assert not names.array._needs_python_regex(TOTAL_NAME), "matched a column at a time"  # type: ignore[attr-defined]
