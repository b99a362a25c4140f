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
from pathlib import Path

import typer

from ..errors import SaimaError, Terminal
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
from .output import ReaderGone, any_text_prints, note, print_refusal

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
    guarded(_asked)


def _no_text(argument: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in argument)


def _asked() -> int | None:
    """The application, unless an argument is empty (a variable of the shell that is not set would name the folder one stands in) or is
    no text (a terminal of GBK: no name or reason could be kept; files of such names there may be)."""
    if "" in sys.argv[1:]:
        raise Terminal(
            "有一个参数是空的",
            "one of the arguments is empty",
            "变量没有赋值？没有要说的，就不写这个选项 / a variable that is not set? leave out an option with nothing to say",
        )
    unreadable = next((a for a in sys.argv[1:] if _no_text(a) and not Path(a).exists()), None)
    if unreadable is not None:
        raise Terminal(
            f"参数不是 UTF-8 文字：{unreadable}",
            f"an argument is no text in UTF-8: {unreadable}",
            "把终端的字符编码设为 UTF-8 / set the terminal to UTF-8",
        )
    answer: int | None = app()
    return answer


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
        return _refused(error)
    except KeyboardInterrupt:
        return _refused(Terminal("已中断；再次运行会接着做", "interrupted; run it again to go on"))
    except ReaderGone:
        _drop_stdout()
    except OSError as error:
        place, why = f" {error.filename}" if error.filename else "", error.strerror or str(error)
        return _refused(
            Terminal(
                f"系统拒绝了读写{place}（{why}）",
                f"the system refused to read or write{place}: {why}",
                "检查路径、权限和磁盘空间 / check path, rights and free space",
            )
        )
    except Exception:
        kept = _keep(traceback.format_exc())
        return _refused(Terminal(f"内部错误，详情见 {kept}", f"internal error, details in {kept}"))
    return 2


def _refused(error: SaimaError) -> int:
    """Why there is no answer: for people on stderr, and where JSON was asked for as the one document on stdout."""
    try:
        print_refusal(error)
        sys.stdout.flush()
    except (OSError, ReaderGone):
        _drop_stdout()
    note(f"错误 / error: {error}")
    return error.exit_code


def _code_of(run: Callable[[], int | None]) -> int:
    """What the run returns, or the code it exits with itself (typer does; it makes 130 of Ctrl-C)."""
    try:
        return run() or 0
    except SystemExit as done:
        if done.code == INTERRUPTED:
            raise KeyboardInterrupt from done
        said = getattr(
            done.__context__, "format_message", None
        )  # the framework's own error of usage, printed in its box
        if said is not None:
            raise Terminal("命令或选项有误", f"wrong usage: {said()}", "saima --help、saima COMMAND --help") from done
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
