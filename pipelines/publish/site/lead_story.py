"""The first screen of an edition in sentences: who leads, who moved and why. Every figure stands in the tables of the same page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ...model.formulas import arithmetic, round_half_up
from ..edition_context import BilingualText
from ..figures import Display, amount, grew_en, grew_zh, percent
from ..participation import groups, late_units, of_document
from .published_edition import PublishedEdition, amount_of, growth_of

NAMED = 3
CARDS = 4


@dataclass(frozen=True)
class KeyFigure:
    """A figure of the first screen. `tone` colours it beside its sign; `code`: the unit whose page it leads to."""

    label: BilingualText
    value: str
    detail: BilingualText
    tone: Literal["up", "down", "plain"] = "plain"
    code: str = ""


@dataclass(frozen=True)
class Story:
    """`lead` is one sentence, `points` those below it, `key_figures` the cards."""

    lead: BilingualText
    points: tuple[BilingualText, ...]
    key_figures: tuple[KeyFigure, ...]


def tell(
    edition: PublishedEdition,
    before: PublishedEdition | None,
    display: Display,
    whole: BilingualText,
    indicator: BilingualText,
) -> Story:
    """The story of an edition; `before` is the one it was compared with, for the reasons of a movement."""
    leaders = [unit for unit in edition.units if unit["rank"] == 1]
    moved = sorted((u for u in edition.units if u["movement"]), key=lambda u: (-u["movement"], u["rank"]))
    risen, fallen = [u for u in moved if u["movement"] > 0], [u for u in reversed(moved) if u["movement"] < 0]
    texts = [_lead(edition, leaders), _why_leader(edition, leaders)]
    texts += [_moved(edition, before, risen[0])] if risen else []
    texts += [_moved(edition, before, fallen[0])] if fallen else []
    compared = any(unit["movement"] is not None for unit in edition.units)
    against = edition.document["compared_with"]
    if compared and not moved and against and against["same_method"]:
        texts.append(BilingualText("各地区位次与上期相同。", "No unit changed its place."))
    texts += [_absent(edition)]
    lead, *points = [text for text in texts if text is not None] or [
        BilingualText("本期没有排名。", "Nothing is ranked.")
    ]
    cards = [
        _whole_card(edition, display, whole, indicator),
        *(_leader_card(edition, unit) for unit in leaders[:1]),
        *(_moved_card(unit) for unit in (*risen[:1], *fallen[:1])),
        _target_card(edition, whole),
        _reporting_card(edition),
    ]
    return Story(lead, tuple(points), tuple(card for card in cards if card is not None)[:CARDS])


def _lead(edition: PublishedEdition, leaders: Sequence[Mapping[str, Any]]) -> BilingualText | None:
    if not leaders:
        return None
    zh = "、".join(unit["name"] for unit in leaders)
    en = ", ".join(unit["name_en"] for unit in leaders)
    tied = len(leaders) > 1
    score = leaders[0]["score"] if edition.by_score else None
    rate = growth_of(leaders[0]) if not tied else None
    zh += f"{'并列' if tied else '居'}第1位" + (f"，得{score}分" if score else "")
    en += f" {'share' if tied else 'takes'} first place" + (f" with {score} points" if score else "")
    if rate is not None:
        zh, en = f"{zh}，{grew_zh(rate)}", f"{en}, {grew_en(rate)}"
    following = [unit for unit in edition.units if unit["rank"] and unit["rank"] > 1][: NAMED - 1]
    if following:
        zh += f"；其后是{'、'.join(unit['name'] for unit in following)}"
        en += f"; next come {' and '.join(unit['name_en'] for unit in following)}"
    return BilingualText(zh + "。", en + ".")


def _why_leader(edition: PublishedEdition, leaders: Sequence[Mapping[str, Any]]) -> BilingualText | None:
    """The indicator that puts the leader furthest above the mean of the ranked units, of what the table of scores prints. Nothing where
    an indicator that counts is not printed: it may be the one."""
    brought = {unit["unit"]: told for unit in edition.units if (told := brought_points(unit)) is not None}
    ranked = [unit for unit in edition.units if unit["rank"] is not None]
    if not edition.by_score or len(leaders) != 1 or len(ranked) < 2 or any(u["unit"] not in brought for u in ranked):
        return None
    own = brought[leaders[0]["unit"]]
    gaps = {key: own[key] - _mean([brought[unit["unit"]].get(key) for unit in ranked]) for key in own}
    key = max(gaps, key=lambda k: (gaps[k], k))
    gap = round_half_up(gaps[key], 1)
    if gap <= 0:
        return None
    zh, en = indicator_name(edition, key)
    return BilingualText(
        f"{leaders[0]['name']}领先最多的是{zh}，折合得分比各地区平均多{gap}分。",
        f"Its largest lead is in {en.lower()}: {gap} points of the score above the mean.",
    )


def _moved(edition: PublishedEdition, before: PublishedEdition | None, unit: Mapping[str, Any]) -> BilingualText:
    steps, up = abs(unit["movement"]), unit["movement"] > 0
    why = _why_moved(edition, before, unit)
    return BilingualText(
        f"{unit['name']}{'升' if up else '降'}{steps}位，居第{unit['rank']}位{why.zh}。",
        f"{unit['name_en']} {'rose' if up else 'fell'} {steps} to no. {unit['rank']}{why.en}.",
    )


def _why_moved(edition: PublishedEdition, before: PublishedEdition | None, unit: Mapping[str, Any]) -> BilingualText:
    """What moved the unit: where it changed most against the mean change of the units ranked in both months, in the direction of its
    move. Of scored months points, else the rate of growth. Both figures are told, and both recompute from the tables of the two months."""
    up, nothing = unit["movement"] > 0, BilingualText("", "")
    both = [
        (now, then)
        for now in edition.units
        if before is not None and now["rank"] is not None
        for then in (before.by_code.get(now["unit"]),)
        if then is not None and then["rank"] is not None
    ]
    if before is None or len(both) < 2:
        return nothing
    if not edition.by_score or not before.by_score:
        return _by_growth(unit, [now for now, _ in both], up)
    changes: dict[str, dict[str, Decimal]] = {}
    for now, then in both:
        told, was = _scored(now), _scored(then)
        if told is None or was is None:
            return nothing
        keys = told.keys() | was.keys()
        changes[now["unit"]] = {key: told.get(key, Decimal(0)) - was.get(key, Decimal(0)) for key in keys}
    own = changes.get(unit["unit"], {})
    means = {key: _mean([one.get(key) for one in changes.values()]) for key in own}
    sign = 1 if up else -1
    key = max(own, key=lambda k: (sign * (own[k] - means[k]), k), default="")
    if not key or sign * round_half_up(own[key] - means[key], 1) <= 0:
        return nothing
    zh, en = indicator_name(edition, key)
    change, mean = round_half_up(own[key], 1), round_half_up(means[key], 1)
    return BilingualText(
        f"，变动最大的是{zh}：折合得分比上期{change:+f}分，各地区平均{mean:+f}分",
        f", most of all in {en.lower()}: {change:+f} points of the score, {mean:+f} in the mean of the units",
    )


def _by_growth(unit: Mapping[str, Any], ranked: Sequence[Mapping[str, Any]], up: bool) -> BilingualText:
    known = [Decimal(one["growth_change_pp"]) for one in ranked if one["growth_change_pp"] is not None]
    if unit["growth_change_pp"] is None or len(known) < 2:
        return BilingualText("", "")
    own, mean = Decimal(unit["growth_change_pp"]), round_half_up(sum(known, Decimal(0)) / len(known), 1)
    if own == mean or (own > mean) != up:
        return BilingualText("", "")
    return BilingualText(
        f"，增速比上期{own:+f}个百分点，各地区平均{mean:+f}个百分点",
        f": its growth changed by {own:+f} points, {mean:+f} in the mean of the units",
    )


def _mean(values: Sequence[Decimal | None]) -> Decimal:
    """Of those to whom the indicator applies."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) / len(known) if known else Decimal(0)


