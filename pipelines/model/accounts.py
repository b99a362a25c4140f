"""Accounts of people and what each role may see and do (domain_decisions §6): one table for pages, commands and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args

Role = Literal["unit", "bureau", "dispatch", "leader", "engineer", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_LABELS: Mapping[str, tuple[str, str]] = {
    "unit": ("填报单位", "reporting unit"),
    "bureau": ("市统计局", "statistics bureau"),
    "dispatch": ("市经信局", "dispatch office"),
    "leader": ("领导办公室", "leaders' office"),
    "engineer": ("数据工程师", "data engineer"),
    "viewer": ("公众", "public"),
}
AccountDomain = Literal["all", "stat", "dispatch"]
"""Which returns an account of a unit handles: those of statistics (统计), of dispatch (经信), or all."""


class Right(StrEnum):
    """Something that a page shows or a form does."""

    OWN_RETURNS = "own_returns"
    ROWS = "rows"
    STATES = "states"
    DECIDE = "decide"
    DRAFT = "draft"
    SIGN_STATISTICS = "sign_statistics"
    SIGN_DISPATCH = "sign_dispatch"
    PUBLISH = "publish"
    DISPATCH = "dispatch"
    DISPATCH_DECIDE = "dispatch_decide"
    CALLS = "calls"
    OUTBOX = "outbox"
    OUTBOX_RETRY = "outbox_retry"
    OPERATION = "operation"
    ACCOUNTS = "accounts"
    PUBLISHED = "published"


_EVERYBODY = frozenset({Right.PUBLISHED})
RIGHTS: Mapping[Role, frozenset[Right]] = {
    "unit": _EVERYBODY | {Right.OWN_RETURNS},
    "bureau": _EVERYBODY
    | {
        Right.ROWS,
        Right.STATES,
        Right.DECIDE,
        Right.DRAFT,
        Right.SIGN_STATISTICS,
        Right.PUBLISH,
        Right.DISPATCH,
        Right.CALLS,
        Right.OUTBOX,
        Right.OUTBOX_RETRY,
        Right.OPERATION,
        Right.ACCOUNTS,
    },
    "dispatch": _EVERYBODY
    | {
        Right.STATES,
        Right.DRAFT,
        Right.SIGN_DISPATCH,
        Right.DISPATCH,
        Right.DISPATCH_DECIDE,
        Right.CALLS,
        Right.OPERATION,
    },
    "leader": _EVERYBODY | {Right.DRAFT, Right.DISPATCH},
    "engineer": _EVERYBODY | {Right.STATES, Right.OPERATION, Right.OUTBOX, Right.OUTBOX_RETRY},
    "viewer": _EVERYBODY,
}
"""Role → rights. Rows are the bureau's alone; the dispatch office and engineers see states without amounts."""

SIGNATURE_RIGHTS: Mapping[str, Right] = {
    "author": Right.SIGN_STATISTICS,
    "reviewer": Right.SIGN_STATISTICS,
    "approver": Right.SIGN_STATISTICS,
    "statistics": Right.SIGN_STATISTICS,
    "dispatch": Right.SIGN_DISPATCH,
}
"""Signing role of method.toml → right of an account (domain_decisions §6): the bureau signs levels and growth and is author, reviewer
and approver (三审, three of its people); the dispatch office signs the other indicators."""
SIGNATURE_LABELS: Mapping[str, tuple[str, str]] = {
    "author": ("编制", "author"),
    "reviewer": ("审核", "reviewer"),
    "approver": ("签发", "approver"),
    "statistics": ("统计", "statistics"),
    "dispatch": ("经信", "dispatch"),
}
EDITION_STATES: Mapping[str, str] = {"draft": "初稿", "published": "已发布", "superseded": "已被新初稿取代"}
"""Of an edition, in Chinese."""


def role_word(role: str) -> str:
    """A signing role in Chinese, as the pages print it; a name of its own as it is."""
    return SIGNATURE_LABELS.get(role, (role, role))[0]


SIGNING_ROLES: tuple[Role, ...] = tuple(
    role for role, rights in RIGHTS.items() if rights & {Right.SIGN_STATISTICS, Right.SIGN_DISPATCH}
)
"""Who signs for one office must not be able to make or take over the account of the other: these are made, reset and unlocked by
`saima users` alone."""
VISITOR_RIGHTS = _EVERYBODY | {Right.STATES}


@dataclass(frozen=True)
class Account:
    """One person's account. `unit_code` for role unit alone; `barred_until`: after too many wrong passwords; `locked`: by hand.
    `epoch` goes up with every change that ends the sessions there are. `password_hash` is '' where another system signs people in.
    `totp_secret`: of one-time codes (RFC 6238), encrypted; `totp_step`: 30-second step of the newest code that was used, None until the
    first one has confirmed the secret."""

    username: str
    name: str
    role: Role
    unit_code: str | None
    domain: AccountDomain
    password_hash: str = field(repr=False)
    must_change: bool
    epoch: int
    failures: int
    barred_until: datetime | None
    locked: bool
    created_at: datetime
    signed_in_at: datetime | None = None
    totp_secret: str | None = field(default=None, repr=False)
    totp_step: int | None = None

    @property
    def two_step(self) -> bool:
        """Whether signing in takes a one-time code beside the password."""
        return self.totp_secret is not None and self.totp_step is not None

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


@dataclass(frozen=True)
class VisitorAccount(Account):
    """Somebody whom another system has signed in and who has no account here: sees states, changes nothing."""

    def may(self, right: Right) -> bool:
        return right in VISITOR_RIGHTS


@dataclass(frozen=True)
class AuditNote:
    """What is to be entered in the audit log: who did what to which subject, and when."""

    actor: str
    action: str
    subject: str
    detail: Mapping[str, object]
    at: datetime
