"""The words of the dispatch tables: states, steps, stages, reasons in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from ...dispatch.red_flags import REASONS as FLAG_REASONS
from ...dispatch.snails import REASONS as SNAIL_REASONS
from ...dispatch.stage_board import ENTERED, FINISHED, LEFT
from ...dispatch.unit_marks import UNIT_REASONS
from ...model.dispatch_states import STATE_NAMES
from ...model.lifecycle import STAGE_ZH

LIGHT_ZH = {"green": "绿", "yellow": "黄", "red": "红", None: "—"}
STATE_ZH = {key: zh for key, (zh, _) in STATE_NAMES.items()}
STEP_ZH = {"slip": "提醒单", "inspection": "督查整改", "talk": "约谈", "exposure": "曝光"}
PLACE_ZH = {**STAGE_ZH, FINISHED: "全部完成", ENTERED: "入库", LEFT: "出库"}
PROBLEM_ZH = {"none": "无联挂领导", "several": "多于一位", "silent": "久无动作", "": ""}
ACHIEVEMENT_ZH = {
    "three_in_one_year": "三当年",
    "hundred_days": "百日投产",
    "started": "本月开工",
    "commissioned": "本月投产",
}
_REASON_ZH = {key: zh for key, (zh, _) in {**SNAIL_REASONS, **FLAG_REASONS, **UNIT_REASONS}.items()}
Names = Mapping[str, str]
"""Unit code → name."""


def reasons_zh(reasons: list[str]) -> str:
    return "；".join(_REASON_ZH.get(reason, reason) for reason in reasons)


def missing_note(missing: list[str], units: Names) -> str:
    """Which units' projects are counted as an earlier return left them."""
    names = "、".join(units.get(unit, unit) for unit in missing)
    return (
        f"以下单位本月没有采用的调度月报，其项目按最近一次报送计列（不亮灯）：{names} / no accepted return of the month from these units: "
        "their projects are counted as the newest return left them, without lights"
        if missing
        else ""
    )
