"""Guards of the routes: every one of them says which right it takes. What nobody may see is not there (404), what a role may not see
is forbidden (403), and whoever is not known is asked to sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import HTTPException, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException as StarletteHTTPException

from ..errors import ConfigError, Refused, Terminal
from ..flow.runtime.context import Context
from ..model.accounts import Account, AuditNote, Right
from ..model.units import Unit
from .page_refusal import PageRefusal
from .portal_state import PortalState
from .sessions import Session, form_token, same_origin, same_token

MOST_FILES = 20
MOST_FIELDS = 600
MOST_FIELD_BYTES = 64 * 1024
MOST_CHARACTERS = 2000
"""Of a text of a form. A longer one is refused, never cut: texts go into receipts, cells of workbooks and messages."""
SHORTER = (
    "写明要点后重新提交；全文作为文件另送 / shorten it to the gist and send it again; send the full text as a file"
)
FORM_FIELD = "form_token"
SECRETS = ("old", "new", "again")
"""Fields of passwords."""
NOT_ALLOWED = ("此账号无权查看", "this account may not see this page")


class SignInFirst(Exception):
    """Nobody has signed in; the page sends the person to the sign-in page."""


class FormMistake(Refused):
    """A value of a form or an address cannot be used: the person is told which, and nobody else."""


class ChangePasswordFirst(Exception):
    """A first password is good for choosing another and for nothing else."""


@dataclass(frozen=True)
class Visit:
    """A request with who makes it; `right` is what the route takes."""

    request: Request
    session: Session
    account: Account
    state: PortalState

    @property
    def context(self) -> Context:
        return self.state.context

    @property
    def polled(self) -> bool:
        """Whether a page that is open asks again by itself."""
        return bool(self.request.headers.get("hx-request"))

    @property
    def unit(self) -> Unit:
        """The account's own unit; 404 for an account without one."""
        found = self.context.programme.roster.get(self.account.unit_code or "")
        if found is None:
            raise HTTPException(404)
        return found

    def viewed(self, subject: str, **detail: object) -> None:
        """Somebody saw micro-data: an entry of the audit log. A page that asks again by itself is entered once, of another month again:
        any request may say that it is such a page."""
        path = self.request.url.path
        seen = (path, subject, *sorted((name, str(value)) for name, value in detail.items()))
        new = self.state.begin_view((self.account.username, self.session.sid, seen))
        if self.polled and not new:
            return
        self.note("view", subject, {"path": path, **detail}, self.state.now())

    def note(self, action: str, subject: str, detail: Mapping[str, object], at: datetime) -> None:
        """An entry of the audit log, there when this returns."""
        self.state.audits.do(AuditNote(self.account.username, action, subject, detail, at))


@dataclass(frozen=True)
class Posted(Visit):
    """A form that was sent from a page of ours."""

    form: FormData

    def text(self, name: str) -> str:
        """A field of the form without white space around it; '' where it is absent."""
        value = self.form.get(name)
        return _plain(value) if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """All fields of a name."""
        given = (_plain(value) for value in self.form.getlist(name) if isinstance(value, str))
        return [value for value in given if value]

    def row_numbers(self, name: str) -> list[int]:
        """Numbers of rows. A text that is none is refused and never left out: without a number a form means every row."""
        given = self.texts(name)
        wrong = next((text for text in given if not (text.isascii() and text.isdigit() and len(text) < 10)), None)
        if wrong is not None:
            shown = wrong[:20]
            raise FormMistake(f"不是行号：{shown}", f"not the number of a row: {shown}", "写成 / write it like 12")
        return [int(text) for text in given]

    def files(self, name: str) -> list[UploadFile]:
        """Files of a name that a person chose."""
        return [value for value in self.form.getlist(name) if isinstance(value, UploadFile) and value.filename]


def _plain(value: str) -> str:
    """A text without white space around it, lines ended as one character."""
    return value.replace("\r\n", "\n").strip()


