"""The files of a programme folder as pydantic models, one a TOML file or CSV row; fields are the keys and columns. What each key
means stands beside it (`Key`) and is printed by `saima programme explain`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ..model.units import UnitKind
from .file_types import (
    AnyPeriod,
    CellFlag,
    Code,
    Codes,
    Flag,
    Key,
    Moment,
    Month,
    Parts,
    Share,
    Slug,
    Strict,
    Text,
    Whole,
    Window,
    Zone,
)


class MeasureTable(Strict):
    """A unit of measure of the programme: beyond the known ones, or shown in another way."""

    code: Annotated[Text, Key("计量单位代码", "code of the measure, as forms write it", '"CAD"')]
    zh: Annotated[Text, Key("中文名称", "its name in Chinese", '"加元"')]
    en: Annotated[Text, Key("英文名称", "its name in English", '"CAD"')]
    display_zh: Annotated[
        str, Key("对外显示的单位，空 = 名称", "unit shown to the public; empty: zh", '"百万加元"')
    ] = ""
    display_en: Annotated[str, Key("同上，英文", "the same in English; empty: en", '"CAD million"')] = ""
    divisor: Annotated[
        Decimal,
        Field(gt=0),
        Key("显示时除以", "what amounts are divided by to be shown", '"1000000"', "计量单位 / the measure"),
    ] = Decimal(1)
    places: Annotated[Whole, Field(ge=0, le=8), Key("显示的小数位数", "decimals shown", "2", "位 / digits")] = 0


class DistancesTable(Strict):
    """Fewest working days between the dates of a calendar row (domain_decisions §3 unless the programme says otherwise)."""

    open_to_due: Annotated[
        Whole, Field(ge=0, le=60), Key("开放至报送截止", "from open to county_due", "5", "工作日 / working days")
    ] = 5
    due_to_audit: Annotated[
        Whole,
        Field(ge=0, le=60),
        Key("报送截止至市级审核截止", "from county_due to city_audit_due", "2", "工作日 / working days"),
    ] = 2
    audit_to_freeze: Annotated[
        Whole,
        Field(ge=0, le=60),
        Key("市级审核截止至冻结", "from city_audit_due to freeze", "1", "工作日 / working days"),
    ] = 1


class ProgrammeFile(Strict):
    """programme.toml."""

    name: Annotated[Slug, Key("方案名（小写字母、数字、- _）", "short name: small letters, digits, - _", '"jiaxing"')]
    zh: Annotated[Text, Key("方案中文名称", "name of the programme in Chinese", '"嘉兴市制造业投资月度晾晒"')]
    en: Annotated[Text, Key("方案英文名称", "name in English", '"Jiaxing monthly manufacturing investment race"')]
    city_code: Annotated[
        Code | None,
        Key("全域代码（全市合计行的代码）", "code of the whole area, as rows of its totals write it", '"330400"'),
    ] = None
    city_zh: Annotated[Text, Key("全域中文名称", "name of the whole area in Chinese", '"嘉兴市"')]
    city_en: Annotated[Text, Key("全域英文名称", "name of the whole area in English", '"Jiaxing"')]
    province_areas: Annotated[
        int | None,
        Key(
            "全省排位的地区个数；位次超出 1…n 时不得签发",
            "areas ranked in the province; a place outside 1 to n keeps a month from being signed",
            "11",
        ),
        Field(ge=1),
    ] = None
    time_zone: Annotated[
        Zone,
        Key(
            "时区：日历、--now 和显示的时间",
            "zone of the calendar, of --now and of every time shown",
            '"Asia/Shanghai"',
        ),
    ]
    simulated: Annotated[Flag, Key("数据为模拟", "the data are simulated, and every page says so", "true")]
    workdays: Annotated[
        Literal["china", "weekdays"],
        Key(
            "工作日：china 含调休，weekdays 周一至周五",
            "what working days are: china (with 调休) or weekdays (Monday to Friday)",
            '"china"',
        ),
    ] = "china"
    language: Annotated[
        Literal["zh", "en"],
        Key("模板、表头和页面的首选语言", "language that templates, headings and pages put first", '"zh"'),
    ] = "zh"
    encodings: Annotated[
        tuple[Literal["gb18030", "cp1252", "latin-1"], ...],
        Key(
            "UTF-8 以外可接受的文本编码，按序尝试", "encodings of text files tried after UTF-8, in order", '["gb18030"]'
        ),
    ] = ("gb18030",)
    whole_zh: Annotated[
        str, Key("句中对全域的称呼，空 = 全市或名称", "what the whole is called in Chinese sentences", '"全省"')
    ] = ""
    whole_en: Annotated[
        str,
        Key(
            "英文句中对全域的称呼，带冠词", "what it is called in English sentences, with its article", '"the province"'
        ),
    ] = ""
    above_zh: Annotated[str, Key("位次所在的上一级", "where its own places are counted, Chinese", '"全省"')] = "全省"
    above_en: Annotated[str, Key("同上，英文带冠词", "the same in English, with its article", '"the province"')] = (
        "the province"
    )
    distances: Annotated[
        DistancesTable, Key("日历各日期的最短间隔", "fewest days between dates of the calendar", "")
    ] = DistancesTable()
    measures: Annotated[tuple[MeasureTable, ...], Key("自定义计量单位", "measures of the programme's own", "")] = ()


class UnitRow(Strict):
    """units.csv: who sends, and who is ranked."""

    code: Annotated[Code, Key("单位代码", "code of the unit", "330402")]
    name: Annotated[Text, Key("单位名称", "its name", "南湖区")]
    aliases: Annotated[Parts, Key("其他叫法，用 ; 分开", "other names, separated by ;", "南湖；秀城区")] = ()
    accepted_codes: Annotated[
        Codes,
        Key("行内可写的其他代码，用 ; 分开", "further codes its rows may write, separated by ;", "330400;330402000"),
    ] = ()
    kind: Annotated[
        UnitKind,
        Key(
            "county、zone 参评；city、province 为上级；bureau 为统计局",
            "county and zone are ranked, city and province are above them, bureau is the office itself",
            "county",
        ),
    ]
    parent: Annotated[
        Code | None,
        Key(
            "上级：另一单位、city_code 或本代码的前几位",
            "what it belongs to: another unit, city_code, or the beginning of its own code",
            "330400",
            refers="units.csv code",
        ),
    ] = None
    valid_from: Annotated[Month | None, Key("起始报告期", "first period of the unit", "2022-04")] = None
    valid_to: Annotated[Month | None, Key("末个报告期", "last period of the unit", "2023-02")] = None
    official: Annotated[
        CellFlag, Key("代码在国家标准内", "its code stands in the national standard (zones: false)", "true")
    ] = True
    ranked: Annotated[
        CellFlag | None, Key("是否参评，空 = 按 kind", "takes a place in the ranking; empty: by its kind", "true")
    ] = None


class EnglishRow(Strict):
    """units_en.csv: what a unit is called in English."""

    code: Annotated[Code, Key("单位代码", "the unit", "330402", refers="units.csv code")]
    en: Annotated[Text, Key("英文名称", "its name in English", "Nanhu District")]


class TileRow(Strict):
    """unit_tiles.csv: where a unit's square stands in the tile grid of the public site; it resembles the map and shows no boundary."""

    code: Annotated[Code, Key("单位代码", "the unit", "330402", refers="units.csv code")]
    column: Annotated[int, Field(ge=1, le=30), Key("列，自左起", "column from the left", "2")]
    line: Annotated[int, Field(ge=1, le=30), Key("行，自上起", "line from the top", "1")]


