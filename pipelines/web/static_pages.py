"""What anybody may fetch: the style sheet and scripts of the pages, and whether the server is up."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import PlainTextResponse, Response

from .page_writer import static_file

router = APIRouter()


@router.get("/static/{name}")
def static(name: str) -> Response:
    """One of a fixed list of files; names carry the hash of their content."""
    known = static_file(name)
    if known is None:
        raise HTTPException(404)
    content, kind = known
    return Response(content, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/healthz")
def health() -> PlainTextResponse:
    """The server answers; `saima doctor` and /metrics say more."""
    return PlainTextResponse("ok")
