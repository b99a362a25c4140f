"""What people decide about findings: explanations of the county, which the bureau accepts or returns, waivers that two of the
bureau sign, and files that the bureau sends back. Each is a row with who, when and text (domain_decisions §2, §7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

REASONS: tuple[str, ...] = (
    "项目集中开工",
    "设备集中到货",
    "工程进度加快",
    "工程进度放缓",
    "项目停缓建",
    "项目竣工投产",
    "资金或要素未落实",
    "上期数据更正",
    "统计口径或区划变化",
    "基数偏低",
    "基数偏高",
    "季节或气候",
    "其他",
)
"""Reasons an explanation begins with; the text behind says what happened."""
REASONS_EN: Mapping[str, str] = dict(
    zip(
        REASONS,
        (
            "many projects started",
            "equipment arrived together",
            "work went faster",
            "work went slower",
            "project stopped or put off",
            "project completed",
            "funds or factors not in place",
            "figures of last period corrected",
            "scope or boundaries changed",
            "low base",
            "high base",
            "season or weather",
            "other",
        ),
        strict=True,
    )
)
"""The same in English; what is stored is the Chinese."""

_AFTER_REASON = re.compile(r"^[】\]:;,\uff1a\uff1b\uff0c。.\s]+")

CLOSING = "closing"
"""`Cell.form` of an explanation of a query that the rules across units raised when the month closed."""
PUBLICATION = "publication"
"""`Cell.form` of a signed decision to publish what the publication gate had stopped; `Cell.value` names the block."""

ExplanationState = Literal["given", "accepted", "returned"]
"""given = counts as an answer until the bureau decides; accepted = 采纳; returned = 退回, the query is open again."""


@dataclass(frozen=True)
class RuledCell:
    """The place a ruling is about, as it survives resubmission: the row by its key (not its number), the field and the value
    as sent. An unchanged cell is the same cell; another value is another cell. `row_key` is '' for a finding about a file."""

    unit_code: str
    form: str
    rule: str
    row_key: str
    field: str
    value: str


def _identity(prefix: str, *parts: str) -> str:
    return prefix + sha256("\x1f".join(parts).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Waiver:
    """An error lifted for one cell from `period` to `until` (YYYY-MM, both inclusive). Granted once two have signed it."""

    cell: RuledCell
    period: str
    until: str
    reason: str
    submission_id: str
    first_by: str
    first_at: datetime
    second_by: str | None = None
    second_at: datetime | None = None

    @property
    def waiver_id(self) -> str:
        c = self.cell
        return _identity("w", c.unit_code, c.form, c.rule, c.row_key, c.field, c.value, self.period, self.until)

    @property
    def granted(self) -> bool:
        return self.second_at is not None


@dataclass(frozen=True)
class Explanation:
    """Why a queried cell is right, from `period` to `until`. `origin` file: written in 上报说明 of the row; desk: recorded by
    `saima explain`. `reason` is one of REASONS, or '' where the sender chose none."""

    cell: RuledCell
    period: str
    until: str
    reason: str
    text: str
    origin: Literal["file", "desk"]
    submission_id: str
    given_by: str
    given_at: datetime
    state: ExplanationState = "given"
    decided_by: str | None = None
    decided_at: datetime | None = None
    remark: str = ""

    @property
    def explanation_id(self) -> str:
        c = self.cell
        return _identity(
            "e", c.unit_code, c.form, c.rule, c.row_key, c.field, c.value, self.period, self.origin, self.text
        )


@dataclass(frozen=True)
class Return:
    """A version the bureau sent back, or the county took back itself (`withdrawn`): it counts no more, nor does an older one; a new
    one is due by `deadline`."""

    submission_id: str
    reason: str
    deadline: datetime | None
    returned_by: str
    returned_at: datetime
    withdrawn: bool = False


def split_reason(text: str) -> tuple[str, str]:
    """(reason of the list, text) of a 上报说明 such as `设备集中到货:进口设备三台本月到厂`; ('', text) without one."""
    stripped = text.strip().lstrip("【[")
    for reason in REASONS:
        if stripped.startswith(reason):
            rest = _AFTER_REASON.sub("", stripped[len(reason) :])
            return reason, rest or stripped
    return "", text.strip()
