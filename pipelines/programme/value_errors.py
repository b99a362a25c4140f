"""What pydantic found wrong, in words for the person who edits the folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_ZH = {
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "date_from_datetime_parsing": "不是日期，应写 YYYY-MM-DD",
    "decimal_parsing": "不是数字",
    "decimal_type": "不是数字",
    "finite_number": "不是数字",
    "greater_than": "过小",
    "greater_than_equal": "过小",
    "int_parsing": "不是整数",
    "int_from_float": "不是整数",
    "int_type": "不是整数",
    "less_than_equal": "过大",
    "string_pattern_mismatch": "含有不允许的字符或长度不对",
    "string_too_short": "不能为空",
    "string_type": "应为文字（加引号）",
    "too_short": "不能为空",
}
_QUOTED = re.compile(r"'([^']*)'")
Location = tuple[int | str, ...]
MOST_LISTED = 40
"""Longer lists of allowed values help nobody."""
MOST_COMPARED = 400
"""Among more names than these nobody looks for the near one: it would cost a country's folder minutes."""


class BadValue(ValueError):
    """A value that a programme file may not hold, in Chinese and English, with the values it may."""

    def __init__(self, zh: str, en: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
        self.allowed = allowed


@dataclass(frozen=True)
class ValueFault:
    """One thing wrong in a file: where (as pydantic names places), what in both languages, the value, what is allowed."""

    location: Location
    zh: str
    en: str
    allowed: tuple[str, ...]
    value: str | None


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[ValueFault]:
    """Everything that a failed validation of `model` found: unknown keys first, and a key that is missing because it was misspelt
    is said once, as the unknown key that it became."""
    found = error.errors()
    unknown = [e for e in found if e["type"] == "extra_forbidden"]
    missing = {e["loc"] for e in found if e["type"] == "missing"}
    meant: dict[Location, str] = {}
    for one in unknown:
        table, key = one["loc"][:-1], str(one["loc"][-1])
        lost = [str(place[-1]) for place in missing if place[:-1] == table]
        close = nearest(key, lost) or nearest(key, _known(one["loc"], model))
        if close:
            meant[one["loc"]] = close
            missing.discard((*table, close))
    others = [e for e in found if e["type"] not in ("extra_forbidden", "missing") or e["loc"] in missing]
    inside = {e["loc"][:end] for e in found for end in range(len(e["loc"]))}
    others = [e for e in others if not (e["type"] == "too_short" and e["loc"] in inside)]
    return [_fault(e, model, meant.get(e["loc"])) for e in (*unknown, *others)]


def nearest(value: str, names: Iterable[str]) -> str | None:
    """The name that a misspelt value was meant to be: nearly the same, or the same letters in another order."""
    known = list(names)
    if len(known) > MOST_COMPARED:
        return None
    turned = [name for name in known if sorted(name) == sorted(value)]
    return next(iter(turned or get_close_matches(value, known, 1)), None)


def close_to(value: str, allowed: Iterable[str]) -> tuple[str, str]:
    """“可能是 x” / "did you mean x?" where one allowed value is near; two empty texts where none is."""
    near = nearest(value, allowed)
    return (f"（可能是 {near}）", f" (did you mean {near}?)") if near else ("", "")


def _fault(error: ErrorDetails, model: type[BaseModel], meant: str | None) -> ValueFault:
    where, given = error["loc"], error["input"]
    name = ".".join(str(part) for part in where)
    context = error.get("ctx") or {}
    kind = error["type"]
    cause = context.get("error")
    value = str(given) if isinstance(given, str | int | float | bool) else None
    if isinstance(cause, BadValue):
        return ValueFault(where, f"{name}：{cause.zh}", f"{name}: {cause.en}", cause.allowed, value)
    if kind == "missing":
        return ValueFault(where, f"缺少必填项：{name}", f"{name} is missing", (), None)
    if kind == "extra_forbidden":
        zh, en = (f"（可能是 {meant}）", f" (did you mean {meant}?)") if meant else ("", "")
        allowed = _known(where, model)
        return ValueFault(where, f"未知的键：{name}{zh}", f"unknown key: {name}{en}", allowed, str(where[-1]))
    if kind == "literal_error":
        allowed = tuple(_QUOTED.findall(str(context["expected"])))
        zh, en = close_to(str(given), allowed)
        return ValueFault(
            where, f"{name} 的值 {given!r} 不在允许范围内{zh}", f"{name}: {given!r} is not allowed{en}", allowed, value
        )
    zh = _ZH.get(kind, "不合法")
    allowed = ("true", "false") if kind.startswith("bool") else ()
    return ValueFault(where, f"{name} 的值 {given!r} {zh}", f"{name}: {given!r}: {error['msg']}", allowed, value)


def _known(location: Location, model: type[BaseModel]) -> tuple[str, ...]:
    """Keys of the table that holds the unknown one."""
    current: Any = model
    for part in location[:-1]:
        if isinstance(part, int) or part not in current.model_fields:
            continue
        nested = next(_models_in(current.model_fields[part].annotation), None)
        if nested is None:
            return ()
        current = nested
    return tuple(current.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation holds, however deep: `tuple[Model, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