class NameRow(Strict):
    """unit_names.csv: what a unit is called in some months."""

    code: Annotated[Code, Key("单位代码", "the unit", "330110", refers="units.csv code")]
    name: Annotated[Text, Key("当时的名称", "what it was called", "余杭区")]
    valid_from: Annotated[Month | None, Key("起始报告期", "first period", "2020-01")] = None
    valid_to: Annotated[Month | None, Key("末个报告期", "last period", "2021-03")] = None


class MemberRow(Strict):
    """unit_members.csv: townships and enterprises that a unit has (sign 1) or has not (sign -1) under 管理口径."""

    unit_code: Annotated[Code, Key("单位代码", "the unit", "330402", refers="units.csv code")]
    member_code: Annotated[
        Code | None, Key("乡镇或企业代码", "code of the member; an enterprise may lack one", "330402012")
    ] = None
    member_name: Annotated[Text, Key("乡镇或企业名称", "name of the member", "城南街道")]
    kind: Annotated[Literal["township", "enterprise"], Key("乡镇或企业", "what it is", "township")]
    sign: Annotated[Literal["1", "-1"], Key("1 划入，-1 划出", "1 taken into the unit, -1 out of it", "-1")]
    valid_from: Annotated[Month | None, Key("起始报告期", "first period", "2022-01")] = None
    valid_to: Annotated[Month | None, Key("末个报告期", "last period", "2022-12")] = None


