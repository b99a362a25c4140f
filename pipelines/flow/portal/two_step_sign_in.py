"""Signing in in two steps, by choice of the person or by command: password, then the code of an authenticator app."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ...errors import Refused
from ...model.accounts import Account
from ..runtime.context import Context
from .accounts import as_proved, count_failure, known_account, refuse_barred, same_password
from .one_time_codes import encrypt, new_secret, step_of

NEVER = 0
"""Before any code was used."""


def begin_codes(context: Context, username: str, password: str, now: datetime) -> str:
    """A secret for the person's app, shown this once; it is asked for from the first code on (`confirm_codes`). Refused where the
    password is wrong, which counts as at a sign-in, and while codes are in use."""
    known = known_account(context.warehouse.accounts.get(username), username)
    refuse_barred(known, now)
    if not same_password(known, password):
        count_failure(context, known, now)
        raise Refused("密码不对", "the password is wrong")
    secret = new_secret()
    kept = encrypt(context.settings, secret)

    def change(before: Account | None) -> Account:
        current = as_proved(before, known, now)
        if current.two_step:
            raise Refused("两步验证已启用", "one-time codes are in use already", "先停用 / turn them off first")
        return replace(current, totp_secret=kept, totp_step=None)

    context.warehouse.accounts.change(username, change, username, "account-totp-begin", {}, now)
    return secret


def confirm_codes(context: Context, username: str, code: str, now: datetime) -> Account:
    """Codes are in use from now on; other sessions end. Refused for a code that is not of the secret that was shown last."""

    def change(before: Account | None) -> Account:
        current = known_account(before, username)
        if current.totp_secret is None or current.two_step:
            raise Refused("没有待确认的动态口令", "no secret waits to be confirmed")
        step = step_of(context.settings, current.totp_secret, code, now, NEVER)
        if step is None:
            raise Refused(
                "动态口令不对，两步验证未启用",
                "the code is wrong: one-time codes are not in use",
                "核对手机时间后再输一次，或重新生成密钥 / check the clock of the telephone and try again, or begin anew",
            )
        return replace(current, totp_step=step, epoch=current.epoch + 1)

    return context.warehouse.accounts.change(username, change, username, "account-totp-on", {}, now)


def end_codes(context: Context, username: str, password: str, code: str, now: datetime) -> Account:
    """The person signs in with the password alone again; asks for both, counts wrong ones as at a sign-in, and ends other sessions."""
    known = known_account(context.warehouse.accounts.get(username), username)
    refuse_barred(known, now)
    if known.totp_secret is None or known.totp_step is None:
        raise Refused("两步验证未启用", "no one-time codes are in use")
    wrong = Refused("密码或动态口令不对", "the password or the code is wrong")
    step = step_of(context.settings, known.totp_secret, code, now, known.totp_step)
    if not same_password(known, password) or step is None:
        count_failure(context, known, now)
        raise wrong

    def change(before: Account | None) -> Account:
        current = as_proved(before, known, now)
        if current.totp_secret != known.totp_secret or current.totp_step is None or current.totp_step >= step:
            raise wrong
        return _without(current)

    return context.warehouse.accounts.change(username, change, username, "account-totp-off", {}, now)


def set_codes(context: Context, username: str, on: bool, by: str, now: datetime) -> tuple[Account, str]:
    """By command: (account, a new secret, shown this once) in use at once, or (account, '') without codes, for a telephone that was lost.
    Ends the sessions and lifts a bar."""
    secret = new_secret() if on else ""
    kept = encrypt(context.settings, secret) if on else None

    def change(before: Account | None) -> Account:
        current = _without(known_account(before, username))
        return replace(current, totp_secret=kept, totp_step=NEVER) if on else current

    action = "account-totp-set" if on else "account-totp-reset"
    return context.warehouse.accounts.change(username, change, by, action, {}, now), secret


def _without(current: Account) -> Account:
    return replace(current, totp_secret=None, totp_step=None, failures=0, barred_until=None, epoch=current.epoch + 1)
