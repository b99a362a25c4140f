"""Where in a TOML file a key stands: tomllib keeps no positions, and an error without its line costs the reader a search."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.errors import ConfigError

_TABLE = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_.-]+)\s*=""")
_TOML_LINE = re.compile(r"at line (\d+)")


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """The parsed file (numbers with a point as Decimal) and its text; ConfigError where it is absent or not TOML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, None, "文件无法读取(须为 UTF-8)", f"cannot be read as UTF-8: {error}") from error
    try:
        return tomllib.loads(text, parse_float=Decimal), text
    except tomllib.TOMLDecodeError as error:
        at = _TOML_LINE.search(str(error))
        raise ConfigError(path, int(at[1]) if at else None, "不是有效的 TOML", f"not valid TOML: {error}") from error


def line_of(text: str, location: tuple[str | int, ...]) -> int | None:
    """Line (from 1) of a key given as pydantic gives locations: ("columns", 3, "field") is the key `field` of the fourth
    `[[columns]]`. Where the key itself is absent, the line of the table it is missing from; None for a missing top key."""
    names = [str(part) for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), None)
    if not names:
        return None
    table, count, fallback = "", -1, None
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            name = header[2].strip()
            count = count + 1 if name == table and header[1] == "[[" else 0
            table = name
            if name == names[0] and (index is None or index == count):
                fallback = number
                if len(names) == 1:
                    return number
            continue
        key = _KEY.match(line)
        if not key:
            continue
        bare = key[1].strip("\"'")
        if not table and bare == names[0]:
            return number
        if table == names[0] and len(names) > 1 and bare == names[1] and (index is None or index == count):
            return number
    return fallback
