"""The main table of an edition's page: cells as text, remarks with their meaning, rows in groups of the units' parents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...model.formulas import round_half_up
from ...model.ranking import REMARKS
from ...model.units import UnitRoster
from ...model.value_marks import MEANINGS
from ..edition_context import BilingualText
from ..edition_texts import change_header
from ..figures import ABSENT, Display, amount, percent, signed
from .published_edition import PublishedEdition, amount_of, growth_of
from .sparkline import sparkline

GROUPED = 40
"""Up to so many units a group is no help."""
DRAWN = 200
"""Up to so many units each row has its line: more would make the page heavy."""
EXPLAINED: Mapping[str, str] = {
    "未报": "到封账时没有可采用的报表，不参加排名",
    "审核未通过": "报表审核未通过且未更正，不参加排名",
    "迟报": "首次可读报表晚于规定时间，按工作日扣分",
    "逾期未更正": "按时报送，但未在期限内更正",
    "并列": "所示精度下得分或增速相同，位次相同",
    "部分采用": "部分数据行未通过审核，未计入",
    "不予公布": "为避免识别单个统计调查对象，数据不予公布，不参加排名",
    "无可比基数": "没有可比基数，不计算增速",
    "基数过小": "基数低于排名的起点，不按增速排名",
    "暂缺": "数据暂缺，不参加排名",
}
"""What the remarks mean, in a sentence, beside their English of REMARKS."""


@dataclass(frozen=True)
class RowColumn:
    """A column of the table. `numeric` ones stand right; all can be sorted."""

    key: str
    zh: str
    en: str
    unit: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class RowCell:
    """A cell. `sort`: what it is sorted by where its text does not say; `tone`: up, down or ''; `svg`: a drawing instead of text."""

    text: str
    en: str = ""
    sort: str = ""
    tone: str = ""
    svg: str = ""


@dataclass(frozen=True)
class UnitRow:
    """A unit's row. `named` is its name, linked to its page."""

    code: str
    name: str
    name_en: str
    cells: Mapping[str, RowCell]


@dataclass(frozen=True)
class RowGroup:
    """Rows of one parent; one nameless group where units are few or belong together."""

    code: str
    name: str
    rows: tuple[UnitRow, ...]


def row_columns(edition: PublishedEdition, display: Display, indicator: BilingualText) -> tuple[RowColumn, ...]:
    """The columns that hold anything in this edition."""
    units = edition.units
    moved = any(unit["movement"] is not None for unit in units)
    compared = any(unit["growth_change_pp"] is not None for unit in units)
    money = f"{display.zh} {display.en}"
    chosen = (
        (RowColumn("rank", "位次", "Rank"), True),
        (RowColumn("moved", "升降", "Move", numeric=False), moved),
        (RowColumn("name", "地区", "Unit", numeric=False), True),
        (RowColumn("score", "得分", "Score"), edition.by_score),
        (RowColumn("growth", "同比增长", "Growth", "%"), True),
        (RowColumn("change", *change_header(edition.period), "百分点 points"), compared),
        (RowColumn("ytd", indicator.zh + "累计", indicator.en + ", to date", money), _any(units, "ytd")),
        (RowColumn("pull", "拉动", "Pull", "百分点 points"), _any(units, "pull_pp")),
        (RowColumn("completion", "序时完成率", "On schedule", "%"), _any(units, "schedule_completion")),
        (RowColumn("line", "增速走势", "Growth so far", numeric=False), len(units) <= DRAWN),
        (RowColumn("remarks", "备注", "Remarks", numeric=False), any(unit["remarks"] for unit in units)),
    )
    return tuple(column for column, shown in chosen if shown)


