"""The sentences of an edition: headline paragraphs in the bureau's style, and the notes under the tables (domain.md §4.4)."""

from __future__ import annotations

from decimal import Decimal

from ..model.formulas import round_half_up
from ..model.periods import Period
from ..model.ranking import Ranking
from ..model.value_marks import MEANINGS
from .edition_context import BilingualText, EditionContext
from .figures import Display, amount, grew_en, grew_zh, percent, plain
from .method_parameters import parameters_of
from .participation import TOO_SMALL, faster_than, groups, left_out, of_ranking
from .readers_notes import scopes, told
from .scoring_words import deduction_texts, points_text, score_text

NAMES_SHOWN = 10
TOP = 3
ROLES = {
    "author": ("编制", "Author"),
    "reviewer": ("审核", "Reviewer"),
    "approver": ("签发", "Approver"),
    "statistics": ("市统计局（总量、增速）", "Bureau of statistics (levels, growth)"),
    "dispatch": ("市经信局（调度指标）", "Bureau of economy and information (dispatch indicators)"),
}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def span(period: Period) -> BilingualText:
    """1—6月, January–June: all amounts are cumulative from January (domain.md §0.3)."""
    if period.month == 1:
        return BilingualText("1月", "January")
    return BilingualText(f"1—{period.month}月", f"January–{MONTHS[period.month - 1]}")


_QUARTERS = {
    3: ("一季度", "first quarter of "),
    6: ("上半年", "first half of "),
    9: ("前三季度", "first three quarters of "),
    12: ("全年", "year "),
}
"""What is cumulative when a quarter ends."""


def change_header(period: Period) -> tuple[str, str]:
    """What the change of the rate is measured against."""
    if period.kind == "quarter":
        return "较上季增减", "Change on last quarter"
    return "较上月增减", "Change on last month"


def title(edition: EditionContext) -> BilingualText:
    """The title of the page; June is the half-year report (经济半年报)."""
    period, (zh, en), p = edition.period, edition.indicator_names, edition.programme
    if period.kind == "quarter":
        zh_when, en_when = _QUARTERS[period.month]
        when = BilingualText(f"{period.year}年{zh_when}", f"{en_when}{period.year}")
    elif period.month == 6:
        when = BilingualText(f"{period.year}年上半年", f"first half of {period.year}")
    else:
        when = BilingualText(f"{period.year}年{span(period).zh}", f"{span(period).en} {period.year}")
    return BilingualText(f"{p.city_zh}{when.zh}{zh}赛马晾晒", f"{p.city_en}: {en}, ranking of units, {when.en}")


def headline(ranking: Ranking, edition: EditionContext) -> tuple[BilingualText, ...]:
    """Paragraphs made from figures alone: the whole city; who leads; who is in; the same of further indicators."""
    texts = [_city(ranking, edition), _leaders(ranking), _participation(ranking)]
    for programme, further in edition.further:
        texts += [_city(further, edition.about(programme)), _leaders(further, edition.about(programme))]
    return tuple(text for text in texts if text is not None)


def city_name(ranking: Ranking) -> BilingualText:
    """The whole as the first row of a table is called: 全市, or what the programme says."""
    zh, en = whole_without_article(ranking)
    return BilingualText(zh, en[:1].upper() + en[1:])


def whole_without_article(ranking: Ranking) -> tuple[str, str]:
    zh, en = ranking.city.whole_name
    return zh, en.removeprefix("the ")


