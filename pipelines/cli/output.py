"""Printing: JSON alone on stdout, or tables for people; everything else goes to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

WIDE = 160
"""Width of tables that nobody watches: a file or a pipe has no edge to fold at."""

stdout = Console(soft_wrap=True, width=None if sys.stdout.isatty() else WIDE)
stderr = Console(stderr=True, soft_wrap=True)


def print_json(document: Any) -> None:
    """Exactly one JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def say(text: str) -> None:
    """A line for people on stdout; text from files is never read as markup."""
    stdout.print(escape(printable(text)), highlight=False)


def note(text: str) -> None:
    """A line for people on stderr."""
    stderr.print(escape(printable(text)), highlight=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> None:
    """A table on stdout; `right` names the columns (from 0) that are numbers."""
    shown = Table(title=escape(title), title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        shown.add_column(column, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*("" if value is None else escape(printable(str(value))) for value in row))
    stdout.print(shown)


def printable(text: str) -> str:
    """Without control characters: a name from a file must not drive the terminal."""
    return "".join(c if c == "\n" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def progress(quiet: bool) -> Progress:
    """A progress bar on stderr, silent when JSON is wanted or nobody watches."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=stderr, transient=True, disable=quiet or not stderr.is_terminal,
    )  # fmt: skip
