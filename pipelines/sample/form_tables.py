"""From canonical rows to the table a sender would lay out: headers of the programme's layouts, spellings of the sender."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..model.fields import FIELDS
from ..model.forms import FormColumn, FormLayout
from ..model.programme import CodeLists
from .returns import Row, Value
from .shapes import NOUNS, Shape

Cell = str | int | Decimal | date | None

_GROUPS = {
    "project_month": {
        "本年完成投资": ("ytd", "month", "build", "install", "build_install", "equip", "other"),
        "本年实际到位资金": (
            "funds_total",
            "funds_carried",
            "funds_budget",
            "funds_loans",
            "funds_bonds",
            "funds_foreign",
            "funds_self",
            "funds_other",
        ),
    }
}
_LEAVES = {"ytd": ("合计",), "month": ("本月",), "funds_total": ("小计", "合计")}
_CODED = frozenset(("nature", "status", "affiliation", "holding", "reg_type", "lead_level"))
_FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．,")


@dataclass
class FormTable:
    """A form as its sender lays it out. `headers` are (group, name), the group empty in a single header row; `fields` the field of each
    column ('' for 序号). `total` is the 合计 row; `notes` the lines above the header; `footers` those below."""

    form: str
    sheet: str
    notes: list[str]
    headers: list[tuple[str, str]]
    fields: list[str]
    rows: list[list[Cell]]
    total: list[Cell] | None = None
    footers: list[list[Cell]] = field(default_factory=list)
    header_row: int = 3


def lay_out(
    form: str, rows: Sequence[Row], layout: FormLayout, shape: Shape, codes: CodeLists, year: int, month: int
) -> FormTable:
    """The table of a form for one sender and period."""
    columns = [c for c in layout.columns if _sends(c, shape, rows)]
    headers = [_header(form, c, shape.two_rows) for c in columns]
    if any(c.field in ("growth", "growth_official") for c in columns):
        headers = [
            (group, f"{name}(%)") if c.field in ("growth", "growth_official") else (group, name)
            for c, (group, name) in zip(columns, headers, strict=True)
        ]
    writers = [_writer(c.field, layout, shape, codes) for c in columns]
    names = [c.field for c in columns]
    cells: list[list[Cell]] = [
        [write(row.get(name), row) for name, write in zip(names, writers, strict=True)] for row in rows
    ]
    if shape.quirks:
        _quirks(names, cells)
    total = _total(names, rows, writers) if shape.totals and form.startswith(("project", "dispatch")) else None
    if shape.numbered:
        names, headers = ["", *names], [("", "序号"), *headers]
        cells = [[number, *row] for number, row in enumerate(cells, 1)]
        total = [total[0], None, *total[1:]] if total else None
    span = f"{year}年1—{month}月"
    table = FormTable(form, layout.sheets[0] if layout.sheets else form, [], headers, names, cells, total)
    table.header_row = shape.header_row
    if shape.titled:
        table.notes = [f"{shape.called}{span}{NOUNS[form]}(模拟数据)", f"单位:{shape.amount_unit}"]
        if shape.header_row > 3:
            table.notes.insert(1, f"填报单位:{shape.called}  报告期:{year}年1-{month}月")
    if shape.footers:
        table.footers = [
            ["填报人:(模拟)", None, "审核人:(模拟)", None, "联系电话:0573-00000000"],
            ["报出日期:见文件时间"],
        ]
    return table


def _sends(column: FormColumn, shape: Shape, rows: Sequence[Row]) -> bool:
    """A sender has the columns of the layout but for those it omits; what nobody fills is sent only where required."""
    if column.field in shape.omit and not column.required:
        return False
    if column.field in (("build", "install") if shape.parts_joined else ("build_install",)):
        return False
    return column.required or column.field == "explanation" or any(column.field in row for row in rows)


def _header(form: str, column: FormColumn, two_rows: bool) -> tuple[str, str]:
    """(group, name) in words that the layout knows; the group is empty where the header has one row or the column none."""
    single = next((a for a in column.aliases if "|" not in a), column.field)
    if not two_rows:
        return "", single
    for group, members in _GROUPS.get(form, {}).items():
        if column.field in members:
            leaf = next((x for x in _LEAVES.get(column.field, ()) if f"{group}|{x}" in column.aliases), single)
            return group, leaf
    joined = next((a for a in column.aliases if a.count("|") == 1), None)
    if joined is not None:
        group, leaf = joined.split("|")
        return group, leaf
    return "", single


def _writer(name: str, layout: FormLayout, shape: Shape, codes: CodeLists) -> Callable[[Value, Row], Cell]:
    """How a sender writes the values of a field."""
    kind = FIELDS[name].type
    blank: Cell = shape.missing or None
    if kind == "amount":
        return _in_yi if shape.amount_unit == "亿元" else lambda value, row: value
    if kind == "month":
        months: dict[str, Cell] = {}

        def month(value: Value, _: Row) -> Cell:
            if value is None:
                return blank
            text = str(value)
            if text not in months:
                months[text] = _month(text, shape)
            return months[text]

        return month
    if name in _CODED:
        entries = codes.lists.get(name, {})
        texts = {code: _coded(code, entry, shape) for code, entry in entries.items()}
        return lambda value, row: texts.get(str(value), str(value)) if value is not None else blank
    if name == "indicator":
        names = {
            i.code: i.code if shape.coded == "code" else i.names[0] if i.names else i.code for i in layout.indicators
        }
        return lambda value, row: names.get(str(value), str(value))
    if kind in ("text", "code", "date"):
        return lambda value, row: blank if value is None else value
    return lambda value, row: value


def _in_yi(value: Value, row: Row) -> Cell:
    """万元 written in 亿元; counts and rates stay."""
    if isinstance(value, int | Decimal) and row.get("measure") != "个":
        return Decimal(value).scaleb(-4)
    return value


def _coded(code: str, entry: str, shape: Shape) -> str:
    return {"code": code, "name": entry, "both": f"{code} {entry}" if code.isdigit() else entry}[shape.coded]


def _month(text: str, shape: Shape) -> Cell:
    year, month = int(text[:4]), int(text[5:])
    if shape.months == "zh":
        return f"{year}年{month}月"
    if shape.months == "compact":
        return f"{year}{month:02d}"
    if shape.months == "dot":
        return f"{year}.{month:02d}"
    return date(year, month, 1) if shape.months == "date" and shape.kind == "xlsx" else text


def _quirks(names: Sequence[str], cells: list[list[Cell]]) -> None:
    """Numbers typed as text, in every seventh row: full-width digits in plan_total, thousands separators in cum_total."""
    for name, style in (("plan_total", "full"), ("cum_total", "comma"), ("actual_ytd", "comma")):
        if name not in names:
            continue
        at = names.index(name)
        for row in cells[3::7]:
            value = row[at]
            if isinstance(value, int):
                row[at] = str(value).translate(_FULL_WIDTH) if style == "full" else f"{value:,}"


def _total(names: Sequence[str], rows: Sequence[Row], writers: Sequence[Callable[[Value, Row], Cell]]) -> list[Cell]:
    """The 合计 row: sums of the amounts of the year, its label in the first column that is none."""
    total: list[Cell] = []
    for name, write in zip(names, writers, strict=True):
        if FIELDS[name].type == "amount" and name != "correction_wan_yuan":
            values = [row.get(name) for row in rows]
            numbers = [value for value in values if isinstance(value, int | Decimal)]
            total.append(write(sum(numbers), {}) if numbers else None)
        else:
            total.append(None)
    total[0] = "合计"
    return total