def notes(ranking: Ranking, edition: EditionContext) -> tuple[BilingualText, ...]:
    """Scope, basis, rounding, symbols, method, state, freeze, signers, residuals: what a reader needs to use the table."""
    p, unit = edition.programme, edition.display
    scope = p.method.unit_scope
    found = [
        BilingualText("数据为自年初累计，正式数。", "Figures are cumulative from January and final.")
        if edition.final
        else BilingualText(
            "数据为自年初累计，初步数，以后期核定为准。", "Figures are cumulative from January and preliminary."
        ),
        *([BilingualText(f"统计口径：{scope}。", f"Scope: {_scope_en(scope)}.")] if scope else []),
        *scopes(edition),
        _basis(ranking, edition),
        BilingualText(
            f"金额单位{unit.zh}（计算表用{unit.raw}）；增速、完成率为百分数。部分数据因四舍五入，总计与分项合计可能不等。",
            f"Amounts in {unit.en} (calculation table: {unit.raw}); rates in percent. Totals may differ from sums by "
            "rounding.",
        ),
        BilingualText(
            "符号：“—”表示不适用或无数据，不表示零；“0”为实际零值；“-”为负号。",
            "Symbols: “—” not applicable or no data, never zero; “0” a real zero; “-” minus.",
        ),
        *told(ranking, edition),
        *_method(ranking, edition),
        _freeze(edition),
        BilingualText(
            f"版次：{edition.edition_id}，第{edition.number}版，起草于{edition.local(edition.drafted_at)}。"
            + (f"发布于{edition.local(edition.published_at)}。" if edition.published_at else ""),
            f"Edition {edition.edition_id}, no. {edition.number}, drafted {edition.local(edition.drafted_at)}."
            + (f" Published {edition.local(edition.published_at)}." if edition.published_at else ""),
        ),
        BilingualText(f"审核规则版本：{edition.rules_version}。", f"Rules version: {edition.rules_version}."),
    ]
    return tuple(found)


def _city(ranking: Ranking, edition: EditionContext) -> BilingualText | None:
    """The whole: level with what it covers, growth or the word in its place, places. None where neither is known."""
    city, growth, mark = ranking.city, ranking.city_growth, ranking.city.growth_mark
    if city.ytd is None and growth is None and mark is None:
        return None
    (zh, en), when, unit = edition.indicator_names, span(edition.period), edition.display
    (whole_zh, whole_en), (above_zh, above_en) = city.whole_name, city.above
    zh_parts = [f"{when.zh}，{whole_zh}{zh}"]
    en_parts = [f"{when.en}: {en[:1].lower() + en[1:]} in {whole_en}"]
    if city.ytd is not None:
        zh_parts[0] += f"{amount(city.ytd, unit)}{unit.zh}"
        en_parts[0] += f" was {amount_en(city.ytd, unit)}"
    if city.covered is not None:
        covered, of = city.covered
        zh_parts[0] += f"（仅为已报的{covered}个单位合计，应报{of}个）"
        en_parts[0] += f" ({covered} of {of} units)"
    if mark is not None:
        zh_parts.append(MEANINGS[mark][0])
        en_parts.append(MEANINGS[mark][1])
    elif growth is not None:
        grown = grew_zh(growth), grew_en(growth)
        zh_parts = [*zh_parts, grown[0]] if city.ytd is not None else [zh_parts[0] + grown[0]]
        en_parts = [*en_parts, grown[1]] if city.ytd is not None else [f"{en_parts[0]} was {grown[1]}"]
    for place, place_zh, place_en in (
        (city.rank_level_province, "总量", "level"),
        (city.rank_growth_province, "增速", "growth"),
    ):
        if place is not None:
            zh_parts.append(f"{place_zh}居{above_zh}第{place}位")
            en_parts.append(f"no. {place} in {above_en} by {place_en}")
    if city.total_growth is not None:
        zh_parts.append(f"全部固定资产投资{grew_zh(city.total_growth)}")
        en_parts.append(f"total fixed-asset investment {grew_en(city.total_growth)}")
    return BilingualText("，".join(zh_parts) + "。", ", ".join(en_parts) + ".")


