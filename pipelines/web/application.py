"""The application: run alone by `saima web`, or mounted in another server that tells who asks."""

from __future__ import annotations

from fastapi import FastAPI

from . import (
    account_pages,
    brief_pages,
    chasing_pages,
    desk_pages,
    dispatch_pages,
    operation_pages,
    query_pages,
    ranking_pages,
    static_pages,
    unit_pages,
)
from .error_pages import ErrorPages, answer_errors
from .portal_state import PortalState
from .request_limits import BodyLimit, HeadRequests, RequestRate, SecurityHeaders
from .sessions import OwnSessions, SessionOf

_SMALL_OVERHEAD = 64 * 1024
"""What a form around the files of an upload takes."""


def create_app(state: PortalState, session_of_request: SessionOf | None = None, mounted: bool = False) -> FastAPI:
    """The pages over one home. `session_of_request`: who asks, where the server it is mounted in knows; else own accounts."""
    # an address with a slash too many is no page: a redirect would name whatever host the request claims to have come to
    app = FastAPI(title="Saima", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    own = OwnSessions(state)
    app.state.portal = state
    app.state.mounted = mounted
    app.state.own_sessions = own
    app.state.session_of = session_of_request or own
    app.state.frame_ancestors = "'self'" if mounted else "'none'"
    upload_bytes = state.settings.web_upload_max_bytes + _SMALL_OVERHEAD
    app.add_middleware(BodyLimit, upload_path=unit_pages.UPLOAD_PATH, upload_bytes=upload_bytes)
    app.add_middleware(RequestRate)
    app.add_middleware(ErrorPages)
    app.add_middleware(HeadRequests)
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
        brief_pages.router,  # before the tables of any name
        dispatch_pages.router,
    ):
        app.include_router(routes)
    answer_errors(app)
    return app