def _absent(edition: PublishedEdition) -> BilingualText | None:
    """Who is not ranked, and why."""
    zh, en = [], []
    for group in groups(of_document(edition.document)):
        if not group.ranks:
            few = len(group.units) <= NAMED
            zh.append(
                f"{group.zh}{len(group.units)}个" + (f"（{'、'.join(u.name for u in group.units)}）" if few else "")
            )
            en.append(
                f"{len(group.units)} {group.en}" + (f" ({', '.join(u.name_en for u in group.units)})" if few else "")
            )
    return BilingualText("；".join(zh) + "，不参加排名。", "; ".join(en) + ": not ranked.") if zh else None


def _whole_card(
    edition: PublishedEdition, display: Display, whole: BilingualText, indicator: BilingualText
) -> KeyFigure | None:
    rate, level = growth_of(edition.document["city"]), amount_of(edition.document["city"], "ytd")
    if rate is None:
        return None
    detail = BilingualText(indicator.zh + "同比", f"{indicator.en}, on last year")
    if level is not None:
        shown = amount(level, display)
        detail = BilingualText(f"{indicator.zh}累计{shown}{display.zh}", f"{shown} {display.en} to date")
    tone: Literal["up", "down"] = "up" if rate >= 0 else "down"
    return KeyFigure(BilingualText(f"{whole.zh}同比", f"Growth, {whole.en}"), _arrowed(rate), detail, tone)


