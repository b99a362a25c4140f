"""The templates of the pages and their filters."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..model.formulas import printed_rate, rate_text
from ..model.printed_table import ABSENT

FOLDER = Path(__file__).parent
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORDS = re.compile(r"[A-Za-z]{2,}\W+[A-Za-z]{2,}")


@cache
def environment() -> Environment:
    """Everything is escaped, and a name that no page was given is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["percent"] = _percent
    made.filters["figure"] = _figure
    made.filters["half"] = half
    return made


def compile_templates() -> None:
    """All of them ahead of the first page that needs them."""
    for name in environment().list_templates():
        environment().get_template(name)


def half(text: str, english: bool) -> str:
    """The Chinese or the English half of a text that says the same in both; any other text as it is."""
    zh, slash, en = text.partition(" / ")
    both = slash and " / " not in en and _CHINESE.search(zh) and _WORDS.search(en)
    return text if not both else en if english else zh


def _percent(rate: float | None, official: float | None = None) -> str:
    shown = printed_rate(rate, official)
    return ABSENT if shown is None else rate_text(shown)


def _figure(value: Any) -> str:
    """An amount or a score with thousands set apart; what is absent is a dash."""
    if value is None or value == "":
        return ABSENT
    try:
        return f"{Decimal(str(value)):,f}"
    except ArithmeticError:
        return str(value)
