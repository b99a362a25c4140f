"""Types of keys and cells in a programme folder, and what is said of a key for people (`Key`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator
from pydantic import Strict as StrictType

from ..model.periods import SPELLINGS, Period
from .value_errors import BadValue

_MOMENT = re.compile(r"\A(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})\Z", re.ASCII)
_WINDOW = re.compile(r"\A\d{4}(-\d{2}(\.\.\d{4}-\d{2})?)?\Z", re.ASCII)
_CODE = re.compile(r"\A[0-9A-Za-z_-]{2,24}\Z", re.ASCII)


@dataclass(frozen=True)
class Key:
    """What a key or column means, for `saima programme explain`: in both languages, an example as it is written, the unit of its
    value, and where a name must exist that it refers to."""

    zh: str
    en: str
    example: str
    unit: str = ""
    refers: str = ""


def _period(value: object) -> Period:
    try:
        period = Period.parse(str(value))
        if period.kind == "month":
            return period
        raise ValueError(value)
    except ValueError as error:
        raise BadValue(f"{value!r} 不是报告期，应写 YYYY-MM", f"{value!r} is not a period, write YYYY-MM") from error


def _any_period(value: object) -> Period:
    try:
        return Period.parse(str(value))
    except ValueError as error:
        known = "、".join(SPELLINGS.values())
        raise BadValue(
            f"{value!r} 不是报告期，应写如 {known}", f"{value!r} is not a period; write like {known}"
        ) from error


def _moment(value: object) -> datetime:
    """Local time of the programme; the loader attaches the zone."""
    match = _MOMENT.match(str(value))
    try:
        if match:
            return datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        match = None
    raise BadValue(f"{value!r} 不是时间，应写 YYYY-MM-DD HH:MM", f"{value!r} is not a time, write YYYY-MM-DD HH:MM")


def _zone(value: object) -> str:
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError) as error:
        near = tuple(get_close_matches(str(value), sorted(available_timezones()), 3))
        raise BadValue(f"未知的时区 {value!r}", f"unknown time zone {value!r}, such as Asia/Shanghai", near) from error
    return str(value)


def _window(value: object) -> str:
    text = str(value)
    try:
        if _WINDOW.match(text):
            bounds = [Period.parse(part) for part in text.split("..") if "-" in part]
            if bounds == sorted(bounds):
                return text
    except ValueError:
        text = ""
    raise BadValue(f"{value!r} 不是时间范围", f"{value!r} is not a window", ("2022", "2022-09", "2022-06..2022-09"))


def _parts(value: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(value).replace("；", ";").split(";") if part.strip())


def _codes(value: object) -> tuple[str, ...]:
    parts = _parts(value)
    for part in parts:
        if not _CODE.match(part):
            raise BadValue(
                f"{part!r} 不是代码（多个代码用分号分开）", f"{part!r} is not a code; codes are separated by ;"
            )
    return parts


def _cell_flag(value: object) -> bool:
    if value in ("true", "false", True, False):
        return value in ("true", True)
    raise BadValue(f"{value!r} 应为 true 或 false", f"{value!r} is neither true nor false", ("true", "false"))


Text = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{2,24}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Parts = Annotated[tuple[str, ...], PlainValidator(_parts)]
Codes = Annotated[tuple[str, ...], PlainValidator(_codes)]
Month = Annotated[Period, PlainValidator(_period)]
AnyPeriod = Annotated[Period, PlainValidator(_any_period)]
Moment = Annotated[datetime, PlainValidator(_moment)]
Zone = Annotated[str, BeforeValidator(_zone)]
Window = Annotated[str, BeforeValidator(_window)]
Share = Annotated[Decimal, Field(gt=0, le=1)]
NotNegative = Annotated[Decimal, Field(ge=0)]
Flag = Annotated[bool, StrictType()]
"""A truth value of a TOML file: "no" is a text there, not false."""
CellFlag = Annotated[bool, PlainValidator(_cell_flag)]
"""A truth value of a CSV cell: true or false, not yes, no, 1 or 0."""
Whole = Annotated[int, StrictType()]


class Strict(BaseModel):
    """Unknown keys and columns are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
