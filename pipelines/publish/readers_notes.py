"""What the readers of an edition are told beside the table: figures that do not agree, restated bases, corrections of closed months,
partial acceptance, plans scored as frozen, decisions of the bureau, a break of method, the scope of each figure.

In words for the public: no rule, no rule id, no sheet and no project is named; where levels are not public no amount is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from ..model.formulas import growth
from ..model.ranking import Ranking
from .comparison import comparable_method
from .edition_context import BilingualText, EditionContext
from .figures import amount, percent

RATE_TOLERANCE = Decimal("0.0005")
"""Official growth and growth from levels agree within 0.05 percentage points (domain.md §2.7 F12)."""
BASES = {"score": ("得分", "score"), "growth": ("增速", "growth")}


def differing_figures(ranking: Ranking, edition: EditionContext) -> tuple[BilingualText, ...]:
    """Figures of the edition that do not agree with each other: official growth and total against the unit's level, the sum of
    the units against the whole city."""
    return tuple(
        text for found in (_rates(ranking), _totals(ranking, edition), _residual(ranking, edition)) for text in found
    )


def told(ranking: Ranking, edition: EditionContext) -> tuple[BilingualText, ...]:
    """All notes of this file in the order of the page."""
    return (
        *_break_of_method(ranking, edition),
        *differing_figures(ranking, edition),
        *_restatements(edition),
        *_corrections(edition),
        *_partial(edition),
        *_withheld(ranking, edition),
        *_uncounted(edition),
        *_plans(edition),
        *_decisions(edition),
    )


def scopes(edition: EditionContext) -> tuple[BilingualText, ...]:
    """Which figures each column is about."""
    method = edition.programme.method
    zh, en = edition.indicator_names
    scope = f"（{method.unit_scope}口径）" if method.unit_scope else ""
    scope_en = f" ({_SCOPE_EN.get(method.unit_scope, method.unit_scope)})" if method.unit_scope else ""
    texts = [
        BilingualText(
            f"{zh}、同比增长、超额拉动、序时完成率：统计数据{scope}，各地区的{zh}自年初累计。",
            f"{en}, growth, excess pull and schedule completion: statistical data{scope_en}, cumulative from January.",
        )
    ]
    if edition.programme.form_name("dispatch"):
        texts.append(
            BilingualText(
                "重大项目完成率（计划总投资10亿元及以上）、新开工率（1亿元及以上）、六环节准点率、问题按期办结率：投资调度服务库的行政数据，"
                "与统计数据口径不同，不可相加。",
                "Major projects (planned total of CNY 1 billion and more), new starts (CNY 100 million and more), stage punctuality "
                "and issues closed: administrative data of the dispatch library, of another scope than the statistics.",
            )
        )
    return tuple(texts)


_SCOPE_EN = {"管理": "managed scope", "属地": "territorial scope"}


def _break_of_method(ranking: Ranking, edition: EditionContext) -> Iterator[BilingualText]:
    if comparable_method(ranking, edition) or edition.previous_method is None:
        return
    method, basis = edition.previous_method
    (was, was_en), (now, now_en) = BASES[basis], BASES[ranking.basis]
    yield BilingualText(
        f"排名方法有变：上期按{was}（{method}）排名，本期按{now}（{ranking.method}）排名，位次不可比，不列位次变化。",
        f"Break of method: the month before was ranked by {was_en} ({method}), this one by {now_en} ({ranking.method}); places "
        "cannot be compared and no movement is shown.",
    )


def _rates(ranking: Ranking) -> Iterator[BilingualText]:
    for unit in ranking.units:
        official, computed = unit.inputs.growth_official, unit.growth
        if unit.inputs.state != "scored" or official is None or computed is None:
            continue
        if abs(official - computed) > RATE_TOLERANCE:
            yield BilingualText(
                f"{unit.name}：市统计局核定的增速为{percent(official, 2)}%，"
                f"按累计与可比基数直接计算为{percent(computed, 2)}%，表中列前者。",
                f"{unit.name_en}: the official rate is {percent(official, 2)} %, the levels give {percent(computed, 2)} %; the table "
                "shows the former.",
            )
    city = ranking.city
    computed = growth(city.ytd, city.base)
    if (
        city.growth_official is not None
        and computed is not None
        and abs(city.growth_official - computed) > RATE_TOLERANCE
    ):
        yield BilingualText(
            f"{city.zh}：核定的增速为{percent(city.growth_official, 2)}%，按累计与可比基数直接计算为{percent(computed, 2)}%。",
            f"{city.en}: the official rate is {percent(city.growth_official, 2)} %, the ratio of levels gives {percent(computed, 2)} %.",
        )


def _totals(ranking: Ranking, edition: EditionContext) -> Iterator[BilingualText]:
    if not edition.programme.method.show_levels:
        return
    shown = edition.display
    for unit in ranking.units:
        own, official = unit.inputs.ytd, unit.inputs.official_ytd
        if unit.inputs.state == "scored" and own is not None and official is not None and abs(own - official) > 1:
            yield BilingualText(
                f"{unit.name}：表中为本地区上报的{amount(own, shown)}{shown.zh}，市统计局核定的总量为{amount(official, shown)}{shown.zh}。",
                f"{unit.name_en}: the table shows the unit's own {amount(own, shown)} {shown.en}; the bureau's total is "
                f"{amount(official, shown)} {shown.en}.",
            )


def _residual(ranking: Ranking, edition: EditionContext) -> Iterator[BilingualText]:
    """Σ units against the city, where every unit has a figure."""
    city, levels = ranking.city, [unit.inputs.ytd for unit in ranking.units]
    if not edition.programme.method.show_levels or city.ytd is None or None in levels or not levels:
        return
    if edition.programme.method.base_source != "bureau":
        return
    residual = city.ytd - sum((level for level in levels if level is not None), Decimal(0))
    if abs(residual) > max(Decimal(1), Decimal(len(levels)) / 2):
        shown = edition.display
        yield BilingualText(
            f"各地区之和与{city.zh}总量相差{amount(residual, shown)}{shown.zh}。",
            f"The units' sum and the total of {city.en} differ by {amount(residual, shown)} {shown.en}.",
        )


def _restatements(edition: EditionContext) -> Iterator[BilingualText]:
    for one in edition.told.restatements:
        on = f"，{one.approved_on.isoformat()}批准" if one.approved_on else ""
        on_en = f", approved on {one.approved_on.isoformat()}" if one.approved_on else ""
        yield BilingualText(
            f"{one.name}的可比基数已调整：{one.reason}{on}。",
            f"The comparable base of {one.name_en} was restated: {one.reason}{on_en}.",
        )


def _corrections(edition: EditionContext) -> Iterator[BilingualText]:
    shown = edition.display
    for one in edition.told.corrections:
        summed = edition.programme.method.show_levels and one.amount is not None
        much = f"，合计{amount(one.amount, shown)}{shown.zh}" if summed else ""
        much_en = f", {amount(one.amount, shown)} {shown.en} in all" if summed else ""
        projects = "project" if one.projects == 1 else "projects"
        yield BilingualText(
            f"{one.name}本期累计含对已公布月份的更正（{one.reason}）：{one.projects}个项目{much}。",
            f"The figure of {one.name_en} contains corrections of published months ({one.reason}): {one.projects} {projects}{much_en}.",
        )


def _partial(edition: EditionContext) -> Iterator[BilingualText]:
    for one in edition.told.partial:
        rows = "row" if one.rows == 1 else "rows"
        yield BilingualText(
            f"{one.name}的{one.form}部分采用：{one.rows}行中有{one.held}行未通过审核，未计入。",
            f"{one.name_en}: {one.form_en} accepted in part: {one.held} of {one.rows} {rows} failed validation and are left out.",
        )


def _withheld(ranking: Ranking, edition: EditionContext) -> Iterator[BilingualText]:
    """One sentence for all: which of them protects another is nobody's to know."""
    if edition.told.withheld:
        names, names_en = (
            "、".join(zh for zh, _ in edition.told.withheld),
            ", ".join(en for _, en in edition.told.withheld),
        )
        yield BilingualText(
            f"依照统计法，为避免识别或者推断出单个统计调查对象，{names}的数据不予公布，不参加排名。",
            f"The figures of {names_en} are not published and not ranked, so that no single respondent can be identified or inferred "
            "(Statistics Law).",
        )
        if ranking.basis == "score" and ranking.kappa:
            yield BilingualText(
                "增速收缩所用的基数中位数按公布的单位计算。",
                "The median base that growth is shrunk with is that of the published units.",
            )
    lost = [(group.name, group.name) for group in ranking.parents if group.growth_mark == "suppressed"]
    if ranking.city.growth_mark == "suppressed" and edition.told.withheld:
        lost.append((ranking.city.zh, ranking.city.en))
    if lost:
        names, names_en = "、".join(zh for zh, _ in lost), ", ".join(en for _, en in lost)
        yield BilingualText(
            f"{names}的合计会识别或者推断出不予公布的数据，一并不予公布。",
            f"The totals of {names_en} would give away figures that are not published, and are not published either.",
        )