def row_groups(
    edition: PublishedEdition, past: Sequence[PublishedEdition], display: Display, roster: UnitRoster
) -> tuple[RowGroup, ...]:
    """The rows by rank; in groups of the parents where units are many and have several."""
    drawn = len(edition.units) <= DRAWN
    rows = [_row(unit, past if drawn else (), display) for unit in edition.units]
    parents = {unit["unit"]: _parent(roster, unit["unit"]) for unit in edition.units}
    if len(rows) <= GROUPED or len(set(parents.values())) < 2:
        return (RowGroup("", "", tuple(rows)),)
    grouped: dict[str, list[UnitRow]] = {}
    for row in rows:
        grouped.setdefault(parents[row.code], []).append(row)
    names = {group["unit"]: group["name"] for group in edition.document.get("parents", ())}
    return tuple(
        RowGroup(code, names.get(code) or _name(roster, code), tuple(own)) for code, own in sorted(grouped.items())
    )


def explained_remarks(edition: PublishedEdition) -> tuple[tuple[str, str, str], ...]:
    """(remark, what it means, English) of every remark that the edition's table carries."""
    carried = dict.fromkeys(remark for unit in edition.units for remark in unit["remarks"])
    return tuple((remark, EXPLAINED.get(remark, ""), REMARKS.get(remark, remark)) for remark in carried)


def growth_cell(unit: Mapping[str, Any]) -> RowCell:
    """The rate in percent with the tone of its sign, or the word in its place."""
    mark: Any = unit.get("growth_mark")
    if mark in MEANINGS and unit.get("state", "scored") == "scored":
        return RowCell(*MEANINGS[mark])
    rate = growth_of(unit)
    return RowCell(percent(rate), tone="" if not rate else "up" if rate > 0 else "down")


def moved_cell(movement: int | None) -> RowCell:
    """Places gained or lost, by arrow and number."""
    if movement is None:
        return RowCell(ABSENT, sort="")
    if not movement:
        return RowCell("持平", "same", "0")
    up = movement > 0
    return RowCell(
        f"{'▲' if up else '▼'}{abs(movement)}", f"{'up' if up else 'down'}", str(movement), "up" if up else "down"
    )


def _row(unit: Mapping[str, Any], past: Sequence[PublishedEdition], display: Display) -> UnitRow:
    rates = [growth_of(then) if (then := e.by_code.get(unit["unit"])) else None for e in past]
    shown = "、".join(f"{e.period.month}月{percent(rate)}%" for e, rate in zip(past, rates, strict=True))
    change = unit["growth_change_pp"]
    line = sparkline([None if rate is None else float(rate) for rate in rates], f"{unit['name']}增速 {shown}")
    cells = {
        "rank": RowCell(ABSENT if unit["rank"] is None else str(unit["rank"])),
        "moved": moved_cell(unit["movement"]),
        "score": RowCell(unit["score"] or ABSENT),
        "growth": growth_cell(unit),
        "change": RowCell(signed(None if change is None else round_half_up(Decimal(change), 1))),
        "ytd": RowCell(amount(amount_of(unit, "ytd"), display)),
        "pull": RowCell(_float(unit["pull_pp"], 2)),
        "completion": RowCell(percent(_decimal(unit["schedule_completion"]))),
        "line": RowCell(
            "" if line else ABSENT, sort=str(rates[-1] if rates and rates[-1] is not None else ""), svg=line
        ),
        "remarks": RowCell("、".join(unit["remarks"]), "; ".join(REMARKS.get(r, r) for r in unit["remarks"])),
    }
    return UnitRow(unit["unit"], unit["name"], unit["name_en"], cells)


def _any(units: Sequence[Mapping[str, Any]], field: str) -> bool:
    return any(unit[field] is not None for unit in units)


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _float(value: float | None, places: int) -> str:
    exact = _decimal(value)
    return ABSENT if exact is None else f"{round_half_up(exact, places):+f}"


def _parent(roster: UnitRoster, code: str) -> str:
    unit = roster.get(code)
    return (unit.parent or "") if unit is not None else ""


def _name(roster: UnitRoster, code: str) -> str:
    unit = roster.get(code)
    return unit.name if unit is not None else code
