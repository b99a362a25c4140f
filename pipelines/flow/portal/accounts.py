"""Accounts of people: made and reset by the bureau or by command, argon2id hashes, barred for a while after wrong passwords or codes."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from pydantic import BaseModel

from ...errors import Refused, Terminal
from ...model.accounts import ROLES, Account, AccountDomain
from ...model.typed_texts import typed_line
from ..records.find_unit import unit_of
from ..runtime.context import Context
from .one_time_codes import step_of

MOST_FAILURES = 5
BARRED_FOR = timedelta(minutes=15)
LEAST_LENGTH = 10
LONGEST = 200
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}\Z")
_HASHER = PasswordHasher()


class AccountDocument(BaseModel):
    """`saima users … --json`: an account without anything secret; `password` is the new one, `totp_uri` the new secret of one-time codes,
    each shown once."""

    username: str
    name: str
    role: str
    unit: str | None
    domain: str
    locked: bool
    barred_until: datetime | None
    must_change: bool
    signed_in_at: datetime | None
    two_step: bool
    password: str | None = None
    totp_uri: str | None = None


class AccountsDocument(BaseModel):
    """`saima users list --json`."""

    accounts: list[AccountDocument]


def account_document(one: Account, password: str | None = None, totp_uri: str | None = None) -> AccountDocument:
    """An account as JSON."""
    return AccountDocument(
        username=one.username,
        name=one.name,
        role=one.role,
        unit=one.unit_code,
        domain=one.domain,
        locked=one.locked,
        barred_until=one.barred_until,
        must_change=one.must_change,
        signed_in_at=one.signed_in_at,
        two_step=one.two_step,
        password=password,
        totp_uri=totp_uri,
    )


def add_account(
    context: Context,
    username: str,
    name: str,
    role: str,
    unit: str | None,
    domain: AccountDomain,
    by: str,
    now: datetime,
    password: str | None = None,
    must_change: bool = True,
) -> tuple[Account, str]:
    """(account, its first password). Refused for a name that is taken; Terminal for a role, unit or name that is none."""
    if not _USERNAME.match(username):
        raise Terminal(
            f"不是账号名：{username}",
            f"not a user name: {username}",
            "小写字母、数字、. _ - / lower case, 2–40 characters",
        )
    if role not in ROLES:
        raise Terminal(f"没有角色 {role}", f"no such role: {role}", f"可用 / allowed: {', '.join(ROLES)}")
    if (role == "unit") != bool(unit):
        raise Terminal(
            "填报单位的账号须指明单位，其他角色不得指明",
            "an account of role unit names its unit, no other does",
            "--unit 330481",
        )
    name = typed_line(name)
    if not name:
        raise Terminal("须写明姓名", "the person's name is missing", "--name")
    code = unit_of(context.programme, unit).code if unit else None
    first = password or new_password()
    fresh = Account(
        username,
        name,
        next(known for known in ROLES if known == role),
        code,
        domain if code else "all",
        _hash(first, username),
        must_change,
        1,
        0,
        None,
        False,
        now,
    )

    def create(before: Account | None) -> Account:
        if before is not None:
            raise Refused(f"账号 {username} 已存在", f"the account {username} is there already")
        return fresh

    detail: dict[str, object] = {"role": role, "unit": code, "name": fresh.name}
    return context.warehouse.accounts.change(username, create, by, "account-add", detail, now), first


def reset_password(
    context: Context, username: str, by: str, now: datetime, password: str | None = None
) -> tuple[Account, str]:
    """A new first password; ends every session and lifts a bar."""
    first = password or new_password()
    made = _hash(first, username)

    def change(before: Account | None) -> Account:
        known = known_account(before, username)
        return replace(
            known, password_hash=made, must_change=True, failures=0, barred_until=None, epoch=known.epoch + 1
        )

    return context.warehouse.accounts.change(username, change, by, "account-reset", {}, now), first


def set_locked(context: Context, username: str, locked: bool, by: str, now: datetime) -> Account:
    """Locks an account, which ends its sessions, or opens it again."""

    def change(before: Account | None) -> Account:
        known = known_account(before, username)
        return replace(known, locked=locked, failures=0, barred_until=None, epoch=known.epoch + 1)

    action = "account-lock" if locked else "account-unlock"
    return context.warehouse.accounts.change(username, change, by, action, {}, now)


def change_password(context: Context, username: str, old: str, new: str, now: datetime) -> Account:
    """The person's own new password; ends the other sessions. Refused where the old one is wrong, which counts as at a sign-in:
    whoever finds an open session does not try passwords without end."""
    known = known_account(context.warehouse.accounts.get(username), username)
    refuse_barred(known, now)
    if not same_password(known, old):
        count_failure(context, known, now)
        raise Refused("原密码不对", "the old password is wrong")
    if old == new:
        raise Refused("新密码不能与原密码相同", "the new password is the old one")
    made = _hash(new, username)

    def change(before: Account | None) -> Account:
        current = as_proved(before, known, now)
        return replace(current, password_hash=made, must_change=False, failures=0, epoch=current.epoch + 1)

    return context.warehouse.accounts.change(username, change, username, "account-password", {}, now)


def sign_in(context: Context, username: str, password: str, now: datetime, code: str = "") -> Account:
    """The account, when the password is right and, of an account with one-time codes, the code. Refused with one and the same text for
    whatever is wrong; after five wrong passwords or codes the account is barred for a quarter of an hour, and then even the right ones are
    refused. A code is good once, also of two requests at the same moment."""
    store = context.warehouse.accounts
    known = store.get(username)
    right = _matches(known.password_hash if known else _nobody(), password)
    if known is None or known.locked or _barred(known, now):
        raise _no()
    step = None
    if right and known.totp_secret is not None and known.totp_step is not None:
        step = step_of(context.settings, known.totp_secret, code, now, known.totp_step)
        right = step is not None
    if not right:
        count_failure(context, known, now)
        raise _no()

    def change(before: Account | None) -> Account:
        current = as_proved(before, known, now)
        if current.totp_step is not None and (step is None or step <= current.totp_step):
            raise _no()
        return replace(current, failures=0, barred_until=None, signed_in_at=now, totp_step=step)

    return store.change(username, change, username, "sign-in", {}, now)


def end_sessions(context: Context, username: str, now: datetime) -> Account:
    """The person signs out: every session of the account ends, a copied cookie too."""

    def change(before: Account | None) -> Account:
        known = known_account(before, username)
        return replace(known, epoch=known.epoch + 1)

    return context.warehouse.accounts.change(username, change, username, "account-sign-out", {}, now)


def refuse_barred(known: Account, now: datetime) -> None:
    """Refused while wrong passwords or codes bar the account."""
    if _barred(known, now):
        raise _no()


def _barred(account: Account, now: datetime) -> bool:
    return account.barred_until is not None and account.barred_until > now


def as_proved(before: Account | None, known: Account, now: datetime) -> Account:
    """The account as it stands, where it is still the one whose password was right: comparing takes a tenth of a second, in which
    others may have barred, locked or reset it."""
    current = known_account(before, known.username)
    if _barred(current, now) or current.locked or current.password_hash != known.password_hash:
        raise _no()
    return current


def count_failure(context: Context, known: Account, now: datetime) -> None:
    """One more wrong password or code; the fifth bars the account. Of many at once those after the fifth change nothing: a bar stands
    until its time is over."""
    barred = False

    def change(before: Account | None) -> Account:
        nonlocal barred
        current = known_account(before, known.username)
        if _barred(current, now):
            return current
        failures = current.failures + 1
        barred = failures >= MOST_FAILURES
        return replace(current, failures=0 if barred else failures, barred_until=now + BARRED_FOR if barred else None)

    context.warehouse.accounts.change(
        known.username,
        change,
        known.username,
        lambda: "account-barred" if barred else "",
        {"failures": MOST_FAILURES},
        now,
    )


def new_password() -> str:
    """Easy to read out: four groups without letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _hash(password: str, username: str) -> str:
    if not LEAST_LENGTH <= len(password) <= LONGEST:
        raise Refused(
            f"密码须有 {LEAST_LENGTH}–{LONGEST} 个字符", f"a password has {LEAST_LENGTH} to {LONGEST} characters"
        )
    if username in password.casefold() or len(set(password)) < 5:
        raise Refused("密码过于简单", "the password is too simple")
    return _HASHER.hash(password)


def same_password(account: Account, password: str) -> bool:
    """Whether this is the password of the account."""
    return _matches(account.password_hash, password)


@cache
def _nobody() -> str:
    """What the password of a name that is none is compared with: it takes as long as any other."""
    return _HASHER.hash("nobody has this password")


def _matches(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def known_account(account: Account | None, username: str) -> Account:
    """The account, or the refusal that there is none of this name."""
    if account is None:
        raise Refused(f"没有账号 {username}", f"no such account: {username}", "saima users list")
    return account


def _no() -> Refused:
    return Refused(
        "账号或密码不对，或账号暂时不能登录；已启用两步验证的还须输入未用过的动态口令",
        "wrong name or password, or the account may not sign in now; with one-time codes, a code that was not used yet",
        "忘记密码请市统计局重置 / the bureau resets a forgotten password",
    )
