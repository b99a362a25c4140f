"""What the bureau and the offices of the second city add to the returns: targets, a seasonal curve, its own lists of comparisons and
campaigns, official figures, approval lists; and what the projects need of factors and have reached beyond the six stages."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from random import Random

from expectations.examples import CLEAN
from pipelines.flow.runtime.context import Context, open_context
from pipelines.settings import REPOSITORY, Settings

from . import second_city
from .second_city import MONTHS, UNITS, Row

CITY = "331000"
INDICATORS = ("manufacturing_investment", "total_investment")
CURVE = {
    2: "0.10",
    3: "0.22",
    4: "0.30",
    5: "0.41",
    6: "0.55",
    7: "0.62",
    8: "0.70",
    9: "0.80",
    10: "0.88",
    11: "0.95",
    12: "1",
}
TARGETS = (
    # metric, scope, operator, value, window, accumulate_from, comparator
    ("growth", CITY, ">=", "0.05", "2023-02..2023-04", "2023-01", ""),
    ("growth", CITY, ">", "0.01", "2023-03..2023-06", "2023-01", "total_investment"),
    ("ytd", CITY, ">=", "900000", "2023-12", "2023-01", ""),
    ("ytd", CITY, ">=", "1500000", "2023-06", "2022-01", ""),
    ("list_ytd", CITY, ">=", "40000", "2023-09", "2023-03", "点名"),
    ("list_ytd", CITY, ">=", "20000", "2023-04", "2023-01", "big"),
    *(
        ("annual_investment", unit, ">=", str(200_000 + 50_000 * n), "2023", "2023-01", "")
        for n, unit in enumerate(UNITS)
    ),
)
POLICY = """
[[comparisons]]
id = "faster"
zh = "制造业快于固投"
en = "faster than total"
left = "manufacturing_investment"
left_area = "331000"
right = "total_investment"
right_area = "331000"

[[comparisons]]
id = "first"
zh = "椒江快于全市"
en = "Jiaojiang faster than the city"
operator = ">="
left = "manufacturing_investment"
left_area = "331002"
right = "manufacturing_investment"
right_area = "331000"

[[target_names]]
id = "T4"
metric = "list_ytd"
scope = "331000"
comparator = "点名"
window = "2023-09"

[[campaigns]]
code = "winter"
zh = "冬季攻坚"
en = "winter"
starts = 2022-12-05
ends = 2023-05-14
lists = ["big", "named"]
targets = ["T4"]
"""


def make_programme(folder: Path, bureau: bool = True) -> Path:
    """The folder of the second city with these; without the bureau's form what the units send is measured."""
    second_city.make_programme(folder)
    bundled = REPOSITORY / "pipelines" / "programmes" / "jiaxing" / "forms"
    for form in ("city_month", "approval_list") if bureau else ("approval_list",):
        shutil.copy(bundled / f"{form}.toml", folder / "forms")
    method = (
        (folder / "method.toml")
        .read_text(encoding="utf-8")
        .replace('"submission"', '"bureau"' if bureau else '"submission"')
    )
    method = method.replace("public_ranking = false", "public_ranking = true")
    (folder / "method.toml").write_text(method, encoding="utf-8")
    (folder / "dispatch.toml").write_text(second_city.POLICY + POLICY, encoding="utf-8")
    calendar = (folder / "calendar.csv").read_text(encoding="utf-8").splitlines()
    own = [line.replace("unit_month", "city_month") for line in calendar if line.startswith("unit_month") and bureau]
    (folder / "calendar.csv").write_text("\n".join((*calendar, *own)) + "\n", encoding="utf-8")
    heads = "metric,scope,operator,value,window,accumulate_from,comparator"
    (folder / "targets.csv").write_text("\n".join((heads, *map(",".join, TARGETS))) + "\n", encoding="utf-8")
    curve = [f"{month},{share}" for month, share in CURVE.items()]
    (folder / "seasonal.csv").write_text("\n".join(("month,share", *curve)) + "\n", encoding="utf-8")
    return folder


