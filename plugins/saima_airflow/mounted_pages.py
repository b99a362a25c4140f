"""The pages inside the Airflow UI: the application of `pipelines.web`, with whom Airflow's auth manager has signed in.

Airflow says who somebody is, the accounts of Saima what that person may do: an account of the same user name (`saima users add`). Who has
none and may see the custom view "Saima Board" (FAB: grant `can_read Saima Board`) sees the states of the months and the installation, no
amounts, no drafts. Schedulers and task processes load plugins too, therefore nothing is imported with this module: the API server does it
while it starts (`PagesAtStart`), so that nobody waits for the first page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

URL_PREFIX = "/saima"
BOARD_VIEW = "Saima Board"
EXTERNAL_VIEWS: list[dict[str, object]] = [
    {
        "name": "报送与晾晒",
        "href": f"{URL_PREFIX}/",
        "destination": "nav",
        "url_route": "saima-board",
        "nav_top_level": True,
    }
]


log = logging.getLogger(__name__)


class MountedPages:
    """The ASGI application that the plugin mounts."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await pages()(scope, receive, send)


class PagesAtStart:
    """Root middleware of the API server, the only one to run it: while Airflow starts up, a thread beside imports the pages and opens
    the home; the server says that it has started when both are done. A mounted application hears of no start by itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        prepared = asyncio.create_task(asyncio.to_thread(prepare_pages))

        async def send_when_prepared(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await prepared
            await send(message)

        await self.app(scope, receive, send_when_prepared)


def prepare_pages() -> None:
    """Imports the pages and opens the home where there is one already. What fails stops no API server: the first page tries again."""
    try:
        made = pages()
        from pipelines.flow.runtime.context import HOME_FILE

        portal = made.state.portal
        if (portal.settings.home / HOME_FILE).exists():
            portal.context.warehouse.accounts.get("")
    except Exception:
        log.exception("the pages of Saima could not be prepared ahead of the first request")


@cache
def pages() -> Any:
    """The application over the home of this process (SAIMA_HOME), made once."""
    from pipelines.settings import Settings
    from pipelines.web.application import create_app
    from pipelines.web.portal_state import PortalState

    settings = Settings.load()
    return create_app(PortalState(settings, _clock(settings.web_now)), session_of, mounted=True)


def _clock(start: str) -> Callable[[], datetime]:
    """The clock of the wall, or for a demonstration one that runs on from `start` (SAIMA_WEB_NOW)."""
    if not start:
        return lambda: datetime.now(UTC)
    from pipelines.flow.dagapi import moment_of
    from pipelines.flow.notify.send import RunningClock

    return RunningClock(moment_of(start)).now


async def session_of(request: Request) -> Any:
    """The visit of somebody whom Airflow knows; nobody's without a token, or with one that is not good."""
    from pipelines.web.sessions import Session

    user = await _airflow_user(request)
    if user is None:
        return Session("", None)
    username = str(user.get_name())
    account = await run_in_threadpool(_account_of, request, user, username)
    return Session(username, account)


async def _airflow_user(request: Request) -> Any:
    """The user of the token in the header or the cookie; None where Airflow refuses it."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
    from jwt.exceptions import InvalidTokenError

    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if kind.lower() == "bearer" else request.cookies.get(COOKIE_NAME_JWT_TOKEN, "")
    if not token:
        return None
    try:
        return await get_auth_manager().get_user_from_token(token)
    except InvalidTokenError:
        return None


def _account_of(request: Request, user: Any, username: str) -> Any:
    """The account of exactly that name; else a visitor who sees states, where Airflow lets the user see the view."""
    from airflow.api_fastapi.app import get_auth_manager

    from pipelines.model.accounts import VisitorAccount

    known = request.app.state.portal.context.warehouse.accounts.get(username)
    if known is not None:
        return None if known.locked else replace(known, must_change=False)
    if not get_auth_manager().is_authorized_custom_view(method="GET", resource_name=BOARD_VIEW, user=user):
        return None
    made = datetime(2021, 1, 1, tzinfo=UTC)
    return VisitorAccount(username, username, "engineer", None, "all", "", False, 0, 0, None, False, made)
