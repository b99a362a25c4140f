"""The first screen of an edition in sentences: who leads, who moved and why. Every figure stands in the tables of the same page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ...model.formulas import arithmetic, round_half_up
from ..edition_context import BilingualText
from ..figures import Display, amount, grew_en, grew_zh, percent
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
    if not moved and edition.document["compared_with"] and edition.document["compared_with"]["same_method"]:
        texts.append(BilingualText("各地区位次与上月相同。", "No unit changed its place."))
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
    """The indicator that puts the leader furthest above the mean of the ranked units."""
    ranked = [unit for unit in edition.units if unit["rank"] is not None]
    if not edition.by_score or len(leaders) != 1 or len(ranked) < 2:
        return None
    own, others = _weighted(leaders[0]), [_weighted(unit) for unit in ranked]
    means = {key: sum((one.get(key, Decimal(0)) for one in others), Decimal(0)) / len(ranked) for key in own}
    key = max(own, key=lambda k: (own[k] - means[k], k))
    gap = round_half_up(own[key] - means[key], 1)
    if gap <= 0:
        return None
    zh, en = indicator_name(edition, key)
    return BilingualText(
        f"{leaders[0]['name']}领先最多的是{zh}，比平均多{gap}分。",
        f"Its largest lead is in {en.lower()}: {gap} points above the mean.",
    )


def _moved(edition: PublishedEdition, before: PublishedEdition | None, unit: Mapping[str, Any]) -> BilingualText:
    steps, up = abs(unit["movement"]), unit["movement"] > 0
    why = _why_moved(edition, before, unit)
    return BilingualText(
        f"{unit['name']}{'升' if up else '降'}{steps}位，居第{unit['rank']}位{why.zh}。",
        f"{unit['name_en']} {'rose' if up else 'fell'} {steps} to no. {unit['rank']}{why.en}.",
    )


def _why_moved(edition: PublishedEdition, before: PublishedEdition | None, unit: Mapping[str, Any]) -> BilingualText:
    """What changed most in the direction of the movement: points of an indicator, or the rate of growth."""
    then = before.by_code.get(unit["unit"]) if before is not None else None
    up = unit["movement"] > 0
    if then is None or not edition.by_score or before is None or not before.by_score:
        change = unit["growth_change_pp"]
        if change is None or Decimal(change) == 0 or (Decimal(change) > 0) != up:
            return BilingualText("", "")
        pp = Decimal(change)
        return BilingualText(
            f"，增速{'提高' if pp > 0 else '回落'}{abs(pp)}个百分点",
            f" as growth {'rose' if pp > 0 else 'eased'} by {abs(pp)} points",
        )
    now, was = {**_weighted(unit), **_deducted(unit)}, {**_weighted(then), **_deducted(then)}
    changes = {key: now[key] - was.get(key, Decimal(0)) for key in now}
    key = max(changes, key=lambda k: (changes[k] if up else -changes[k], k))
    change = round_half_up(changes[key], 1)
    if not change or (change > 0) != up:
        return BilingualText("，因其他地区变动更大", " as others changed more")
    zh, en = indicator_name(edition, key)
    return BilingualText(
        f"，主要因{zh}{'增' if change > 0 else '减'}{abs(change)}分", f", mainly {en.lower()} ({change:+f} points)"
    )


def _absent(edition: PublishedEdition) -> BilingualText | None:
    zh, en = [], []
    for state, label, label_en in (("missing", "未报", "did not report"), ("rejected", "审核未通过", "was rejected")):
        units = [unit for unit in edition.units if unit["state"] == state]
        if units:
            few = len(units) <= NAMED
            zh.append(f"{label}{len(units)}个" + (f"（{'、'.join(u['name'] for u in units)}）" if few else ""))
            en.append(f"{len(units)} {label_en}" + (f" ({', '.join(u['name_en'] for u in units)})" if few else ""))
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
    late = sum("迟报" in unit["remarks"] or bool(unit["workdays_late"]) for unit in units)
    return KeyFigure(
        BilingualText("参加排名", "Ranked"),
        f"{edition.document['parameters']['ranked']}/{len(units)}",
        BilingualText(f"应报{len(units)}个单位，迟报{late}个", f"{len(units)} units report, {late} late"),
    )


def indicator_name(edition: PublishedEdition, key: str) -> tuple[str, str]:
    """An indicator or deduction as the edition calls it."""
    own = {anchor["key"]: (anchor["zh"], anchor["en"]) for anchor in edition.document["parameters"]["anchors"]}
    fixed = {"late": ("迟报扣分", "Late reporting"), "unanswered_queries": ("未说明问题扣分", "Unanswered queries")}
    return {**fixed, **own}.get(key, (key, key))


def _weighted(unit: Mapping[str, Any]) -> dict[str, Decimal]:
    """Points that each indicator brought into the score: weight × points / 100."""
    with arithmetic():
        return {
            key: Decimal(score["points"]) * Decimal(score["weight"]) / 100
            for key, score in unit["indicators"].items()
            if score["points"] is not None
        }


def _deducted(unit: Mapping[str, Any]) -> dict[str, Decimal]:
    return {key: -Decimal(value) for key, value in unit["deductions"].items() if value is not None}


def _arrowed(rate: Decimal) -> str:
    """The rate with an arrow and its sign: colour is never alone."""
    shown = round_half_up(rate * 100, 1)
    return f"{'▲' if shown > 0 else '▼' if shown < 0 else ''}{shown:+f}%" if shown else "0.0%"