def _leader_card(edition: PublishedEdition, unit: Mapping[str, Any]) -> KeyFigure:
    rate = growth_of(unit)
    detail = BilingualText("", "")
    if rate is not None:
        detail = BilingualText(grew_zh(rate), f"growth {percent(rate)} %")
    if edition.by_score:
        detail = BilingualText(f"{unit['score']}分，{detail.zh}", f"{unit['score']} points, {detail.en}")
    return KeyFigure(BilingualText("第1位", "First place"), unit["name"], detail, code=unit["unit"])


def _moved_card(unit: Mapping[str, Any]) -> KeyFigure:
    up, steps = unit["movement"] > 0, abs(unit["movement"])
    label = BilingualText("升得最多", "Largest rise") if up else BilingualText("降得最多", "Largest fall")
    detail = BilingualText(
        f"{'▲升' if up else '▼降'}{steps}位，居第{unit['rank']}位",
        f"{'up' if up else 'down'} {steps} to no. {unit['rank']}",
    )
    return KeyFigure(label, unit["name"], detail, "up" if up else "down", unit["unit"])


def _target_card(edition: PublishedEdition, whole: BilingualText) -> KeyFigure | None:
    """How far the whole is on the way to its annual target."""
    city, season = edition.document["city"], edition.document["parameters"]["seasonal_share"]
    done, target = amount_of(city, "ytd"), amount_of(city, "annual_target")
    if done is None or not target or season is None:
        return None
    ahead = round_half_up((done / target - Decimal(season)) * 100, 1)
    return KeyFigure(
        BilingualText(f"{whole.zh}年度目标已完成", "Annual target done"),
        f"{percent(done / target)}%",
        BilingualText(
            f"{'▲快于' if ahead >= 0 else '▼慢于'}序时进度{abs(ahead)}个百分点",
            f"{abs(ahead)} points {'ahead of' if ahead >= 0 else 'behind'} the season",
        ),
        "up" if ahead >= 0 else "down",
    )


def _reporting_card(edition: PublishedEdition) -> KeyFigure:
    units = edition.units
    late = late_units(of_document(edition.document))
    return KeyFigure(
        BilingualText("参加排名", "Ranked"),
        f"{edition.document['parameters']['ranked']}/{len(units)}",
        BilingualText(f"应报{len(units)}个单位，迟报{late}个", f"{len(units)} units report, {late} late"),
    )


def indicator_name(edition: PublishedEdition, key: str) -> tuple[str, str]:
    """An indicator or deduction as the edition calls it."""
    own = {anchor["key"]: (anchor["zh"], anchor["en"]) for anchor in edition.document["parameters"]["anchors"]}
    fixed = {
        "late": ("迟报扣分", "Late reporting"),
        "unanswered_queries": ("未说明问题扣分", "Unanswered queries"),
        "snails": ("蜗牛项目扣分", "Snail projects"),
        "new_major_bonus": ("新开工重大项目加分", "New major projects"),
    }
    return {**fixed, **own}.get(key, (key, key))


def brought_points(unit: Mapping[str, Any]) -> dict[str, Decimal] | None:
    """Points that each indicator brought into the score, weight × points / 100 with two decimals as the table of scores prints them;
    None where an indicator that has a weight is not printed."""
    found = {}
    for key, score in unit["indicators"].items():
        weight = Decimal(score["weight"] or 0)
        if score["points"] is None and weight:
            return None
        if score["points"] is not None:
            with arithmetic():
                found[key] = round_half_up(Decimal(score["points"]) * weight / 100, 2)
    return found


def _scored(unit: Mapping[str, Any]) -> dict[str, Decimal] | None:
    """What made the score: points brought, and what was taken off."""
    brought = brought_points(unit)
    taken = {key: -Decimal(value) for key, value in unit["deductions"].items() if value is not None}
    return None if brought is None else {**brought, **taken}


def _arrowed(rate: Decimal) -> str:
    """The rate with an arrow and its sign: colour is never alone."""
    shown = round_half_up(rate * 100, 1)
    return f"{'▲' if shown > 0 else '▼' if shown < 0 else ''}{shown:+f}%" if shown else "0.0%"
