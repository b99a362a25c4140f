"""Signing in and out, the own password, and the accounts that the bureau keeps."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from ..errors import Refused
from ..flow.portal.accounts import add_account, change_password, end_sessions, reset_password, set_locked, sign_in
from ..flow.portal.one_time_codes import provisioning_picture, provisioning_uri
from ..flow.portal.two_step_sign_in import begin_codes, confirm_codes, end_codes
from ..model.accounts import ROLES, SIGNING_ROLES, Account, AccountDomain, Right
from .guards import Posted, Visit, checked_form, posting, session_of, state_of, viewing
from .page_writer import page
from .return_address import NEXT, UNSENT, page_for
from .sessions import Session

router = APIRouter()
HOMES: tuple[tuple[Right, str], ...] = (
    (Right.OWN_RETURNS, "/unit"),
    (Right.STATES, "/desk"),
    (Right.DRAFT, "/ranking"),
    (Right.PUBLISHED, "/editions"),
)


def home_of(account: Account) -> str:
    """Where somebody begins: the first page of the role."""
    return next(path for right, path in HOMES if account.may(right))


@router.get("/")
def start(visit: Annotated[Visit, Depends(viewing())]) -> Response:
    """To the first page of the role."""
    asked = visit.request.query_params.get("lang")
    language = f"?lang={asked}" if asked in ("zh", "en") else ""
    return RedirectResponse(f"{visit.request.scope.get('root_path', '')}{home_of(visit.account)}{language}", 303)


@router.get("/sign-in")
async def sign_in_page(request: Request) -> Response:
    """The form; a visit gets its cookie here."""
    _own_accounts(request)
    await run_in_threadpool(lambda: state_of(request).context)  # nobody can sign in to a home that cannot be opened
    session = await session_of(request)
    query = request.query_params
    asked: dict[str, Any] = {"next_page": query.get(NEXT, ""), "unsent": UNSENT in query}
    answer = await run_in_threadpool(page, request, session, "sign_in.html", wrong=None, **asked)
    if session.fresh:
        request.app.state.own_sessions.write(answer, request, session)
    return answer


@router.post("/sign-in")
async def do_sign_in(request: Request) -> Response:
    """A session of the account and the page that was asked for, or the form again; the same text for whatever was wrong."""
    _own_accounts(request)
    session = await session_of(request)
    form = await checked_form(request, session)
    state = state_of(request)
    username, password, code = (str(form.get(name, "")) for name in ("username", "password", "code"))
    try:
        account = await run_in_threadpool(
            sign_in, state.context, username.strip().casefold(), password, state.now(), code
        )
    except Refused as no:
        asked = {"next_page": str(form.get(NEXT, "")), "unsent": False}
        return await run_in_threadpool(page, request, session, "sign_in.html", 401, wrong=(no.zh, no.en), **asked)
    root = request.scope.get("root_path", "")
    first = page_for(request.app, account, str(form.get(NEXT, ""))) or home_of(account)
    answer = RedirectResponse(f"{root}{'/password' if account.must_change else first}", 303)
    request.app.state.own_sessions.write(answer, request, Session(secrets.token_urlsafe(18), account))
    return answer


@router.post("/sign-out")
def sign_out(visit: Annotated[Posted, Depends(posting())]) -> Response:
    """Ends the sessions of the account on the server, wherever they are open, and forgets this one here."""
    if not visit.request.app.state.mounted:
        end_sessions(visit.context, visit.account.username, visit.state.now())
    answer = RedirectResponse(f"{visit.request.scope.get('root_path', '')}/sign-in", 303)
    visit.request.app.state.own_sessions.write(answer, visit.request, Session(secrets.token_urlsafe(18), None))
    return answer


@router.get("/password")
def password_page(visit: Annotated[Visit, Depends(viewing())]) -> Response:
    """The forms for the own password and the own one-time codes."""
    _own_accounts(visit.request)
    return _own_account(visit)


@router.post("/password")
def do_change_own(visit: Annotated[Posted, Depends(posting())]) -> Response:
    """A new own password; one-time codes begun (their secret is shown once), confirmed or ended. Other sessions of the account end."""
    _own_accounts(visit.request)
    context, username, now = visit.context, visit.account.username, visit.state.now()
    password, action = str(visit.form.get("old", "")), visit.text("action")
    try:
        if action == "totp-begin":
            secret = begin_codes(context, username, password, now)
            return _own_account(visit, secret=secret, uri=provisioning_uri(secret, username))
        if action == "totp-confirm":
            account = confirm_codes(context, username, visit.text("code"), now)
        elif action == "totp-end":
            account = end_codes(context, username, password, visit.text("code"), now)
        elif action:
            raise HTTPException(422)
        else:
            new = str(visit.form.get("new", ""))
            if new != str(visit.form.get("again", "")):
                raise Refused("两次输入的新密码不同", "the two new passwords differ")
            account = change_password(context, username, password, new, now)
    except Refused as no:
        return _own_account(visit, 409, (no.zh, no.en))
    root = visit.request.scope.get("root_path", "")
    answer = RedirectResponse(f"{root}{'/password' if action else home_of(account)}", 303)
    visit.request.app.state.own_sessions.write(answer, visit.request, Session(visit.session.sid, account))
    return answer


def _own_account(
    visit: Visit, status: int = 200, wrong: tuple[str, str] | None = None, secret: str = "", uri: str = ""
) -> Response:
    """The page; `secret`: of one-time codes just begun."""
    known = visit.context.warehouse.accounts.get(visit.account.username)
    waits = known is not None and known.totp_secret is not None and not known.two_step
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    picture = Markup(provisioning_picture(uri)) if uri else ""  # noqa: S704 our own drawing: a path of numbers
    shown = {"wrong": wrong, "secret": groups, "uri": uri, "picture": picture}
    return page(visit.request, visit.session, "password.html", status, waits=waits, **shown)


@router.get("/accounts")
def accounts(visit: Annotated[Visit, Depends(viewing(Right.ACCOUNTS))]) -> Response:
    """All accounts."""
    return _accounts(visit)


@router.post("/accounts")
def do_account(visit: Annotated[Posted, Depends(posting(Right.ACCOUNTS))]) -> Response:
    """Makes, resets, locks or opens an account; a new password is shown once."""
    context, by, now = visit.context, visit.account.username, visit.state.now()
    username, action = visit.text("username").casefold(), visit.text("action")
    if username == by:
        raise Refused("不能在此更改自己的账号", "one's own account is not changed here")
    known = context.warehouse.accounts.get(username)
    role = visit.text("role") if action == "add" else known.role if known else ""
    if role in SIGNING_ROLES and action != "lock":
        raise Refused(
            "有签发权的账号不在网页上新建、重置或启用，以免一人兼两方签发",
            "an account that signs is not made, reset or unlocked on the pages: one person could sign for both offices",
            f"saima users {action} {username}",
        )
    shown = ""
    if action == "add":
        domain = visit.text("domain") or "all"
        if domain not in get_args(AccountDomain):
            raise HTTPException(422)
        _, shown = add_account(
            context,
            username,
            visit.text("name"),
            role,
            visit.text("unit") or None,
            cast(AccountDomain, domain),
            by,
            now,
        )
    elif action == "reset":
        _, shown = reset_password(context, username, by, now)
    elif action in ("lock", "unlock"):
        set_locked(context, username, action == "lock", by, now)
    else:
        raise HTTPException(422)
    return _accounts(visit, username, shown)


def _accounts(visit: Visit, changed: str = "", password: str = "") -> Response:
    return page(
        visit.request,
        visit.session,
        "accounts.html",
        accounts=visit.context.warehouse.accounts.all(),
        roles=[role for role in ROLES if role not in SIGNING_ROLES],
        signing=SIGNING_ROLES,
        units=visit.context.programme.roster.units,
        changed=changed,
        password=password,
    )


def _own_accounts(request: Request) -> None:
    """Where another server signs people in there is nothing to sign in to here."""
    if request.app.state.mounted:
        raise HTTPException(404)
