"""How values become points and what is taken off, in words: for each method what it does, with the numbers that the edition was made
with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.ranking import DEDUCTIONS, OPTIONAL_DEDUCTIONS, Ranking
from .edition_context import BilingualText

POINT_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "rank_step": ("rank_step",),
    "ratio_cap": ("ratio_cap",),
    "point_rules": ("plus_per_pp", "minus_per_pp", "rule_cap"),
}
"""Numbers of method.toml that a method uses, beside anchors and deductions."""
OPTIONS = (("snail_points", "snail_cap"), ("new_major_points", "new_major_cap"))
"""Options of the deductions: switched on where the first number is not 0."""
COMPARING_METHODS = frozenset(("rank_step", "minmax_60_40"))
"""Methods under which one unit's points move with another's figures (ranking `DEPENDS_ON_OTHERS`)."""
_ANCHORS = {"SAIMA-1": ("lo", "mid", "hi"), "ratio_cap": ("mid",), "target_gate": ("mid",), "point_rules": ("mid",)}
_SCALES = {"SAIMA-1": (40, 100), "minmax_60_40": (60, 100)}


def anchors_used(method: str) -> tuple[str, ...]:
    """Which of lo, mid and hi the method looks at."""
    return _ANCHORS.get(method, ())


def anchor_head(method: str, anchor: str) -> BilingualText:
    """Head of a column of anchors: what it gives."""
    if method != "SAIMA-1":
        return BilingualText("目标", "target")
    return {
        "lo": BilingualText("下限", "lo = 40"),
        "mid": BilingualText("中值", "mid = 80"),
        "hi": BilingualText("上限", "hi = 100"),
    }[anchor]


def point_scale(method: str) -> tuple[int, int]:
    """The points of a bar's two ends: the least that a method gives, and what it gives for full."""
    return _SCALES.get(method, (0, 100))


def scale_text(method: str) -> BilingualText:
    """The scale in words, where the method has one with two ends."""
    low, high = point_scale(method)
    return BilingualText(f"{low}—{high}", f"{low}–{high}") if method in _SCALES else BilingualText("", "")


def points_text(method: str, parameters: Mapping[str, Any]) -> BilingualText:
    """How an indicator's value becomes points."""
    n: Mapping[str, str] = parameters.get("numbers") or {}
    texts = {
        "SAIMA-1": (
            "功效分在下限为40、中值80、上限100，其间线性，两端截断。",
            "Points are 40 at lo, 80 at mid, 100 at hi, linear between and clipped.",
        ),
        "minmax_60_40": (
            "每个指标最差的地区得60分，最好的得100分，其间线性；各地区相同时都得100分。",
            "Of each indicator the worst unit gets 60 points, the best 100, linear between; 100 for all where they are equal.",
        ),
        "rank_step": (
            f"每个指标最好的地区得100分，每低一位少{n.get('rank_step', '5')}分，不低于0；数值相同者同分。",
            f"Of each indicator the best unit gets 100 points, each place below {n.get('rank_step', '5')} less, never below 0; equal "
            "values get the same.",
        ),
        "ratio_cap": (
            f"得分为完成值与目标之比×100，比值最高计{n.get('ratio_cap', '1.2')}，不低于0；没有目标的指标不适用。",
            f"Points are 100 × value / target, the ratio at most {n.get('ratio_cap', '1.2')}, never below 0; without a target an "
            "indicator does not apply.",
        ),
        "target_gate": ("达到目标得100分，未达到得0分。", "100 points where the target is reached, else none."),
        "point_rules": (
            f"达到目标得该指标的权重分；每低一个百分点扣{n.get('minus_per_pp', '0.1')}分，每高一个百分点加{n.get('plus_per_pp', '0.2')}分，"
            f"加减不超过{n.get('rule_cap', '10')}分。",
            f"The indicator's weight at the target; {n.get('minus_per_pp', '0.1')} off for each percentage point missing, "
            f"{n.get('plus_per_pp', '0.2')} on for each above, at most {n.get('rule_cap', '10')} either way.",
        ),
    }
    return BilingualText(*texts[method])


def score_text() -> BilingualText:
    """How points become the score, and what breaks ties."""
    return BilingualText(
        "得分 = Σ权重×功效分÷100 − 扣分；得分先四舍五入到两位小数再排名；同分依次比序时完成率、官方增速、增量、重大项目完成率，仍相同者"
        "并列。",
        "Score = Σ weight × points / 100 − deductions; the score is rounded to two places before ranking; ties go by schedule completion, "
        "official growth, gain, major projects, then share the rank.",
    )


def deduction_texts(parameters: Mapping[str, Any]) -> list[BilingualText]:
    """What is taken off, and added, as the edition's method says: lateness, unanswered queries, and the options that are switched on."""
    p = parameters
    least, least_en = "", ""
    if _on(p.get("queries_each")):
        least = f"，且每条不少于{p['queries_each']}分"
        least_en = f", no less than {p['queries_each']} for each of them"
    found = [
        BilingualText(
            f"迟报每个工作日扣{p['late_per_workday']}分，最多{p['late_cap']}分。",
            f"Lateness costs {p['late_per_workday']} a working day, at most {p['late_cap']}.",
        ),
        BilingualText(
            f"未说明的核实性问题按其占数据行的比例×{p['queries_factor']}扣分{least}，最多{p['queries_cap']}分。",
            f"Unanswered queries cost their share of the rows × {p['queries_factor']}{least_en}, at most {p['queries_cap']}.",
        ),
    ]
    n: Mapping[str, str] = p.get("numbers") or {}
    if _on(n.get("snail_points")):
        found.append(
            BilingualText(
                f"每个蜗牛项目扣{n['snail_points']}分，最多{n['snail_cap']}分。",
                f"Each snail project costs {n['snail_points']}, at most {n['snail_cap']}.",
            )
        )
    if _on(n.get("new_major_points")):
        found.append(
            BilingualText(
                f"本年新开工的10亿元及以上项目每个加{n['new_major_points']}分，最多加{n['new_major_cap']}分。",
                f"Each project of CNY 1 billion and more started this year adds {n['new_major_points']}, at most {n['new_major_cap']}.",
            )
        )
    return found


def _on(number: str | None) -> bool:
    return number is not None and number.strip("0.") != ""


_DEDUCTED = {
    "late": ("迟报", "late"),
    "unanswered_queries": ("未说明", "unanswered"),
    "snails": ("蜗牛项目", "snail projects"),
    "new_major_bonus": ("新开工重大项目（负为加）", "new major projects (negative: added)"),
}


def deductions_taken(ranking: Ranking) -> list[str]:
    """The deductions of every method, and the options that this ranking's method switches on."""
    return [*DEDUCTIONS, *(k for k in OPTIONAL_DEDUCTIONS if any(k in unit.deductions for unit in ranking.units))]


def deduction_names(ranking: Ranking) -> BilingualText:
    """What is taken off in a ranking, in the order of `deductions_taken`."""
    named = [_DEDUCTED[key] for key in deductions_taken(ranking)]
    return BilingualText("、".join(zh for zh, _ in named), ", ".join(en for _, en in named))
