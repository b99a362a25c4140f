"""The block of options that every command on a home takes, declared once: --home, --programme, --now, --json."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

from .options import AsJson, Home, Now, ProgrammeName, context_of, moment, settings_of

_BLOCK: dict[str, tuple[Any, object]] = {
    "home": (Home, None),
    "programme": (ProgrammeName, None),
    "now": (Now, None),
    "as_json": (AsJson, False),
}


@dataclass(frozen=True, slots=True)
class HomeOptions:
    """What was said of the home, the programme, the moment and the form of the answer."""

    home: Path | None = None
    programme: str | None = None
    now: str | None = None
    as_json: bool = False

    def context(self, may_begin: bool = False) -> Any:
        """The home with its programme, opened. Terminal where it is none: what is asked of a mistyped one would be answered from empty
        books. `may_begin`: the first command of a new home makes it."""
        return context_of(self.home, self.programme, must_exist=not may_begin)

    def home_if_any(self) -> tuple[Any, bool]:
        """(context, whether it is a home with a warehouse): commands that need no home still read history where there is one."""
        from ..flow.runtime.context import (
            DEFAULT_PROGRAMME,
            HOME_FILE,
            Context,
            load_programme,
            open_context,
            recorded_programme,
        )

        settings = settings_of(self.home)
        known = (settings.home / HOME_FILE).exists() and self.programme in (None, recorded_programme(settings.home))
        return (
            (open_context(settings), True)
            if known
            else (Context(settings, load_programme(self.programme or DEFAULT_PROGRAMME)), False)
        )

    def moment(self, context: Any, instead: str | None = None) -> datetime:
        """`instead` (an --as-of) or `--now` in the programme's zone, else the clock."""
        return moment(instead or self.now, context)


def home_options(*without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator of a command `(options: HomeOptions, …)`: the block stands behind its own parameters on the command line.
    `without` names those of the block that mean nothing to it, so that no flag is there that does nothing."""
    block = {name: declared for name, declared in _BLOCK.items() if name not in without}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = list(signature.parameters.values())[1:]
        common = [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
            for name, (annotation, default) in block.items()
        ]

        @wraps(command)
        def run(**given: Any) -> None:
            options = HomeOptions(**{name: given.pop(name) for name in block if name in given})
            command(options, **given)

        run.__signature__ = signature.replace(parameters=[*own, *common])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in (*own, *common)}
        del run.__wrapped__
        return run

    return decorate
