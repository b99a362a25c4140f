"""Decisions from a table: a register kept elsewhere, recorded line by line; nothing that is recorded already is recorded twice."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast, get_args

from ...errors import Refused, Terminal
from ...model.calendar import utc
from ...model.dispatch_decisions import DecisionKind, DispatchDecision
from ..runtime.context import Context
from .record_decision import DecisionRequest, decide

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
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Terminal(f"读不了 {path.name}", f"cannot read {path.name}", "CSV,UTF-8 编码 / CSV in UTF-8") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    allowed = {*COLUMNS, RECORDED_AT} if context.programme.simulated else set(COLUMNS)
    unknown = sorted(set(reader.fieldnames or ()) - allowed)
    missing = sorted({"kind", "subject", "decided_by"} - set(reader.fieldnames or ()))
    if unknown or missing:
        raise Terminal(
            f"{path.name} 第 1 行：不认识的列 {', '.join(unknown) or '—'}，缺少的列 {', '.join(missing) or '—'}",
            f"{path.name} line 1: unknown columns {', '.join(unknown) or '—'}, missing {', '.join(missing) or '—'}",
            f"可用 / allowed: {', '.join(sorted(allowed))}",
        )
    return [_line(context, path.name, reader.line_num, row, now) for row in reader]


def record_file(context: Context, path: Path, now: datetime) -> list[DispatchDecision]:
    """Records what is not recorded yet and lies not after `now`, in the order of its instants; returns the new decisions. Refused at
    the first line that is not possible, naming it: those before it stand."""
    known = context.warehouse.decisions.all()
    lines = [line for line in read_decisions(context, path, now) if line.at <= now]
    recorded = []
    for line in sorted(lines, key=lambda one: one.at):
        if any(_says(one, line.request) for one in known):
            continue
        try:
            recorded.append(decide(context, line.request, line.at))
        except Refused as refused:
            raise Refused(
                f"{path.name} 第 {line.number} 行：{refused.zh}",
                f"{path.name} line {line.number}: {refused.en}",
                refused.remedy,
            ) from refused
    return recorded


def _says(one: DispatchDecision, request: DecisionRequest) -> bool:
    """The decision is what the line asks for, whenever it was recorded."""
    return (
        (one.kind, one.decided_by, one.document, one.reason, one.valid_to)
        == (request.kind, request.decided_by, request.document, request.reason, request.valid_to)
        and request.subject in (one.subject, one.detail.get("project_code"))
        and request.valid_from in (None, one.valid_from)
        and request.detail.items() <= one.detail.items()
    )


def _line(context: Context, name: str, number: int, row: Mapping[str, str | None], now: datetime) -> DecisionLine:
    texts = {key: (value or "").strip() for key, value in row.items() if key is not None}
    kind = texts.get("kind", "")
    if kind not in get_args(DecisionKind):
        raise Terminal(
            f"{name} 第 {number} 行 kind:没有这种决定 {kind}",
            f"{name} line {number}, kind: no such decision {kind!r}",
            f"可用 / allowed: {', '.join(get_args(DecisionKind))}",
        )
    try:
        begins, ends = (date.fromisoformat(texts[c]) if texts.get(c) else None for c in ("valid_from", "valid_to"))
        at = datetime.fromisoformat(texts[RECORDED_AT]) if texts.get(RECORDED_AT) else now
        detail = dict(part.split("=", 1) for part in texts.get("detail", "").split(";") if part.strip())
    except ValueError as error:
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
        {key.strip(): value.strip() for key, value in detail.items()},
    )
    return DecisionLine(number, request, utc(at, context.programme.time_zone))
