"""What somebody wants recorded, whether it is complete, and when two records are one decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ...errors import Refused
from ...model.dispatch_decisions import (
    DETAIL_WORDS,
    NEEDS_DOCUMENT,
    PERMIT_PURPOSES,
    PERMITS,
    REQUIRED_DETAIL,
    DecisionKind,
    DispatchDecision,
)
from ...model.units import name_key


@dataclass(frozen=True)
class DecisionRequest:
    """What somebody wants recorded. `valid_from` None: the local day of the instant."""

    kind: DecisionKind
    subject: str
    decided_by: str
    document: str = ""
    reason: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


def refuse_incomplete(request: DecisionRequest, day: date) -> None:
    """Who, on which document, until when, and what its kind asks for: without them nothing is recorded. Refused says what is missing."""
    if not request.decided_by.strip():
        raise Refused("决定须写明谁作出", "a decision needs who decided it", "--as 姓名或岗位 / --as NAME")
    if request.kind in NEEDS_DOCUMENT and not request.document.strip():
        raise Refused("决定须有依据文件", "a decision rests on a document", "--document 文号 / --document NUMBER")
    if request.kind in ("exemption", "publication_permit") and request.valid_to is None:
        raise Refused(
            "豁免和公开许可须写明到期日", "an exemption or permit needs a day on which it ends", "--until 2022-12-31"
        )
    if request.valid_to is not None and request.valid_to < day:
        raise Refused(
            f"到期日 {request.valid_to} 早于生效日 {day}",
            f"it ends on {request.valid_to}, before it begins on {day}",
            "--from, --until",
        )
    if (
        request.kind in ("library_entry", "library_exit", "exemption", "permit_withdrawn")
        and not request.reason.strip()
    ):
        raise Refused("须写明理由", "a reason is needed", "--reason …")
    needed = REQUIRED_DETAIL.get(request.kind, ())
    if request.kind in PERMITS:
        purpose = request.detail.get("purpose", "")
        if purpose and purpose not in PERMIT_PURPOSES:
            allowed = ", ".join(PERMIT_PURPOSES)
            raise Refused(f"没有这一公开用途：{purpose}", f"no such purpose: {purpose}", f"可用 / allowed: {allowed}")
        if request.kind == "publication_permit":
            needed += PERMIT_PURPOSES.get(purpose, ())
    missing = [key for key in needed if not request.detail.get(key, "").strip()]
    if missing:
        words = [DETAIL_WORDS[key] for key in missing]
        raise Refused(
            f"决定缺少{'、'.join(zh for zh, _ in words)}",
            f"the decision lacks {', '.join(en for _, en in words)}",
            f"补填后重新登记；登记簿文件写 detail: {', '.join(f'{key}=…' for key in missing)} / fill it in; detail of a file",
        )


def says_the_same(one: DispatchDecision, other: DispatchDecision) -> bool:
    """Two records of one decision, whenever they were made; full-width signs and spaces make no other one. What the books added to the
    detail (a granted amount) need not be said again."""
    return (
        (one.kind, one.subject, one.valid_from, one.valid_to)
        == (other.kind, other.subject, other.valid_from, other.valid_to)
        and same_texts(one, other)
        and other.detail.items() <= one.detail.items()
    )


def same_texts(one: DispatchDecision, other: DispatchDecision | DecisionRequest) -> bool:
    """Who decided, on which document and why, but for full-width signs and spaces."""
    texts = ((one.decided_by, other.decided_by), (one.document, other.document), (one.reason, other.reason))
    return all(name_key(said) == name_key(again) for said, again in texts)
