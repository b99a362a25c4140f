"""The templates of the pages and their filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..model.formulas import printed_rate, rate_text
from ..model.printed_table import ABSENT, in_english
from ..model.ranking import REMARKS

FOLDER = Path(__file__).parent
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORDS = re.compile(r"[A-Za-z]{2,}\W+[A-Za-z]{2,}")
_EXACT_WORDS = re.compile(r"\bsaima\b|[\w.=-]*(?:[0-9_=]|(?<!\w)--?\w|\.\w)[\w.=-]*", re.ASCII)
"""What is typed as it stands: a command, an option, a period, a name of a file."""


@cache
def environment() -> Environment:
    """Everything is escaped, and a name that no page was given is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["percent"] = _percent
    made.filters["figure"] = _figure
    made.filters["half"] = half
    made.filters["remedy_half"] = remedy_half
    made.filters["said"] = said
    made.filters["remarks"] = _remarks
    return made


def compile_templates() -> None:
    """All of them ahead of the first page that needs them."""
    for name in environment().list_templates():
        environment().get_template(name)


def half(text: str, english: bool) -> str:
    """The Chinese or the English half of a text that says the same in both; any other text as it is."""
    zh, slash, en = text.partition("/ ")
    if not slash or "/ " in en or zh[-1:] not in {" ", "）", ")"} or not _WORDS.search(en):
        return text
    if _CHINESE.search(zh):
        return en if english else zh.rstrip()
    formula = not english and any(sign in zh for sign in "≤≥=∈")
    return zh.rstrip() if formula else text


def remedy_half(text: str, english: bool) -> str:
    """The same of a remedy, whole where the other half alone holds an option, a command or how something is written
    (写成 / write it like 2022-Q2)."""
    shown = half(text, english)
    told = _EXACT_WORDS.findall(text.replace(shown, "", 1))
    return shown if all(word in shown for word in told) else text


def said(text: str, english: bool) -> str:
    """A cell of a table in the language of the page, where the program has a word for it in both."""
    return in_english(text) if english else text


def _remarks(remarks: Sequence[str], english: bool) -> str:
    """Remarks of the ranking as one text."""
    return ", ".join(REMARKS.get(one, one) for one in remarks) if english else "、".join(remarks)


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
