"""How a PostgreSQL server is reached: a server that is silent, gone or busy ends a command, never hangs it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .schemas import SEARCH_PATH

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 600
LOCK_SECONDS = 60
_KEEPALIVE = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""A server that answers no more is given up after about a minute (Linux)."""


def server_options(url: sa.URL) -> dict[str, Any]:
    """Options of the engine for the warehouse: schemas searched, limits of waiting; what the URL says itself wins."""
    return {"connect_args": {**_keepalive(url), "options": _options(url, f"-csearch_path={SEARCH_PATH}")}}


def _options(url: sa.URL, more: str = "") -> str:
    """Limits of every session, then what the URL says itself."""
    said = url.query.get("options", "")
    limits = f"{more} -cstatement_timeout={STATEMENT_SECONDS}s -clock_timeout={LOCK_SECONDS}s"
    # the server too gives a dead client up soon: its locks must not outlive it
    limits += " -ctcp_keepalives_idle=20 -ctcp_keepalives_interval=5 -ctcp_keepalives_count=3"
    return f"{limits} {said if isinstance(said, str) else ' '.join(said)}".strip()


def catalog_url_of(catalog_url: str) -> str:
    """The URL of an Iceberg catalog with the same limits (its engine takes no other options)."""
    url = sa.engine.make_url(catalog_url)
    if url.get_backend_name() != "postgresql":
        return catalog_url
    limits = {name: str(value) for name, value in _keepalive(url).items()} | {"options": _options(url)}
    return url.update_query_dict(limits).render_as_string(hide_password=False)


def _keepalive(url: sa.URL) -> dict[str, int]:
    return {name: value for name, value in _KEEPALIVE.items() if name not in url.query}
