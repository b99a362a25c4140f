"""Figures of an edition's page: what each chart shows, the sentence that says it, and the table of the same figures beside it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width

from ...model.formulas import round_half_up
from ...model.lifecycle import STAGE_EN
from ...model.ranking import DISPATCH_INDICATORS
from ..edition_context import BilingualText
from ..edition_figures import FIGURE_NAMES
from ..figures import ABSENT, Display, amount, percent, signed
from ..participation import TOO_SMALL, faster_than, left_out
from . import chart_specs as specs
from .chart_svg import Chart, ChartDrawer
from .edition_series import month_label
from .published_edition import PublishedEdition, amount_of, growth_of

FEW = 40
"""More units than this have no bar each; their growth is shown by classes."""
PANELS = 15
LINES = 20
NAME_WIDTH = 10.5
CLASSES = (-50, -25, -10, 0, 10, 25, 50, 100)


@dataclass(frozen=True)
class Figure:
    """One figure: drawing, headline sentence and its figures as a table (header cells and rows of text)."""

    key: str
    title: BilingualText
    lead: BilingualText
    svg: str
    head: tuple[BilingualText, ...]
    rows: tuple[tuple[str, ...], ...]


class FigureMaker:
    """Makes the figures of one edition. `past`: the year's editions up to this one; `tiles`: unit → (column, line) of the tile map."""

    def __init__(
        self,
        edition: PublishedEdition,
        past: Sequence[PublishedEdition],
        display: Display,
        whole: BilingualText,
        drawer: ChartDrawer,
        tiles: Mapping[str, tuple[int, int]],
    ) -> None:
        self.edition, self.past, self.display, self.whole = edition, past, display, whole
        self.drawer, self.tiles = drawer, tiles
        self.names = short_names(edition.units)

    def all(self) -> dict[str, Figure]:
        """Every figure that the edition's figures allow, by key."""
        made = (self.growth(), self.ranks(), self.pull(), self.gauges(), self.season(), self.stages())
        beside = (self.funnel(), self.tile_map())
        return {figure.key: figure for figure in (*made, *beside) if figure is not None}

    def growth(self) -> Figure | None:
        """Bars of growth, or classes of growth where there are too many units for a bar each."""
        rates = [(unit, rate) for unit in self.edition.units if (rate := growth_of(unit)) is not None]
        if len(rates) < 2:
            return None
        rates.sort(key=lambda pair: (-pair[1], pair[0]["unit"]))
        whole = growth_of(self.edition.document["city"])
        compared = [(unit, rate) for unit, rate in rates if TOO_SMALL not in unit["remarks"]]
        ahead, without = len(faster_than(compared, whole)), left_out(len(rates) - len(compared))
        down = sum(rate < 0 for _, rate in rates)
        lead = BilingualText(
            f"{len(rates)}个地区中{len(rates) - down}个未降、{down}个下降"
            + (f"；{ahead}个快于{self.whole.zh}（{percent(whole)}%）{without.zh}。" if whole is not None else "。"),
            f"Of {len(rates)} units {down} fell"
            + (
                f"; {ahead} grew faster than {self.whole.en} ({percent(whole)} %){without.en}."
                if whole is not None
                else "."
            ),
        )
        title = BilingualText("同比增长（%）", "Growth on the same period of last year, %")
        if len(rates) > FEW:
            return self._classes([rate for _, rate in rates], title, lead)
        rows = [{"name": self.names[u["unit"]], "value": _pct(r), "label": f"{_plus(r)}%"} for u, r in rates]
        spec = specs.growth_bars(
            rows, None if whole is None else (f"{self.whole.zh} {percent(whole)}%", _pct(whole)), self._goal(), 70
        )
        table = [(u["name"], percent(r), signed(_points(u.get("growth_change_pp")))) for u, r in rates]
        if whole is not None:
            table.append((self.whole.zh, percent(whole), ABSENT))
        head = (_UNIT, BilingualText("同比增长 %", "Growth, %"), BilingualText("较上月增减 百分点", "Change, points"))
        return self._figure("growth", title, lead, spec, head, table)

    def _classes(self, rates: Sequence[Decimal], title: BilingualText, lead: BilingualText) -> Figure:
        """How many units fall between the limits of CLASSES."""
        edges = [Decimal(edge) / 100 for edge in CLASSES]
        counts = [sum(1 for r in rates if r < edges[0])]
        counts += [sum(1 for r in rates if low <= r < high) for low, high in itertools.pairwise(edges)]
        counts += [sum(1 for r in rates if r >= edges[-1])]
        names = [f"低于{CLASSES[0]}%", *(f"{a}~{b}%" for a, b in itertools.pairwise(CLASSES))]
        names.append(f"{CLASSES[-1]}%以上")
        kinds = ["down" if low < 0 else "up" for low in (CLASSES[0] - 1, *CLASSES)]
        rows: list[dict[str, Any]] = [
            {"name": n, "value": c, "kind": k} for n, c, k in reversed(list(zip(names, counts, kinds, strict=True)))
        ]
        head = (BilingualText("增速", "Growth"), BilingualText("单位数", "Units"))
        table = [(row["name"], str(row["value"])) for row in rows]
        return self._figure("growth", title, lead, specs.growth_histogram(rows), head, table)

    def ranks(self) -> Figure | None:
        """Places over the months of the year."""
        months = [month_label(edition.period)[0] for edition in self.past]
        ranked = [unit for unit in self.edition.units if unit["rank"] is not None][:LINES]
        if len(months) < 2 or len(ranked) < 2:
            return None
        rows = [
            {"name": self.names[unit["unit"]], "month": month, "rank": then["rank"], "at": place}
            for place, (month, edition) in enumerate(zip(months, self.past, strict=True))
            for unit in ranked
            if (then := edition.by_code.get(unit["unit"])) is not None and then["rank"] is not None
        ]
        if {row["month"] for row in rows} == {months[-1]}:
            return None
        strong = self._strong(ranked)
        places = max(row["rank"] for row in rows)
        if places > 2 * LINES:
            return None
        title = BilingualText("位次走势", "Places over the year")
        bases = {edition.document["basis"] for edition in self.past}
        lead = BilingualText(
            "第1位在上；彩色为前三位与升降最多的地区。"
            + ("年初各月按增速、其后按得分排名，两者之间的升降不可比。" if len(bases) > 1 else ""),
            "First place on top; in colour the first three and those that moved most."
            + (
                " The first months rank by growth, later ones by score: moves between the two say nothing."
                * (len(bases) > 1)
            ),
        )
        spec = specs.rank_lines(rows, months, months[-1], places, strong)
        head = (_UNIT, *(BilingualText(month, str(e.period)) for month, e in zip(months, self.past, strict=True)))
        table = [(u["name"], *(_rank((e.by_code.get(u["unit"]) or {}).get("rank")) for e in self.past)) for u in ranked]
        return self._figure("ranks", title, lead, spec, head, table)

    def _strong(self, ranked: Sequence[Mapping[str, Any]]) -> list[str]:
        """Names drawn in colour: the first three and the two that moved most."""
        moved = sorted((u for u in ranked if u["movement"]), key=lambda u: (-abs(u["movement"]), u["rank"]))
        chosen = [*ranked[:3], *moved]
        return list(dict.fromkeys(self.names[u["unit"]] for u in chosen))[:5]

    def pull(self) -> Figure | None:
        """The waterfall of pulls; the rest up to the published rate is shown as what it is."""
        pulls = [(u, Decimal(str(u["pull_pp"]))) for u in self.edition.units if u["pull_pp"] is not None]
        whole = growth_of(self.edition.document["city"])
        if len(pulls) < 2 or len(pulls) > FEW or whole is None:
            return None
        pulls.sort(key=lambda pair: (-pair[1], pair[0]["unit"]))
        rest = whole * 100 - sum((pull for _, pull in pulls), Decimal(0))
        steps = [(self.names[u["unit"]], u["name"], pull, "up" if pull >= 0 else "down") for u, pull in pulls]
        if abs(rest) >= Decimal("0.005"):
            steps.append(("其他", "其他与口径差 other", rest, "rest"))
        rows: list[dict[str, Any]] = []
        at = Decimal(0)
        for short, _, pull, kind in steps:
            rows.append(_step(short, at, at + pull, f"{round_half_up(pull, 2):+f}", kind))
            at += pull
        rows.append(_step(self.whole.zh, Decimal(0), whole * 100, f"{percent(whole)}%", "total"))
        first, share = pulls[0][0], pulls[0][1]
        title = BilingualText("拉动：各地区把全市增速推高多少（百分点）", "Pull: what each unit adds to growth, points")
        lead = BilingualText(
            f"{self.whole.zh}{percent(whole)}%的增速中，{first['name']}拉动最多，{round_half_up(share, 2)}个百分点。",
            f"Of growth of {percent(whole)} %, {first['name_en']} adds most: {round_half_up(share, 2)} points.",
        )
        head = (_UNIT, BilingualText("拉动 百分点", "Pull, points"), BilingualText("贡献率 %", "Contribution, %"))
        contributions = {u["name"]: u["contribution"] for u, _ in pulls}
        table = [
            (name, f"{round_half_up(pull, 2):+f}", _percent_of(contributions.get(name))) for _, name, pull, _ in steps
        ]
        table.append((self.whole.zh, percent(whole), "100.0"))
        return self._figure("pull", title, lead, specs.pull_waterfall(rows), head, table)

    def gauges(self) -> Figure | None:
        """The annual target: done, expected by the season, and the pace that the rest of the year requires."""
        season = _decimal(self.edition.document["parameters"]["seasonal_share"])
        found = [
            (u, done, target)
            for u in self.edition.units
            if (done := amount_of(u, "ytd")) is not None and (target := amount_of(u, "annual_target"))
        ]
        if not season or not found or len(found) > FEW:
            return None
        found.sort(key=lambda row: (-(row[1] / row[2]), row[0]["unit"]))
        left = 12 - self.edition.period.month
        rows: list[dict[str, Any]] = []
        table: list[tuple[str, ...]] = []
        for unit, done, target in found:
            share = done / target
            ahead = round_half_up((share - season) * 100, 1)
            rows.append(
                {
                    "name": self.names[unit["unit"]],
                    "done": _pct(share),
                    "label": f"{percent(share)}% {'超' if ahead >= 0 else '欠'}{abs(ahead)}点",
                    "kind": "ahead" if ahead >= 0 else "behind",
                }
            )
            table.append((unit["name"], percent(share), signed(ahead), *self._pace(done, target, left)))
        behind = [str(row["name"]) for row in rows if row["kind"] == "behind"]
        title = BilingualText("年度目标完成进度（%）", "Progress towards the annual target, %")
        lead = BilingualText(
            f"本月序时进度为{percent(season)}%；"
            + (f"落后的有{len(behind)}个：{'、'.join(behind[:6])}。" if behind else "全部地区达到序时进度。"),
            f"The season asks for {percent(season)} % by now; "
            + (f"{len(behind)} units are behind." if behind else "every unit has it."),
        )
        shown = self.display
        head = (
            _UNIT,
            BilingualText("完成 %", "Done, %"),
            BilingualText("与序时进度差 百分点", "Against the season, points"),
            BilingualText(f"已完成月均 {shown.zh}", f"Monthly mean so far, {shown.en}"),
            BilingualText(f"余下每月需 {shown.zh}", f"Needed a month from now, {shown.en}"),
        )
        spec = specs.target_gauges(rows, _pct(season), f"序时 {percent(season)}%")
        return self._figure("gauges", title, lead, spec, head, table)

    def _pace(self, done: Decimal, target: Decimal, left: int) -> tuple[str, str]:
        mean = amount(done / self.edition.period.month, self.display)
        needed = amount(max(target - done, Decimal(0)) / left, self.display) if left else ABSENT
        return mean, needed

    def season(self) -> Figure | None:
        """Cumulative share of the annual target against the season's share, one panel a unit."""
        shares = self.season_shares()
        units = [u for u in self.edition.units if u["unit"] in shares]
        if len(self.past) < 2 or not 2 <= len(units) <= PANELS:
            return None
        rows: list[dict[str, Any]] = []
        for unit in units:
            known = [point for point in shares[unit["unit"]] if point[1] is not None]
            for month, done, season in known:
                label = f"{percent(done)}%" if month == known[-1][0] else ""
                point = {"at": month, "done": _pct(done or Decimal(0)), "season": _pct(season), "label": label}
                rows.append({"name": self.names[unit["unit"]], **point})
        months = sorted({row["at"] for row in rows})
        if len(months) < 2:
            return None
        high = max(max(row["done"], row["season"]) for row in rows) * 1.25
        title = BilingualText(
            "累计完成与序时曲线（占年度目标 %）", "Cumulative investment against the season, % of target"
        )
        lead = BilingualText(
            "实线为累计完成占年度目标的比重，虚线为序时进度；实线在上即领先。",
            "Solid: cumulative share of the annual target; dashed: the season's share. Above is ahead.",
        )
        head = (_UNIT, *(BilingualText(f"{month}月", f"month {month}") for month in months))
        seasons = {row["at"]: row["season"] for row in rows}
        table = [
            (u["name"], *(percent({m: d for m, d, _ in shares[u["unit"]]}.get(month)) for month in months))
            for u in units
        ]
        table.append(("序时进度 season", *(f"{seasons[month]:.1f}" for month in months)))
        order = [self.names[u["unit"]] for u in units]
        return self._figure("season", title, lead, specs.season_panels(rows, order, months, high), head, table)

    def season_shares(self) -> dict[str, list[tuple[int, Decimal | None, Decimal]]]:
        """By unit: (month, share of the annual target done, share of the season) of the year's editions that print levels."""
        found: dict[str, list[tuple[int, Decimal | None, Decimal]]] = {}
        for edition in self.past:
            season = _decimal(edition.document["parameters"]["seasonal_share"])
            if not season:
                continue
            for unit in edition.units:
                done, target = amount_of(unit, "ytd"), amount_of(unit, "annual_target")
                if target:
                    share = None if done is None else done / target
                    found.setdefault(unit["unit"], []).append((edition.period.month, share, season))
        return {code: rows for code, rows in found.items() if any(share is not None for _, share, _ in rows)}

    def stages(self) -> Figure | None:
        """What of the dispatch duties that were due was done, over all units, with the weakest unit of each."""
        names = {anchor["key"]: anchor for anchor in self.edition.document["parameters"]["anchors"]}
        rows: list[dict[str, Any]] = []
        table: list[tuple[str, ...]] = []
        for key in DISPATCH_INDICATORS:
            counted = [
                (unit, Decimal(ratio["numerator"]), Decimal(ratio["denominator"]))
                for unit in self.edition.units
                if (ratio := unit["counts"].get(key)) is not None and Decimal(ratio["denominator"])
            ]
            if not counted or key not in names:
                continue
            done, due = sum((row[1] for row in counted), Decimal(0)), sum((row[2] for row in counted), Decimal(0))
            weakest = min(counted, key=lambda row: (row[1] / row[2], row[0]["unit"]))
            low = percent(weakest[1] / weakest[2])
            label = f"{percent(done / due)}%"
            counts = (f"{round_half_up(done, 0):,f}", f"{round_half_up(due, 0):,f}")
            rows.append(
                {"name": f"{names[key]['zh']} {counts[0]}/{counts[1]}", "done": _pct(done / due), "label": label}
            )
            table.append(
                (f"{names[key]['zh']} {names[key]['en']}", *counts, percent(done / due), weakest[0]["name"], low)
            )
        if not rows:
            return None
        worst = min(table, key=lambda row: Decimal(row[3]))
        title = BilingualText("调度环节：应完成的完成了多少", "Stages: how much of what was due is done")
        lead = BilingualText(
            f"最弱一环是{worst[0].split(' ')[0]}（{worst[3]}%），其中{worst[4]}最低（{worst[5]}%）。",
            f"The weakest link stands at {worst[3]} % (lowest unit {worst[5]} %).",
        )
        head = (
            BilingualText("环节", "Stage"),
            BilingualText("已完成", "Done"),
            BilingualText("应完成", "Due"),
            BilingualText("完成率 %", "Share, %"),
            BilingualText("最低地区", "Lowest unit"),
            BilingualText("其完成率 %", "Its share, %"),
        )
        return self._figure("stages", title, lead, specs.stage_bars(rows), head, table)

    def funnel(self) -> Figure | None:
        """How many projects of the dispatch library came through each of the six stages; None where the edition carries no stages."""
        stages = self.edition.document.get("funnel", ())
        whole = max((stage["projects"] for stage in stages), default=0)
        if not whole:
            return None
        rows: list[dict[str, Any]] = []
        table: list[tuple[str, ...]] = []
        for stage in stages:
            share = Decimal(stage["reached"]) / stage["projects"] if stage["projects"] else None
            width = stage["reached"] / whole * 100
            shown = f"{stage['reached']}/{stage['projects']}"
            rows.append({"name": stage["zh"], "start": 50 - width / 2, "end": 50 + width / 2, "label": shown})
            counts = (str(stage[key]) for key in ("projects", "reached", "due", "overdue", "in_stage"))
            table.append((f"{stage['zh']} {STAGE_EN[stage['stage']]}", *counts, percent(share)))
        latest = max(stages, key=lambda stage: stage["overdue"])
        title = BilingualText("六环节漏斗：项目走到哪一步", "Stage funnel: how far the projects have come")
        where = STAGE_EN[latest["stage"]].lower()
        late = (
            f"逾期最多的是{latest['zh']}（{latest['overdue']}个）",
            f"most are overdue in {where} ({latest['overdue']})",
        )
        none = ("没有环节逾期", "no stage is overdue")
        tail = late if latest["overdue"] else none
        begun, full = (next(s["reached"] for s in stages if s["stage"] == key) for key in ("start", "capacity"))
        lead = BilingualText(
            f"调度项目库{whole}个项目中，{begun}个已开工、{full}个已达产；{tail[0]}。",
            f"Of {whole} projects in the dispatch library {begun} have started and {full} reached full capacity; {tail[1]}.",
        )
        names = ("projects", "reached", "due", "overdue", "in_stage")
        head = (
            BilingualText("环节", "Stage"),
            *(FIGURE_NAMES[name] for name in names),
            BilingualText("完成占比 %", "Share, %"),
        )
        return self._figure("funnel", title, lead, specs.stage_funnel(rows), head, table)

    def tile_map(self) -> Figure | None:
        """Growth on a grid of squares; only where the programme says where each unit's square stands."""
        placed = [unit for unit in self.edition.units if unit["unit"] in self.tiles]
        whole = growth_of(self.edition.document["city"])
        if len(placed) < 2 or whole is None:
            return None
        rows: list[dict[str, Any]] = []
        for unit in placed:
            column, line = self.tiles[unit["unit"]]
            rate = growth_of(unit)
            place = {"column": column, "line": line, "name": self.names[unit["unit"]]}
            rows.append({**place, "label": ABSENT if rate is None else f"{_plus(rate)}%", "kind": _class(rate, whole)})
        title = BilingualText("方格图：同比增长（%）", "Tile grid: growth, %")
        lead = BilingualText(
            f"方格位置为示意，不表示行政区域界线；红为快于{self.whole.zh}，绿为慢于{self.whole.zh}，深色相差10个百分点以上。",
            "Squares only resemble the map and show no boundaries; red is faster than the whole, green slower, dark by more than "
            "10 points.",
        )
        wide, high = max(row["column"] for row in rows), max(row["line"] for row in rows)
        table = [(u["name"], percent(growth_of(u))) for u in placed]
        head = (_UNIT, BilingualText("同比增长 %", "Growth, %"))
        return self._figure("tiles", title, lead, specs.tile_map(rows, wide, high), head, table)

    def _goal(self) -> float | None:
        """The rate that earns 80 points, where growth is scored by anchors."""
        scored = self.edition.by_score and self.edition.document["method"] == "SAIMA-1"
        anchors = self.edition.document["parameters"]["anchors"] if scored else ()
        return next((float(a["mid"]) * 100 for a in anchors if a["key"] == "growth"), None)

    def _figure(
        self,
        key: str,
        title: BilingualText,
        lead: BilingualText,
        spec: Mapping[str, Any],
        head: tuple[BilingualText, ...],
        table: Sequence[tuple[str, ...]],
    ) -> Figure:
        chart = Chart(key, f"{title.zh} / {title.en}", f"{lead.zh} {lead.en}", spec)
        return Figure(key, title, lead, self.drawer.draw(chart), head, tuple(table))


