"""What disclosure control keeps back of an edition, with the reason and what can be done: for those who sign it, never printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...model.publication import DisclosureRule
from ...model.units import UnitRoster
from ...publish.disclosure_control import NOBODY, WhyWithheld
from .kept_back import KeptBack

_REPORTED = (
    "核对明细是否报全；确属如此的，依法不予公布",
    "check that the detail rows are complete; where it is so, the law keeps it back",
)
_REMEDIES: dict[WhyWithheld, tuple[str, str]] = {
    "few": _REPORTED,
    "dominant": _REPORTED,
    "two_largest": _REPORTED,
    "increment": (
        "本期不公布，以后的累计数与上次公布之差不再如此时恢复",
        "not in this period; it comes back once what it has more than published last says nothing any more",
    ),
    "unknown": (
        "催报或更正项目明细，采用后重新关账",
        "ask for the detail rows or have them corrected, then close the month again",
    ),
    "earlier_edition": (
        "更正版不补充公布，下期重新判断",
        "a corrected edition adds none of them; the next period is judged anew",
    ),
    "base": ("与上年同期的公布保持一致", "it stays as it was published a year ago"),
    "with_others": ("上列单位恢复公布时随之恢复", "it comes back with those that it protects"),
}


@dataclass(frozen=True)
class WithheldFigure:
    """A unit (`reason` "absent": one without a figure) or a total ("total") that is not printed. `zh`, `en`: why, and what can be done."""

    code: str
    name: str
    reason: str
    zh: str
    en: str


def withheld_reasons(
    kept: KeptBack, rule: DisclosureRule, roster: UnitRoster, whole: str
) -> tuple[WithheldFigure, ...]:
    """Those that are kept back for themselves first, then those that protect them, then totals. `whole`: what the whole is called."""
    return (*_units(kept, rule, roster), *_absent(kept, roster), *_totals(kept, roster, whole))


def _units(kept: KeptBack, rule: DisclosureRule, roster: UnitRoster) -> Iterator[WithheldFigure]:
    why = kept.withheld.why
    for code in sorted(kept.withheld.units, key=lambda code: (why[code] == "with_others", code)):
        unit = roster.get(code)
        (zh, en), (do_zh, do_en) = _reason(code, kept, rule), _REMEDIES[why[code]]
        yield WithheldFigure(code, unit.name if unit else code, why[code], f"{zh}。{do_zh}。", f"{en}; {do_en}.")


def _reason(code: str, kept: KeptBack, rule: DisclosureRule) -> tuple[str, str]:
    found, share = kept.contributors.get(code, NOBODY), f"{rule.max_share:.0%}"
    texts: dict[WhyWithheld, tuple[str, str]] = {
        "few": (
            f"有投资的企业 {found.count} 家，少于 {rule.min_contributors} 家",
            f"{found.count} enterprises with investment, fewer than {rule.min_contributors}",
        ),
        "dominant": (f"一家企业占比高于 {share}", f"one enterprise has more than {share}"),
        "two_largest": (
            f"除最大两家外，其余合计不足最大一家的 {rule.min_rest:.0%}，第二家可推算出第一家",
            f"what is left beside the two largest is below {rule.min_rest:.0%} of the largest: the second could estimate the first",
        ),
        "increment": (
            "本期累计数减去已公布的累计数，只来自少数企业或一家占绝大部分",
            "what it has more than was published rests on few enterprises, or on one almost alone",
        ),
        "unknown": (
            "没有可采用的项目明细，不知道有几家企业",
            "no detail rows count: on how many enterprises it rests is unknown",
        ),
        "earlier_edition": ("本期已发布的版本未公布该单位", "an edition published of this period kept it back"),
        "base": (
            "可比基数是上年同期数，只来自少数企业，或上年未公布",
            "its base is the figure of a year ago, which rests on few enterprises or was not published then",
        ),
        "with_others": (
            "由合计减去已公布的单位，会推算出其他不予公布的单位",
            "a total less the published units would give away others that are kept back",
        ),
    }
    return texts[kept.withheld.why[code]]


def _absent(kept: KeptBack, roster: UnitRoster) -> Iterator[WithheldFigure]:
    for code in sorted(kept.absent):
        unit = roster.get(code)
        yield WithheldFigure(
            code,
            unit.name if unit else code,
            "absent",
            "没有可采用的报送，而此前只来自少数企业：可比基数、核定增速和目标也不印。报送采用后重新判断。",
            "nothing of it counts, and it rested on few enterprises before: base, official growth and target are not printed either; it is "
            "judged anew once its return counts.",
        )


def _totals(kept: KeptBack, roster: UnitRoster, whole: str) -> Iterator[WithheldFigure]:
    for total in sorted(kept.withheld.totals, key=lambda total: (total.ranking, total.code)):
        unit = roster.get(total.code)
        name = unit.name if unit is not None and unit.kind != "bureau" else whole
        yield WithheldFigure(
            total.code,
            name,
            "total",
            "合计减去已公布的单位，会推算出不予公布的单位，而没有其他单位可以连带。所属单位恢复公布时随之恢复。",
            "less the published units it would give away those kept back, and no other unit could protect them; it comes back with them.",
        )