def _uncounted(edition: EditionContext) -> Iterator[BilingualText]:
    found = edition.told.uncounted
    if found:
        yield BilingualText(
            f"{'、'.join(zh for zh, _ in found)}没有可采用的明细，参与企业数不明，未作参与企业数的披露检查。",
            f"{', '.join(en for _, en in found)}: no detail was accepted; the number of contributing enterprises is unknown and was not "
            "checked before publication.",
        )


def _plans(edition: EditionContext) -> Iterator[BilingualText]:
    for one in edition.told.plans:
        parts = [
            (f"{one.stages}个环节的计划时间", f"{one.stages} stage date{'' if one.stages == 1 else 's'}", one.stages),
            (
                f"{one.amounts}个项目的计划投资",
                f"the planned investment of {one.amounts} project{'' if one.amounts == 1 else 's'}",
                one.amounts,
            ),
            (
                f"{one.waived}个后来标为不适用的环节",
                f"{one.waived} stage{'' if one.waived == 1 else 's'} later marked not applicable",
                one.waived,
            ),
            (
                f"{one.gone}个已不在库中的项目",
                f"{one.gone} project{'' if one.gone == 1 else 's'} no longer in the library",
                one.gone,
            ),
        ]
        zh = "、".join(text for text, _, n in parts if n)
        en = ", ".join(text for _, text, n in parts if n)
        if zh:
            yield BilingualText(
                f"{one.name}：{zh}在年初计划冻结后有改动，均按冻结的计划计分。",
                f"{one.name_en}: {en} changed after the plans were frozen; all are scored against the frozen plan.",
            )
        if one.advanced:
            yield BilingualText(
                f"{one.name}：未列入分月计划的重大项目，序时计划合计低于按冻结的年度计划推进值的九成，这些项目按推进值计分。",
                f"{one.name_en}: the plan to date of its major projects without a plan by month is below nine tenths of what their "
                "frozen annual plans let expect; these projects are scored against what is expected.",
            )


def _decisions(edition: EditionContext) -> Iterator[BilingualText]:
    """Each decision once: what was decided alike about several figures of one kind is counted."""
    for one, number in Counter(edition.told.decisions).items():
        at = edition.local(one.at)
        if one.kind != "figure":
            zh, en = (
                ("更正原因", "Reason of the correction") if one.kind == "correction" else ("定案依据", "Settled by")
            )
            yield BilingualText(f"{zh}：{one.reason}（{one.by}，{at}）。", f"{en}: {one.reason} ({one.by}, {at}).")
            continue
        about, about_en = (text.rstrip("。.") for text in (one.about.zh, one.about.en))
        times, times_en = (f"（{number}项）", f" ({number} figures)") if number > 1 else ("", "")
        yield BilingualText(
            f"{about}{times}。 经{one.by}于{at}核定，按现数发布，理由：{one.reason}。",
            f"{about_en}{times_en}. Decided by {one.by} on {at} to publish the figures as they are: {one.reason}.",
        )
