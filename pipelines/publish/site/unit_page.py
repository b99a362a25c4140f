"""One page a unit: where it stands, its series of growth and places, its points and stages, every month with its edition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ...model.formulas import round_half_up
from ...model.programme import Programme
from ...model.ranking import REMARKS
from ..edition_context import BilingualText
from ..figures import ABSENT, amount, display, grew_en, grew_zh, percent, signed
from ..scoring_words import point_scale, scale_text
from .edition_series import month_label
from .lead_story import KeyFigure
from .published_edition import PublishedEdition, amount_of, growth_of
from .ranking_rows import RowCell, RowColumn, growth_cell, moved_cell
from .site_page import PageFrame, SiteRenderer
from .sparkline import LinePoint, line_figure


@dataclass(frozen=True)
class Drawing:
    """A drawn line with its title and sentence."""

    key: str
    title: BilingualText
    lead: BilingualText
    svg: str


def unit_page(
    renderer: SiteRenderer,
    programme: Programme,
    code: str,
    editions: Sequence[PublishedEdition],
    means: Mapping[str, Decimal],
    indicator: BilingualText,
) -> bytes:
    """The page of a unit. `editions`: the newest revision of each period in which it occurs, in order of time; `means`: mean points of
    the ranked units by indicator, of the newest one."""
    newest = editions[-1]
    unit = newest.by_code[code]
    shown = display(programme.measure(newest.document["measure"]))
    rows = [(edition, edition.by_code[code]) for edition in editions]
    held = {key: any(u[field] is not None for _, u in rows) for key, field in _HELD.items()}
    chosen = (
        (RowColumn("rank", "位次", "Rank"), True),
        (RowColumn("moved", "升降", "Move", numeric=False), held["moved"]),
        (RowColumn("score", "得分", "Score"), held["score"]),
        (RowColumn("growth", "同比增长", "Growth", "%"), True),
        (RowColumn("ytd", f"{indicator.zh}累计", f"{indicator.en}, to date", f"{shown.zh} {shown.en}"), held["ytd"]),
        (RowColumn("completion", "序时完成率", "On schedule", "%"), held["completion"]),
        (RowColumn("remarks", "备注", "Remarks", numeric=False), any(u["remarks"] for _, u in rows)),
    )
    sentence = _sentence(newest, unit)
    frame = PageFrame(
        f"units/{code}", "units", BilingualText(unit["name"], unit["name_en"]), f"{sentence.zh} {sentence.en}"
    )
    return renderer.page(
        "unit.html.j2",
        frame,
        unit=unit,
        newest=newest,
        sentence=sentence,
        cards=_cards(newest, unit),
        drawings=_drawings(renderer, rows),
        points=_points(newest, unit, means),
        scale=scale_text(newest.document["method"]),
        columns=[column for column, kept in chosen if kept],
        months=[{"period": e.period, "address": e.address, "cells": _cells(u, shown)} for e, u in reversed(rows)],
    )


_HELD = {"moved": "movement", "score": "score", "ytd": "ytd", "completion": "schedule_completion"}


def mean_points(edition: PublishedEdition) -> dict[str, Decimal]:
    """Mean points by indicator over the ranked units that have any."""
    sums: dict[str, list[Decimal]] = {}
    for unit in edition.units if edition.by_score else ():
        for key, score in unit["indicators"].items():
            if unit["rank"] is not None and score["points"] is not None:
                sums.setdefault(key, []).append(Decimal(score["points"]))
    return {key: sum(values, Decimal(0)) / len(values) for key, values in sums.items()}


def _sentence(edition: PublishedEdition, unit: Mapping[str, Any]) -> BilingualText:
    when, name, name_en = edition.period, unit["name"], unit["name_en"]
    ranked = edition.document["parameters"]["ranked"]
    if unit["rank"] is None:
        words = "、".join(unit["remarks"]) or "无可排名数据"
        words_en = "; ".join(REMARKS.get(r, r) for r in unit["remarks"]) or "no figure to rank"
        return BilingualText(f"{when}，{name}没有参加排名：{words}。", f"{when}: {name_en} is not ranked: {words_en}.")
    zh = f"{when}，{name}在{ranked}个地区中居第{unit['rank']}位"
    en = f"{when}: {name_en} is no. {unit['rank']} of {ranked}"
    rate = growth_of(unit)
    if rate is not None:
        zh, en = f"{zh}，{grew_zh(rate)}", f"{en}, {grew_en(rate)}"
    return BilingualText(zh + "。", en + ".")


def _cards(edition: PublishedEdition, unit: Mapping[str, Any]) -> list[KeyFigure]:
    rate, moved = growth_of(unit), moved_cell(unit["movement"])
    shown = None if rate is None else round_half_up(rate * 100, 1)
    change = unit["growth_change_pp"]
    found = [
        KeyFigure(
            BilingualText("位次", "Rank"),
            ABSENT if unit["rank"] is None else str(unit["rank"]),
            BilingualText(f"较上期 {moved.text}", f"{moved.en} on last".strip())
            if unit["movement"] is not None
            else _NO,
        ),
        KeyFigure(
            BilingualText("同比增长", "Growth"),
            ABSENT if shown is None else f"{'▲' if shown > 0 else '▼' if shown < 0 else ''}{shown:+f}%",
            _NO
            if change is None
            else BilingualText(f"较上期{_points_of(change)}个百分点", f"{_points_of(change)} points on last"),
            "plain" if not shown else "up" if shown > 0 else "down",
        ),
    ]
    if edition.by_score:
        found.append(KeyFigure(BilingualText("得分", "Score"), unit["score"] or ABSENT, _NO))
    if unit["schedule_completion"] is not None:
        done = Decimal(str(unit["schedule_completion"]))
        ahead = done >= 1
        found.append(
            KeyFigure(
                BilingualText("序时完成率", "On schedule"),
                f"{percent(done)}%",
                BilingualText(
                    "快于序时进度" if ahead else "慢于序时进度", "ahead of season" if ahead else "behind season"
                ),
                "up" if ahead else "down",
            )
        )
    return found


_NO = BilingualText("", "")


def _points_of(change: str) -> str:
    return signed(round_half_up(Decimal(change), 1))


def _drawings(renderer: SiteRenderer, rows: Sequence[tuple[PublishedEdition, Mapping[str, Any]]]) -> list[Drawing]:
    recent = rows[-12:]
    growth, ranks, wholes = [], [], []
    for edition, unit in recent:
        rate, month = growth_of(unit), month_label(edition.period)[0]
        whole = growth_of(edition.document["city"])
        growth.append(LinePoint(month, None if rate is None else float(rate), f"{percent(rate)}%"))
        ranks.append(LinePoint(month, unit["rank"], ABSENT if unit["rank"] is None else str(unit["rank"])))
        wholes.append(None if whole is None else float(whole))
    found = [
        Drawing(
            "unit-growth",
            BilingualText("同比增长（%）", "Growth, %"),
            BilingualText(f"虚线为{renderer.whole.zh}。", f"Dashed: {renderer.whole.en}."),
            line_figure("unit-growth", "同比增长 growth", _spoken(growth), growth, wholes),
        ),
        Drawing(
            "unit-rank",
            BilingualText("位次", "Rank"),
            BilingualText("第1位在上。", "First place on top."),
            line_figure("unit-rank", "位次 rank", _spoken(ranks), ranks, upside_down=True),
        ),
    ]
    return [drawing for drawing in found if drawing.svg]


def _spoken(points: Sequence[LinePoint]) -> str:
    return "；".join(f"{point.month} {point.label}" for point in points)


def _points(edition: PublishedEdition, unit: Mapping[str, Any], means: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    if not edition.by_score:
        return []
    rows, scale = [], point_scale(edition.document["method"])
    for anchor in edition.document["parameters"]["anchors"]:
        key = anchor["key"]
        score = unit["indicators"].get(key)
        if score is None:
            continue
        points = None if score["points"] is None else Decimal(score["points"])
        counted, mean = unit["counts"].get(key), means.get(key)
        rows.append(
            {
                "label": BilingualText(anchor["zh"], anchor["en"]),
                "points": ABSENT if points is None else f"{round_half_up(points, 1):f}",
                "width": None if points is None else _on_scale(points, scale),
                "mean": ABSENT if mean is None else f"{round_half_up(mean, 1):f}",
                "mean_at": None if mean is None else _on_scale(mean, scale),
                "weight": score["weight"],
                "counted": _counted(counted),
            }
        )
    return rows


def _counted(ratio: Mapping[str, str] | None) -> str:
    if not ratio:
        return ""
    return "/".join(f"{round_half_up(Decimal(ratio[part]), 0):,f}" for part in ("numerator", "denominator"))


def _on_scale(points: Decimal, scale: tuple[int, int]) -> str:
    """A place on a bar of 120 whose ends are the scale's; what is beyond stands at the end."""
    low, high = scale
    return f"{round_half_up((min(max(points, Decimal(low)), Decimal(high)) - low) * 120 / (high - low), 1):f}"


def _cells(unit: Mapping[str, Any], shown: Any) -> dict[str, RowCell]:
    done = unit["schedule_completion"]
    growth = growth_cell(unit)
    return {
        "rank": RowCell(ABSENT if unit["rank"] is None else str(unit["rank"])),
        "moved": moved_cell(unit["movement"]),
        "score": RowCell(unit["score"] or ABSENT),
        "growth": replace(growth, sort=""),
        "ytd": RowCell(amount(amount_of(unit, "ytd"), shown)),
        "completion": RowCell(percent(None if done is None else Decimal(str(done)))),
        "remarks": RowCell("、".join(unit["remarks"]), "; ".join(REMARKS.get(r, r) for r in unit["remarks"])),
    }
