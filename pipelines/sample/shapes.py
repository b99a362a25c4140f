"""How each unit sends: which files with which forms, header rows, spellings of months, codes and numbers (domain.md §5).

Nine different habits of real counties, all of them readable; every file says 模拟 in its title, its meta or its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .published_facts import BUREAU

Months = Literal["iso", "zh", "compact", "dot", "date"]

PROJECT, UNIT, DISPATCH, CITY = "project_month", "unit_month", "dispatch_month", "city_month"
NOUNS = {
    PROJECT: "制造业投资项目月报",
    UNIT: "制造业投资汇总月报",
    DISPATCH: "制造业投资调度月报",
    CITY: "全市制造业投资核定表",
}

_CARRIED = frozenset(("reported_unit_code", "reported_unit_name", "reported_period"))
_FUNDS = frozenset(
    (
        "funds_total",
        "funds_carried",
        "funds_budget",
        "funds_loans",
        "funds_bonds",
        "funds_foreign",
        "funds_self",
        "funds_other",
        "payables",
    )
)
_FLOOR = frozenset(("floor_under", "floor_done"))
_CORRECTIONS = frozenset(("correction_code", "correction_wan_yuan", "doc_no"))


@dataclass(frozen=True)
class Shape:
    """The habits of one sender. `files`: pattern of a name (year, month, stamp = YYYYMM, period = YYYY-MM) and its forms.

    `omit`: fields that the unit's layout does not have. `parts_joined`: 建筑安装工程 as one column. `two_rows`: group headers over
    merged cells. `totals`: a 合计 row. `quirks`: full-width digits and thousands separators in some cells. `missing`: what stands in an
    empty text cell. `called`: the unit in titles.
    """

    kind: Literal["xlsx", "csv", "json"]
    called: str
    files: tuple[tuple[str, tuple[str, ...]], ...]
    months: Months = "iso"
    coded: Literal["code", "name", "both"] = "name"
    amount_unit: Literal["万元", "亿元"] = "万元"
    encoding: str = "utf-8"
    titled: bool = True
    two_rows: bool = False
    numbered: bool = False
    header_row: int = 3
    totals: bool = False
    footers: bool = False
    quirks: bool = False
    manifest: bool = False
    parts_joined: bool = False
    missing: str = ""
    omit: frozenset[str] = frozenset()


SHAPES: dict[str, Shape] = {
    "330402": Shape(
        "xlsx",
        "嘉兴市南湖区",
        (("南湖区{year}年{month}月投资月报(模拟).xlsx", (PROJECT, UNIT, DISPATCH)),),
        months="date",
        coded="name",
        numbered=True,
        omit=_CARRIED | _CORRECTIONS,
    ),
    "330411": Shape(
        "xlsx",
        "秀洲区",
        (
            ("秀洲区-项目月报-{stamp}.xlsx", (PROJECT,)),
            ("秀洲区-汇总月报-{stamp}.xlsx", (UNIT,)),
            ("秀洲区-调度月报-{stamp}.xlsx", (DISPATCH,)),
        ),
        months="zh",
        coded="both",
        header_row=4,
        totals=True,
        footers=True,
        numbered=True,
        missing="—",
        omit=_CARRIED | _FLOOR | _CORRECTIONS,
    ),
    "330421": Shape(
        "json",
        "嘉善县",
        (
            ("jiashan_project_month_{period}.json", (PROJECT,)),
            ("jiashan_unit_month_{period}.json", (UNIT,)),
            ("jiashan_dispatch_month_{period}.json", (DISPATCH,)),
        ),
        coded="code",
        titled=False,
        omit=frozenset(("reported_unit_name",)) | _CORRECTIONS,
    ),
    "330424": Shape(
        "csv",
        "海盐县",
        (
            ("海盐{month}月项目.csv", (PROJECT,)),
            ("海盐{month}月汇总.csv", (UNIT,)),
            ("海盐{month}月调度.csv", (DISPATCH,)),
        ),
        months="dot",
        encoding="utf-8-sig",
        totals=True,
        quirks=True,
        parts_joined=True,
        omit=_CARRIED | _FUNDS | _CORRECTIONS,
    ),
    "330481": Shape(
        "xlsx",
        "海宁市",
        (("海宁市{year}年1-{month}月制造业投资月报(定稿).xlsx", (PROJECT, UNIT, DISPATCH)),),
        months="compact",
        coded="name",
        two_rows=True,
        totals=True,
        numbered=True,
        omit=_CARRIED | _FLOOR | _CORRECTIONS,
    ),
    "330482": Shape(
        "xlsx",
        "平湖市",
        (("平湖{stamp}报表-最终版.xlsx", (PROJECT, UNIT)), ("平湖{stamp}重大项目调度.xlsx", (DISPATCH,))),
        months="iso",
        coded="code",
        quirks=True,
        omit=frozenset(("reported_unit_name", "reported_period")) | _FUNDS,
    ),
    "330483": Shape(
        "csv",
        "桐乡市",
        (
            ("桐乡_项目_{stamp}.csv", (PROJECT,)),
            ("桐乡_汇总_{stamp}.csv", (UNIT,)),
            ("桐乡_调度_{stamp}.csv", (DISPATCH,)),
        ),
        months="compact",
        coded="name",
        encoding="gb18030",
        footers=True,
        omit=_CARRIED | _FLOOR | _FUNDS | _CORRECTIONS,
    ),
    "330471": Shape(
        "csv",
        "嘉兴经济技术开发区",
        (
            ("jkq-project-{period}(模拟).csv", (PROJECT,)),
            ("jkq-unit-{period}(模拟).csv", (UNIT,)),
            ("jkq-dispatch-{period}(模拟).csv", (DISPATCH,)),
        ),
        coded="code",
        titled=False,
        manifest=True,
        omit=frozenset(("reported_unit_name",)) | _FLOOR,
    ),
    "330472": Shape(
        "xlsx",
        "嘉兴港区",
        (("嘉兴港区投资报表{year}.{month}.xlsx", (PROJECT, UNIT, DISPATCH)),),
        months="date",
        coded="both",
        amount_unit="亿元",
        two_rows=True,
        footers=True,
        omit=_CARRIED | _FLOOR | _CORRECTIONS | frozenset(("measure",)),
    ),
    BUREAU: Shape(
        "xlsx",
        "嘉兴市",
        (("市局核定表{year}年1-{month}月.xlsx", (CITY,)),),
        months="iso",
        header_row=3,
        omit=frozenset(("reported_period",)),
    ),
}
