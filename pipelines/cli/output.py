"""Printing: JSON alone on stdout, or tables for people; everything else goes to stderr."""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..errors import SaimaError
from ..model.printed_table import PrintedTable

WIDE = 160
"""Width of tables that nobody watches: a file or a pipe has no edge to fold at."""
MANY_ROWS = 400
"""Tables of more rows are printed without a frame."""

if sys.stdout is None:  # `>&-`: the caller closed it; what is printed goes nowhere
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 — open to the end of the process
if sys.stderr is None:
    sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115

stdout = Console(soft_wrap=True, width=None if sys.stdout.isatty() else WIDE)
stderr = Console(stderr=True, soft_wrap=True)


def any_text_prints() -> None:
    """Names from files hold any character: a terminal of ASCII (LC_ALL=C) gets UTF-8, another one a mark for what it lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            ascii_only = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="utf-8" if ascii_only else None, errors="backslashreplace")


class ReaderGone(Exception):
    """Whoever read stdout has closed it (`| head`)."""


@contextmanager
def _delivered() -> Iterator[None]:
    """Everything is with the reader when the block ends. The framework would end a closed pipe with exit code 1, which means
    "the answer is no" here."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError as cause:
        raise ReaderGone from cause


def print_json(document: Any) -> None:
    """Exactly one JSON document on stdout: Chinese as it is in UTF-8, escaped for a terminal of another encoding; escaped always what
    nobody sees, for it would drive a terminal or turn its lines around."""
    global _answered
    from ..model.visible_text import INVISIBLE

    is_utf8 = codecs.lookup(sys.stdout.encoding or "ascii").name == "utf-8"
    text = json.dumps(document, ensure_ascii=not is_utf8, indent=2, allow_nan=False)
    text = re.sub(f"{INVISIBLE.pattern}|[\x85\u2028\u2029]", lambda found: json.dumps(found[0])[1:-1], text)
    _answered = True
    with _delivered():
        sys.stdout.write(text + "\n")


_answered = False
"""Whether a document stands on stdout already: there is never a second one."""


def print_refusal(error: SaimaError) -> None:
    """The document of an answer that is none, where JSON was asked for and nothing was printed yet. Imported late: `--help` needs none
    of it."""
    if "--json" in sys.argv[1:] and not _answered:
        from ..model.json_documents import RefusalDocument, RefusalText

        said = RefusalText(exit_code=error.exit_code, zh=error.zh, en=error.en, remedy=error.remedy)
        print_json(RefusalDocument(error=said))


def say(text: str) -> None:
    """A line for people on stdout; text from files is never read as markup."""
    with _delivered():
        stdout.print(escape(printable(text)), highlight=False)


def note(text: str) -> None:
    """A line for people on stderr."""
    stderr.print(escape(printable(text)), highlight=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> None:
    """A table on stdout; `right` names the columns (from 0) that are numbers."""
    texts = [["" if value is None else printable(str(value)) for value in row] for row in rows]
    if len(texts) > MANY_ROWS:
        _long_table(title, columns, texts, right)
        return
    shown = Table(title=escape(title), title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        shown.add_column(column, justify="right" if number in right else "left", overflow="fold")
    for row in texts:
        shown.add_row(*map(escape, row))
    with _delivered():
        stdout.print(shown)


def _long_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> None:
    """A line a row, whatever the width of the terminal: what has thousands of rows is searched and paged, and a frame drawn around
    them takes longer than finding them."""
    lines = [list(columns), *([cell.replace("\n", " ") for cell in row] for row in rows)]
    widths = [max(cell_len(line[number]) for line in lines) for number in range(len(columns))]
    shown = [printable(title)]
    for line in lines:
        padded = (_aligned(cell, width, n in right) for n, (cell, width) in enumerate(zip(line, widths, strict=True)))
        shown.append("  ".join(padded).rstrip())
    with _delivered():
        stdout.out("\n".join(shown), highlight=False)


def _aligned(cell: str, width: int, to_the_right: bool) -> str:
    blank = " " * (width - cell_len(cell))
    return blank + cell if to_the_right else cell + blank


def tables(shown: Sequence[PrintedTable]) -> None:
    """Tables one under the other; on a terminal that they do not fit, page by page."""
    lines = sum(len(one.rows) + 5 for one in shown)
    with stdout.pager(styles=True) if stdout.is_terminal and lines > stdout.height else nullcontext():
        for one in shown:
            numbers = [place for place, column in enumerate(one.columns) if column.numeric]
            heads = [f"{column.zh} {column.en}" for column in one.columns]
            table(f"{one.zh} / {one.en}", heads, one.rows, right=numbers)
            if one.note:
                say(one.note)


def printable(text: str) -> str:
    """Without control characters: a name from a file must not drive the terminal."""
    return "".join(c if c == "\n" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def progress(quiet: bool) -> Progress:
    """A progress bar on stderr, silent when JSON is wanted or nobody watches."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=stderr,
        transient=True,
        disable=quiet or not stderr.is_terminal,
    )