def short_names(units: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Names that fit beside a chart, each its own: what is too long is cut, what two units share gets the code."""
    cut = {unit["unit"]: _cut(unit["name"]) for unit in units}
    shared = list(cut.values())
    counts = {name: shared.count(name) for name in set(shared)} if len(shared) <= FEW else {}
    return {code: f"{name} {code}" if counts.get(name, 1) > 1 else name for code, name in cut.items()}


def _cut(name: str) -> str:
    kept, width = "", 0.0
    for letter in name:
        width += 2 if east_asian_width(letter) in "WF" else 1.1
        if width > NAME_WIDTH:
            return kept[:-1] + "…"
        kept += letter
    return kept


_UNIT = BilingualText("地区", "Unit")


def _step(name: str, start: Decimal, end: Decimal, label: str, kind: str) -> dict[str, Any]:
    ends = {"start": float(start), "end": float(end), "right": float(max(start, end))}
    return {"name": name, **ends, "label": label, "kind": kind}


def _class(rate: Decimal | None, whole: Decimal) -> str:
    if rate is None:
        return "none"
    far = abs(rate - whole) > Decimal("0.1")
    return ("far_" if far else "") + ("up" if rate >= whole else "down")


def _pct(value: Decimal) -> float:
    return float(round_half_up(value * 100, 2))


def _plus(rate: Decimal) -> str:
    return f"{round_half_up(rate * 100, 1):+f}"


def _rank(rank: int | None) -> str:
    return ABSENT if rank is None else str(rank)


def _points(value: str | None) -> Decimal | None:
    return None if value is None else round_half_up(Decimal(value), 1)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _percent_of(value: float | None) -> str:
    return percent(None if value is None else Decimal(str(value)))
