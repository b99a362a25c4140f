"""Files of a country month, made from a seed: a programme of N counties and, for two months in a row, what each of them sends, as
workbooks of two sheets, as GB18030 CSV and as JSON. The later month continues the earlier one; errors are planted where told."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from xml.sax.saxutils import escape

REPOSITORY = Path(__file__).resolve().parents[2]
FORMS = REPOSITORY / "pipelines" / "programmes" / "jiaxing" / "forms"
HISTORY, MONTH = "2026-05", "2026-06"
ARRIVED = {HISTORY: datetime(2026, 6, 8, 2, tzinfo=UTC), MONTH: datetime(2026, 7, 8, 2, tzinfo=UTC)}
NOW = "2026-08-03T09:00:00+08:00"

PROJECT_HEADER = (
    "行政区划代码", "基层表编码", "项目代码", "项目名称", "建设单位", "统一社会信用代码", "行业代码", "建设性质", "期末项目建设状态",
    "隶属关系", "控股情况", "登记注册类型", "开工时间", "全部建成投产时间", "计划总投资", "自开始建设累计完成投资", "本年完成投资",
    "本月完成投资", "建筑工程", "安装工程", "设备工器具购置", "其他费用", "上报说明", "建设地址区划",
)  # fmt: skip
UNIT_HEADER = ("行政区划代码", "指标名称", "统计口径", "本年累计", "上年同期", "计量单位")
_PROVINCES = (
    11,
    12,
    13,
    14,
    15,
    21,
    22,
    23,
    31,
    32,
    33,
    34,
    35,
    36,
    37,
    41,
    42,
    43,
    44,
    45,
    46,
    50,
    51,
    52,
    53,
    54,
    61,
    62,
    63,
    64,
    65,
)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_BRAND = "华盛宏泰佳恒永昌瑞祥天宇金鑫东正元和顺达科新诚信亿联博远卓越启明星辰海纳百川嘉禾润泽凯旋腾飞志伟力源德隆兴旺丰利康安晟睿捷骏驰"
_PRODUCTS = (
    "精密轴承",
    "锂电池隔膜",
    "工业机器人减速器",
    "高性能铜箔",
    "汽车线束",
    "医用敷料",
    "特种纸",
    "功能性涂料",
    "智能电表",
    "化纤面料",
)
ERRORS = ("parts", "name", "cumulative", "industry", "credit_code", "renamed")

WORTH_PROCESSES = 20_000
"""Rows from which on files are made by several processes."""

Row = list[str | int]


@dataclass(frozen=True)
class Plan:
    """What is made: `rows` project rows a unit on average, `error_rate` of all rows wrong, all of them in `faulty_units` of the units;
    `skew`: share of all rows that the first unit has."""

    units: int
    rows: int = 270
    error_rate: float = 0.01
    faulty_units: float = 0.3
    skew: float = 0.0
    seed: int = 14

    def rows_of(self, number: int) -> int:
        total = self.units * self.rows
        if self.skew and self.units > 1:
            return int(total * self.skew) if number == 0 else int(total * (1 - self.skew) / (self.units - 1))
        return max(2, self.rows + random.Random(f"{self.seed}/rows/{number}").randint(-self.rows // 3, self.rows // 3))

    def codes(self) -> list[str]:
        """One code a county: province, city, county."""
        found = []
        for number in range(self.units):
            province, inside = _PROVINCES[number % len(_PROVINCES)], number // len(_PROVINCES)
            found.append(f"{province}{1 + inside // 40:02d}{2 + inside % 40:02d}")
        return found


def write_programme(plan: Plan, folder: Path) -> Path:
    """A programme folder of the plan's counties: the project and unit forms of Jiaxing, ranked by growth."""
    (folder / "forms").mkdir(parents=True)
    for form in ("project_month", "unit_month"):
        shutil.copy(FORMS / f"{form}.toml", folder / "forms")
    texts = {
        "programme.toml": 'name = "country"\nzh = "全国制造业投资月报(模拟)"\nen = "Country benchmark"\ncity_zh = "全国"\ncity_en = "Country"\n'
        'time_zone = "Asia/Shanghai"\nsimulated = true\nworkdays = "weekdays"\n',
        "method.toml": 'name = "growth_rank"\nindicator = "manufacturing_investment"\nunit_scope = "管理"\nbase_source = "submission"\n'
        'signatures = ["statistics"]\npublic_ranking = true\nshow_levels = true\n',
        "sources.toml": '[[sources]]\nname = "inbox"\nkind = "folder"\nlocation = "inbox"\n',
        "channels.toml": 'alerts_from = "2026-06"\ndefault = "outbox"\nboard_url = "https://country.example.invalid/"\n\n'
        '[[channels]]\nname = "outbox"\nkind = "file"\npath = "alerts/outbox.jsonl"\n',
        "contacts.csv": "unit_code,form,audience,role,channel,address\n*,*,county,统计岗,,county@example.invalid\n"
        "*,*,bureau,数据处,,bureau@example.invalid\n",
        "units.csv": "code,name,kind\n" + "".join(f"{code},{name_of(code)},county\n" for code in plan.codes()),
        "calendar.csv": "form,period,open,county_due\n"
        + "".join(
            f"{form},2026-{month:02d},2026-{month + 1:02d}-01 09:00,2026-{month + 1:02d}-10 18:00\n"
            for form in ("unit_month", "project_month")
            for month in range(2, 9)
        ),
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def name_of(code: str) -> str:
    """A county's name, its own."""
    digits = "零一二三四五六七八九"
    return "县" + "".join(digits[int(c)] for c in code) + "县"


def write_month(plan: Plan, period: str, folder: Path) -> tuple[int, int]:
    """The files of a month; (files, project rows). Large ones are made by as many processes as there are cores: each unit has a seed of
    its own."""
    folder.mkdir(parents=True)
    write = partial(_write_unit, plan, period, folder)
    units = list(enumerate(plan.codes()))
    if plan.units * plan.rows < WORTH_PROCESSES:
        written = [write(unit) for unit in units]
    else:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
            written = list(processes.map(write, units, chunksize=8))
    return sum(files for files, _ in written), sum(rows for _, rows in written)


def _write_unit(plan: Plan, period: str, folder: Path, unit: tuple[int, str]) -> tuple[int, int]:
    number, code = unit
    own = list(_project_rows(plan, number, code, period))
    moment, files = ARRIVED[period].timestamp() + number, 0
    for name, content in _files(plan, number, code, period, own):
        path = folder / name
        path.write_bytes(content)
        os.utime(path, (moment, moment))
        files += 1
    return files, len(own)


def _files(plan: Plan, number: int, code: str, period: str, rows: list[Row]) -> Iterator[tuple[str, bytes]]:
    """Eight of ten counties send a workbook, one sends CSV, one JSON."""
    month = int(period[5:])
    title = f"{name_of(code)}2026年1-{month}月制造业投资项目月报"
    summary = f"{name_of(code)}2026年1-{month}月制造业投资汇总完成情况"
    totals = _unit_rows(plan, code, rows, period)
    kind = ("csv", "json")[number % 10 - 8] if number % 10 >= 8 else "xlsx"
    if kind == "xlsx":
        sheets = [("汇总月报", summary, UNIT_HEADER, totals), ("项目月报", title, PROJECT_HEADER, rows)]
        yield f"{code}.xlsx", workbook(sheets)
    elif kind == "csv":
        yield f"{code}-u.csv", _csv(summary, UNIT_HEADER, totals)
        yield f"{code}-p.csv", _csv(title, PROJECT_HEADER, rows)
    else:
        yield f"{code}-u.json", _json(code, period, "unit_month", UNIT_HEADER, totals)
        yield f"{code}-p.json", _json(code, period, "project_month", PROJECT_HEADER, rows)


@cache
def _industries() -> tuple[str, ...]:
    path = REPOSITORY / "pipelines" / "reference" / "industries_2017.csv"
    with path.open(encoding="utf-8", newline="") as file:
        codes = [row[0] for row in csv.reader(file)]
    return tuple(c for c in codes if len(c) == 4 and c.isdigit() and 13 <= int(c[:2]) <= 43)


def _project_rows(plan: Plan, number: int, code: str, period: str) -> Iterator[Row]:
    count = plan.rows_of(number)
    faults = _faults(plan, number, count)
    site = f"{code}100"
    later = period == MONTH
    for n in range(count):
        r = random.Random(f"{plan.seed}/{code}/{n}")
        # wrong rows are small: what is held back stays within what F01 allows, and the month can be signed
        total = (600 if n in faults else r.choice((800, 1500, 4000, 12_000, 30_000, 90_000))) + r.randint(11, 799)
        start = r.randint(0, 27)  # months since January 2024
        begun = start < 24
        before = total * r.randint(5, 45) // 100 if begun else 0
        increments = [total * r.randint(15, 50) // 1000 + 1 for _ in range(5)]
        ytd = sum(increments[: 5 if later else 4])
        month = increments[4 if later else 3]
        build, install, equip = ytd * r.randint(350, 450) // 1000, ytd * 8 // 100, ytd * r.randint(300, 400) // 1000
        other = ytd - build - install - equip
        applied = start - 5
        year, calendar_month = 2024 + applied // 12, applied % 12 + 1
        serial = f"{n:05d}{r.randint(0, 9)}"
        brand = (
            _BRAND[n % len(_BRAND)] + _BRAND[n // len(_BRAND) % len(_BRAND)] + _BRAND[(n * 7 + number) % len(_BRAND)]
        )
        project = f"{brand}年产{r.randint(1, 90)}万件{r.choice(_PRODUCTS)}项目"
        cum, industry, credit = before + ytd, r.choice(_industries()), _credit_code(r, code)
        fault = faults.get(n) if later else None
        if fault == "parts":
            equip += 500
        elif fault == "name":
            project = ""
        elif fault == "cumulative":
            cum = ytd - 1
        elif fault == "industry":
            industry = "9999"
        elif fault == "credit_code":
            credit = credit[:-1] + ("0" if credit[-1] != "0" else "1")
        elif fault == "renamed":
            project += "(改)"
        yield [
            code, f"{site}{24 + start // 12:02d}{n:05d}", f"{year % 100:02d}{calendar_month:02d}-{code}-04-01-{serial}", project,
            f"{brand}{_PRODUCTS[n % 10]}有限公司", credit, industry, r.choice(("新建", "扩建", "改建和技术改造")), "在建", "90", "1", "151",
            f"{2024 + start // 12}-{start % 12 + 1:02d}", "", total, cum, ytd, month, build, install, equip, other, "", site,
        ]  # fmt: skip


def _faults(plan: Plan, number: int, count: int) -> dict[int, str]:
    """Row → kind of error; a rate of 1 makes every row of every unit wrong."""
    r = random.Random(f"{plan.seed}/faults/{number}")
    share = max(plan.faulty_units, plan.error_rate)
    if not plan.error_rate or r.random() >= share:
        return {}
    wanted = min(count, max(1, round(count * plan.error_rate / share)))
    return {n: r.choice(ERRORS) for n in r.sample(range(count), wanted)}


def _unit_rows(plan: Plan, code: str, rows: Sequence[Row], period: str) -> list[Row]:
    ytd = sum(int(row[16]) for row in rows)
    # what a wrong row has too much is in the parts, never in the total
    last = ytd * 100 // random.Random(f"{plan.seed}/{code}/base").randint(92, 118)
    return [
        [code, "制造业投资", "管理", ytd, last, "万元"],
        [code, "制造业投资", "属地", ytd, last, "万元"],
        [code, "工业投资", "属地", ytd * 12 // 10, last * 12 // 10, "万元"],
        [code, "固定资产投资", "属地", ytd * 25 // 10, last * 25 // 10, "万元"],
        [code, "项目个数", "管理", len(rows), len(rows), "个"],
    ]


def _credit_code(r: random.Random, region: str) -> str:
    """GB 32100, with both check characters."""
    organisation = "MA" + "".join(r.choice(_ALPHABET[:10] + "ABCDEFGH") for _ in range(6))
    values = [int(c) if c.isdigit() else ord(c) - 55 for c in organisation]
    check = 11 - sum(v * w for v, w in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    body = f"91{region}{organisation}{'X' if check == 10 else '0' if check == 11 else check}"
    return body + _ALPHABET[(31 - sum(_ALPHABET.index(c) * w for c, w in zip(body, _WEIGHTS, strict=True)) % 31) % 31]


def _csv(title: str, header: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    empty = [""] * (len(header) - 1)
    writer.writerow([title, *empty])
    writer.writerow(["单位:万元", *empty])
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("gb18030")


def _json(code: str, period: str, form: str, header: Sequence[str], rows: Sequence[Row]) -> bytes:
    meta = {"unit": code, "period": period, "form": form, "amount_unit": "万元"}
    return json.dumps(
        {"meta": meta, "rows": [dict(zip(header, row, strict=True)) for row in rows]}, ensure_ascii=False
    ).encode()


_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{sheets}'
    '<Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def workbook(sheets: Sequence[tuple[str, str, Sequence[str], Sequence[Row]]]) -> bytes:
    """A workbook as spreadsheet programs write it (shared strings, cell addresses), without one's cost: the benchmark makes thousands."""
    shared: dict[str, int] = {}
    parts: dict[str, str] = {}
    count = len(sheets)
    for number, (_, title, header, rows) in enumerate(sheets, 1):
        lines = [[title], [*[""] * (len(header) - 1), "单位:万元"], list(header), *rows]
        columns = [_letter(n) for n in range(len(header))]
        body = "".join(
            f'<row r="{at}">{"".join(_cell(f"{columns[n]}{at}", value, shared) for n, value in enumerate(line) if value != "")}</row>'
            for at, line in enumerate(lines, 1)
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet {_MAIN}><sheetData>{body}</sheetData></worksheet>"
    names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, *_) in enumerate(sheets, 1))
    parts["xl/workbook.xml"] = f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>'
    relations = [(n, "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, count + 1)] + [
        (count + 1, "sharedStrings", "sharedStrings.xml")
    ]
    parts["xl/_rels/workbook.xml.rels"] = _RELS.format(
        "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for n, kind, target in relations
        )
    )
    parts["_rels/.rels"] = _RELS.format(
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    )
    strings = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
    parts["xl/sharedStrings.xml"] = f'<sst {_MAIN} count="{len(shared)}" uniqueCount="{len(shared)}">{strings}</sst>'
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in range(1, count + 1)
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in {"[Content_Types].xml": _TYPES.format(sheets=overrides), **parts}.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _letter(column: int) -> str:
    return chr(65 + column) if column < 26 else f"A{chr(65 + column - 26)}"


def _cell(address: str, value: str | int, shared: dict[str, int]) -> str:
    if isinstance(value, str):
        return f'<c r="{address}" t="s"><v>{shared.setdefault(value, len(shared))}</v></c>'
    return f'<c r="{address}"><v>{value}</v></c>'
