"""What people decide in the dispatch loop. A decision is never changed: a later one ends or answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Literal

DecisionKind = Literal[
    "library_entry",
    "library_exit",
    "list_entry",
    "list_exit",
    "exemption",
    "notice",
    "inspection_opened",
    "inspection_answered",
    "inspection_rectified",
    "inspection_closed",
    "inspection_escalated",
    "factor_budget",
    "factor_accepted",
    "factor_refused",
    "target_version",
    "leader_assigned",
    "publication_permit",
    "permit_withdrawn",
    "plan_change",
]

REQUIRED_DETAIL: Mapping[str, tuple[str, ...]] = {
    "leader_assigned": ("leader_code",),
    "factor_accepted": ("factor", "period"),
    "factor_refused": ("factor", "period"),
    "publication_permit": ("purpose",),
    "permit_withdrawn": ("purpose",),
}
"""Kind → keys of `detail` without which the decision decides nothing."""
DETAIL_WORDS: Mapping[str, tuple[str, str]] = {
    "leader_code": ("领导代码", "leader code"),
    "factor": ("要素", "factor"),
    "period": ("建议所属月份", "month of the proposal"),
    "purpose": ("公开用途", "purpose"),
    "notified_on": ("告知日期", "day on which the unit was told"),
    "reply": ("陈述申辩", "reply of the unit"),
}
"""What people call the keys that a decision may lack."""
PERMIT_PURPOSES: Mapping[str, tuple[str, ...]] = {"showcase": (), "snail": ("notified_on", "reply")}
"""What a project may be named for outside → what such a permit needs besides (domain_decisions §6: notice and reply)."""

PERMITS: frozenset[DecisionKind] = frozenset(("publication_permit", "permit_withdrawn"))
"""What decides who may be named outside."""
ENDING: tuple[DecisionKind, ...] = (
    "library_entry",
    "library_exit",
    "list_entry",
    "list_exit",
    "exemption",
    "factor_budget",
    "publication_permit",
    "permit_withdrawn",
)
"""What is nothing any more after its last day. (A leader who was assigned for a while has ended what stood before.)"""
JUDGED_AT_MONTH_END: frozenset[DecisionKind] = frozenset(
    ("library_entry", "library_exit", "list_entry", "list_exit", "exemption", "factor_budget", "leader_assigned")
)
"""What counts for a month where it holds on its last day."""
ANSWERS: tuple[DecisionKind, ...] = ("factor_accepted", "factor_refused")
"""Answers to the proposals of one month."""
NEEDS_DOCUMENT: frozenset[str] = frozenset(
    (
        "library_entry",
        "library_exit",
        "list_entry",
        "list_exit",
        "exemption",
        "inspection_opened",
        "inspection_escalated",
        "inspection_closed",
        "factor_budget",
        "factor_accepted",
        "target_version",
        "leader_assigned",
        "publication_permit",
        "plan_change",
    )
)
"""Decisions that rest on a document: without its number nothing is recorded."""

ExemptionCause = Literal["force_majeure", "approved_suspension", "public_factor"]
CAUSE_ZH: Mapping[str, str] = {
    "force_majeure": "不可抗力",
    "approved_suspension": "经批准停缓建",
    "public_factor": "公共要素未到位",
}


@dataclass(frozen=True)
class DispatchDecision:
    """`subject`: a project code, an inspection id, a factor, or a target id; `valid_from`…`valid_to` inclusive days (None: open).

    `recorded_at` is when the books learnt of it: what was recorded later than an as-of instant is not known then. `detail` holds
    texts alone (list code, cause, department, amount, leader …)."""

    kind: DecisionKind
    subject: str
    decided_by: str
    recorded_at: datetime
    valid_from: date
    valid_to: date | None = None
    unit_code: str = ""
    document: str = ""
    reason: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    ordinal: int = 0
    """Place in the books; 0 before it is recorded."""

    @property
    def decision_id(self) -> str:
        parts = (
            self.kind,
            self.subject,
            self.unit_code,
            self.decided_by,
            self.recorded_at.isoformat(),
            self.valid_from.isoformat(),
            self.valid_to.isoformat() if self.valid_to else "",
            self.document,
            self.reason,
            *(f"{key}={value}" for key, value in sorted(self.detail.items())),
        )
        return "d" + sha256("\x1f".join(parts).encode()).hexdigest()[:20]

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
