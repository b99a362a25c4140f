"""Loads `forms/*.toml`: one file one form, its keys those of `model.forms.FormLayout`. Whatever is unknown is an error that
names file and line; a form that `model.tables.FORM_FIELDS` registers may name only the fields it has there, any other form all of
`model.fields`."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipelines.model.fields import OWN_PREFIX, declare
from pipelines.model.fields import Field as DeclaredField
from pipelines.model.forms import (
    Domain,
    FormColumn,
    FormLayout,
    Grain,
    Indicator,
    Mark,
    RequiredCells,
    RequiredRow,
    Role,
)
from pipelines.model.history import HistoryNeeds
from pipelines.model.periods import PeriodKind
from pipelines.model.tables import FORM_FIELDS
from pipelines.model.units import UnitKind
from pipelines.model.value_marks import Meaning

from .error_list import ErrorList
from .file_types import Flag, Key, Strict, Text, Whole
from .form_defaults import with_defaults
from .layout_checks import LayoutCheck
from .required_checks import check_required
from .toml_lines import read_model


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


def _row_regex(pattern: str) -> str:
    """A pattern over rows, which are compared without spaces and with half-width characters: `^Grand total` is found in them too."""
    return _regex(_OUTSIDE_CLASSES.sub(lambda match: match[0] if match["kept"] else _folded(match[0]), pattern))


def _folded(character: str) -> str:
    half = unicodedata.normalize("NFKC", character.removeprefix("\\"))
    return "" if half.isspace() else character if half == character else re.escape(half)


_OUTSIDE_CLASSES = re.compile(r"(?P<kept>\[(?:\\.|[^\]\\])*\]|\\\S)|\\\s|.", re.DOTALL)
"""A class or an escape, which stay as they are, else one character of a pattern."""
Regex = Annotated[str, AfterValidator(_regex)]
RowRegex = Annotated[str, AfterValidator(_row_regex)]


class ColumnTable(Strict):
    """A `[[columns]]` of a form: a field, and the headers it stands under."""

    field: Annotated[Text, Key("字段", "the field", '"ytd"', refers="DATA_DICTIONARY.md")]
    aliases: Annotated[
        tuple[Text, ...],
        Key("表头的各种写法，两级用 |", "headers it may have; two levels as group|name", '["本年累计", "累计"]'),
    ] = ()
    required: Annotated[Flag, Key("必须有此列（A03）", "the column must be there (A03)", "true")] = False
    non_empty: Annotated[Flag, Key("每行必填（B14）", "must be filled in every row (B14)", "true")] = False
    marks: Annotated[
        tuple[Mark, ...],
        Key(
            "视为已填的缺值标记（—、…）", "marks of missing values (dash, dots) that count as filled", '["below_unit"]'
        ),
    ] = ()
    indicator: Annotated[
        str,
        Key(
            "宽表：此列只属这个指标",
            "wide table: the column holds this indicator alone",
            '"profit"',
            refers="indicators code",
        ),
    ] = ""


class RequiredCellsTable(Strict):
    """A `[[required_cells]]` of a form: cells that must be filled in some rows (B14)."""

    fields: Annotated[
        tuple[Text, ...], Key("各须填", "each must be filled", '["land_plan"]', refers="columns field")
    ] = ()
    any_of: Annotated[
        tuple[Text, ...],
        Key(
            "至少填一项（文件有这些列时）", "one will do (asked of files that have such a column)", '["build", "equip"]'
        ),
    ] = ()
    positive: Annotated[
        str, Key("仅此金额大于 0 的行", "only rows in which this amount is above 0", '"ytd"', refers="columns field")
    ] = ""
    where: Annotated[
        dict[Text, Annotated[tuple[Text, ...], Field(min_length=1)]],
        Key("仅字段取这些值的行", "only rows in which a field has one of these values", '{ indicator = ["total"] }'),
    ] = Field(default_factory=dict)
    unless_flagged: Annotated[
        tuple[Text, ...],
        Key("不适用标记写明其一的行除外", "not rows whose na_flag names one of these", '["供地", "land"]'),
    ] = ()


class RequiredRowTable(Strict):
    """A `[[required_rows]]` of a form of grain indicator: a row that must be there (A13)."""

    indicator: Annotated[Text, Key("指标", "the indicator", '"manufacturing_investment"', refers="[[indicators]]")]
    scope: Annotated[str, Key("口径", "the scope", '"管理"')] = ""
    areas: Annotated[
        Literal["", "ranking", "city"],
        Key("每个排名单位或全市各一行", "one for every ranking unit, or one of the whole", '"ranking"'),
    ] = ""
    severity: Annotated[
        Literal["error", "query", "information"], Key("缺行的严重程度", "severity of its absence", '"error"')
    ] = "error"


class IndicatorLine(Strict):
    """An `[[indicators]]` of a form of grain indicator."""

    code: Annotated[Text, Key("指标代码", "code of the indicator", '"manufacturing_investment"')]
    names: Annotated[
        tuple[Text, ...], Key("行内的各种写法", "names that rows may write", '["制造业投资", "制造业"]')
    ] = ()
    measure: Annotated[Text, Key("计量单位", "its measure", '"wan_yuan"', refers="known measures, [[measures]]")]
    measure_names: Annotated[
        tuple[Text, ...], Key("计量单位栏的其他写法", "other texts for it in a measure column", '["个"]')
    ] = ()
    zh: Annotated[Text, Key("中文名称", "name in Chinese", '"制造业投资"')]
    en: Annotated[Text, Key("英文名称", "name in English", '"Manufacturing investment"')]
    sign: Annotated[
        Literal["positive", "any"],
        Key("数值是否可为负（利润等为 any）", "any: values may be negative (profits, balances)", '"any"'),
    ] = "positive"
    total: Annotated[
        Literal["sum", "none"],
        Key("各单位相加是否有意义（指数、比率为 none）", "none: units do not add up (indices, rates)", '"sum"'),
    ] = "sum"


class HistoryTable(Strict):
    """`history` of a form."""

    sibling: Annotated[
        str,
        Key("同期对照的报表", "form of the same unit and period it is compared with", '"unit_month"', refers="forms"),
    ] = ""
    recent: Annotated[
        Whole, Field(ge=0, le=24), Key("再往前看几期", "how many earlier accepted periods", "6", "期 / periods")
    ] = 0
    recent_columns: Annotated[
        tuple[Text, ...], Key("那几期要用的字段", "fields of those periods", '["stat_project_no", "month"]')
    ] = ()
    year_ago: Annotated[Flag, Key("与上年同期比较", "compared with the same period of the year before", "true")] = False


class OwnColumnTable(Strict):
    """An `[[own_columns]]` of a form: a column that no registered field stands for."""

    name: Annotated[
        str,
        Field(pattern=rf"^{OWN_PREFIX}[a-z][a-z0-9_]{{0,40}}$"),
        Key("字段名，以 x_ 开头", "name of the field, begins with x_", '"x_power_kwh"'),
    ]
    type: Annotated[
        Literal["amount", "quantity", "integer", "rate", "text", "code", "month", "date"],
        Key("类型：amount 为金额，quantity 为其他数量", "amount is money, quantity anything else", '"quantity"'),
    ]
    unit: Annotated[str, Key("计量单位", "unit of the stored value", '"kWh"')] = ""
    zh: Annotated[Text, Key("中文含义", "meaning in Chinese", '"工业用电量"')]
    en: Annotated[Text, Key("英文含义", "meaning in English", '"industrial power used"')]
    aliases: Annotated[
        tuple[Text, ...], Field(min_length=1), Key("表头的各种写法", "headers it may have", '["用电量"]')
    ]
    required: Annotated[Flag, Key("必须有此列（A03）", "the column must be there (A03)", "true")] = False
    non_empty: Annotated[Flag, Key("每行必填（B14）", "must be filled in every row (B14)", "true")] = False


class LayoutFile(Strict):
    """forms/<name>.toml."""

    name: Annotated[
        Text,
        Field(pattern=r"^[a-z][a-z0-9_]{0,39}$"),
        Key("报表名，与文件名一致", "name of the form, that of its file", '"unit_month"'),
    ]
    zh: Annotated[Text, Key("中文名称", "name in Chinese", '"制造业投资汇总月报"')]
    en: Annotated[Text, Key("英文名称", "name in English", '"Monthly return by unit"')]
    domain: Annotated[Domain, Key("统计、调度或市局", "statistical, administrative, or the bureau's own", '"stat"')]
    grain: Annotated[
        Grain,
        Key(
            "一行是什么：项目、指标、问题、走访……",
            "what a row is: a project, an indicator, an issue, a visit and so on",
            '"indicator"',
        ),
    ]
    measure: Annotated[
        Text, Key("金额换算为", "what amounts are converted to", '"wan_yuan"', refers="known measures, [[measures]]")
    ]
    amount_units: Annotated[
        dict[Text, Annotated[Decimal, Field(gt=0)]],
        Field(min_length=1),
        Key(
            "可用的金额单位及换算系数",
            "units of amount and their factor to the measure",
            '"亿元" = "10000"',
            "倍 / times the measure",
        ),
    ]
    columns: Annotated[tuple[ColumnTable, ...], Field(min_length=1), Key("各列", "the columns", "")]
    default_unit: Annotated[
        str | None,
        Key("未写单位时的金额单位", "unit of amount where a file names none", '"万元"', refers="amount_units"),
    ] = None
    indicators: Annotated[tuple[IndicatorLine, ...], Key("指标（grain = indicator）", "its indicators", "")] = ()
    indicator_header: Annotated[
        str, Key("模板中指标列的表头", "header of the indicator column in templates", '"指标名称"')
    ] = ""
    sheets: Annotated[tuple[Text, ...], Key("工作表名", "names of its sheet", '["汇总月报"]')] = ()
    titles: Annotated[tuple[Regex, ...], Key("标题的正则", "patterns of its title", "['汇总']")] = ()
    totals: Annotated[
        tuple[RowRegex, ...], Key("合计行的正则", "patterns of total rows, over text without spaces", "['^合计$']")
    ] = ()
    subtotals: Annotated[tuple[RowRegex, ...], Key("小计行的正则", "patterns of subtotal rows", "['小计$']")] = ()
    footers: Annotated[tuple[RowRegex, ...], Key("表尾行的正则", "patterns of footer lines", "['^填表人']")] = ()
    scored: Annotated[Flag, Key("迟报计分", "its lateness counts", "true")] = True
    partial: Annotated[
        Flag, Key("有错的行隔离，其余采用", "failing rows are held back, the rest accepted", "false")
    ] = False
    partial_max_share: Annotated[
        Decimal, Field(ge=0, le=1), Key("最多隔离的份额", "largest share held back", '"0.1"', "份额 / fraction")
    ] = Decimal("0.1")
    key: Annotated[
        tuple[Text, ...], Key("行的主键字段", "fields that identify a row", '["indicator"]', refers="columns field")
    ] = ()
    required_cells: Annotated[
        tuple[RequiredCellsTable, ...], Key("有条件的必填单元格（B14）", "cells that some rows must fill (B14)", "")
    ] = ()
    required_rows: Annotated[
        tuple[RequiredRowTable, ...], Key("必报行（A13）", "rows that must be there (A13)", "")
    ] = ()
    table_no: Annotated[str, Key("表号", "number of the form", '"206 表"')] = ""
    authority: Annotated[str, Key("制定机关", "authority that set it", '"国家统计局"')] = ""
    approval_no: Annotated[str, Key("批准文号", "approval", '"国统制〔2021〕…号"')] = ""
    valid_until: Annotated[str, Key("有效期至", "valid until", '"2023 年 6 月"')] = ""
    senders: Annotated[
        tuple[UnitKind, ...],
        Key(
            "可以报送的单位种类，空 = 按 domain", "kinds of units that may send it; empty: by its domain", '["county"]'
        ),
    ] = ()
    period_kind: Annotated[
        PeriodKind,
        Key(
            "报告期：月、季、ISO 周、年，或某日的事",
            "its periods: months, quarters, ISO weeks, years, or days of an event",
            '"week"',
        ),
    ] = "month"
    order: Annotated[
        Whole,
        Field(ge=0, le=10_000),
        Key("审核和列示的先后，小的在先", "order of validation and lists, small first", "40"),
    ] = 0
    role: Annotated[
        Role | None,
        Key("排名从本表取什么", "what the ranking takes from the form: level, base, detail or dispatch", '"level"'),
    ] = None
    history: Annotated[
        HistoryTable, Key("审核时回看什么", "what its rules look back at", '{ sibling = "unit_month" }')
    ] = HistoryTable()
    amount: Annotated[
        str,
        Key(
            "累计金额列：模板锁定显示，报告汇总",
            "its cumulative amount, locked in templates, summed in reports",
            '"ytd"',
        ),
    ] = ""
    identity: Annotated[
        tuple[Text, ...],
        Key(
            "模板从上期带来的列",
            "columns a template carries over from the last period",
            '["indicator", "scope"]',
            refers="columns field",
        ),
    ] = ()
    movements: Annotated[Flag, Key("附有变动表", "a sheet of movements comes with it", "true")] = False
    covers: Annotated[
        Literal["own", "children"],
        Key("只报本单位，或含下级", "rows of the sender alone, or also of the units below it", '"own"'),
    ] = "own"
    sentinels: Annotated[
        dict[Text, Meaning],
        Key("代替数字的文字及其含义", "texts in place of a figure and what they mean", '"扭亏" = "turned_profit"'),
    ] = Field(default_factory=dict)
    own_columns: Annotated[
        tuple[OwnColumnTable, ...],
        Key("本方案自有的列，只在本方案内", "columns of the programme's own, which stay inside it", ""),
    ] = ()


def load_layout(path: Path, measures: frozenset[str] = frozenset()) -> FormLayout:
    """The layout of one form by itself; ConfigError, or ConfigErrors, where anything in it is wrong."""
    errors = ErrorList()
    layout = read_layout(path, errors, measures)
    errors.raise_any()
    assert layout is not None, "what has no layout has an error"
    return layout


def read_layout(path: Path, errors: ErrorList, measures: frozenset[str] = frozenset()) -> FormLayout | None:
    """The layout of one form, None where its keys are wrong. Errors (file, line, value, allowed values) go into the list: unknown
    keys, forms, fields, units and measures, aliases that no header can match or that two fields have, regular expressions
    that do not compile. `measures`: codes that the programme declares."""
    model, text = read_model(path, LayoutFile, errors)
    if model is None:
        return None
    own = tuple(DeclaredField(c.name, c.type, c.zh, c.en, c.unit) for c in model.own_columns)
    declare(own)
    layout = FormLayout(
        **{
            **{name: getattr(model, name) for name in LayoutFile.model_fields if name != "own_columns"},
            "own": own,
            "columns": (
                *(FormColumn(**column.model_dump()) for column in model.columns),
                *(FormColumn(c.name, c.aliases, c.required, c.non_empty) for c in model.own_columns),
            ),
            "indicators": tuple(Indicator(**indicator.model_dump()) for indicator in model.indicators),
            "amount_units": dict(model.amount_units),
            "history": HistoryNeeds(**model.history.model_dump()),
            "required_cells": tuple(RequiredCells(**cells.model_dump()) for cells in model.required_cells),
            "required_rows": tuple(RequiredRow(**row.model_dump()) for row in model.required_rows),
            "sentinels": dict(model.sentinels),
        }
    )
    layout = with_defaults(layout, model.model_fields_set, path)
    if "partial_max_share" in model.model_fields_set and not model.partial:
        LayoutCheck(path, text, layout, errors).refuse(
            ("partial_max_share",),
            "partial = false 时此项无效",
            "partial_max_share does nothing without partial = true",
        )
    check = LayoutCheck(path, text, layout, errors)
    check.check(FORM_FIELDS, measures)
    check_required(layout, check.refuse)
    return layout
