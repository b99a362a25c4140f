"""What the page and the terminal print: columns and cells as text, ready to be laid out. No markup here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..model.formulas import arithmetic, points_between, round_half_up, schedule_completion
from ..model.ranking import DISPATCH_INDICATORS, INDICATORS, REMARKS, RankedUnit, Ranking
from ..model.value_marks import MEANINGS, Meaning
from .comparison import Comparison, comparable_method, compare_units
from .edition_context import BilingualText, EditionContext
from .edition_figures import indicator_name
from .edition_texts import change_header, city_name, whole_without_article
from .figures import ABSENT, amount, fixed, percent, plain, signed
from .scoring_words import anchors_used, deductions_taken


@dataclass(frozen=True)
class TableColumn:
    """A column of the units' table; `numeric` cells stand right."""

    key: str
    zh: str
    en: str
    unit: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class TableCell:
    """A cell; `en` stands beside it where words need it."""

    text: str
    en: str = ""


@dataclass(frozen=True)
class ScoredCell:
    """Value, points and weight of one indicator as they entered the score; all ABSENT when not applicable. `counted`: numerator and
    denominator of what was counted, where levels may be printed."""

    counted: str
    value: str
    points: str
    weight: str


@dataclass(frozen=True)
class CalculationRow:
    """One unit of the calculation table: everything the score recomputes from."""

    name: str
    code: str
    base: str
    ytd: str
    target: str
    scored: tuple[ScoredCell, ...]
    deductions: tuple[str, ...]
    score: str
    workdays_late: str
    unanswered: str


@dataclass(frozen=True)
class Bar:
    """A bar of the growth figure, in per mille of the drawing's width from its left edge."""

    name: str
    label: str
    x: int
    width: int
    negative: bool


FIGURE_LIMIT = 40
"""More bars than this are not readable."""


def columns(ranking: Ranking, edition: EditionContext) -> tuple[TableColumn, ...]:
    """Columns of the units' table (domain.md §4.4 table A); level columns and score only where they are printed."""
    levels, by_score = edition.programme.method.show_levels, ranking.basis == "score"
    (zh, en), unit, whole = edition.indicator_names, edition.display, whole_without_article(ranking)
    chosen: list[tuple[TableColumn, bool]] = [
        (TableColumn("no", "序号", "No."), True),
        (TableColumn("name", "地区", "Unit", numeric=False), True),
        (TableColumn("ytd", zh, en, f"{unit.zh} {unit.en}"), levels and edition.programme.method.rank_by == "levels"),
        (TableColumn("growth", "同比增长", "Growth", "%"), True),
        (TableColumn("growth_rank", "增速位次", "Rank by growth"), by_score),
        (TableColumn("change", *change_header(edition.period), "百分点 points"), bool(edition.previous)),
        (TableColumn("gap", f"与{whole[0]}差", f"Gap to {whole[1]}", "百分点 points"), ranking.city_growth is not None),
        (TableColumn("target", "年度目标", "Annual target", f"{unit.zh} {unit.en}"), levels and _targets(ranking)),
        (TableColumn("completion", "序时完成率", "Schedule completion", "%"), levels and _targets(ranking)),
        (TableColumn("major", "重大项目完成率", "Major projects", "%"), levels and by_score),
        (TableColumn("score", "得分", "Score"), by_score),
        (TableColumn("rank", "位次", "Rank"), True),
        (
            TableColumn("moved", "位次变化", "Movement", numeric=False),
            bool(edition.previous) and comparable_method(ranking, edition),
        ),
        (TableColumn("remarks", "备注", "Remarks", numeric=False), True),
    ]
    return tuple(column for column, shown in chosen if shown)


def city_row(ranking: Ranking, edition: EditionContext) -> dict[str, TableCell]:
    """The first row of the table: the whole city."""
    city, unit, name = ranking.city, edition.display, city_name(ranking)
    target = city.annual_target
    with arithmetic():
        done = schedule_completion(city.ytd, target, ranking.seasonal_share or Decimal(0))
    return {
        "name": TableCell(name.zh, name.en),
        "ytd": TableCell(amount(city.ytd, unit)),
        "growth": _growth(ranking.city_growth, city.growth_mark),
        "remarks": _coverage(city.covered),
        "target": TableCell(amount(target, unit)),
        "completion": TableCell(percent(done)),
    }


def unit_rows(ranking: Ranking, edition: EditionContext) -> list[dict[str, TableCell]]:
    """One row a unit, keyed by column."""
    against = compare_units(ranking, edition)
    return [
        _unit_row(number, unit, ranking, edition, against[unit.unit_code])
        for number, unit in enumerate(ranking.units, 1)
    ]


def calculation(ranking: Ranking) -> list[CalculationRow]:
    """The calculation table of a scored month, empty where nothing is scored by points."""
    if ranking.basis != "score":
        return []
    return [
        CalculationRow(
            name=u.name,
            code=u.unit_code,
            base=plain(u.inputs.base) or ABSENT,
            ytd=plain(u.inputs.ytd) or ABSENT,
            target=plain(u.inputs.annual_target) or ABSENT,
            scored=tuple(_scored_cell(u, key) for key in INDICATORS),
            deductions=tuple(plain(u.deductions.get(key)) or "0" for key in deductions_taken(ranking)),
            score=fixed(u.score, 2) or ABSENT,
            workdays_late=str(u.inputs.workdays_late),
            unanswered=f"{u.inputs.unanswered_queries}/{u.inputs.data_rows}",
        )
        for u in ranking.units
    ]


def indicator_names(ranking: Ranking) -> list[BilingualText]:
    """Names of the seven indicators as the programme calls them."""
    return [indicator_name(ranking, key) for key in INDICATORS]


