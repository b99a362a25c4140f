"""Options that several commands share, and the edge where the clock is read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import Terminal
from ..model.calendar import local_text, utc
from ..model.periods import Period
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
Now = Annotated[
    str | None,
    typer.Option(
        "--now", help="以此刻为准 / act as of this moment, e.g. 2022-07-18T12:05 (Asia/Shanghai unless it names a zone)"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="只在标准输出打印 JSON / print JSON alone on stdout")]
PeriodArgument = Annotated[str, typer.Argument(metavar="PERIOD", help="报告期 / reporting period, YYYY-MM")]


def settings_of(home: Path | None) -> Settings:
    return Settings.load(home)


def context_of(home: Path | None, programme: str | None, must_exist: bool = False) -> Any:
    """The home with its programme, opened. Imported late: `--help` needs none of it."""
    from ..flow.runtime.context import open_context

    return open_context(settings_of(home), programme, must_exist)


def local(text: str | None) -> str:
    """An instant of a document in the time of the place, to the minute; '' for none."""
    return local_text(datetime.fromisoformat(text)) if text else ""


def clock_of(text: str | None, at: datetime) -> Any:
    """The clock by which messages are sent: the wall's from `at` on, or one that stands at a `--now`."""
    from ..flow.notify.send import Clock, RunningClock

    return Clock(at) if text else RunningClock(at)


def moment(text: str | None) -> datetime:
    """`--now`, else the clock: the one place of the package that reads it."""
    if text is None:
        return datetime.now(UTC)
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise Terminal(
            f"--now 不是时间:{text}", f"--now is not a moment: {text}", "写成 / write it like 2022-07-18T12:05"
        ) from error


def period_of(text: str) -> Period:
    """A period argument; Terminal with the remedy when it is none."""
    try:
        return Period.parse(text)
    except ValueError as error:
        raise Terminal(
            f"不是报告期:{text}",
            f"not a reporting period: {text}",
            "写成 YYYY-MM,例如 2022-06 / write YYYY-MM, e.g. 2022-06",
        ) from error
