"""The six closed-loop stages by name, and which of them a project does not have (seed L17, L29)."""

from __future__ import annotations

import re

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


def stages_not_applicable(na_flag: str | None) -> frozenset[str]:
    """Stages that 不适用标记 names (供地; land, 审批 …): a renovation needs no land (seed L17)."""
    words = set(re.split(r"[\s;,、/|\uFF1B\uFF0C]+", na_flag or ""))
    return frozenset(stage for stage in STAGES if words & {stage, STAGE_ZH[stage]})