def population(seed: int) -> dict[str, dict[str, list[Row]]]:
    """The rows of the second city, with needs, themes and milestones, figures of units and bureau, and a round of approvals."""
    told = second_city.population(seed)
    draw = Random(seed * 7)
    last = {row["project_code"]: row for month in MONTHS for row in told["dispatch_month"][month]}
    of_code = {code: _needs(draw, row) for code, row in last.items()}
    for month in MONTHS:
        for row in told["dispatch_month"][month]:
            own = of_code[row["project_code"]]
            row |= {key: value for key, value in own.items() if not key.endswith("_actual") or value <= month}
    bases = {unit: draw.randint(60, 140) * 10 for unit in UNITS}
    pace = {unit: draw.randint(85, 130) for unit in UNITS}
    told |= {"unit_month": {}, "city_month": {}, "approval_list": {}}
    for month in MONTHS:
        weight = int(month[5:7])
        units = {unit: bases[unit] * weight * (pace[unit] + draw.randint(0, 9)) for unit in UNITS}
        told["unit_month"][month] = [
            {
                **{"reported_unit_code": unit, "indicator": INDICATORS[0], "scope": "管理"},
                **{"ytd": ytd, "ytd_last_year": bases[unit] * weight * 100, "measure": "万元"},
            }
            for unit, ytd in units.items()
        ]
        rows = [_figures(unit, INDICATORS[0], ytd, bases[unit] * weight * 100) for unit, ytd in units.items()]
        base = sum(bases.values()) * weight * 100
        rows.append(_figures(CITY, INDICATORS[0], sum(units.values()), base))
        rows[-1] |= {"rank_level_province": 3, "rank_growth_province": 11}
        rate = draw.randint(-50, 80)
        total = _figures(CITY, INDICATORS[1], 3 * base * (1000 + rate) // 1000, 3 * base)
        rows.append(total | {"growth_official": f"{rate / 10}%"})
        told["city_month"][month] = rows
    codes = sorted(of_code)
    for number in range(30):
        unit = list(UNITS)[number % 4]
        known = number < 12
        row = {**CLEAN["approval_list"], "reported_unit_code": unit, "survey_round": 2, "newly_found": "no"}
        code = codes[number * 3] if known else f"2301-331000-04-01-{200000 + number}"
        row |= {
            "project_code": code,
            "project_name": f"审批{number}",
            "plan_total": draw.choice([300, 500, 900, 12_000]),
        }
        started = draw.choice([None, date(2022, 11, 3), date(2023, 1, 9), date(2023, 4, 28)])
        told["approval_list"].setdefault("2023-04-12", []).append(row | {"start_on": started})
    return told


def _needs(draw: Random, row: Row) -> Row:
    own: Row = {"land_need": draw.choice([0, 10, 25, 60]), "energy_need": draw.choice([0, 500, 1_200])}
    own |= {"expected_output": draw.choice([5_000, 60_000, 200_000]), "land_area": draw.choice([50, 120, 300])}
    own |= {"energy_use": draw.choice([1_000, 9_000, 40_000])}
    own["themes"] = draw.choice(["稳投资", "稳投资;抓数字赋能", "稳企业；稳投资", ""])
    if row.get("start_actual"):
        year, month = map(int, row["start_actual"].split("-"))
        for key, after in (("trial_actual", draw.randint(1, 5)), ("commission_actual", draw.randint(5, 7))):
            at = year * 12 + month - 1 + after
            own[key] = f"{at // 12}-{at % 12 + 1:02d}"
        own["commission_actual"] = row.get("capacity_actual") or own["commission_actual"]
    return own


def _figures(area: str, indicator: str, ytd: int, base: int) -> Row:
    own = {"reported_unit_code": CITY, "area_code": area, "indicator": indicator, "scope": "管理"}
    return own | {"ytd": ytd, "base": base, "measure": "万元"}


def opened(root: Path, bureau: bool = True) -> Context:
    """A home of this city."""
    return open_context(Settings(home=root / "home", workers=1), str(make_programme(root / "programme", bureau)))