def _leaders(ranking: Ranking, further: EditionContext | None = None) -> BilingualText | None:
    """Who leads, of few units half of them: the last is no leader; of a further indicator with its name."""
    places = min(TOP, (ranking.ranked_count + 1) // 2)
    top = [unit for unit in ranking.units if unit.rank is not None and unit.rank <= places][:NAMES_SHOWN]
    if not top:
        return None
    by_score = ranking.basis == "score"
    rates = {u.unit_code: percent(u.inputs.printed_growth) for u in top}
    named = [f"{u.name}（{f'{u.score}分' if by_score else f'{rates[u.unit_code]}%'}）" for u in top]
    named_en = [f"{u.name_en} ({u.score if by_score else f'{rates[u.unit_code]} %'})" for u in top]
    of_zh, of_en = (further.indicator_names[0], f" of {_lower(further.indicator_names[1])}") if further else ("", "")
    zh = f"{of_zh}{'得分' if by_score else '增速'}居前的是{'、'.join(named)}"
    en = f"Leading by {'score' if by_score else 'growth'}{of_en}: {', '.join(named_en)}"
    if ranking.city_growth is not None:
        with_rate = [u for u in ranking.units if u.inputs.state == "scored" and u.inputs.printed_growth is not None]
        compared = [(u, u.inputs.printed_growth) for u in with_rate if TOO_SMALL not in u.remarks]
        faster = len(faster_than(compared, ranking.city_growth))
        without = left_out(len(with_rate) - len(compared), len(ranking.units) - len(with_rate))
        zh += f"；{faster}个地区增速快于{ranking.city.whole_name[0]}{without.zh}"
        en += f"; {faster} unit{'' if faster == 1 else 's'} grew faster than {ranking.city.whole_name[1]}{without.en}"
    return BilingualText(zh + "。", en + ".")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _participation(ranking: Ranking) -> BilingualText:
    zh = [f"应报{len(ranking.units)}个单位，参加排名{ranking.ranked_count}个"]
    en = [
        f"{len(ranking.units)} unit{'' if len(ranking.units) == 1 else 's'} report, {ranking.ranked_count} are ranked"
    ]
    for group in groups(of_ranking(ranking)):
        few = len(group.units) <= NAMES_SHOWN
        names = f"（{'、'.join(u.name for u in group.units)}）" if few else ""
        names_en = f" ({', '.join(u.name_en for u in group.units)})" if few else ""
        zh.append(f"{group.zh}{len(group.units)}个{names}")
        en.append(f"{len(group.units)} {group.en}{names_en}")
    return BilingualText("；".join(zh) + "。", "; ".join(en) + ".")


def _basis(ranking: Ranking, edition: EditionContext) -> BilingualText:
    if edition.programme.method.rank_by == "official_growth":
        return BilingualText(
            "按所公布的增速排名；不据总量计算增速，也不加总。",
            "Ranked by the growth that is stated; none is computed from levels, and nothing is added up.",
        )
    if edition.programme.method.base_source == "bureau":
        return BilingualText(
            "增速按可比口径计算：可比基数与官方增速由市统计局核定，官方增速与总量直接相比的结果可能不同。",
            "Growth is on the comparable basis: base and official growth are the bureau's; official growth may differ from "
            "the ratio of levels.",
        )
    return BilingualText(
        f"增速以报送单位所报上年同期数为基数；{ranking.city.whole_name[0]}为有基数的已报单位之和。",
        "Growth is on the unit's own figure of the same period of last year; the total covers reporting units that have "
        "one.",
    )


def _method(ranking: Ranking, edition: EditionContext) -> list[BilingualText]:
    m, unit = edition.programme.method, edition.display
    name = f"{ranking.method} v{ranking.method_version}"
    programme = f"{edition.programme.name} {edition.programme.version[:12]}"
    found = [BilingualText(f"排名方法：{name}；方案：{programme}。", f"Method {name}; programme {programme}.")]
    if ranking.basis == "growth":
        zh, en = "", ""
        if m.rank_by == "levels" and m.show_levels:
            least = f"{plain(ranking.min_base / unit.divisor)}"
            zh = f"，基数不低于{least}{unit.zh}的单位参加" if ranking.min_base else "，基数大于0的单位参加"
            en = (
                f" among units with a base of at least {least} {unit.en}"
                if ranking.min_base
                else " among units with a base"
            )
        found.append(
            BilingualText(f"本期按增速排名{zh}；增速相等者并列。", f"Ranked by growth{en}; equal growth shares a rank.")
        )
        return found
    parameters = parameters_of(ranking, edition)
    return [
        *found,
        points_text(ranking.method, parameters),
        score_text(),
        *deduction_texts(parameters),
        BilingualText(
            "不适用的指标，其权重按比例分摊到其他指标。",
            "The weight of what is not applicable is spread over the others.",
        ),
    ]


def _freeze(edition: EditionContext) -> BilingualText:
    if edition.freeze is None:
        return BilingualText("本方案不设数据冻结时点。", "This programme declares no data freeze.")
    at = edition.local(edition.freeze)
    return BilingualText(f"数据冻结时点：{at}。", f"Data freeze: {at}.")


def _scope_en(scope: str) -> str:
    return {"管理": "managed (zones taken out of their counties)", "属地": "territorial"}.get(scope, scope)


def amount_en(value: Decimal, unit: Display) -> str:
    """An amount in an English sentence: 亿元 are CNY billions."""
    if unit.zh == "亿元":
        return f"CNY {round_half_up(value / unit.divisor / 10, unit.places + 1):,f} billion"
    return f"{amount(value, unit)} {unit.en}"
