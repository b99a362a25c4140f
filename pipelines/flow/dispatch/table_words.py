"""The words of the dispatch tables: states, steps, stages, reasons, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...dispatch.enterprise_helpers import LEVEL_ZH
from ...dispatch.red_flags import REASONS as FLAG_REASONS
from ...dispatch.snails import REASONS as SNAIL_REASONS
from ...dispatch.stage_board import ENTERED, FINISHED, LEFT
from ...dispatch.unit_marks import UNIT_REASONS
from ...model.dispatch_decisions import CAUSE_ZH
from ...model.dispatch_policy import STEPS as POLICY_STEPS
from ...model.dispatch_policy import DispatchPolicy
from ...model.dispatch_states import DECISION_NAMES, STATE_NAMES
from ...model.lifecycle import STAGE_EN, STAGE_ZH
from ...model.printed_table import Words, in_english
from ...model.programme import Programme


def _words(pairs: Mapping[str, tuple[str, str]]) -> dict[str, Words]:
    return {key: Words(*pair) for key, pair in pairs.items()}


LIGHTS = {"green": Words("绿", "green"), "yellow": Words("黄", "yellow"), "red": Words("红", "red"), None: "—"}
STATES = _words(STATE_NAMES)
STEPS = {one.key: Words(one.zh, one.en) for one in POLICY_STEPS}
STAGES = {key: Words(zh, STAGE_EN[key]) for key, zh in STAGE_ZH.items()}
PLACES = STAGES | _words({FINISHED: ("全部完成", "Finished"), ENTERED: ("入库", "Entered"), LEFT: ("出库", "Left")})
PROBLEMS = _words(
    {
        "none": ("无联挂领导", "no leader"),
        "several": ("多于一位", "more than one"),
        "silent": ("久无动作", "silent for long"),
        "": ("", ""),
    }
)
ACHIEVEMENTS = _words(
    {
        "three_in_one_year": ("三当年", "land, start and commissioning in one year"),
        "hundred_days": ("百日调试", "trial production within a hundred days"),
        "started": ("本月开工", "started this month"),
        "commissioned": ("本月投产", "commissioned this month"),
    }
)
MILESTONES = _words(
    {"signed": ("签约", "signed"), "trial": ("调试", "trial production"), "commissioned": ("投产", "commissioned")}
)
LEVELS = {key: Words(zh, key) for key, zh in LEVEL_ZH.items()}
SOURCES = _words({"approval": ("审批清单", "approvals"), "dispatch": ("调度月报", "dispatch return")})
CAUSES = {key: Words(zh, key.replace("_", " ")) for key, zh in CAUSE_ZH.items()}
KINDS = _words(DECISION_NAMES)
_REASONS = _words({**SNAIL_REASONS, **FLAG_REASONS, **UNIT_REASONS})
Names = Mapping[str, str]
"""Unit code → name."""


_METRICS = _words(
    {
        "annual_investment": ("全年投资", "investment of the year"),
        "ytd": ("累计投资", "investment to date"),
        "growth": ("投资增速", "growth of investment"),
        "list_ytd": ("清单项目累计投资", "investment to date of the list"),
    }
)
_COMPARATORS = _words(
    {
        "total_investment": ("快于固定资产投资", "faster than total investment"),
        "industrial_investment": ("快于工业投资", "faster than industrial investment"),
    }
)


def target_name(metric: str, comparator: str) -> Words:
    """What a target is about."""
    return followed(_METRICS.get(metric, metric), _COMPARATORS.get(comparator, comparator))


def named_units(programme: Programme) -> dict[str, str]:
    """Code → name of every unit; the code of the city means the city, and not the bureau that reports for it."""
    names: dict[str, str] = {unit.code: Words(unit.name, unit.name_en) for unit in programme.roster.units}
    if programme.city_code:
        names[programme.city_code] = Words(programme.city_zh, programme.city_en)
    return names


def named_classes(policy: DispatchPolicy) -> dict[str, str]:
    """Code → name of every class of issues."""
    return {kind.code: Words(kind.zh, kind.en) for kind in policy.issue_classes}


def reasons_of(reasons: Sequence[str]) -> Words:
    """Reasons as one cell."""
    return joined([_REASONS.get(reason, reason) for reason in reasons])


def joined(texts: Sequence[str]) -> Words:
    """Several as one cell, apart by semicolons."""
    return Words("；".join(texts), "; ".join(in_english(text) for text in texts))


def said_in_both(text: str) -> str:
    """A text of the program that says the same in both languages, apart by a stroke; not for what a person wrote, who may use a stroke."""
    zh, stroke, en = text.partition(" / ")
    return Words(zh, en) if stroke and not zh.isascii() and en.isascii() else text


def both(texts: Sequence[str]) -> str:
    """The same as a note under a table, which says everything in both languages."""
    said = joined(texts)
    return f"{said} / {said.en}" if texts else ""


def followed(*texts: object) -> Words:
    """Parts of a cell one after the other; what is absent takes no room."""
    there = [text if isinstance(text, str) else str(text) for text in texts if text not in (None, "")]
    return Words(" ".join(there), " ".join(in_english(text) for text in there))


def missing_note(missing: list[str], units: Names) -> str:
    """Which units' projects are counted as an earlier return left them."""
    names = "、".join(units.get(unit, unit) for unit in missing)
    return (
        f"以下单位本月没有采用的调度月报，其项目按最近一次报送计列（不亮灯）：{names} / no accepted return of the month from these units: "
        "their projects are counted as the newest return left them, without lights"
        if missing
        else ""
    )
