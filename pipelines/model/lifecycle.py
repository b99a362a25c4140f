"""The six closed-loop stages by name, and which of them a project does not have (seed L17, L29)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .fields import STAGES

STAGE_ZH: dict[str, str] = {
    "admission": "准入",
    "land": "供地",
    "approval": "审批",
    "start": "开工",
    "completion": "竣工",
    "capacity": "达产",
}
"""How a stage is named in 不适用标记 (na_flag), beside its key, and in tables for people."""

STAGE_EN: dict[str, str] = {
    "admission": "Admission",
    "land": "Land supply",
    "approval": "Approval",
    "start": "Start of construction",
    "completion": "Completion",
    "capacity": "Full capacity",
}


@dataclass(frozen=True)
class FunnelStage:
    """One of the six stages over a library, counts of projects alone: `projects` have the stage, `reached` came through it by the end
    of the month, `due` were planned to and `overdue` of them did not, `in_stage` work on it now."""

    stage: str
    projects: int
    reached: int
    due: int
    overdue: int
    in_stage: int


def stages_not_applicable(na_flag: str | None) -> frozenset[str]:
    """Stages that 不适用标记 names (供地; land, 审批 …): a renovation needs no land (seed L17)."""
    words = set(re.split(r"[\s;,、/|\uFF1B\uFF0C]+", na_flag or ""))
    return frozenset(stage for stage in STAGES if words & {stage, STAGE_ZH[stage]})
