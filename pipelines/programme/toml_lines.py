"""TOML files of a programme, with the line on which a key stands: errors name file and line (DESIGN §3)."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipelines.errors import ConfigError

from .control_characters import hidden_in, said_of
from .csv_lines import utf8_text
from .error_list import ErrorList
from .value_errors import Location, faults_of

_TABLE = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*=""")
_TOML_LINE = re.compile(r"at line (\d+)")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'')
Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """The parsed file (numbers with a point as Decimal) and its text; ConfigError where it is absent or not TOML."""
    text = utf8_text(path, "不是 UTF-8 编码，请另存为 UTF-8", "not UTF-8: save it as UTF-8")
    try:
        content = tomllib.loads(text.replace("\r\n", "\n"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        at = _TOML_LINE.search(str(error))
        line = int(at[1]) if at else max(1, len(text.splitlines()))
        raise ConfigError(path, line, "不是有效的 TOML", f"not valid TOML: {error}") from error
    for place, character in hidden_in(content):
        name = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
        raise ConfigError(path, line_of(text, place), *said_of(name, character))
    return content, text


def read_model(path: Path, model: type[Model], errors: ErrorList) -> tuple[Model | None, str]:
    """The file as its model, and its text; every error of it goes into the list. Wrong keys are left out and the rest is taken, so
    that what depends on it is checked in the same run; None where a key that must be there is wrong or missing."""
    read = errors.attempt(lambda: read_toml(path))
    if read is None:
        return None, ""
    content, text = read
    try:
        return model.model_validate(content), text
    except ValidationError as error:
        faults = faults_of(error, model)
        for fault in faults:
            line = line_of(text, fault.location) or 1
            errors.add(ConfigError(path, line, fault.zh, fault.en, fault.allowed, fault.value))
    for fault in faults:
        _leave_out(content, fault.location)
    try:
        return model.model_validate(content), text
    except ValidationError:
        return None, text


def _leave_out(content: Any, location: Location) -> None:
    """Take the key of a location away; an entry of a list stays, so that the places behind it keep their numbers."""
    *tables, last = location
    for part in tables:
        inside: Any = None
        if isinstance(content, list) and isinstance(part, int):
            inside = content[part]
        elif isinstance(content, dict):
            inside = content.get(part)
        content = inside
    if isinstance(content, dict):
        content.pop(last, None)


def line_of(text: str, location: Location) -> int | None:
    """Line (from 1) of a key given as pydantic gives locations: ("columns", 3, "field") is the key `field` of the fourth
    `[[columns]]`. Where the key itself is absent, the line of what it is missing from; None for a missing top key."""
    lines = _lines(text)
    for end in range(len(location), 0, -1):
        if location[:end] in lines:
            return lines[location[:end]]
    return None


@lru_cache(maxsize=64)
def _lines(text: str) -> dict[Location, int]:
    """Where every table, key and text of a list stands. `text` is known to be TOML; inline tables stand on one line."""
    found: dict[Location, int] = {}
    counts: dict[str, int] = {}
    table: Location = ()
    listing: Location | None = None
    entry = 0
    for number, line in enumerate(text.splitlines(), 1):
        if listing is None and (header := _TABLE.match(line)):
            name = header[2].strip().strip("\"'")
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (name, counts[name])
                found.setdefault((name,), number)
            else:
                table = _inside(name, counts)
            found[table] = number
            continue
        rest = line
        if listing is None:
            key = _KEY.match(line)
            if not key:
                continue
            parts = key[1].strip("\"'").split(".") if key[1][0] not in "\"'" else [key[1].strip("\"'")]
            place: Location = (*table, *parts)
            found[place] = number
            rest = line[key.end() :]
            if not rest.lstrip().startswith("["):
                continue
            listing, entry = place, 0
        for _ in _TEXT.finditer(rest):
            found[(*listing, entry)] = number
            entry += 1
        if _TEXT.sub("", rest).split("#")[0].rstrip().endswith("]"):
            listing = None
    return found


def _inside(name: str, counts: dict[str, int]) -> Location:
    """A `[table]`, which may belong to the latest `[[list]]` of its first part: `[sources.options]`."""
    first, *rest = name.split(".")
    return (first, counts[first], *rest) if rest and first in counts else (first, *rest)
