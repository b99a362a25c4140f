"""`saima`: the commands of DESIGN §8. Exit codes: 0 done (verdicts are data), 1 the answer is no, 2 could not run."""

from __future__ import annotations

import logging
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import typer

from ..errors import SaimaError
from . import alerts, ask, county, late, prepare, steps
from .output import note

app = typer.Typer(
    name="saima",
    help="赛马:县(市、区)制造业投资月报的接收、审核、入库、晾晒 / from county submissions to the public ranking",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
prepare.register(app)
steps.register(app)
ask.register(app)
county.register(app)
late.register(app)
alerts.register(app)


def main() -> None:
    """Entry point of the console script."""
    guarded(app)


def guarded(run: Callable[[], int | None]) -> None:
    """Run and exit: no traceback reaches a user; what the house did not expect is kept in a file."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        sys.exit(run() or 0)
    except SaimaError as error:
        note(f"错误 / error: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        note("已中断 / interrupted")
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
    except Exception:
        note(f"内部错误,详情见 / internal error, details in {_keep(traceback.format_exc())}")
        sys.exit(2)


def _keep(text: str) -> Path:
    with tempfile.NamedTemporaryFile("w", prefix="saima-error-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(text)
    return Path(file.name)


if __name__ == "__main__":
    main()
