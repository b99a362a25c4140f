"""Another programme is another folder: a province of 90 counties under 11 cities with profits and losses, and units that state growth
alone, each a whole month through `saima month`."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import REPOSITORY

from .other_programmes import (
    CITIES,
    COUNTIES,
    PERIOD,
    city_code,
    city_table,
    county_codes,
    figures,
    growth_file,
    growth_only,
    province,
    put,
)

pytestmark = pytest.mark.slow

FURTHER = '[[further]]\nindicator = "profit"\n'
NOUNS = 'whole_zh = "全省"\nwhole_en = "the province"\nabove_zh = "全国"\nabove_en = "the country"\n'
NAMES = "code,name,valid_to\n330103,老三县,2024-12\n330104,新四县,\n"
CHANGED = {
    "330101": (10_000, 10_000, -500, -400, ""),
    "330102": ("*", 10_000, 20, -300, "扭亏"),
    "330103": (11_000, 10_000, -100, -400, ""),
}


@dataclass
class Month:
    """What `saima month` printed, and the folder it published."""

    told: dict[str, Any]
    folder: Path
    home: Path

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "ranking.json").read_text(encoding="utf-8"))
        return found

    def units(self, further: bool = False) -> dict[str, dict[str, Any]]:
        units = (self.document["further"][0] if further else self.document)["units"]
        return {unit["unit"]: unit for unit in units}

    def lines(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((self.folder / name).read_text(encoding="utf-8-sig").splitlines()))

    @property
    def text(self) -> str:
        return (self.folder / "notes.txt").read_text(encoding="utf-8")

    @property
    def page(self) -> str:
        return (self.folder / "index.html").read_text(encoding="utf-8")


def saima(home: Path, *arguments: str) -> Any:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SAIMA")}
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli.app", *arguments, "--home", str(home), "--json"],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run(home: Path, programme: Path) -> Month:
    now = ("--now", "2024-08-01 10:00")
    told = saima(home, "month", PERIOD, "--programme", str(programme), *now, "--sign-off-as", "演示签署人")
    assert told["state"] == "published", told
    return Month(told, Path(told["path"]).parent, home)


@pytest.fixture(scope="module")
def ninety(tmp_path_factory: pytest.TempPathFactory) -> Month:
    folder, home = tmp_path_factory.mktemp("province"), tmp_path_factory.mktemp("home")
    programme = province(folder, method=FURTHER, more=NOUNS, names=NAMES)
    for city in range(CITIES):
        changed = CHANGED if city == 0 else {}
        own = (102_700, 90_000, 1, 2) if city == 1 else None
        put(home / "inbox", f"{city_code(city)}/6月.csv", city_table(city, changed, own))
    return run(home, programme)


def test_eleven_files_are_ninety_returns(ninety: Month) -> None:
    assert ninety.told["units"] == {"expected": 90, "received": 90, "late": 0, "rejected": 0, "missing": 0}
    units = ninety.units()
    assert len(units) == COUNTIES
    order = sorted((code for city in range(CITIES) for code in county_codes(city)), key=lambda c: -figures_of(c)[0])
    ranks = {code: unit["rank"] for code, unit in units.items()}
    assert ranks["330102"] is None and ranks[order[0]] == 1 and ranks["331108"] == 1
    output, base = figures_of("330504")[:2]
    assert units["330504"]["growth"] == pytest.approx(output / base - 1)


def figures_of(code: str) -> tuple[int, int, int, int]:
    return figures(int(code[2:4]) - 1)[code]


def test_a_unit_that_reported_is_not_called_missing(ninety: Month) -> None:
    unit = ninety.units()["330102"]
    assert (unit["state"], unit["rank"], unit["remarks"]) == ("unranked", None, ["不予公布"])
    assert "未报" not in ninety.text and "不予公布1个" in ninety.text
    status = saima(ninety.home, "status", PERIOD, "--now", "2024-08-01 10:00")
    assert {u["state"] for u in status["units"]} <= {"accepted", "accepted_with_queries"}


def test_a_total_says_what_it_covers(ninety: Month) -> None:
    document = ninety.document
    assert document["city"]["coverage"] == {"units": 89, "of": 90}
    assert "仅为已报的89个单位合计" in ninety.text and "(89 of 90 units)" in ninety.text
    assert "coverage" not in document["further"][0]["city"]


def test_nouns_are_the_programme_s(ninety: Month) -> None:
    assert "全省工业总产值" in ninety.text and "in the province was" in ninety.text
    assert "the the" not in ninety.text and "全市" not in ninety.text and "全市" not in ninety.page


def test_losses_are_told_in_words_and_have_no_place(ninety: Month) -> None:
    profit = ninety.units(further=True)
    marks = {code: profit[code].get("growth_mark") for code in ("330101", "330102", "330103", "330104", "330206")}
    assert marks == {
        "330101": "loss_widened",
        "330102": "turned_profit",
        "330103": "loss_narrowed",
        "330104": None,
        "330206": "turned_loss",
    }
    for code, mark in marks.items():
        assert (profit[code]["growth"] is None) == (profit[code]["rank"] is None) == (mark is not None), code
        assert profit[code]["state"] == "scored"
    assert max(u["growth"] for u in profit.values() if u["growth"] is not None) < 1
    for word in ("增亏", "减亏", "扭亏为盈", "由盈转亏"):
        assert word in ninety.page
    assert {line["unit_code"]: line["growth_mark"] for line in ninety.lines("ranking_profit.csv")}[
        "330101"
    ] == "loss_widened"


def test_a_city_stands_beside_the_sum_of_its_counties(ninety: Month) -> None:
    groups = {group["unit"]: group for group in ninety.document["parents"]}
    assert len(groups) == CITIES
    first, second, third = (groups[city_code(n)] for n in range(3))
    assert first["coverage"] == {"units": 8, "of": 9} and first["residual"] is None and first["own"] is True
    assert (second["ytd"], second["summed_ytd"], second["residual"]) == ("102700", "102600", "100")
    assert third["residual"] == "0" and third["growth"] == pytest.approx(0.235)
    assert [line["residual"] for line in ninety.lines("parents.csv")][:3] == ["", "100", "0"]
    asked = {(f["unit"], f["rule"]) for f in saima(ninety.home, "report", PERIOD)["queries"] if f["rule"] == "F19"}
    # the first city's own profit was not changed with its counties', its output has no sum while a county is suppressed
    assert asked == {(city_code(0), "F19"), (city_code(1), "F19")}


def test_a_name_holds_for_its_months(ninety: Month) -> None:
    units = ninety.units()
    assert (units["330103"]["name"], units["330104"]["name"]) == ("老三县", "新四县")


def test_the_books_agree(ninety: Month) -> None:
    audit = saima(ninety.home, "audit")
    assert audit["ok"], [check for check in audit["checks"] if check["failed"]]


def test_without_levels_no_text_tells_one(tmp_path: Path) -> None:
    programme = province(tmp_path / "programme", method=FURTHER, more=NOUNS)
    method = programme / "method.toml"
    method.write_text(
        method.read_text(encoding="utf-8").replace("show_levels = true", "show_levels = false"), encoding="utf-8"
    )
    for city in range(CITIES):
        put(tmp_path / "home" / "inbox", f"{city_code(city)}/6月.csv", city_table(city))
    month = run(tmp_path / "home", programme)
    document = month.document
    assert document["city"]["ytd"] is None and document["further"][0]["city"]["ytd"] is None
    assert {group["summed_ytd"] for group in document["parents"]} == {None}
    assert "全省工业总产值同比增长" in month.text and "was up" in month.text
    total = sum(values[0] for city in range(CITIES) for values in figures(city).values())
    for text in (
        month.text,
        month.page,
        json.dumps(document),
        *(p.read_text(encoding="utf-8") for p in month.folder.glob("*.csv")),
    ):
        assert str(total) not in text and f"{total / 10_000:,.2f}" not in text


def test_growth_alone_can_rank(tmp_path: Path) -> None:
    programme = growth_only(tmp_path / "programme")
    for name in ("杭州市", "宁波市", "温州市", "嘉兴市", "湖州市"):
        put(tmp_path / "home" / "inbox", f"{name}.csv", growth_file(name))
    month = run(tmp_path / "home", programme)
    units = {unit["name"]: unit for unit in month.document["units"]}
    assert [(u["name"], u["rank"]) for u in month.document["units"]] == [
        ("宁波市", 1),
        ("温州市", 1),
        ("杭州市", 3),
        ("嘉兴市", 4),
        ("湖州市", None),
        ("绍兴市", None),
    ]
    assert units["宁波市"]["growth_official"] == 0.064 and units["宁波市"]["ytd"] is None
    assert (units["湖州市"]["state"], units["绍兴市"]["state"]) == ("unranked", "missing")
    assert units["湖州市"]["remarks"] == ["暂缺"]
    assert month.told["units"]["missing"] == 1 and "未报1个（绍兴市）" in month.text
    assert month.document["city"]["ytd"] is None and "亿元" not in month.text.split("说明")[0].split("\n\n")[1]
    assert "工业增加值</th>" not in month.page
