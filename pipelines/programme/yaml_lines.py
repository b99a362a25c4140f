"""YAML files of a programme with the line of every key. Every scalar is read as the text that stands there: YAML would make a
number of a code (and lose its zeros), a boolean of `no`, a date of an amount."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigError

LineOf = Callable[[tuple[str | int, ...]], int | None]


def read_yaml(path: Path) -> tuple[Any, LineOf]:
    """The parsed file and where its keys stand, by locations as pydantic gives them; ConfigError where it is absent, not YAML,
    holds a key twice, or uses tags, anchors or aliases."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, None, "文件无法读取（须为 UTF-8）", f"cannot be read as UTF-8: {error}") from error
    try:
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            _refuse_tricks(path, event)
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else None
        said = " ".join(str(error).split())
        raise ConfigError(path, line, "不是有效的 YAML", f"not valid YAML: {said}") from error
    lines: dict[tuple[str | int, ...], int] = {}
    content = _value(path, root, (), lines) if root is not None else {}
    return content, lambda location: _nearest(lines, location)


def _refuse_tricks(path: Path, event: Any) -> None:
    line = event.start_mark.line + 1 if event.start_mark else None
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise ConfigError(path, line, "不得使用锚点和别名（& *）", "anchors and aliases (& *) are not used here")
    if getattr(event, "tag", None) is not None:
        raise ConfigError(path, line, f"不得使用标签：{event.tag}", f"tags are not used here: {event.tag}")


def _value(path: Path, node: Any, at: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> Any:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, item, (*at, number), lines) for number, item in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise ConfigError(path, line, "键应为文字", "a key is a plain text")
        if key.value in found:
            raise ConfigError(path, line, f"键重复：{key.value}", f"key given twice: {key.value}")
        lines[(*at, key.value)] = line
        found[key.value] = _value(path, value, (*at, key.value), lines)
    return found


def _nearest(lines: dict[tuple[str | int, ...], int], location: tuple[str | int, ...]) -> int | None:
    """Line of the key, else of what it is missing from."""
    for end in range(len(location), 0, -1):
        if location[:end] in lines:
            return lines[location[:end]]
    return None
