"""Programme folders that the tests write: a province whose cities send wide tables for their counties, and a few units that publish
growth alone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

CITIES = 11
COUNTIES = 90
PERIOD = "2024-06"
ARRIVED = datetime(2024, 7, 10, 2, tzinfo=UTC)
NOW = datetime(2024, 8, 1, 2, tzinfo=UTC)

PROGRAMME = """name = "{name}"
zh = "{zh}"
en = "{en}"
city_zh = "{city_zh}"
city_en = "{city_en}"
time_zone = "Asia/Shanghai"
simulated = true
{more}
"""
METHOD = """name = "growth_rank"
indicator = "{indicator}"
base_source = "submission"
signatures = ["statistics"]
public_ranking = true
show_levels = {levels}
{more}
"""
SOURCES = '[[sources]]\nname = "inbox"\nkind = "folder"\nlocation = "inbox"\n'
CALENDAR = (
    "form,period,open,county_due\n"
    "unit_month,2024-05,2024-06-03 09:00,2024-06-14 18:00\n"
    "unit_month,2024-06,2024-07-01 09:00,2024-07-12 18:00\n"
)

WIDE_FORM = """name = "unit_month"
zh = "县域工业经济月报"
en = "Monthly return of industry by county"
domain = "stat"
grain = "indicator"
role = "level"
amount = "ytd"
measure = "wan_yuan"
default_unit = "万元"
key = ["indicator"]
senders = ["city"]
covers = "children"
totals = ['^合计', '^全市合计']

[amount_units]
"万元" = "1"
"亿元" = "10000"

[sentinels]
"扭亏" = "turned_profit"
"增亏" = "loss_widened"
"减亏" = "loss_narrowed"
"*" = "suppressed"

[[indicators]]
code = "output"
measure = "wan_yuan"
zh = "工业总产值"
en = "Industrial output"

[[indicators]]
code = "profit"
measure = "wan_yuan"
zh = "利润总额"
en = "Total profit"
sign = "any"

[[columns]]
field = "reported_unit_code"
aliases = ["区划代码"]

[[columns]]
field = "reported_unit_name"
aliases = ["地区"]

[[columns]]
field = "ytd"
indicator = "output"
aliases = ["工业总产值|本年累计"]
required = true

[[columns]]
field = "ytd_last_year"
indicator = "output"
aliases = ["工业总产值|上年同期"]
required = true

[[columns]]
field = "ytd"
indicator = "profit"
aliases = ["利润总额|本年累计"]
required = true

[[columns]]
field = "ytd_last_year"
indicator = "profit"
aliases = ["利润总额|上年同期"]
required = true

[[columns]]
field = "growth"
indicator = "profit"
aliases = ["利润总额|增速"]
"""


def city_code(number: int) -> str:
    return f"33{number + 1:02d}00"


def county_codes(city: int) -> list[str]:
    """Codes of a city's counties: 90 over 11 cities, 8 or 9 each."""
    count = COUNTIES // CITIES + (city < COUNTIES % CITIES)
    return [f"33{city + 1:02d}{n + 1:02d}" for n in range(count)]


def name_of(code: str) -> str:
    return f"第{int(code[2:4])}市" if code.endswith("00") else f"第{int(code[2:4])}市第{int(code[4:])}县"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def province(folder: Path, method: str = "", names: str = "", more: str = "", form: str = WIDE_FORM) -> Path:
    """90 counties under 11 cities; a city sends one wide table with its own line and those of its counties."""
    units = ["code,name,kind,parent"]
    for city in range(CITIES):
        units.append(f"{city_code(city)},{name_of(city_code(city))},city,")
        units += [f"{code},{name_of(code)},county,{city_code(city)}" for code in county_codes(city)]
    files = {
        "programme.toml": PROGRAMME.format(
            name="province",
            zh="全省县域工业",
            en="Industry by county",
            city_zh="某省",
            city_en="the province",
            more=more,
        ),
        "method.toml": METHOD.format(indicator="output", levels="true", more=method),
        "sources.toml": SOURCES,
        "calendar.csv": CALENDAR,
        "units.csv": "\n".join([*units, ""]),
        "forms/unit_month.toml": form,
    }
    return write(folder, {**files, **({"unit_names.csv": names} if names else {})})


