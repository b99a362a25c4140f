"""Options that several commands share, and the edge where the clock is read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from socket import AI_PASSIVE, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, getaddrinfo, socket
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import Terminal
from ..model.calendar import local_text, utc
from ..model.periods import Period
from ..model.typed_dates import typed_moment, typed_period

if TYPE_CHECKING:
    from ..settings import Settings

Home = Annotated[
    Path | None,
    typer.Option(
        "--home", envvar="SAIMA_HOME", help="状态目录 / folder that holds all state (default: var/ of the checkout)"
    ),
]
ProgrammeName = Annotated[
    str | None,
    typer.Option("--programme", help="方案名或目录 / programme: a bundled name or a folder (default: the home's)"),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="截至此刻所知 / as it was known at this moment, e.g. 2022-07-25T09:00")
]


def _checked(text: str | None) -> str | None:
    """A moment that cannot be read is refused before a home is opened for it."""
    if text is not None:
        typed_moment(text)
    return text


Now = Annotated[
    str | None,
    typer.Option(
        "--now",
        callback=_checked,
        help="以此刻为准（方案时区，除非写明时区）/ act as of this moment, in the zone of the programme, e.g. 2022-07-18T12:05",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="只在标准输出打印 JSON / print JSON alone on stdout")]
PeriodArgument = Annotated[str, typer.Argument(metavar="PERIOD", help="报告期 / reporting period, YYYY-MM")]


def settings_of(home: Path | None) -> Settings:
    """Imported late: `--help` needs none of it."""
    from ..settings import Settings

    return Settings.load(home)


def context_of(home: Path | None, programme: str | None, must_exist: bool = False) -> Any:
    """The home with its programme, opened. Imported late: `--help` needs none of it."""
    from ..flow.runtime.context import open_context

    return open_context(settings_of(home), programme, must_exist)


def local(text: str | None, context: Any) -> str:
    """An instant of a document in the time of the programme, to the minute; '' for none."""
    return local_text(datetime.fromisoformat(text), context.programme.time_zone) if text else ""


def clock_of(text: str | None, at: datetime) -> Any:
    """The clock by which messages are sent: the wall's from `at` on, or one that stands at a `--now`."""
    from ..flow.notify.send import Clock, RunningClock

    return Clock(at) if text else RunningClock(at)


def moment(text: str | None, context: Any) -> datetime:
    """`--now` in the programme's zone unless it names another, else the clock: the one place of the package that reads it."""
    return datetime.now(UTC) if text is None else utc(typed_moment(text), context.programme.time_zone)


def period_of(text: str) -> Period:
    """A period argument; Terminal with the remedy when it is none."""
    return typed_period(text)


def refuse_taken(host: str, port: int) -> None:
    """Terminal where nobody could listen: the server itself would only log it and end with a status of its own."""
    try:
        family, kind, _, _, address = getaddrinfo(host, port, type=SOCK_STREAM, flags=AI_PASSIVE)[0]
        with socket(family, kind) as probe:
            probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Terminal(
            f"不能在 {host}:{port} 上监听（{error.strerror}）",
            f"cannot listen on {host}:{port}: {error.strerror}",
            "换 --port 或 --host；也许已有一个在运行 / use another --port or --host; perhaps one is running already",
        ) from error
