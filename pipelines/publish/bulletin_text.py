"""The sentences of a bulletin (通报) in the style of the bureau, Chinese and English, from a published document alone: every figure of them
stands in its table, as the table prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..model.formulas import printed_rate, round_half_up
from ..model.periods import Period
from ..model.value_marks import MEANINGS
from .edition_context import BilingualText
from .edition_marks import EditionMarks, marks_in
from .edition_texts import NAMES_SHOWN, TOP, amount_en, span
from .figures import Display, amount, grew_en, grew_zh, percent
from .participation import TOO_SMALL, faster_than, groups, left_out, of_document

Unit = Mapping[str, Any]


@dataclass(frozen=True)
class BulletinNames:
    """What is ranked and what the whole, and the area above it, are called in a sentence."""

    indicator: BilingualText
    whole: BilingualText
    above: BilingualText
    display: Display


@dataclass(frozen=True)
class BulletinText:
    """Paragraphs under their headings; `summary` is the paragraph that a journalist copies: the first of each."""

    overall: tuple[BilingualText, ...]
    places: tuple[BilingualText, ...]
    moves: tuple[BilingualText, ...]
    returns: tuple[BilingualText, ...]
    marks: EditionMarks

    @property
    def summary(self) -> BilingualText:
        """With the marks of the edition: whoever copies the paragraph copies them."""
        chosen = (*self.overall, *self.places, *self.moves)
        of = self.marks.figures
        return self.marks.prefixed(
            BilingualText(
                "".join(text.zh for text in chosen) + f"（{of.zh}）",
                " ".join(text.en for text in chosen) + f" ({of.en[:1].upper()}{of.en[1:]} figures.)",
            )
        )


def printed_growth(unit: Unit) -> Decimal | None:
    """The growth in percent with the one decimal of the table; None where it prints a word or —."""
    if unit.get("state", "scored") != "scored" or unit.get("growth_mark"):
        return None
    rate = printed_rate(unit["growth"], unit["growth_official"])
    return None if rate is None else round_half_up(Decimal(str(rate)) * 100, 1)


def bulletin_text(document: Mapping[str, Any], period: Period, names: BulletinNames) -> BulletinText:
    """All sentences of an edition; a sentence without its figures is left out."""
    units: Sequence[Unit] = document["units"]
    return BulletinText(
        overall=_known(_overall(document["city"], period, names)),
        places=_known(_places(document), _spread(units), _faster(units, document["city"], names)),
        moves=_known(_moved(units), _changed(units, period)),
        returns=_known(*_returns(document)),
        marks=marks_in(document),
    )


def _known(*texts: BilingualText | None) -> tuple[BilingualText, ...]:
    return tuple(text for text in texts if text is not None)


def _overall(city: Unit, period: Period, names: BulletinNames) -> BilingualText | None:
    rate = printed_rate(city["growth"], city["growth_official"])
    level, when, unit = city["ytd"], span(period), names.display
    mark: Any = city.get("growth_mark")
    if level is None and rate is None and mark is None:
        return None
    zh = f"{when.zh}，{names.whole.zh}{names.indicator.zh}"
    en = f"{when.en}: {names.indicator.en[:1].lower()}{names.indicator.en[1:]} in {names.whole.en}"
    parts, parts_en = [], []
    if level is not None:
        zh, en = f"{zh}{amount(Decimal(level), unit)}{unit.zh}", f"{en} was {amount_en(Decimal(level), unit)}"
    covered = city.get("coverage")
    if covered and level is not None:
        zh += f"（仅为已报的{covered['units']}个单位合计，应报{covered['of']}个）"
        en += f" ({covered['units']} of {covered['of']} units)"
    if mark is not None:
        word = MEANINGS[mark]
        parts.append(word[0])
        parts_en.append(word[1])
    elif rate is not None:
        grown = Decimal(str(rate))
        if level is None:
            zh, en = f"{zh}{grew_zh(grown)}", f"{en} was {grew_en(grown)}"
        else:
            parts.append(grew_zh(grown))
            parts_en.append(grew_en(grown))
    for field, of, of_en in (("rank_level_province", "总量", "level"), ("rank_growth_province", "增速", "growth")):
        if city[field] is not None:
            parts.append(f"{of}居{names.above.zh}第{city[field]}位")
            parts_en.append(f"no. {city[field]} in {names.above.en} by {of_en}")
    return BilingualText("，".join([zh, *parts]) + "。", ", ".join([en, *parts_en]) + ".")


def _places(document: Mapping[str, Any]) -> BilingualText | None:
    """Who is first, second, third; equal places are named together."""
    by_score = document["basis"] == "score"
    zh, en = [], []
    for place in range(1, TOP + 1):
        there = [u for u in document["units"] if u["rank"] == place][:NAMES_SHOWN]
        if there:
            tied, tied_en = ("并列", "tied ") if len(there) > 1 else ("", "")
            zh.append(f"{'、'.join(_figure(u, by_score, False) for u in there)}{tied}居第{place}位")
            en.append(f"{', '.join(_figure(u, by_score, True) for u in there)} {tied_en}no. {place}")
    if not zh:
        return None
    return BilingualText(
        f"按{'得分' if by_score else '增速'}，{'，'.join(zh)}。",
        f"By {'score' if by_score else 'growth'}: {'; '.join(en)}.",
    )


def _figure(unit: Unit, by_score: bool, english: bool) -> str:
    name = unit["name_en"] if english else unit["name"]
    if by_score:
        return f"{name} ({unit['score']})" if english else f"{name}（{unit['score']}分）"
    rate = printed_growth(unit)
    return f"{name} ({rate} %)" if english else f"{name}（{rate}%）"


def _rates(units: Sequence[Unit]) -> list[tuple[Unit, Decimal]]:
    return [(unit, rate) for unit in units if (rate := printed_growth(unit)) is not None]


def _compared(rates: Sequence[tuple[Unit, Decimal]]) -> list[tuple[Unit, Decimal]]:
    """Those whose rate is compared with others: one on too small a base is not."""
    return [(unit, rate) for unit, rate in rates if TOO_SMALL not in unit["remarks"]]


def _spread(units: Sequence[Unit]) -> BilingualText | None:
    """How many grow, fall, stand still; the fastest and the slowest with the distance between them."""
    rates = _rates(units)
    if len(rates) < 2:
        return None
    up, down = sum(rate > 0 for _, rate in rates), sum(rate < 0 for _, rate in rates)
    flat = len(rates) - up - down
    words = [("增长", "up", up), ("下降", "down", down), ("持平", "unchanged", flat)]
    zh = "、".join(f"{count}个{word}" for word, _, count in words if count)
    en = ", ".join(f"{count} {word}" for _, word, count in words if count)
    if without := len(units) - len(rates):
        zh, en = f"{zh}，{without}个未列增速", f"{en}, {without} without a printed rate"
    of, of_en = f"{len(units)}个地区中，{zh}", f"Of {len(units)} units, {en}"
    compared = _compared(rates)
    high, low = (most((rate for _, rate in compared), default=None) for most in (max, min))
    if high is None or low is None or high == low:
        return BilingualText(f"{of}。", f"{of_en}.")
    best, last, beside = _named(compared, high), _named(compared, low), left_out(len(rates) - len(compared))
    return BilingualText(
        f"{of}；增速最高的{best.zh}{_rose_zh(high)}，最低的{last.zh}{_rose_zh(low)}，相差{high - low}个百分点{beside.zh}。",
        f"{of_en}; fastest {best.en} ({high} %), slowest {last.en} ({low} %), {high - low} points apart{beside.en}.",
    )


def _named(rates: Sequence[tuple[Unit, Decimal]], wanted: Decimal) -> BilingualText:
    """Every unit that has the figure: of equals none is the highest alone."""
    equal = [unit for unit, rate in rates if rate == wanted]
    shown, more = equal[:NAMES_SHOWN], len(equal) > NAMES_SHOWN
    zh, en = "、".join(unit["name"] for unit in shown), ", ".join(unit["name_en"] for unit in shown)
    return BilingualText(f"{zh}等{len(equal)}个地区" if more else zh, f"{en} and others" if more else en)


def _rose_zh(rate: Decimal) -> str:
    return "持平" if not rate else f"{'增长' if rate > 0 else '下降'}{abs(rate)}%"


def _faster(units: Sequence[Unit], city: Unit, names: BulletinNames) -> BilingualText | None:
    rate = printed_growth(city)
    if rate is None:
        return None
    rates = _rates(units)
    compared = _compared(rates)
    if not compared:
        return None
    without = left_out(len(rates) - len(compared))
    found = faster_than(((unit, own / 100) for unit, own in compared), rate / 100)
    faster = [(unit, round_half_up(own * 100, 1)) for unit, own in found]
    if not faster:
        return BilingualText(
            f"没有地区快于{names.whole.zh}（{rate}%）{without.zh}。",
            f"None grew faster than {names.whole.en} ({rate} %){without.en}.",
        )
    named = faster if len(faster) <= NAMES_SHOWN else []
    listed = "、".join(f"{unit['name']}快{own - rate}个百分点" for unit, own in named)
    listed_en = ", ".join(f"{unit['name_en']} by {own - rate} points" for unit, own in named)
    zh = f"：{listed}" if listed else ""
    return BilingualText(
        f"{len(faster)}个地区快于{names.whole.zh}{zh}{without.zh}。",
        f"{len(faster)} grew faster than {names.whole.en}{f': {listed_en}' if listed_en else ''}{without.en}.",
    )


def _moved(units: Sequence[Unit]) -> BilingualText | None:
    """Who rose most and who fell most; equals are named together, whoever stands alone with the place."""
    moved = [(unit, Decimal(unit["movement"])) for unit in units if unit["movement"]]
    if not moved:
        return None
    parts, parts_en = [], []
    high, low = max(by for _, by in moved), min(by for _, by in moved)
    for by, zh, en in ((max(high, Decimal(0)), "升", "rose"), (min(low, Decimal(0)), "降", "fell")):
        if not by:
            continue
        named, equal = _named(moved, by), [unit for unit, own in moved if own == by]
        alone = len(equal) == 1
        parts.append(
            f"{named.zh}{'' if alone else '均'}{zh}{abs(by)}位" + (f"，居第{equal[0]['rank']}位" if alone else "")
        )
        parts_en.append(f"{named.en} {en} {abs(by)}" + (f" to no. {equal[0]['rank']}" if alone else ""))
    return BilingualText(f"与上期相比，{'；'.join(parts)}。", f"Against the period before, {'; '.join(parts_en)}.")


def _changed(units: Sequence[Unit], period: Period) -> BilingualText | None:
    """Whose growth picked up most, and whose slackened most, in percentage points."""
    known = [
        (unit, round_half_up(Decimal(str(unit["growth_change_pp"])), 1))
        for unit in units
        if unit["growth_change_pp"] is not None and TOO_SMALL not in unit["remarks"]
    ]
    if not known:
        return None
    since, since_en = ("上季", "last quarter") if period.kind == "quarter" else ("上月", "last month")
    high, low = max(change for _, change in known), min(change for _, change in known)
    best, last = _named(known, high), _named(known, low)
    parts, parts_en = [], []
    if high > 0:
        parts.append(f"{best.zh}增速比{since}提高{high}个百分点，提高最多")
        parts_en.append(f"growth picked up most in {best.en} (by {high} points on {since_en})")
    if low < 0:
        parts.append(f"{last.zh}回落{abs(low)}个百分点，回落最多")
        parts_en.append(f"slackened most in {last.en} (by {abs(low)} points)")
    if not parts:
        return BilingualText(f"各地区增速与{since}相同。", f"Growth is as {since_en} in every unit.")
    text = "; ".join(parts_en)
    return BilingualText("，".join(parts) + "。", f"{text[:1].upper()}{text[1:]}.")


def _returns(document: Mapping[str, Any]) -> list[BilingualText | None]:
    units: Sequence[Unit] = document["units"]
    ranked = sum(unit["rank"] is not None for unit in units)
    texts: list[BilingualText | None] = [
        BilingualText(
            f"应报{len(units)}个单位，参加排名{ranked}个。", f"{len(units)} units report, {ranked} are ranked."
        )
    ]
    for group in groups(of_document(document)):
        number, few = len(group.units), len(group.units) <= NAMES_SHOWN
        names = f"：{'、'.join(u.name for u in group.units)}" if few else ""
        names_en = f": {', '.join(u.name_en for u in group.units)}" if few else ""
        texts.append(BilingualText(f"{group.zh}{number}个{names}。", f"{number} {group.en}{names_en}."))
    return texts


def summary_rows(document: Mapping[str, Any], display: Display) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The table of the bulletin: head and rows, figures as the edition's own table prints them."""
    by_score = document["basis"] == "score"
    units: Sequence[Unit] = document["units"]
    levels = any(unit["ytd"] is not None for unit in units)
    columns = [("位次", True), ("地区", True), (f"累计完成（{display.zh}）", levels), ("同比增长（%）", True)]
    columns += [("序时完成率（%）", levels and any(u["schedule_completion"] is not None for u in units))]
    columns += [("得分", by_score), ("备注", True)]
    rows = []
    for unit in units:
        rate, done = printed_growth(unit), unit["schedule_completion"]
        cells = (
            "—" if unit["rank"] is None else str(unit["rank"]),
            unit["name"],
            amount(None if unit["ytd"] is None else Decimal(unit["ytd"]), display),
            "—" if rate is None else f"{rate:f}",
            percent(None if done is None else Decimal(str(done))),
            unit["score"] or "—",
            "、".join(unit["remarks"]),
        )
        rows.append(tuple(cell for cell, (_, shown) in zip(cells, columns, strict=True) if shown))
    return tuple(name for name, shown in columns if shown), rows
