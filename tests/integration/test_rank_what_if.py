"""`saima rank --method --what-if --groups --explain`: trials that leave no trace."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.errors import ConfigError, Refused

from .conftest import Jiaxing

pytestmark = pytest.mark.slow


def trial(jiaxing: Jiaxing, *words: str) -> dict[str, Any]:
    home = str(jiaxing.context.settings.home)
    done = CliRunner().invoke(app, ["rank", "2022-06", *words, "--home", home, "--json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_method_ranks_the_month_and_no_edition_comes_of_it(jiaxing: Jiaxing) -> None:
    warehouse = jiaxing.context.warehouse
    before = (warehouse.editions.all("2022-06"), len(warehouse.audit_entries()))
    own = trial(jiaxing, "--method", "SAIMA-1")
    edition: Any = before[0][-1].document
    assert {u["unit"]: (u["rank"], u["score"]) for u in own["units"]} == {
        u["unit"]: (u["rank"], u["score"]) for u in edition["units"]
    }
    for method in ("growth_rank", "rank_step", "ratio_cap", "target_gate", "minmax_60_40", "point_rules"):
        found = trial(jiaxing, "--method", method)
        ranks = [u["rank"] for u in found["units"] if u["rank"] is not None]
        assert found["what_if"] is True and found["method"] == method and ranks and ranks == sorted(ranks)
        assert (found["depends_on_others"] is not None) == (method in ("growth_rank", "rank_step", "minmax_60_40"))
    assert (warehouse.editions.all("2022-06"), len(warehouse.audit_entries())) == before


def test_a_file_changes_numbers_anchors_and_inputs(jiaxing: Jiaxing, tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text(
        '[method]\nkappa = "0"\n[indicators.service]\nweight = "0"\n[units.330424]\nytd = "900000"\nnew_starts = "1.0"\n',
        encoding="utf-8",
    )
    found = {u["unit"]: u for u in trial(jiaxing, "--what-if", str(file))["units"]}
    plain = {u["unit"]: u for u in trial(jiaxing, "--method", "SAIMA-1")["units"]}
    assert found["330424"]["rank"] < plain["330424"]["rank"] == found["330424"]["rank_in_edition"]
    assert found["330424"]["indicators"]["new_starts"]["value"] == 1.0
    assert found["330402"]["indicators"]["service"] == {"value": None, "points": None, "weight": "0"}
    assert found["330402"]["indicators"]["growth"]["value"] == pytest.approx(found["330402"]["growth"], abs=1e-8)


def test_the_options_of_snails_and_new_majors_are_counted_from_the_dispatch_returns(
    jiaxing: Jiaxing, tmp_path: Path
) -> None:
    file = tmp_path / "t.toml"
    file.write_text('[method]\nsnail_points = "0.3"\nnew_major_points = "0.5"\n', encoding="utf-8")
    deductions = {u["unit"]: u["deductions"] for u in trial(jiaxing, "--what-if", str(file))["units"]}
    home = str(jiaxing.context.settings.home)
    closed = jiaxing.context.warehouse.closings.all("2022-06")[
        -1
    ].closed_at.isoformat()  # what was known then is what counts
    asked = ["dispatch", "snails", "2022-06", "--as-of", closed, "--home", home, "--json"]
    listed = json.loads(CliRunner().invoke(app, asked).stdout)
    slow = Counter(p["unit"] for p in listed["projects"] if not p["exempt"])
    assert sum(slow.values()) >= 20
    method = jiaxing.context.programme.method
    expected = {unit: min(method.snail_cap, Decimal("0.3") * slow[unit]) for unit in deductions}
    assert {unit: Decimal(d["snails"]) for unit, d in deductions.items()} == expected
    assert any(Decimal(d["new_major_bonus"]) < 0 for d in deductions.values())
    assert "snails" not in trial(jiaxing, "--method", "SAIMA-1")["units"][0]["deductions"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[metod]\nkappa = 1", "metod"),
        ("[method]\ncolour = 1", "no such number: colour"),
        ('[indicators.beauty]\nweight = "3"', "no such indicator: beauty"),
        ('[units.999999]\nytd = "3"', "no such ranking unit: 999999"),
        ("[method", "not a readable TOML"),
        ('[units.330424]\nworkdays_late = "-1"', "workdays_late"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(jiaxing: Jiaxing, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "t.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        trial(jiaxing, "--what-if", str(file))


def test_anchors_keep_their_order_and_methods_their_names(jiaxing: Jiaxing, tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text('[indicators.growth]\nlo = "0.9"\n', encoding="utf-8")
    with pytest.raises(Refused, match="lo < mid < hi"):
        trial(jiaxing, "--what-if", str(file))
    with pytest.raises(Refused, match="no such method"):
        trial(jiaxing, "--method", "beauty")
    with pytest.raises(Refused, match="no such groups"):
        trial(jiaxing, "--groups", "colour")
    with pytest.raises(Refused, match="no such ranking unit"):
        trial(jiaxing, "--explain", "杭州")


def test_groups_and_the_explanation_of_a_unit(jiaxing: Jiaxing) -> None:
    found = trial(jiaxing, "--groups", "kind", "--explain", "嘉善县")
    zones = {u["unit"]: u["group_rank"] for u in found["units"] if u["group"] == "zone"}
    assert set(zones) == {"330471", "330472"} and zones["330472"] == 1
    told = found["explanation"]
    given = sum(float(c["gives"]) for c in told["contributions"]) - sum(map(float, told["deductions"].values()))
    assert given == pytest.approx(float(told["score"]), abs=0.005)
    assert {o["indicator"] for o in told["overtaking"]} <= {"new_starts", "stage_punctuality", "service"}
    assert told["above"] and float(told["distance"]) >= 0
    sizes = {u["group"] for u in trial(jiaxing, "--groups", "size")["units"]}
    assert sizes == {"large", "middle", "small"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[units.330424]\nytd = "1e400"\n', "units.330424.ytd: Input should be less than or equal to"),
        ('[method]\nkappa = "-1e13"\n', "method.kappa: Input should be greater than or equal to"),
        ('[indicators.growth]\nhi = "1e13"\n', "indicators.growth.hi"),
        ('[units.330424]\nnew_starts = "17"\n', "units.330424.new_starts"),
        ('[units.330424]\nservice = "-0.5"\n', "units.330424.service"),
        ('[units.330424]\nbase = "-1"\n', "units.330424.base"),
        ('[units."天上"]\nytd = "1"\n', "no such ranking unit: 天上"),
    ],
)
def test_numbers_that_no_method_can_rank_are_refused_by_their_place(
    jiaxing: Jiaxing, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "t.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        trial(jiaxing, "--what-if", str(file))
    assert said in refused.value.en


def test_a_unit_may_be_named_in_the_file(jiaxing: Jiaxing, tmp_path: Path) -> None:
    by_code, by_name = tmp_path / "code.toml", tmp_path / "name.toml"
    by_code.write_text('[units.330472]\nytd = "1"\n', encoding="utf-8")
    by_name.write_text('[units."港区"]\nytd = "1"\n', encoding="utf-8")
    first, second = (trial(jiaxing, "--what-if", str(file))["units"] for file in (by_code, by_name))
    assert first == second and next(u for u in first if u["unit"] == "330472")["rank"] > 1
    both = tmp_path / "both.toml"
    both.write_text('[units.330472]\nytd = "1"\n[units."港区"]\nytd = "2"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="stands twice"):
        trial(jiaxing, "--what-if", str(both))
