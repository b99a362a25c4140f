"""`saima users`: who may sign in to the pages, as whom."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from ..model.accounts import ROLES
from ..model.calendar import local_text
from . import output
from .home_options import HomeOptions, home_options

Username = Annotated[str, typer.Argument(metavar="USERNAME", help="账号 / user name")]
By = Annotated[str, typer.Option("--as", help="经办人 / who does it")]
PasswordIn = Annotated[
    bool, typer.Option("--password-stdin", help="从标准输入读取密码，缺省生成一个 / read the password from stdin")
]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(name="users", help="网页账号 / accounts of the pages", no_args_is_help=True)
    group.command(help="新建账号 / make an account")(add)
    group.command("list", help="账号清单 / accounts")(list_accounts)
    group.command(help="重置密码 / a new first password")(reset)
    group.command(help="停用账号 / lock an account")(lock)
    group.command(help="启用账号 / open a locked account again")(unlock)
    group.command(help="两步验证：设定或重置动态口令 / one-time codes: set them up or reset them")(totp)
    app.add_typer(group)


@home_options()
def add(
    options: HomeOptions,
    username: Username,
    role: Annotated[str, typer.Option("--role", help=f"角色 / role: {', '.join(ROLES)}")],
    name: Annotated[str, typer.Option("--name", help="姓名，印在签发和审核记录上 / the person's name")],
    unit: Annotated[str | None, typer.Option("--unit", help="填报单位的代码或名称 / unit of role unit")] = None,
    domain: Annotated[
        Literal["all", "stat", "dispatch"],
        typer.Option("--domain", help="经办的报表 / returns the unit's account handles"),
    ] = "all",
    by: By = "engineer",
    password_stdin: PasswordIn = False,
) -> None:
    from ..flow.portal.accounts import account_document, add_account

    context = options.context(may_begin=True)
    given = _password() if password_stdin else None
    made, password = add_account(context, username, name, role, unit, domain, by, options.moment(context), given)
    shown = None if given else password
    if options.as_json:
        output.print_json(account_document(made, shown).model_dump(mode="json"))
    else:
        output.say(f"已建账号 {made.username}({made.role} {made.unit_code or ''}){_first(shown)}")


@home_options("now")
def list_accounts(options: HomeOptions) -> None:
    from ..flow.portal.accounts import AccountsDocument, account_document

    context = options.context()
    found = context.warehouse.accounts.all()
    if options.as_json:
        output.print_json(AccountsDocument(accounts=[account_document(one) for one in found]).model_dump(mode="json"))
        return
    output.table(
        "账号 / accounts",
        (
            "账号 user",
            "姓名 name",
            "角色 role",
            "单位 unit",
            "报表 returns",
            "状态 state",
            "两步 two steps",
            "最近登录 signed in",
        ),
        (
            (
                one.username,
                one.name,
                one.role,
                one.unit_code,
                one.domain,
                "停用 locked" if one.locked else "",
                "启用 on" if one.two_step else "",
                local_text(one.signed_in_at, context.programme.time_zone) if one.signed_in_at else "",
            )
            for one in found
        ),
    )


@home_options()
def reset(options: HomeOptions, username: Username, by: By = "engineer", password_stdin: PasswordIn = False) -> None:
    from ..flow.portal.accounts import account_document, reset_password

    context = options.context()
    given = _password() if password_stdin else None
    done, password = reset_password(context, username, by, options.moment(context), given)
    shown = None if given else password
    if options.as_json:
        output.print_json(account_document(done, shown).model_dump(mode="json"))
    else:
        output.say(f"{done.username} 的密码已重置{_first(shown)}")


@home_options()
def lock(options: HomeOptions, username: Username, by: By = "engineer") -> None:
    _set_locked(username, True, by, options)


@home_options()
def unlock(options: HomeOptions, username: Username, by: By = "engineer") -> None:
    _set_locked(username, False, by, options)


@home_options()
def totp(
    options: HomeOptions,
    username: Username,
    off: Annotated[
        bool, typer.Option("--off", help="停用，例如手机遗失 / no codes any more: a lost telephone")
    ] = False,
    by: By = "engineer",
) -> None:
    from ..flow.portal.accounts import account_document
    from ..flow.portal.one_time_codes import provisioning_uri
    from ..flow.portal.two_step_sign_in import set_codes

    context = options.context()
    done, secret = set_codes(context, username, not off, by, options.moment(context))
    uri = provisioning_uri(secret, username) if secret else None
    if options.as_json:
        output.print_json(account_document(done, totp_uri=uri).model_dump(mode="json"))
    elif uri:
        output.say(f"{username} 的密钥（仅显示一次）/ secret, shown once: {secret}\n{uri}")
        output.say("下次登录须输入动态口令 / the next sign-in takes a code")
    else:
        output.say(f"{username} 的两步验证已停用 / one-time codes are off")


def _set_locked(username: str, locked: bool, by: str, options: HomeOptions) -> None:
    from ..flow.portal.accounts import account_document, set_locked

    context = options.context()
    done = set_locked(context, username, locked, by, options.moment(context))
    if options.as_json:
        output.print_json(account_document(done).model_dump(mode="json"))
    else:
        output.say(f"{done.username} 已{'停用 / locked' if locked else '启用 / open'}")


def _password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _first(password: str | None) -> str:
    """The first password is shown once and kept nowhere."""
    return f"，初始密码（仅显示一次）/ first password, shown once: {password}" if password else ""
