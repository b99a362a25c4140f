"""Errors as pages: Chinese first, with what to do, under the headers of every other answer, and each in the log. No traceback and no
words of the framework reach a person; what the system did not expect is logged under a number that the page shows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import ConfigError, Refused, SaimaError, Transient
from .guards import ChangePasswordFirst, SignInFirst, session_of
from .page_refusal import PageRefusal
from .page_writer import page
from .return_address import own_referer, sign_in_address
from .sessions import Session

logger = logging.getLogger(__name__)
TITLES: Mapping[int, tuple[str, str]] = {
    400: ("请求有误", "bad request"),
    401: ("请先登录", "sign in first"),
    403: ("无权访问", "not allowed"),
    404: ("没有这一页", "no such page"),
    405: ("请求方式不对", "method not allowed"),
    408: ("上传中断", "the upload was broken off"),
    409: ("未能办理", "not done"),
    413: ("内容过大", "too large"),
    422: ("请求有误", "bad request"),
    429: ("请求过于频繁", "too many requests"),
    500: ("系统出错", "the system failed"),
    503: ("系统正忙", "the system is busy"),
}
REASONS: Mapping[int, tuple[str, str]] = {
    400: ("请求无法读取", "the request cannot be read"),
    403: ("此账号无权查看", "this account may not see this page"),
    404: ("地址有误，或所指的内容不在", "the address is wrong, or what it names is not there"),
    405: ("此地址不接受这种请求", "this address does not take such a request"),
    422: ("地址或表单中的值不可用", "a value of the address or form cannot be used"),
}
"""What is said of an error that nobody gave words of ours."""
OF_COMMANDS = (
    "--",
    *(f"saima {command} " for command in ("close", "publish", "late", "sign-off", "dispatch", "process", "explain")),
)
"""Remedies that say what to type in a terminal; whoever reads a page has its forms."""


def answer_errors(app: FastAPI) -> None:
    """Registers what the application answers to each kind of error."""

    @app.exception_handler(SignInFirst)
    async def sign_in_first(request: Request, _: SignInFirst) -> Response:
        root = request.scope.get("root_path", "")
        if request.app.state.mounted:
            return await error_page(request, 401, "请先登录", "sign in first")
        if request.headers.get("hx-request"):
            return Response(status_code=401, headers={"HX-Redirect": f"{root}/sign-in"})
        return RedirectResponse(sign_in_address(request), 303)

    @app.exception_handler(ChangePasswordFirst)
    async def change_password_first(request: Request, _: ChangePasswordFirst) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/password", 303)

    @app.exception_handler(SaimaError)
    async def said_no(request: Request, error: SaimaError) -> Response:
        remedy = "" if error.remedy.startswith(OF_COMMANDS) else error.remedy
        return await error_page(request, _status_of(error), error.zh, error.en, remedy)

    @app.exception_handler(PageRefusal)
    async def refused(request: Request, no: PageRefusal) -> Response:
        return await error_page(request, no.status, no.zh, no.en, no.remedy, no.headers)

    @app.exception_handler(StarletteHTTPException)
    async def http_error(request: Request, error: StarletteHTTPException) -> Response:
        zh, en = REASONS.get(error.status_code, REASONS[400])
        return await error_page(request, error.status_code, zh, en, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, _: RequestValidationError) -> Response:
        return await error_page(request, 422, *REASONS[422])


def _status_of(error: SaimaError) -> int:
    """A programme or setting that is wrong is nobody's request: it is the system's, until somebody mends it."""
    if isinstance(error, Refused):
        return 409
    return 503 if isinstance(error, Transient | ConfigError) else 400


class ErrorPages:
    """Around the application and its limits: what they refuse, and what nobody expected, is a page too. It stands inside the middleware
    that sets the headers; the framework's own answer to an unexpected error would stand outside of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        request = Request(scope)
        try:
            await self._app(scope, receive, watched)
            return
        except PageRefusal as no:
            if started:
                raise
            answer = await error_page(request, no.status, no.zh, no.en, no.remedy, no.headers, known=False)
        except ClientDisconnect:
            if started:
                raise
            answer = await error_page(request, 400, "上传中断", "the upload was broken off", "重新上传 / send it again")
        except Exception as error:
            number = uuid4().hex[:10]
            logger.exception("request %s failed", number, exc_info=error)
            if started:
                raise
            zh, en = f"编号 {number}，请告知数据工程师", f"number {number}: tell the data engineer"
            answer = await error_page(request, 500, zh, en)
        await answer(scope, receive, send)


async def error_page(
    request: Request,
    status: int,
    zh: str,
    en: str,
    remedy: str = "",
    headers: Mapping[str, str] | None = None,
    known: bool = True,
) -> HTMLResponse:
    """An error as a page: what is wrong and what to do. `known`: whether it is worth asking who the visitor is."""
    session = Session("", None)
    if known:
        try:
            session = await session_of(request)
        except Exception:  # whatever is wrong, the person is told what failed first
            logger.debug("nobody could be told who asks", exc_info=True)
    level = logging.ERROR if status >= 500 else logging.INFO if status in (401, 404, 405, 409, 422) else logging.WARNING
    who = session.account.username if session.account else "-"
    logger.log(level, "%s %r by %s: %d %r / %r", request.method, request.url.path, who, status, zh, en)
    title = TITLES.get(status, ("未能办理", "not done"))
    text = {
        "said_zh": zh,
        "said_en": en,
        "remedy": remedy,
        "back": own_referer(request) if request.method == "POST" else "",
    }
    answer = await run_in_threadpool(
        page, request, session, "error.html", status, title=title, status_code=status, **text
    )
    answer.headers.update(headers or {})
    return answer
