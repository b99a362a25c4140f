"""What each scored indicator means, in a sentence for readers of the method page."""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, tuple[str, str]] = {
    "growth": (
        "本年累计与可比基数相比的增速，小基数向全市增速收缩：ĝ = (C + κM(1+G)) ÷ (B + κM) − 1。C 为累计，B 为可比基数，"
        "M 为各地区基数的中位数，G 为全市增速。",
        "Growth of the cumulative level on the comparable base, small bases drawn to the whole's rate: "
        "ĝ = (C + κM(1+G)) / (B + κM) − 1; C level, B base, M median base, G growth of the whole.",
    ),
    "excess_pull": (
        "拉动为增量占全市基数的比重（百分点）；超额拉动为拉动减去与全市同速增长时应有的拉动。",
        "Pull: the gain over the whole's base, in points; excess pull is pull less what a unit growing at the whole's rate has.",
    ),
    "schedule_completion": (
        "累计完成 ÷（年度目标 × 本月序时比重）。100% 即按序时进度。",
        "Level over (annual target × the month's seasonal share); 100 % is on schedule.",
    ),
    "major_projects": (
        "计划总投资10亿元及以上项目的完成投资 ÷ 到期计划投资。计划以1月31日冻结的为准。",
        "Investment done over planned of projects of CNY 1 billion and more; plans as frozen on 31 January.",
    ),
    "new_starts": ("已开工 ÷ 到期应开工的项目数（1亿元及以上）。", "Projects started over those due to start."),
    "stage_punctuality": (
        "签约、审批、开工、竣工、投产、达产六环节中，按期完成 ÷ 到期应完成。",
        "Of the six stages from signing to full output: done in time over due.",
    ),
    "service": (
        "企业提出、由本地区办理的问题中，按期办结并经企业评价的 ÷ 到期应办结的。",
        "Issues of enterprises closed in time, and rated by them, over those due.",
    ),
}
"""Indicator → Chinese and English."""
