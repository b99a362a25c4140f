"""Figures of web pages in the colour of paper: by the cell, what stands in it, or a class of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .raised_digits import FAINT

_PAPER = r"(?:white|#fff(?:fff)?|#f[89a-f]f[89a-f]f[89a-f]|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))"
WHITE = re.compile(rf"(?<![-\w])color\s*:\s*{_PAPER}\s*(?:!important\s*)?(?:;|$)", re.IGNORECASE)
GROUND = re.compile(
    rf"(?<![-\w])background(?:-color|-image)?\s*:\s*(?!{_PAPER}|none|transparent|inherit|initial|unset)\S",
    re.IGNORECASE,
)
_PAPER_ATTRIBUTE = re.compile(_PAPER, re.IGNORECASE)


def has_ground(given: Mapping[str, str], coloured: frozenset[str]) -> bool:
    """Whether an element has a ground of another colour than paper; `coloured`: classes that have."""
    ground = given.get("bgcolor", "")
    return (
        bool(ground and not _PAPER_ATTRIBUTE.fullmatch(ground.strip()))
        or GROUND.search(given.get("style", "")) is not None
        or not coloured.isdisjoint(given.get("class", "").split())
    )


def is_white(given: Mapping[str, str], white: frozenset[str]) -> bool:
    """Whether an element writes in the colour of paper; `white`: classes that do."""
    return (
        WHITE.search(given.get("style", "")) is not None
        or (bool(given.get("color")) and WHITE.search(f"color:{given['color']}") is not None)
        or not white.isdisjoint(given.get("class", "").split())
    )


def all_faint(runs: Iterable[tuple[str, str]], cell_is_white: bool) -> bool:
    """Whether nothing of a cell is seen: (text, what is special about it); what stands in a white cell is white where it says nothing
    else."""
    kinds = {kind for text, kind in runs if text.strip()}
    return kinds == {FAINT} or (cell_is_white and kinds <= {FAINT, ""})
