"""What pydantic found wrong, in words for the person who edits the folder."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_ZH = {
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "date_from_datetime_parsing": "不是日期,应写 YYYY-MM-DD",
    "decimal_parsing": "不是数字",
    "decimal_type": "不是数字",
    "greater_than": "过小",
    "greater_than_equal": "过小",
    "int_parsing": "不是整数",
    "int_type": "不是整数",
    "less_than_equal": "过大",
    "string_pattern_mismatch": "含有不允许的字符或长度不对",
    "string_too_short": "不能为空",
    "string_type": "应为文字(加引号)",
    "too_short": "不能为空",
}
_QUOTED = re.compile(r"'([^']*)'")


class BadValue(ValueError):
    """A value that a programme file may not hold, in Chinese and English, with the values it may."""

    def __init__(self, zh: str, en: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
        self.allowed = allowed


def worst(error: ValidationError) -> ErrorDetails:
    """The error to name first: an unknown key before a missing one, since a misspelt key is both."""
    found = error.errors()
    return next((e for e in found if e["type"] == "extra_forbidden"), found[0])


def explain(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str, tuple[str, ...]]:
    """Message in Chinese and English and the allowed values of one pydantic error of `model`."""
    name = ".".join(str(part) for part in error["loc"])
    context = error.get("ctx") or {}
    kind = error["type"]
    cause = context.get("error")
    if isinstance(cause, BadValue):
        return f"{name}:{cause.zh}", f"{name}: {cause.en}", cause.allowed
    if kind == "missing":
        return f"缺少必填项:{name}", f"{name} is missing", ()
    if kind == "extra_forbidden":
        return f"未知的键:{name}", f"unknown key: {name}", _known(error["loc"], model)
    if kind == "literal_error":
        allowed = tuple(_QUOTED.findall(str(context["expected"])))
        return f"{name} 的值 {error['input']!r} 不在允许范围内", f"{name}: {error['input']!r} is not allowed", allowed
    zh = _ZH.get(kind, "不合法")
    allowed = ("true", "false") if kind.startswith("bool") else ()
    return f"{name} 的值 {error['input']!r} {zh}", f"{name}: {error['input']!r}: {error['msg']}", allowed


def _known(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, ...]:
    """Keys of the table that holds the unknown one."""
    current: Any = model
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        annotation: Any = current.model_fields[part].annotation
        nested = [a for a in (annotation, *getattr(annotation, "__args__", ())) if _is_model(a)]
        if not nested:
            return ()
        current = nested[0]
    return tuple(current.model_fields)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
