"""Who we are at a source or channel: credentials from the environment, never from a programme folder, never in a message or a log.

`SAIMA_CONN_<NAME>` (or Airflow's `AIRFLOW_CONN_<NAME>`) holds JSON `{"login", "password", "host", "port", "extra": {…}}` or a URL
`kind://login:password@host:port/path?key=value`; NAME is the name of the source or channel in upper case, `-` written `_`. No I/O: the
environment is passed in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import Terminal

PREFIXES = ("SAIMA_CONN_", "AIRFLOW_CONN_")


@dataclass(frozen=True)
class Connection:
    """Login and secrets of a source or channel; everything secret stays out of repr (the path of a robot's URL is one).

    `variable` is the environment variable it came from, "" where there was none."""

    login: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    scheme: str = ""
    path: str = field(default="", repr=False)
    variable: str = ""


def variable_of(name: str) -> str:
    """The variable that a message tells a user to set."""
    return PREFIXES[0] + name.upper().replace("-", "_")


def connection_of(source: str, environment: Mapping[str, str]) -> Connection:
    """The connection of a source or channel; an empty one where the environment has none. A value that cannot be understood raises
    Terminal, which names the variable and not its content."""
    name = source.upper().replace("-", "_")
    for variable in (f"{prefix}{name}" for prefix in PREFIXES):
        text = environment.get(variable, "").strip()
        if not text:
            continue
        try:
            found = _from_json(text) if text.startswith("{") else _from_url(text)
            return replace(found, variable=variable)
        except (ValueError, TypeError, AttributeError):
            raise Terminal(
                f"环境变量 {variable} 无法理解（应为 JSON 或 URL）",
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
        str(given.get("login") or given.get("user") or ""),
        str(given.get("password") or ""),
        str(given.get("host") or ""),
        int(port) if port else None,
        {str(key): str(value) for key, value in extra.items()},
        path=str(given.get("schema") or ""),
    )


def _from_url(text: str) -> Connection:
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    extra = dict(parse_qsl(parts.query))
    return Connection(
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parts.hostname or "",
        parts.port,
        extra,
        parts.scheme,
        parts.path,
    )
