"""Who we are at a source: credentials from the environment, never from a programme folder, never in a message or a log.

`SAIMA_CONN_<NAME>` (or Airflow's `AIRFLOW_CONN_<NAME>`) holds JSON `{"login", "password", "host", "port", "extra": {…}}` or a URL
`kind://login:password@host:port/?key=value`; NAME is the source's name in upper case, `-` written `_`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.errors import Terminal

PREFIXES = ("SAIMA_CONN_", "AIRFLOW_CONN_")


@dataclass(frozen=True)
class Connection:
    """Login and secrets of a source; everything secret stays out of repr."""

    login: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)


def connection_of(source: str, environment: Mapping[str, str]) -> Connection:
    """The connection of a source; an empty one where the environment has none. A value that cannot be understood raises
    Terminal, which names the variable and not its content."""
    name = source.upper().replace("-", "_")
    for variable in (f"{prefix}{name}" for prefix in PREFIXES):
        text = environment.get(variable, "").strip()
        if not text:
            continue
        try:
            return _from_json(text) if text.startswith("{") else _from_url(text)
        except (ValueError, TypeError, AttributeError):
            raise Terminal(
                f"环境变量 {variable} 无法理解(应为 JSON 或 URL)",
                f"the environment variable {variable} cannot be understood",
                "JSON {login, password, host, port, extra} 或 URL / JSON or a URL",
            ) from None
    return Connection()


def _from_json(text: str) -> Connection:
    given = json.loads(text)
    extra = given.get("extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    port = given.get("port")
    return Connection(
        str(given.get("login") or given.get("user") or ""), str(given.get("password") or ""), str(given.get("host") or ""),
        int(port) if port else None, {str(key): str(value) for key, value in extra.items()},
    )  # fmt: skip


def _from_url(text: str) -> Connection:
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    extra = dict(parse_qsl(parts.query))
    return Connection(
        unquote(parts.username or ""), unquote(parts.password or ""), parts.hostname or "", parts.port, extra
    )