def _refuse_long_texts(form: FormData) -> None:
    """400 with the beginning of the first text that is too long. Passwords have their own limit, and are not repeated to anybody."""
    for name, value in form.multi_items():
        text = _plain(value) if isinstance(value, str) and name not in SECRETS else ""
        if len(text) > MOST_CHARACTERS:
            begins = f"{' '.join(text[:40].split())[:20]}…"
            raise PageRefusal(
                400,
                f"「{begins}」有 {len(text):,} 字，一项文字最多 {MOST_CHARACTERS:,} 字；未保存",
                f"“{begins}” has {len(text):,} characters, a text may have {MOST_CHARACTERS:,}; nothing was saved",
                SHORTER,
            )


def state_of(request: Request) -> PortalState:
    """What the application's pages share."""
    found: PortalState = request.app.state.portal
    return found


async def session_of(request: Request) -> Session:
    """The session of a request, found once."""
    known: Session | None = getattr(request.state, "session", None)
    if known is None:
        known = await request.app.state.session_of(request)
        request.state.session = known
    return known


def viewing(*rights: Right) -> Callable[[Request], Any]:
    """Guard of a page: the account needs one of the rights; without any it needs only to be one."""

    async def guard(request: Request) -> Visit:
        session = await session_of(request)
        return Visit(request, session, _allowed(request, session, rights), state_of(request))

    guard.rights = rights  # type: ignore[attr-defined]
    return guard


def posting(*rights: Right) -> Callable[[Request], Any]:
    """Guard of a form: who, whether, from where, and only then the body with its token."""

    async def guard(request: Request) -> Posted:
        session = await session_of(request)
        account = _allowed(request, session, rights)
        form = await checked_form(request, session)
        _refuse_long_texts(form)
        return Posted(request, session, account, state_of(request), form)

    guard.rights = rights  # type: ignore[attr-defined]
    return guard


async def scraping(request: Request) -> PortalState:
    """Guard of the figures: the token of the monitor (SAIMA_WEB_METRICS_TOKEN), or an account that may see the installation."""
    state = state_of(request)
    token = state.settings.web_metrics_token
    if token and same_token(f"Bearer {token}", request.headers.get("authorization")):
        return state
    _allowed(request, await session_of(request), (Right.OPERATION,))
    return state


scraping.rights = (Right.OPERATION,)  # type: ignore[attr-defined]


async def checked_form(request: Request, session: Session) -> FormData:
    """The fields of a form of ours; 403 for a form of anybody else's."""
    if not same_origin(request):
        raise PageRefusal(403, "表单不是由本站页面提交", "the form was not sent by a page of this server")
    try:
        form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD_BYTES)
    except StarletteHTTPException as error:
        raise PageRefusal(
            400,
            f"表单无法读取（一次最多 {MOST_FILES} 个文件、{MOST_FIELDS} 项，每项文字不超过 {MOST_FIELD_BYTES // 1024} KB）",
            f"the form cannot be read ({MOST_FILES} files, {MOST_FIELDS} fields of {MOST_FIELD_BYTES // 1024} KB at most)",
            SHORTER,
        ) from error
    if not same_token(form_token(state_of(request).secret(), session), form.get(FORM_FIELD)):
        raise PageRefusal(403, "页面已过期，请刷新后重试", "the page has expired, load it again")
    return form


def _allowed(request: Request, session: Session, rights: tuple[Right, ...]) -> Account:
    account = session.account
    if account is None:
        raise SignInFirst
    if account.must_change and not request.url.path.endswith(("/password", "/sign-out")):
        raise ChangePasswordFirst
    if rights and not any(account.may(right) for right in rights):
        raise PageRefusal(403, *NOT_ALLOWED)
    return account


@contextmanager
def found_or_404() -> Iterator[None]:
    """What is not there, or is another unit's, has no page."""
    try:
        yield
    except Refused as no:
        raise PageRefusal(404, no.zh, no.en, no.remedy) from no


@contextmanager
def form_input() -> Iterator[None]:
    """What a function says of the values a person gave is that person's mistake, not the system's."""
    try:
        yield
    except ConfigError:
        raise
    except Terminal as no:
        raise FormMistake(no.zh, no.en, no.remedy) from no


def rights_of(route: Any) -> Mapping[str, tuple[Right, ...]]:
    """Guard → rights of a route, for whoever proves that every route has one."""
    return {
        dependency.call.__qualname__: dependency.call.rights
        for dependency in route.dependant.dependencies
        if hasattr(dependency.call, "rights")
    }
