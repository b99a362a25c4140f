"""What the states, steps and moves of the dispatch loop are called, Chinese and English: in tables, pages and messages."""

from __future__ import annotations

from collections.abc import Mapping

STATE_NAMES: Mapping[str, tuple[str, str]] = {
    "met": ("完成", "met"),
    "on_track": ("正常", "on track"),
    "behind": ("滞后", "behind"),
    "missed": ("未完成", "missed"),
    "no_data": ("无数据", "no data"),
    "open": ("待答复", "open"),
    "answered": ("已答复", "answered"),
    "rectified": ("已整改", "rectified"),
    "closed": ("已销号", "closed"),
    "complete": ("齐全", "complete"),
    "incomplete": ("不全", "incomplete"),
    "late": ("迟交", "late"),
    "missing": ("未交", "missing"),
    "raised": ("提出", "raised"),
    "accepted": ("受理", "accepted"),
    "handled": ("办理", "handled"),
    "assessed": ("评价", "assessed"),
    "before": ("未开始", "not begun"),
    "running": ("进行中", "running"),
    "over": ("已结束", "over"),
    "achieved": ("达成", "achieved"),
    "on_course": ("在途", "on course"),
    "refused": ("不采纳", "refused"),
}
"""Of targets, inspections, memos, issues, campaigns, achievements and proposals."""
MOVE_NAMES: Mapping[str, tuple[str, str]] = {
    "inspection_opened": ("立案", "open"),
    "inspection_answered": ("登记答复", "answer"),
    "inspection_rectified": ("登记整改", "rectify"),
    "inspection_closed": ("销号", "close"),
    "inspection_escalated": ("升级", "escalate"),
}
"""Decisions about an inspection; in English as the commands of `saima dispatch decide`."""
DECISION_NAMES: Mapping[str, tuple[str, str]] = {
    "library_entry": ("手工入库", "let into the library"),
    "library_exit": ("手工出库", "take out of the library"),
    "list_entry": ("列入清单", "put on a list"),
    "list_exit": ("移出清单", "take off a list"),
    "exemption": ("蜗牛豁免", "exempt a snail"),
    "notice": ("发出提醒单", "reminder slip sent"),
    "inspection_opened": ("督查立案", "inspection opened"),
    "inspection_answered": ("督查答复", "inspection answered"),
    "inspection_rectified": ("整改完成", "inspection rectified"),
    "inspection_closed": ("督查销号", "inspection closed"),
    "inspection_escalated": ("督查升级", "inspection escalated"),
    "factor_budget": ("要素额度", "budget of a factor"),
    "factor_accepted": ("采纳要素建议", "grant a factor"),
    "factor_refused": ("不采纳要素建议", "refuse a proposal"),
    "target_version": ("目标版本", "version of a target"),
    "leader_assigned": ("联挂领导", "assign a leader"),
    "publication_permit": ("对外公开许可", "permit to name outside"),
    "permit_withdrawn": ("撤回公开许可", "withdraw a permit"),
    "plan_change": ("年度计划调整", "change of plan"),
}
"""Kinds of decisions, in the book of decisions and where one is recorded."""
