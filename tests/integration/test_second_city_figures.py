"""Targets, factors, coverage, achievements, campaign and headline of the second city by the commands, each counted anew in plain
Python from the rows of its files over a year's end."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app

from . import second_city, second_city_bureau
from .second_city import MONTHS, STAGES, UNITS, Row, apart, end_of
from .second_city_bureau import CITY, CURVE, INDICATORS, TARGETS

pytestmark = pytest.mark.slow
APRIL = MONTHS[-1]
Told = dict[str, dict[str, list[Row]]]


class Desk:
    """The commands of this home, and the rows of its files."""

    def __init__(self, root: Path, seed: int) -> None:
        context, self.told = second_city_bureau.opened(root), second_city_bureau.population(seed)
        second_city.send(context, root / "in", self.told)
        self.home = context.settings.home
        for form, periods in self.told.items():
            words = {v.word for period in periods for v in context.warehouse.submissions(period, form=form)}
            assert words <= {"accepted", "accepted_with_queries"}, (form, words)

    def run(self, *words: str, at: str = "2023-05-22T09:00") -> Any:
        return CliRunner().invoke(app, [*words, "--home", str(self.home), "--now", at, "--json"])

    def ask(self, name: str, month: str = APRIL) -> dict[str, Any]:
        done = self.run("dispatch", name, month)
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def rows(self, month: str = APRIL) -> dict[str, Row]:
        return {row["project_code"]: row for row in self.told["dispatch_month"][month]}

    def official(self, month: str, area: str = CITY, indicator: str = INDICATORS[0]) -> Row:
        (row,) = [r for r in self.told["city_month"][month] if (r["area_code"], r["indicator"]) == (area, indicator)]
        return row

    def rate(self, month: str, area: str = CITY, indicator: str = INDICATORS[0]) -> Decimal:
        row = self.official(month, area, indicator)
        if "growth_official" in row:
            return Decimal(row["growth_official"].rstrip("%")) / 100
        rate = Decimal(row["ytd"]) / row["base"] - 1
        return rate.quantize(Decimal("0.000001"), ROUND_HALF_UP)


@pytest.fixture(scope="module", params=[3, 11])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("figures"), request.param)


def in_list(row: Row, name: str) -> bool:
    return bool(row["lists"] == "点名" if name == "点名" else row["plan_total"] >= 100_000)


def share(start: str, month: str, last: str) -> Decimal:
    """Of what is due from `start` to `last` the part due by `month`, on the curve; each year brings the same."""

    def done(text: str) -> Decimal:
        year, number = map(int, text.split("-"))
        return year + Decimal(CURVE.get(number, "0.05" if number == 1 else "0"))

    year, number = map(int, start.split("-"))
    before = done(f"{year}-{number - 1:02d}") if number > 1 else Decimal(year)
    return (done(month) - before) / (done(last) - before)


def counted(desk: Desk, target: tuple[str, ...]) -> tuple[Decimal | None, str]:
    """What is done of an amount target by April, and its state."""
    metric, scope, _, value, window, start, comparator = target
    last = f"{window}-12" if len(window) == 4 else window
    if metric == "list_ytd":
        members = [code for code, row in desk.rows().items() if in_list(row, comparator)]
        actual = sum(desk.rows()[code]["actual_ytd"] for code in members)
        if start == "2023-03":
            february = desk.rows("2023-02")
            actual -= sum(february[code]["actual_ytd"] for code in members if code in february)
    else:
        actual = desk.official(APRIL, scope)["ytd"]
        actual += desk.official("2022-12", scope)["ytd"] if start < "2023" else 0
    if actual >= Decimal(value):
        return actual, "met"
    if last <= APRIL:
        return actual, "missed"
    return actual, "on_track" if actual >= Decimal(value) * share(start, APRIL, last) else "behind"


def test_targets_and_comparisons(desk: Desk) -> None:
    document = desk.ask("targets")
    found = {
        (t["metric"], t["scope"], t["window"], t["comparator"]): t for t in (*document["targets"], *document["units"])
    }
    assert len(found) == len(TARGETS)
    for target in TARGETS:
        metric, scope, _, value, window, start, comparator = target
        one = found[metric, scope, window, comparator]
        if metric == "growth":
            bars = {m: Decimal(value) + (desk.rate(m, scope, comparator) if comparator else 0) for m in MONTHS}
            months = [m for m in MONTHS if m >= window[:7]]
            kept = all(desk.rate(m) > bars[m] or (not comparator and desk.rate(m) == bars[m]) for m in months)
            state = "missed" if not kept else "met" if window.endswith(APRIL) else "on_track"
            assert (one["actual"], one["value"]) == (float(desk.rate(APRIL)), float(bars[APRIL])), target
        else:
            actual, state = counted(desk, target)
            last = f"{window}-12" if len(window) == 4 else window
            assert Decimal(one["actual"]) == actual and Decimal(one["gap"]) == Decimal(value) - actual, target
            assert abs(Decimal(one["expected"]) - Decimal(value) * share(start, APRIL, last)) < Decimal("0.001"), target
        assert one["state"] == state, target
    faster, first = document["comparisons"]
    gap = desk.rate(APRIL) - desk.rate(APRIL, CITY, INDICATORS[1])
    assert (Decimal(str(faster["gap_pp"])), faster["state"]) == (gap * 100, "met" if gap > 0 else "behind")
    lead = desk.rate(APRIL, "331002") - desk.rate(APRIL)
    assert (Decimal(str(first["gap_pp"])), first["state"]) == (lead * 100, "met" if lead >= 0 else "behind")


def test_the_campaign_over_the_new_year_shows_every_week_it_knows(desk: Desk) -> None:
    (campaign,) = desk.ask("campaign")["campaigns"]
    begins, ends, day = date(2022, 12, 5), date(2023, 5, 14), date(2023, 4, 30)
    assert (campaign["day"], campaign["days"]) == ((day - begins).days + 1, (ends - begins).days + 1)
    members = {code for code, row in desk.rows().items() if in_list(row, "点名") or in_list(row, "big")}
    closes = {date(2022, 12, 31): "2022-12", date(2023, 2, 28): "2023-02", date(2023, 3, 31): "2023-03", day: APRIL}
    sums = {
        last: sum(row["actual_ytd"] for code, row in desk.rows(month).items() if code in members)
        for last, month in closes.items()
    }
    monday, weeks = begins, {}
    while monday <= day:
        sunday = monday + timedelta(days=6)
        known = [last for last in sums if last <= sunday and last.year == monday.year]
        weeks[monday.isoformat()] = str(sums[max(known)]) if known else None
        monday += timedelta(days=7)
    assert {one["monday"]: one["ytd"] for one in campaign["weeks"]} == weeks
    assert [one["id"] for one in campaign["targets"]] == ["T4"]


def test_coverage(desk: Desk) -> None:
    rows, found = desk.rows(), {}
    says = {row["reported_unit_code"] for row in rows.values() if row.get("stat_entry_ym")}
    for code, row in rows.items():
        if row["reported_unit_code"] in says and row.get("start_actual") and not row.get("stat_entry_ym"):
            found[code] = ("dispatch", row["start_actual"], apart(row["start_actual"], APRIL))
    for row in desk.told["approval_list"]["2023-04-12"]:
        told = rows.get(row["project_code"])
        spoken = told is not None and told["reported_unit_code"] in says
        if row["start_on"] and row["plan_total"] >= 500 and not spoken:
            month = f"{row['start_on']:%Y-%m}"
            found[row["project_code"]] = ("approval", month, apart(month, APRIL))
    document = desk.ask("coverage")
    assert {p["project_code"]: (p["source"], p["started"], p["months_waiting"]) for p in document["projects"]} == found
    assert document["total"] == len(found) > 10 and sum(document["by_unit"].values()) == len(found)


@pytest.mark.parametrize("month", ["2022-12", "2023-02", APRIL])
def test_achievements_and_themes(desk: Desk, month: str) -> None:
    rows, found = desk.rows(month), Counter[tuple[str, str, str]]()
    year, reports = month[:4], {"2023-02": ("2023-01", "2023-02")}.get(month, (month,))
    for code, row in rows.items():
        start, land = row.get("start_actual", ""), row.get("land_actual", "")
        trial, commissioned = row.get("trial_actual", ""), row.get("commission_actual", "")
        if start[:4] == year == land[:4]:
            found["three_in_one_year", code, "achieved" if commissioned[:4] == year else "on_course"] += 1
        if start and trial and (end_of(trial) - end_of(start)).days <= 100:
            found["hundred_days", code, "achieved"] += 1
        found["started", code, "achieved"] += start in reports
        found["commissioned", code, "achieved"] += commissioned in reports
    document = desk.ask("showcase", month)
    assert Counter((a["kind"], a["project_code"], a["state"]) for a in document["achievements"]) == +found
    themes: Counter[str] = Counter()
    for row in rows.values():
        if row["plan_total"] >= 80_000:
            themes.update(set(row["themes"].replace("；", ";").split(";")) - {""})
    assert document["by_theme"] == dict(themes)


def test_headline(desk: Desk) -> None:
    head = desk.ask("brief")["headline"]
    row, rate, total = desk.official(APRIL), desk.rate(APRIL), desk.rate(APRIL, CITY, INDICATORS[1])
    assert (Decimal(head["ytd"]), head["growth"], head["total_growth"]) == (row["ytd"], float(rate), float(total))
    points = (rate * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert f"{'增长' if rate > 0 else '下降'}{abs(points)}%" in head["text"]
    assert head["text"].startswith("1—4月，") and "总量居全省第三，增速居全省第十一" in head["text"]


def test_factors_go_down_the_ranking_within_the_budget_and_snails_get_none(desk: Desk) -> None:
    done = desk.run(
        "dispatch", "decide", "budget", "land", "70", "--as", "甲", "--document", "一号", "--from", "2023-04-01"
    )
    assert done.exit_code == 0, done.output
    document = desk.ask("factors")
    snails = {p["project_code"] for p in desk.ask("snails")["projects"]}
    assert set(document["barred"]) == snails and snails
    for block in document["factors"]:
        need = f"{block['factor']}_need"
        asked = {
            code: row[need]
            for code, row in desk.rows().items()
            if row["plan_total"] >= 80_000 and code not in snails and row.get(need)
        }
        assert Decimal(block["needed"]) == sum(asked.values())
        scores = {code: score(desk.rows()[code]) for code in asked}
        order = sorted(asked, key=lambda code: (-scores[code], asked[code], code))
        assert [(p["project_code"], Decimal(p["score"])) for p in block["projects"]] == [(c, scores[c]) for c in order]
        left = Decimal(70 if block["factor"] == "land" else 0)
        for place in block["projects"]:
            given = Decimal(place["need"]) if Decimal(place["need"]) <= left else Decimal(0)
            assert Decimal(place["proposed"]) == given
            left -= given
    queue = {p["project_code"]: (p["proposal"], p["step"]) for p in desk.ask("inspections")["queue"]}
    assert queue == dict.fromkeys(snails, ("open", "inspection"))


def score(row: Row) -> Decimal:
    """The bundled criteria read aloud: points between the anchors to the hundredth, then their weighted mean."""

    def points(value: Decimal, worst: str, best: str) -> Decimal:
        way = (value - Decimal(worst)) / (Decimal(best) - Decimal(worst))
        return (min(max(way, Decimal(0)), Decimal(1)) * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)

    output, reached = Decimal(row["expected_output"]), [s for s in STAGES if row.get(f"{s}_actual")]
    due = [s for s in STAGES if row[f"{s}_plan"] <= APRIL]
    wait = max(0, apart(APRIL, row["start_plan"]))
    parts = [
        (30, points(six(output / row["land_area"]), "100", "800")),
        (20, points(six(row["energy_use"] / output), "0.60", "0.05")),
        (20, points(six(Decimal(len(reached)) / 6), "0", "0.60")),
        (10, points(Decimal(wait), "12", "0")),
    ]
    if due:
        kept = [s for s in due if row.get(f"{s}_actual", "9999") <= row[f"{s}_plan"]]
        parts.append((20, points(six(Decimal(len(kept)) / len(due)), "0.50", "1.00")))
    mean = sum(weight * own for weight, own in parts) / sum(weight for weight, _ in parts)
    return mean.quantize(Decimal("0.01"), ROUND_HALF_UP)


def six(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def test_the_editions_over_the_new_year(desk: Desk) -> None:
    """Published month by month: rates and places, what a month brought, the four counts of the dispatch return, and the place taken up."""
    before: dict[str, Row] = {}
    for month in MONTHS:
        done = desk.run("month", month, "--sign-off-as", "甲")
        assert done.exit_code == 0, done.output
        folder = desk.home / "editions" / month / f"{month}-e1" / "published"
        document = json.loads((folder / "ranking.json").read_text("utf-8"))
        units = {unit["unit"]: unit for unit in document["units"]}
        levels = {row["reported_unit_code"]: row for row in desk.told["unit_month"][month]}
        rates = {u: Decimal(row["ytd"]) / desk.official(month, u)["base"] - 1 for u, row in levels.items()}
        assert {u: one["rank"] for u, one in units.items()} == {
            u: 1 + sum(other > rate for other in rates.values()) for u, rate in rates.items()
        }
        assert set(units) == set(UNITS)
        same_year = bool(before) and month != "2023-02"
        for unit, one in units.items():
            told = levels[unit]["ytd"]
            own = [row for row in desk.rows(month).values() if row["reported_unit_code"] == unit]
            due = [(row, s) for row in own for s in STAGES if row[f"{s}_plan"] <= month]
            starts = [r for r in own if r["plan_total"] >= 10_000 and f"{month[:4]}-01" <= r["start_plan"] <= month]
            counts = {
                "stage_punctuality": (sum(bool(r.get(f"{s}_actual")) for r, s in due), len(due)),
                "service": (sum(r["issues_closed"] for r in own), sum(r["issues_due"] for r in own)),
                "new_starts": (sum(bool(r.get("start_actual")) for r in starts), len(starts)),
            }
            found = {k: (int(one["counts"][k]["numerator"]), int(one["counts"][k]["denominator"])) for k in counts}
            assert found == counts, (month, unit)
            large = [row for row in own if row["plan_total"] >= 100_000]
            major = one["counts"]["major_projects"]
            assert (major is not None) == (len(large) >= 3)
            if major:
                assert int(major["numerator"]) == sum(row["actual_ytd"] for row in large)
            brought = told - before[unit]["ytd"] if same_year else told if month[5:] == "02" else None
            assert one["month"] == (None if brought is None else str(brought)), (month, unit)
            assert one["movement"] == (before[unit]["rank"] - one["rank"] if same_year else None)
            target = 200_000 + 50_000 * list(UNITS).index(unit)
            scheduled = told / (target * Decimal(CURVE[int(month[5:])])) if month > "2023" else None
            assert one["schedule_completion"] == (None if scheduled is None else float(scheduled))
        before = {unit: {"ytd": levels[unit]["ytd"], "rank": one["rank"]} for unit, one in units.items()}
    assert set(before) == set(UNITS)
