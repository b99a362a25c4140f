"""The application: run alone by `saima web`, or mounted in another server that tells who asks."""

from __future__ import annotations

import logging
from uuid import uuid4

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from ..errors import Refused, SaimaError, Transient
from . import (
    account_pages,
    chasing_pages,
    desk_pages,
    dispatch_pages,
    operation_pages,
    query_pages,
    ranking_pages,
    static_pages,
    unit_pages,
)
from .guards import ChangePasswordFirst, SignInFirst, session_of
from .page_writer import page
from .portal_state import PortalState
from .request_limits import BodyLimit, RequestRate, SecurityHeaders
from .sessions import OwnSessions, Session, SessionOf

logger = logging.getLogger(__name__)
TITLES = {
    400: ("请求有误", "bad request"),
    403: ("无权访问", "not allowed"),
    404: ("没有这一页", "no such page"),
    405: ("请求方式不对", "method not allowed"),
    409: ("未能办理", "not done"),
    422: ("请求有误", "bad request"),
    500: ("系统出错", "the system failed"),
    503: ("系统正忙", "the system is busy"),
}
_SMALL_OVERHEAD = 64 * 1024
"""What a form around the files of an upload takes."""


def create_app(state: PortalState, session_of_request: SessionOf | None = None, mounted: bool = False) -> FastAPI:
    """The pages over one home. `session_of_request`: who asks, where the server it is mounted in knows; else own accounts."""
    app = FastAPI(title="Saima", docs_url=None, redoc_url=None, openapi_url=None)
    own = OwnSessions(state)
    app.state.portal = state
    app.state.mounted = mounted
    app.state.own_sessions = own
    app.state.session_of = session_of_request or own
    app.state.frame_ancestors = "'self'" if mounted else "'none'"
    upload_bytes = state.settings.web_upload_max_bytes + _SMALL_OVERHEAD
    app.add_middleware(BodyLimit, upload_path=unit_pages.UPLOAD_PATH, upload_bytes=upload_bytes)
    app.add_middleware(RequestRate)
    app.add_middleware(SecurityHeaders, frame_ancestors=app.state.frame_ancestors)
    for routes in (
        static_pages.router,
        account_pages.router,
        unit_pages.router,
        desk_pages.router,
        query_pages.router,
        ranking_pages.router,
        chasing_pages.router,
        operation_pages.router,
        dispatch_pages.router,
    ):
        app.include_router(routes)
    _answer_errors(app)
    return app


def _answer_errors(app: FastAPI) -> None:
    """No traceback reaches a person; what the system did not expect is logged under a number that the page shows."""

    @app.exception_handler(SignInFirst)
    async def sign_in_first(request: Request, _: SignInFirst) -> Response:
        root = request.scope.get("root_path", "")
        if request.app.state.mounted:
            return await _error(request, 401, "请先登录 / sign in first")
        if request.headers.get("hx-request"):
            return Response(status_code=401, headers={"HX-Redirect": f"{root}/sign-in"})
        return RedirectResponse(f"{root}/sign-in", 303)

    @app.exception_handler(ChangePasswordFirst)
    async def change_password_first(request: Request, _: ChangePasswordFirst) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/password", 303)

    @app.exception_handler(SaimaError)
    async def said_no(request: Request, error: SaimaError) -> Response:
        status = 409 if isinstance(error, Refused) else 503 if isinstance(error, Transient) else 400
        return await _error(request, status, error.zh, error.en, error.remedy)

    @app.exception_handler(StarletteHTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        known = TITLES.get(error.status_code)
        detail = str(error.detail) if error.detail else ""
        plain = error.status_code in (404, 405) and "/" not in detail
        return await _error(request, error.status_code, "" if plain or known is None else detail)

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, _: RequestValidationError) -> Response:
        return await _error(request, 422, "地址或表单中的值不可用 / a value of the address or form cannot be used")

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        number = uuid4().hex[:10]
        logger.exception("request %s failed", number, exc_info=error)
        return await _error(request, 500, f"编号 {number}，请告知数据工程师 / tell the engineer this number")


async def _error(request: Request, status: int, zh: str, en: str = "", remedy: str = "") -> HTMLResponse:
    """An error as a page: what is wrong and what to do."""
    try:
        session = await session_of(request)
    except SaimaError:
        session = Session("", None)
    title = TITLES.get(status, ("未能办理", "not done"))
    text = {"said_zh": zh, "said_en": en or zh, "remedy": remedy}
    return page(request, session, "error.html", status, title=title, status_code=status, **text)
