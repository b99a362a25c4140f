"""Where somebody goes back to: whose form was refused, to the page that sent it; who had to sign in first, to the page that was asked for.
Only to pages of this server, and only to those that the account may see."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.routing import Match

from ..model.accounts import Account
from .guards import rights_of

LONGEST = 500
NEXT, UNSENT = "next", "unsent"
"""Names in the address of the sign-in page: the page to go to afterwards; that a form was sent and nothing of it was taken."""


def own_referer(request: Request) -> str:
    """The page of ours that the request came from; '' where that is not known."""
    said = urlsplit(request.headers.get("referer", ""))
    own = said.netloc == request.headers.get("host") and said.path.startswith("/") and not said.path.startswith("//")
    return _address(said.path, said.query) if own else ""


def sign_in_address(request: Request) -> str:
    """The sign-in page, told where its visitor wanted to go."""
    root = str(request.scope.get("root_path", ""))
    form = request.method == "POST"
    page = own_referer(request) if form else _address(request.url.path, request.url.query)
    page = page.removeprefix(root)
    told = {NEXT: page} if page not in ("", "/") and len(page) <= LONGEST else {}
    told |= {UNSENT: "1"} if form else {}
    return f"{root}/sign-in{'?' + urlencode(told) if told else ''}"


def page_for(app: FastAPI, account: Account, asked: str) -> str:
    """The page that was asked for before the sign-in; '' where it is none of this server's, or none that the account may see."""
    said = urlsplit(asked)
    if len(asked) > LONGEST or said.scheme or said.netloc or not asked.startswith("/") or not asked.isprintable():
        return ""
    scope = {"type": "http", "method": "GET", "path": said.path, "root_path": ""}
    for route in app.router.routes:
        if isinstance(route, APIRoute) and route.matches(scope)[0] is Match.FULL:
            wanted = [right for rights in rights_of(route).values() for right in rights]
            may = not wanted or any(account.may(right) for right in wanted)
            return asked if may and rights_of(route) else ""
    return ""


def _address(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
