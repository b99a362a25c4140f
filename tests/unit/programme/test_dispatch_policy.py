"""dispatch.toml: every error with its line; without the file the defaults of domain.md §4.3."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.model.dispatch_policy import DEFAULT_POLICY
from pipelines.model.programme import Programme

Loaded = Callable[[Path], Programme]


def test_the_bundled_policy_has_the_lists_targets_and_campaigns_of_the_article(jiaxing: Programme) -> None:
    policy = jiaxing.dispatch
    assert {rule.code: rule.expected_count for rule in policy.lists} == {
        "city_100m": 724,
        "province_1bn": 78,
        "newly_found_1bn": 5,
        "led_projects": None,
        "industry_10bn": None,
        "industry_100m": None,
        "advanced_manufacturing": None,
    }
    assert [name.id for name in policy.target_names] == ["T1", "T2", "T3", "T4"]
    assert {campaign.code for campaign in policy.campaigns} == {"hundred_days", "project_push", "985"}
    assert policy.cadence.helper_total == 1674


def test_a_programme_without_the_file_has_the_defaults(folder: Path, loaded: Loaded) -> None:
    before = loaded(folder).version
    (folder / "dispatch.toml").unlink()
    programme = loaded(folder)
    assert programme.dispatch == DEFAULT_POLICY
    assert programme.version == before, "what the loop makes of a return decides no verdict"
    steps = [(step.key, step.workdays) for step in DEFAULT_POLICY.steps]
    assert steps == [("slip", 3), ("inspection", 10), ("talk", 5), ("exposure", 10)]
    assert DEFAULT_POLICY.snails.exit_progress == Decimal("0.90")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[cadence]", "[cadences]", "cadences"),
        ("leader_silent_days = 30", "leader_silent_days = 0", "leader_silent_days"),
        ("[cadence]", '[lights]\nred = "1.2"\n[cadence]', "the red line must lie below"),
        ("ends = 2022-12-31", "ends = 2021-12-31", "ends before it begins"),
        ('parent = "hundred_days"', 'parent = "thousand_days"', "no such parent campaign: thousand_days"),
        ('lists = ["province_1bn"]', 'lists = ["province"]', "no such list: province"),
        ('targets = ["T3", "T4"]', 'targets = ["T9"]', "no such target: T9"),
        ('window = "2022-12"', 'window = "2023-12"', "targets.csv has no target for T3"),
        ('code = "labour"', 'code = "land"', "given twice: land"),
        (
            "[cadence]",
            '[[criteria]]\nkey = "need"\nzh = "a"\nen = "a"\nweight = "99"\nworst = "1"\nbest = "1"\n[cadence]',
            "must sum to 100",
        ),
        (
            "[cadence]",
            '[[criteria]]\nkey = "need"\nzh = "a"\nen = "a"\nweight = "100"\nworst = "1"\nbest = "1"\n[cadence]',
            "worst and best are the same",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(folder: Path, loaded: Loaded, old: str, new: str, said: str) -> None:
    file = folder / "dispatch.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as raised:
        loaded(folder)
    assert raised.value.file.endswith("dispatch.toml") and raised.value.line
