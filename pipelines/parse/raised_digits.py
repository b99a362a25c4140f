"""Digits inside a cell that are none of its figure's: above or below the line, as the mark of a note is (537600¹), struck through
beside those that replaced them, or beside others in the colour of paper or too small to be seen. A reader joins the runs of a rich
text, and the figure becomes another, ten times as large.

One rule for every format: a text that passes for a number and has such digits among its own is given out with those marked, so
that it is a number no more and its sender is told the cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape

from pipelines.model.raw import Cell

from .paper_colour import FAINT_XML, MARKS_OF_FAINT

_RAISED = re.compile(rb"""<(?:\w+:)?vertAlign\s[^>]*val=["'](super|sub)script["']""")
_STRUCK = re.compile(rb"""<(?:\w+:)?(?:strike|dstrike)(?!\s+val=["'](?:0|false))[\s/>]""")
_RICH = re.compile(rb"<(?:\w+:)?(si|is)>(.*?)</(?:\w+:)?\1>", re.DOTALL)
_RUN = re.compile(rb"<(?:\w+:)?r>(.*?)</(?:\w+:)?r>", re.DOTALL)
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_FIGURE = re.compile(r"[-+]?[\d\s.,，．]*\d[\d\s.,，．%％]*")
_MARKS_OF_RUNS = (b"vertAlign", b"strike", *MARKS_OF_FAINT)
ABOVE, BELOW, STRUCK, FAINT, BESIDE = "上标", "下标", "删除线", "白色或极小", "注音或隐藏"
_NAMES = {b"super": ABOVE, b"sub": BELOW}


def marked_figure(runs: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """Runs of a cell as (text, "" or what is special about it) → (text as readers join it, the same with strange digits marked); None
    where the text is no figure, or one throughout."""
    plain, shown, kinds = "", "", set()
    for text, kind in runs:
        has_digits = any(character.isdigit() for character in text)
        plain += text
        shown += f"（{kind}{text.strip()}）" if kind and has_digits else text
        if has_digits:
            kinds.add(kind)
    return (plain, shown) if len(kinds) > 1 and _FIGURE.fullmatch(plain.strip()) else None


def has_special_runs(part: bytes) -> bool:
    """Whether a part of an xlsx may hold texts of which a run is set otherwise; most hold no rich text at all."""
    return _has_runs(part) and any(mark in part for mark in _MARKS_OF_RUNS)


def _has_runs(part: bytes) -> bool:
    """Whether `rPr` stands in it, looked for by its rare letter: megabytes of cells have an r in every one."""
    at = part.find(b"P")
    while at >= 0 and part[at - 1 : at + 2] != b"rPr":
        at = part.find(b"P", at + 1)
    return at >= 0


def raised_figures(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Of an xlsx: text of a cell → the text with such digits marked."""
    found: dict[str, str] = {}
    for name, data in parts.items():
        if name.casefold().endswith(".xml") and has_special_runs(data):
            for rich in _RICH.finditer(data):
                if any(mark in rich[2] for mark in _MARKS_OF_RUNS):
                    figure = marked_figure(map(_run, _RUN.findall(rich[2])))
                    found |= dict([figure] if figure else ())
    return found


def marked(rows: Sequence[Sequence[Cell]], figures: Mapping[str, str]) -> list[list[Cell]]:
    """The rows with such texts marked."""
    return [[figures.get(cell, cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


def _run(run: bytes) -> tuple[str, str]:
    text = unescape("".join(part.decode("utf-8", "replace") for part in _TEXT.findall(run)))
    place = _RAISED.search(run)
    if place is not None:
        return text, _NAMES[place[1]]
    return text, STRUCK if _STRUCK.search(run) else FAINT if FAINT_XML.search(run) else ""