Figures = Mapping[str, tuple[int, int, int, int]]
"""county → output, output last year, profit, profit last year."""


def figures(city: int) -> dict[str, tuple[int, int, int, int]]:
    """What the counties of a city have: output grows by a percent more from county to county, every fifth makes a loss."""
    found = {}
    for n, code in enumerate(county_codes(city)):
        rank = city * 10 + n
        loss = -1 if rank % 5 == 0 else 1
        found[code] = (10_000 + 100 * rank, 10_000, loss * (500 + rank), 400)
    return found


def table(rows: Sequence[tuple[str, Sequence[object]]], title: str) -> str:
    """A city's wide table as CSV: two header rows, the lines in their order, a total."""
    lines = [
        title,
        "单位:万元",
        "区划代码,地区,工业总产值,,利润总额,,",
        ",,本年累计,上年同期,本年累计,上年同期,增速(%)",
        *(",".join(map(str, (code, name_of(code), *values))) for code, values in rows),
    ]
    return "\n".join([*lines, ""])


def city_table(
    city: int, changed: Mapping[str, Sequence[object]] | None = None, own: Sequence[int] | None = None
) -> str:
    """The file of a city. `changed`: other cells of a county; `own`: other totals of the city than the sums."""
    rows: dict[str, Sequence[object]] = {code: (*values, "") for code, values in figures(city).items()}
    sums = own or [sum(values[n] for values in figures(city).values()) for n in range(4)]
    lines = [(city_code(city), (*sums, "")), *{**rows, **(changed or {})}.items()]
    return table(lines, f"{name_of(city_code(city))}2024年1-6月县域工业经济月报")


def put(inbox: Path, name: str, text: str, moment: datetime = ARRIVED) -> None:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (moment.timestamp(), moment.timestamp()))


GROWTH_FORM = """name = "unit_month"
zh = "规上工业增加值月报"
en = "Monthly return of industrial value added"
domain = "stat"
grain = "indicator"
role = "level"
measure = "percent"
default_unit = "%"
key = ["indicator"]

[amount_units]
"%" = "1"

[sentinels]
"暂缺" = "not_available"

[[indicators]]
code = "value_added"
names = ["规上工业增加值"]
measure = "percent"
zh = "规模以上工业增加值"
en = "Industrial value added"
total = "none"

[[columns]]
field = "reported_unit_name"
aliases = ["地区"]

[[columns]]
field = "indicator"
aliases = ["指标"]
required = true

[[columns]]
field = "growth"
aliases = ["同比增长"]
required = true
"""
GROWTHS = {"杭州市": "5.1", "宁波市": "6.4", "温州市": "6.4", "嘉兴市": "-1.2", "湖州市": "暂缺"}
"""What four units state, and one that has nothing to state yet; 绍兴市 sends nothing."""


def growth_only(folder: Path) -> Path:
    """Six units that publish growth and no level."""
    names = [*GROWTHS, "绍兴市"]
    units = ["code,name,kind", *(f"33{n + 1:02d}00,{name},county" for n, name in enumerate(names))]
    nouns = 'whole_zh = "全省"\nwhole_en = "the province"\n'
    return write(
        folder,
        {
            "programme.toml": PROGRAMME.format(
                name="growths", zh="全省工业", en="Industry", city_zh="浙江省", city_en="Zhejiang", more=nouns
            ),
            "method.toml": METHOD.format(indicator="value_added", levels="true", more='rank_by = "official_growth"\n'),
            "sources.toml": SOURCES,
            "calendar.csv": CALENDAR,
            "units.csv": "\n".join([*units, ""]),
            "forms/unit_month.toml": GROWTH_FORM,
        },
    )


def growth_file(name: str) -> str:
    head = f"{name}2024年1-6月规上工业增加值"
    return "\n".join([head, "地区,指标,同比增长(%)", f"{name},规上工业增加值,{GROWTHS[name]}", ""])