def anchor_rows(ranking: Ranking) -> list[tuple[BilingualText, tuple[str, ...]]]:
    """(indicator, (weight and the anchors that the method looks at)) as scored: fractions, pull in percentage points."""
    keys = ("weight", *anchors_used(ranking.method))
    return [
        (BilingualText(a.zh, a.en), tuple(plain(round_half_up(getattr(a, key), 8)) or "0" for key in keys))
        for a in ranking.anchors
    ]


def growth_bars(ranking: Ranking) -> list[Bar]:
    """The growth column as bars on one scale that holds zero; empty for more units than a figure can show."""
    rates = [(unit, rate) for unit in ranking.units if (rate := unit.inputs.printed_growth) is not None]
    if not 2 <= len(rates) <= FIGURE_LIMIT:
        return []
    low = min(Decimal(0), *(rate for _, rate in rates))
    high = max(Decimal(0), *(rate for _, rate in rates))
    if high == low:
        return []
    scale = Decimal(1000) / (high - low)
    return [
        Bar(
            name=unit.name,
            label=f"{percent(rate)}%",
            x=int(round_half_up((min(rate, Decimal(0)) - low) * scale, 0)),
            width=int(round_half_up(abs(rate) * scale, 0)),
            negative=rate < 0,
        )
        for unit, rate in rates
    ]


def _unit_row(
    number: int, unit: RankedUnit, ranking: Ranking, edition: EditionContext, against: Comparison
) -> dict[str, TableCell]:
    shown, rate = edition.display, unit.inputs.printed_growth
    major = unit.indicators.get("major_projects")
    return {
        "no": TableCell(str(number)),
        "name": TableCell(unit.name, unit.inputs.name_en),
        "ytd": TableCell(amount(unit.inputs.ytd, shown)),
        "growth": _growth(rate, unit.inputs.growth_mark),
        "growth_rank": TableCell(_place(unit.growth_rank)),
        "change": TableCell(signed(against.growth_change_pp)),
        "gap": TableCell(signed(points_between(rate, ranking.city_growth))),
        "target": TableCell(amount(unit.inputs.annual_target, shown)),
        "completion": TableCell(percent(unit.schedule_completion)),
        "major": TableCell(percent(major.value if major else None)),
        "score": TableCell(fixed(unit.score, 2) or ABSENT),
        "rank": TableCell(_place(unit.rank)),
        "moved": _movement(against.movement),
        "remarks": TableCell("、".join(unit.remarks), "; ".join(REMARKS.get(text, text) for text in unit.remarks)),
    }


def _growth(rate: Decimal | None, mark: Meaning | None) -> TableCell:
    """The rate in percent, or the word in its place."""
    return TableCell(percent(rate)) if mark is None else TableCell(*MEANINGS[mark])


def _coverage(covered: tuple[int, int] | None) -> TableCell:
    """What a total covers where that is not all."""
    if covered is None:
        return TableCell("")
    return TableCell(f"仅{covered[0]}个单位合计（应报{covered[1]}个）", f"{covered[0]} of {covered[1]} units")


def parent_rows(ranking: Ranking, edition: EditionContext) -> list[dict[str, TableCell]]:
    """One row a parent of the ranking units: its own figure or the sum of its units, what that covers, and what is left between."""
    unit = edition.display
    return [
        {
            "name": TableCell(group.name),
            "ytd": TableCell(amount(group.ytd, unit)),
            "growth": _growth(group.growth, group.growth_mark),
            "summed": TableCell(amount(group.summed_ytd, unit)),
            "covered": TableCell(f"{group.covered[0]}/{group.covered[1]}"),
            "residual": TableCell(amount(group.residual, unit)),
        }
        for group in ranking.parents
    ]


def parent_columns(ranking: Ranking, edition: EditionContext) -> tuple[TableColumn, ...]:
    """Columns of the parents' table; levels only where they are printed."""
    if not ranking.parents:
        return ()
    (zh, en), unit, levels = edition.indicator_names, edition.display, edition.programme.method.show_levels
    shown = f"{unit.zh} {unit.en}"
    chosen = (
        (TableColumn("name", "地区", "Area", numeric=False), True),
        (TableColumn("ytd", zh, en, shown), levels),
        (TableColumn("growth", "同比增长", "Growth", "%"), True),
        (TableColumn("summed", "所属单位合计", "Sum of its units", shown), levels),
        (TableColumn("covered", "已报/应报", "Units in / all"), True),
        (TableColumn("residual", "本级数与合计之差", "Own figure − sum", shown), levels),
    )
    return tuple(column for column, kept in chosen if kept)


def _place(rank: int | None) -> str:
    return ABSENT if rank is None else str(rank)


def _movement(gained: int | None) -> TableCell:
    """In words as well as by sign: colour and arrows alone say nothing to many readers."""
    if gained is None:
        return TableCell(ABSENT)
    if not gained:
        return TableCell("持平", "same")
    steps = abs(gained)
    return TableCell(f"↑升{steps}", f"up {steps}") if gained > 0 else TableCell(f"↓降{steps}", f"down {steps}")


def _scored_cell(unit: RankedUnit, key: str) -> ScoredCell:
    i = unit.indicators[key]
    ratio = unit.inputs.counted(key) if key in DISPATCH_INDICATORS and unit.inputs.state == "scored" else None
    counted = f"{plain(ratio.numerator)}/{plain(ratio.denominator)}" if ratio else ""
    return ScoredCell(counted, plain(i.value) or ABSENT, plain(i.points) or ABSENT, plain(i.weight) or "0")


def _targets(ranking: Ranking) -> bool:
    return any(unit.inputs.annual_target is not None for unit in ranking.units)
