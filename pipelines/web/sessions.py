"""Who asks: a signed cookie that names the account and the state of the account it was made for, and the token of its forms."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from ..model.accounts import Account
from .portal_state import PortalState

COOKIE = "saima_session"
LASTS_SECONDS = 12 * 3600


@dataclass(frozen=True)
class Session:
    """A visit. `account` None: nobody has signed in; `sid` ties the form tokens to it; `fresh`: its cookie is still to be set."""

    sid: str
    account: Account | None
    fresh: bool = False


SessionOf = Callable[[Request], Awaitable[Session]]
"""How an application tells who asks: its own cookie, or the authentication of the server it is mounted in."""


class OwnSessions:
    """Sessions of the application run alone. A cookie is worth nothing after its account signed out anywhere, was locked, opened again
    or reset, or changed its password or one-time codes: it names the account's epoch, which goes up with each of these. An account never
    gets another role. What a request costs does not grow with the sessions that there are."""

    def __init__(self, state: PortalState) -> None:
        self._state = state
        self._serializer: URLSafeTimedSerializer | None = None

    async def __call__(self, request: Request) -> Session:
        """The session of a request."""
        from starlette.concurrency import run_in_threadpool

        return await run_in_threadpool(self._session_of, request.cookies.get(COOKIE, ""))

    def _session_of(self, cookie: str) -> Session:
        try:
            found = self._signer().loads(cookie, max_age=LASTS_SECONDS)
            sid, username, epoch = str(found["s"]), str(found["u"]), int(found["e"])
        except (BadData, KeyError, TypeError, ValueError):
            return Session(secrets.token_urlsafe(18), None, True)
        account = self._state.context.warehouse.accounts.get(username) if username else None
        if account is not None and (account.locked or account.epoch != epoch):
            account = None
        return Session(sid, account)

    def write(self, response: Response, request: Request, session: Session) -> None:
        """Sets the cookie of a session; a new sid at every sign-in, so that nobody can plant one."""
        account = session.account
        value = self._signer().dumps(
            {"s": session.sid, "u": account.username if account else "", "e": account.epoch if account else 0}
        )
        response.set_cookie(
            COOKIE,
            value,
            max_age=LASTS_SECONDS,
            path="/",
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def _signer(self) -> URLSafeTimedSerializer:
        if self._serializer is None:
            self._serializer = URLSafeTimedSerializer(self._state.secret(), salt="saima-session")
        return self._serializer


def form_token(secret: bytes, session: Session) -> str:
    """The token that every form of a session carries."""
    who = session.account.username if session.account else ""
    return hmac.new(secret, f"form\x1f{session.sid}\x1f{who}".encode(), sha256).hexdigest()


def same_token(expected: str, given: object) -> bool:
    """Compared in constant time."""
    return isinstance(given, str) and hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def same_origin(request: Request) -> bool:
    """Whether a form was sent by a page of this server, as far as the browser says so."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return origin.partition("://")[2] == request.headers.get("host", "")
