"""Decisions from a table: a register kept elsewhere, recorded line by line; nothing that is recorded already is recorded twice."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast, get_args

from ...errors import Refused, Terminal
from ...model.calendar import utc
from ...model.dispatch_decisions import PERMITS, DecisionKind, DispatchDecision
from ...model.typed_dates import typed_moment
from ...model.visible_text import visible
from ..runtime.context import Context
from .decision_request import DecisionRequest, same_texts
from .public_showcase import refresh_showcases
from .record_decision import record_once

COLUMNS = ("kind", "subject", "decided_by", "document", "reason", "valid_from", "valid_to", "detail")
RECORDED_AT = "recorded_at"


@dataclass(frozen=True)
class DecisionLine:
    """A line of the file: its number, what it asks for, and when it is recorded."""

    number: int
    request: DecisionRequest
    at: datetime


def read_decisions(context: Context, path: Path, now: datetime) -> list[DecisionLine]:
    """The lines in the order of the file. `recorded_at` is only read where the programme is simulated: what real people decide is
    recorded when it is recorded. Terminal names file, line and column of what cannot be read."""
    try:
        text = _text(path.read_bytes())
        reader = csv.DictReader(io.StringIO(text, newline=""))
        rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Terminal(
            f"读不了 {path.name}",
            f"cannot read {path.name}",
            "CSV，编码 UTF-8、GB 18030 或带标记的 UTF-16 / CSV in UTF-8, GB 18030 or UTF-16 with its mark",
        ) from error
    allowed = {*COLUMNS, RECORDED_AT} if context.programme.simulated else set(COLUMNS)
    unknown = sorted(set(reader.fieldnames or ()) - allowed)
    missing = sorted({"kind", "subject", "decided_by"} - set(reader.fieldnames or ()))
    if unknown or missing:
        raise Terminal(
            f"{path.name} 第 1 行：不认识的列 {', '.join(unknown) or '—'}，缺少的列 {', '.join(missing) or '—'}",
            f"{path.name} line 1: unknown columns {', '.join(unknown) or '—'}, missing {', '.join(missing) or '—'}",
            f"可用 / allowed: {', '.join(sorted(allowed))}",
        )
    return [_line(context, path.name, number, row, now) for number, row in rows]


def record_file(context: Context, path: Path, now: datetime) -> list[DispatchDecision]:
    """Records what is not recorded yet and lies not after `now`, in the order of its instants; returns the new decisions. Refused at
    the first line that is not possible, naming it: those before it stand."""
    lines = [line for line in read_decisions(context, path, now) if line.at <= now]
    recorded: list[DispatchDecision] = []
    try:
        for line in sorted(lines, key=lambda one: one.at):
            known = context.warehouse.decisions.about(line.request.subject)
            if any(_says(one, line.request) for one in known):
                continue
            if made := _recorded(context, path, line, known):
                recorded.append(made)
    finally:
        # of lines that stand in the books already, too: who recorded them may have died before the pages followed
        if any(line.request.kind in PERMITS for line in lines):
            refresh_showcases(context, now)
    return recorded


def _text(content: bytes) -> str:
    """UTF-8, what Excel and WPS write in China where nobody chose (GB 18030), or UTF-16 that says so."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _recorded(
    context: Context, path: Path, line: DecisionLine, known: Sequence[DispatchDecision]
) -> DispatchDecision | None:
    try:
        return record_once(context, line.request, line.at, known)
    except (Refused, Terminal) as error:
        kind = Refused if isinstance(error, Refused) else Terminal
        zh, en = f"{path.name} 第 {line.number} 行：{error.zh}", f"{path.name} line {line.number}: {error.en}"
        raise kind(zh, en, error.remedy) from error


def _says(one: DispatchDecision, request: DecisionRequest) -> bool:
    """The decision is what the line asks for, whenever it was recorded and whatever day a line without one was given."""
    return (
        (one.kind, one.valid_to) == (request.kind, request.valid_to)
        and same_texts(one, request)
        and request.subject in (one.subject, one.detail.get("project_code"))
        and request.valid_from in (None, one.valid_from)
        and request.detail.items() <= one.detail.items()
    )


_TEXTS = ("decided_by", "document", "reason", "detail")


def _cell(column: str, value: str) -> str:
    """A cell: texts as they stand, of the others the code that was meant."""
    return value.strip() if column in _TEXTS else _code(value)


def _code(value: str) -> str:
    """A code, day or number as it is written in ASCII, where somebody typed it full-width or with spaces; any other text as it stands
    (a project may be named, and its name has its own signs)."""
    plain = "".join(_word(value).split())
    return plain if plain.isascii() else value.strip()


def _word(value: str) -> str:
    """The same of one that may be a text: its spaces stay."""
    plain = unicodedata.normalize("NFKC", visible(value)).strip()
    return plain if plain.isascii() else value.strip()


def _line(context: Context, name: str, number: int, row: Mapping[str, str | None], now: datetime) -> DecisionLine:
    if row.get(None):  # type: ignore[call-overload]
        raise Terminal(
            f"{name} 第 {number} 行：单元格多于表头的列",
            f"{name} line {number}: more cells than the header has columns",
            "含逗号的文本须加双引号 / a text with a comma stands in double quotes",
        )
    texts = {key: _cell(key, value or "") for key, value in row.items()}
    kind = texts.get("kind", "")
    if kind not in get_args(DecisionKind):
        raise Terminal(
            f"{name} 第 {number} 行 kind：没有这种决定 {kind}",
            f"{name} line {number}, kind: no such decision {kind!r}",
            f"可用 / allowed: {', '.join(get_args(DecisionKind))}",
        )
    try:
        begins, ends = (date.fromisoformat(texts[c]) if texts.get(c) else None for c in ("valid_from", "valid_to"))
        at = typed_moment(texts[RECORDED_AT]) if texts.get(RECORDED_AT) else now
        detail = dict(
            re.split("[=＝]", part, maxsplit=1) for part in re.split("[;；]", texts.get("detail", "")) if part.strip()
        )
    except (ValueError, Terminal) as error:
        raise Terminal(
            f"{name} 第 {number} 行：日期写成 2022-08-31，detail 写成 键=值;键=值",
            f"{name} line {number}: days are written 2022-08-31, detail key=value;key=value ({error})",
            "改正后再登记 / mend the line and record it again",
        ) from error
    request = DecisionRequest(
        cast(DecisionKind, kind),
        texts["subject"],
        texts["decided_by"],
        texts.get("document", ""),
        texts.get("reason", ""),
        begins,
        ends,
        {_code(key): _word(value) for key, value in detail.items()},
    )
    return DecisionLine(number, request, utc(at, context.programme.time_zone))
