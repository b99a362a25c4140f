"""The board inside the Airflow UI: state of the month by unit, and the editions. Server-rendered, read only.

A plugin's sub-application has no authentication of its own, so every route is guarded here: the board by the custom
view "Saima Board" (FAB: grant `can_read Saima Board`), drafts by the right to answer sign-off requests
(domain_decisions §6: an unpublished ranking is for those who sign it). SimpleAuth knows roles alone;
production uses FAB or Keycloak. All data comes from `pipelines.flow`; Airflow's own database is never read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

URL_PREFIX = "/saima"
BOARD_VIEW = "Saima Board"
RELEASE_DAG = "release_edition"

EXTERNAL_VIEWS: list[dict[str, object]] = [
    {
        "name": "报送与晾晒",
        "href": f"{URL_PREFIX}/board",
        "destination": "nav",
        "url_route": "saima-board",
        "nav_top_level": True,
    }
]

STATES = {
    "received": "已收到",
    "parsed": "已解析",
    "accepted": "已接受",
    "accepted_with_queries": "接受（有核实）",
    "rejected": "退回（有错误）",
    "unreadable": "无法读取",
    "returned": "退改",
    "superseded": "已被取代",
    "missing": "未报",
    "unassigned": "单位不明",
    "draft": "初稿",
    "signed": "已签发",
    "published": "已发布",
}

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""No script runs on these pages, whatever a file name or a remark contains."""

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
_templates.filters["state"] = lambda state: STATES.get(state, state)

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


def may_read(user: GetUserDep) -> bool:
    """Guard of every route. Returns whether the user may also see drafts; 401/403 are raised, never answered."""
    manager = get_auth_manager()
    if not manager.is_authorized_custom_view(method="GET", resource_name=BOARD_VIEW, user=user):
        raise HTTPException(403, "Forbidden")
    return bool(
        manager.is_authorized_dag(
            method="PUT", access_entity=DagAccessEntity.HITL_DETAIL, details=DagDetails(id=RELEASE_DAG), user=user
        )
    )


SeesDrafts = Annotated[bool, Depends(may_read)]
PeriodQuery = Annotated[str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


@app.get("/board")
def board(_: SeesDrafts, period: PeriodQuery = None) -> HTMLResponse:
    """State, version and lateness of every unit and form of a month (default: the month in hand), no amounts."""
    from pipelines.flow import dagapi

    return _page("board.html", status=dagapi.board_status(period))


@app.get("/editions")
def editions(sees_drafts: SeesDrafts) -> HTMLResponse:
    """All editions the user may see, newest first."""
    return _page("editions.html", editions=_editions(sees_drafts))


@app.get("/editions/{edition}")
def edition_page(sees_drafts: SeesDrafts, edition: str) -> HTMLResponse:
    """The page of one edition as it was written; known editions only, so no path is ever built from the address."""
    for known in _editions(sees_drafts):
        if known["edition"] == edition:
            return HTMLResponse(Path(known["path"]).read_text(encoding="utf-8"), headers=HEADERS)
    raise HTTPException(404, "没有这一版 / no such edition")


def _editions(sees_drafts: bool) -> list[dict[str, Any]]:
    from pipelines.flow import dagapi

    return [row for row in dagapi.board_editions() if sees_drafts or row["state"] == "published"]


def _page(template: str, **values: Any) -> HTMLResponse:
    return HTMLResponse(_templates.get_template(template).render(prefix=URL_PREFIX, **values), headers=HEADERS)
