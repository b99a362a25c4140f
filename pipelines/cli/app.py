"""`saima`: the commands of DESIGN §8. Exit codes: 0 done (verdicts are data), 1 the answer is no, 2 could not run."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable

import typer

from ..errors import SaimaError
from . import (
    alerts,
    county,
    database,
    dispatch_tables,
    late,
    prepare,
    programme_folder,
    publication,
    site,
    steps,
    upkeep,
    users,
    web,
)
from . import inquiries as ask
from .output import ReaderGone, any_text_prints, note

app = typer.Typer(
    name="saima",
    help="赛马：县（市、区）制造业投资月报的接收、审核、入库、晾晒 / from county submissions to the public ranking",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
INTERRUPTED = 130
GARBAGE_THRESHOLDS = (100_000, 20, 50)
"""A command makes hundreds of thousands of objects that live as long as it (modules, classes of the rules, rows): looking for garbage
among them every 700 takes a seventh of its time."""

prepare.register(app)
steps.register(app)
ask.register(app)
county.register(app)
late.register(app)
alerts.register(app)
dispatch_tables.register(app)
programme_folder.register(app)
publication.register(app)
web.register(app)
users.register(app)
database.register(app)
upkeep.register(app)
site.register(app)


def main() -> None:
    """Entry point of the console script."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    atexit.register(
        gc.freeze
    )  # the end looks for garbage once more, in a country month for a second: what is frozen is passed over
    guarded(app)


def guarded(run: Callable[[], int | None]) -> None:
    """Run and exit: no traceback reaches a user; what the house did not expect is kept in a file."""
    any_text_prints()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    sys.exit(_exit_code(run))


def _exit_code(run: Callable[[], int | None]) -> int:
    try:
        code = _code_of(run)
        sys.stdout.flush()
        return code
    except SaimaError as error:
        note(f"错误 / error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        note("已中断；再次运行会接着做 / interrupted; run it again to go on")
    except ReaderGone:
        _drop_stdout()
    except OSError as error:
        _drop_stdout()
        place = f" {error.filename}" if error.filename else ""
        note(
            f"错误 / error: 系统拒绝了读写{place}（{error.strerror or error}）/ the system refused to read or write{place}: "
            f"{error.strerror or error} — 检查路径、权限和磁盘空间 / check path, rights and free space"
        )
    except Exception:
        note(f"内部错误，详情见 / internal error, details in {_keep(traceback.format_exc())}")
    return 2


def _code_of(run: Callable[[], int | None]) -> int:
    """What the run returns, or the code it exits with itself (typer does; it makes 130 of Ctrl-C)."""
    try:
        return run() or 0
    except SystemExit as done:
        if done.code == INTERRUPTED:
            raise KeyboardInterrupt from done
        return done.code if isinstance(done.code, int) else int(done.code is not None)


def _drop_stdout() -> None:
    """Nobody reads any more, or nothing can be written: what still waits in the buffer must not fail a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _keep(text: str) -> str:
    """The file that holds the text; the text itself where no file can be written."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="saima-error-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
    except OSError:
        return text
    return file.name


if __name__ == "__main__":
    main()
