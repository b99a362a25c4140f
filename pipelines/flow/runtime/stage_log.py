"""One line with keyed fields at the end of every stage: in a task's log of Airflow (which has configured structlog), or on stderr of a
command where SAIMA_LOG is set. A stage that fails is logged with the cause of its error, and the error goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import structlog

from ...settings import stage_lines_wanted
from .context import Context
from .lineage_events import stage_run
from .stage_figures import StageFigures, keep_stage_figures

P = ParamSpec("P")
R = TypeVar("R")
_KEYS = ("stage", "run", "period", "load_id")


def logged_stage(
    stage: str, fields: Callable[[Any], Mapping[str, object]]
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Logs `stage`, its seconds and what `fields` says of its result when the function ends; of a function that takes a context first,
    seconds, files and rows are kept as those of the last run, and where lineage is configured its events are sent."""

    def around(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            context = args[0] if args and isinstance(args[0], Context) else None
            started = time.perf_counter()
            try:
                with stage_run(stage, context) if context is not None else nullcontext():
                    done = function(*args, **kwargs)
            except Exception as error:
                log_stage(stage, time.perf_counter() - started, failed=True, error=str(error), cause=_cause(error))
                raise
            seconds, said = time.perf_counter() - started, fields(done)
            log_stage(stage, seconds, False, **said)
            if context is not None:
                keep_stage_figures(context.settings, stage, _figures(seconds, said))
            return done

        return run

    return around


def log_stage(stage: str, seconds: float, failed: bool = False, **fields: object) -> None:
    """One line: `stage=load load_id=l000007 files=9 rows=350 errors=2 seconds=1.234`."""
    log = _logger()
    if log is not None:
        (log.error if failed else log.info)("stage ended", stage=stage, **fields, seconds=round(seconds, 3))


def _figures(seconds: float, said: Mapping[str, object]) -> StageFigures:
    counts = {name: value for name in ("files", "rows") if isinstance(value := said.get(name), int)}
    return StageFigures(seconds=round(seconds, 3), **counts)


def _logger() -> Any:
    if structlog.is_configured():
        return structlog.get_logger("saima")
    if not stage_lines_wanted():
        return None
    line = structlog.processors.LogfmtRenderer(key_order=_KEYS, drop_missing=True, bool_as_flag=False)
    return structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=[structlog.stdlib.add_log_level, line])


def _cause(error: BaseException) -> str:
    """The chain of causes, newest first: what the database, the server or the disk said."""
    said: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(said) < 5:
        said.append(f"{type(cause).__name__}: {cause}"[:300])
        cause = cause.__cause__ or cause.__context__
    return " < ".join(said)