_LOCAL = "方案时区 / local time"


class CalendarLine(Strict):
    """calendar.csv; local times of the programme's zone, at the distances of `[distances]`."""

    form: Annotated[Text, Key("报表", "the form", "unit_month", refers="forms/*.toml")]
    period: Annotated[
        AnyPeriod,
        Key(
            "报告期，按报表的 period_kind 书写",
            "the period, as the form's period_kind is written",
            "2022-06",
            "2022-06、2022-Q2、2022-W26、2022、2022-06-15",
        ),
    ]
    open: Annotated[Moment, Key("开放报送", "when sending opens", "2022-07-01 09:00", _LOCAL)]
    county_due: Annotated[Moment, Key("报送截止", "when files are due", "2022-07-11 18:00", _LOCAL)]
    city_audit_due: Annotated[
        Moment | None, Key("市级审核截止", "until when returned files may be repaired", "2022-07-14 18:00", _LOCAL)
    ] = None
    freeze: Annotated[
        Moment | None,
        Key("冻结，此后更正进入下期", "from here corrections go into the next period", "2022-07-18 12:00", _LOCAL),
    ] = None
    publish: Annotated[Moment | None, Key("不早于此时发布", "not published before", "2022-07-25 10:00", _LOCAL)] = None
    official_release: Annotated[
        Moment | None, Key("官方数据发布", "release of the official figures", "2022-07-20 10:00", _LOCAL)
    ] = None


class SeasonalRow(Strict):
    """seasonal.csv: share of the year done from January to the month."""

    month: Annotated[int, Field(ge=1, le=12), Key("月份", "month", "6")]
    share: Annotated[Share, Key("1 月至该月占全年的份额", "share of the year done by then", "0.58", "份额 / fraction")]


class TargetRow(Strict):
    """targets.csv. Amounts are in the measure of the method's indicator, `growth` is a fraction.

    `comparator`: for `growth` an indicator whose growth is subtracted first (value 0: must grow faster), for `list_ytd`
    the list whose projects are summed from `accumulate_from` to the end of the window.
    """

    metric: Annotated[
        Literal["annual_investment", "growth", "ytd", "list_ytd"], Key("目标的指标", "what the target is about", "ytd")
    ]
    scope: Annotated[Code, Key("单位代码或 city_code", "a unit, or city_code", "330402", refers="units.csv code")]
    operator: Annotated[Literal[">=", ">", "<=", "<", "="], Key("比较", "comparison", ">=")]
    value: Annotated[
        Decimal, Key("目标值", "the target", "860000", "计量单位；growth 为小数 / measure; growth: fraction")
    ]
    window: Annotated[Window, Key("年、月或起止月", "year, month, or first and last month", "2022-01..2022-09")]
    accumulate_from: Annotated[Month | None, Key("累计起点", "where accumulation begins", "2022-01")] = None
    comparator: Annotated[str, Key("对比的指标或清单", "the indicator or list compared with", "total_investment")] = ""


class ListRow(Strict):
    """lists.csv: dated membership of a project on a list."""

    list_code: Annotated[Text, Key("清单", "the list", "78")]
    project_code: Annotated[Text, Key("项目代码", "the project", "2203-330481-04-01-123456")]
    valid_from: Annotated[date, Key("列入日期", "on the list from", "2022-01-01")]
    valid_to: Annotated[date | None, Key("移出日期", "on the list until", "2022-12-31")] = None
