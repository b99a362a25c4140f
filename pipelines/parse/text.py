"""CSV and JSON: strict decoding (A02), strict records, every row with the line or element its sender would look for."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

from pipelines.model.raw import Cell, ParsedFile, RawSheet
from pipelines.model.submissions import Problem
from pipelines.model.visible_text import visible

ENCODINGS = ("utf-8-sig", "utf-8", "gb18030")
"""In this order: GB18030 decodes six of sixteen short UTF-8 texts without an error, UTF-8 none of GB18030 (domain.md §5)."""
MAX_COLUMNS = 300
MAX_ROWS = 200_000
MAX_FIELD = 131_072
MAX_LINE = 8 * 1024 * 1024
"""Characters of a line: 300 cells of a few pages each, and still nothing that a table has."""
MAX_LINES = 1_048_576
"""Lines of a file, empty ones included: a sheet has no more."""
MAX_DIGITS = 100
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f]")
META_KEYS = ("unit", "period", "form", "amount_unit", "nil")


class _BadJSON(ValueError):
    """What json itself would let pass."""

    def __init__(self, kind: str, **params: str) -> None:
        super().__init__(kind)
        self.params = {"kind": kind, **params}


def read_text(content: bytes, name: str) -> ParsedFile:
    """A text file as one sheet named ""; a `[` or `{` first makes it JSON, anything else is CSV."""
    text, encoding, problem = decode(content)
    if problem is not None:
        return ParsedFile(name, "unknown", problems=(problem,))
    if text.lstrip()[:1] in ("{", "["):
        return _read_json(text, name, encoding)
    return _read_csv(text, name, encoding)


def decode(content: bytes) -> tuple[str, str, Problem | None]:
    """(text, encoding, None), or a problem A02 that names the likely encoding and the offset."""
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "", "", _problem("A02", "utf16", likely="UTF-32")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        likely = "UTF-16LE" if content.startswith(b"\xff\xfe") else "UTF-16BE"
        return "", "", _problem("A02", "utf16", likely=likely)
    nul = content.find(b"\x00")
    if nul >= 0:
        likely = _utf16(content[:20_000])
        if likely:
            return "", "", _problem("A02", "utf16", likely=likely)
        return "", "", _problem("A02", "nul", offset=nul)
    offset = 0
    for encoding in ENCODINGS:
        if encoding == "utf-8-sig" and not content.startswith(b"\xef\xbb\xbf"):
            continue
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            offset = max(offset, error.start)
            continue
        if "\ufffd" in text:
            line = text.count("\n", 0, text.index("\ufffd")) + 1
            return "", "", _problem("A02", "replacement_character", row=line)
        if control := _CONTROL.search(text):
            name = _in_escapes(content)
            if name:
                return "", "", _problem("A02", "utf16", likely=name)
            line = text.count("\n", 0, control.start()) + 1
            return "", "", _problem("A02", "control", row=line, code=f"U+{ord(control[0]):04X}")
        if encoding == "gb18030" and not _is_chinese(text):
            return "", "", _problem("A02", "undecodable", likely=_likely(content), offset=offset)
        if text.isascii() and (name := _in_escapes(content)):
            return "", "", _problem("A02", "utf16", likely=name)
        return visible(text), encoding, None
    return "", "", _problem("A02", "undecodable", likely=_likely(content), offset=offset)


def _in_escapes(content: bytes) -> str:
    """The seven-bit encoding a text of ASCII alone is written in, where it hides Chinese: UTF-7, HZ, ISO-2022."""
    for mark, name in ((b"+", "UTF-7"), (b"~{", "HZ"), (b"\x1b$", "ISO-2022-JP")):
        if mark not in content:
            continue
        try:
            text = content[:20_000].decode(name, "ignore")
        except (UnicodeDecodeError, ValueError):
            continue
        if sum("\u4e00" <= char <= "\u9fff" for char in text) >= 4:
            return name
    return ""


def _utf16(sample: bytes) -> str:
    """The encoding of a text in UTF-16 or UTF-32 without its mark: decoded, it has the commas or line ends of a table."""
    even = sample[: len(sample) // 4 * 4]
    for name in ("UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE"):
        try:
            text = even.decode(name, "strict" if "32" in name else "replace")
        except UnicodeDecodeError:
            continue
        if any(mark in text for mark in ",;\t\n") and "\x00" not in text:
            return name
    return ""


def _is_chinese(text: str) -> bool:
    """Whether a text decoded as GB18030 is Chinese: at least half of its characters beyond ASCII are punctuation or among the
    3,755 common ones (GB 2312 level 1), and hardly any is Japanese kana or private. Western text in an 8-bit encoding decodes
    too, but into rare characters; Big5 into common ones among private ones and kana."""
    beyond = [char for char in text[:200_000] if ord(char) >= 0x80]
    common = 0
    for char in beyond:
        code = char.encode("gb18030")
        common += len(code) == 2 and (0xA1 <= code[0] <= 0xA9 or (0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1))
    strange = sum("\ue000" <= char <= "\uf8ff" or "\u3041" <= char <= "\u30ff" for char in beyond)
    return 2 * common >= len(beyond) and 20 * strange <= len(beyond)


def _likely(content: bytes) -> str:
    """The encoding a text that is neither UTF-8 nor GB18030 was probably written in; a name for the message only."""
    sample = content[:20_000]
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    accents = sum(runs) < 1.7 * len(runs)  # single letters among ASCII; East Asian characters stand together
    for encoding in () if accents else ("big5", "shift_jis", "euc_kr"):
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any("\u4e00" <= char <= "\u9fff" for char in text):
            return encoding.upper()
    if any(0x80 <= byte < 0xA0 for byte in sample):
        return "Windows-1252"
    return "ISO-8859-1"


def _problem(rule: str, kind: str, row: int | None = None, **params: object) -> Problem:
    return Problem(rule, row=row, params={"kind": kind, **{key: str(value) for key, value in params.items()}})


def _delimiter(text: str) -> str:
    """The one of , ; tab that gives the most regular wide records over the first lines; a comma when none does."""
    if ";" not in text and "\t" not in text:
        return ","
    sample = text[:65_536]
    best, best_score = ",", 0
    for delimiter in (",", ";", "\t"):
        widths: Counter[int] = Counter()
        try:
            for number, record in enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)):
                widths[len(record)] += len(record) > 1
                if number >= 50:
                    break
        except csv.Error:
            continue
        score = max((width * count for width, count in widths.items()), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _endless_line(text: str) -> int | None:
    """Where a line of more than MAX_LINE characters begins; looks for the last line end of every stretch of that length."""
    start = 0
    while len(text) - start > MAX_LINE:
        last = max(text.rfind(end, start, start + MAX_LINE + 1) for end in "\r\n")
        if last < 0:
            return start
        start = last + 1
    return None


def _read_csv(text: str, name: str, encoding: str) -> ParsedFile:
    """Records with the physical line each begins on (a quoted cell may hold line breaks)."""

    def refuse(problem: Problem) -> ParsedFile:
        return ParsedFile(name, "csv", encoding=encoding, problems=(problem,))

    if (start := _endless_line(text)) is not None:
        return refuse(_problem("A01", "line_too_long", row=text.count("\n", 0, start) + 1, limit=MAX_LINE))
    if max(text.count("\n"), text.count("\r")) > MAX_LINES:
        return refuse(_problem("A01", "too_many_lines", limit=MAX_LINES))
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[list[str]] = []
    numbers: list[int] = []
    line = 0
    try:
        for record in reader:
            if record:
                rows.append(record)
                numbers.append(line + 1)
            line = reader.line_num
            if len(rows) > MAX_ROWS:
                return refuse(_problem("A01", "too_many_cells", limit=MAX_ROWS))
    except csv.Error as error:
        kind = "line_too_long" if "field limit" in str(error) else "csv_quote"
        return refuse(_problem("A01", kind, row=line + 1, reason=error, limit=MAX_FIELD))
    wide = next((index for index, record in enumerate(rows) if len(record) > MAX_COLUMNS), None)
    if wide is not None:
        return refuse(_problem("A01", "csv_too_wide", row=numbers[wide], got=len(rows[wide]), limit=MAX_COLUMNS))
    return ParsedFile(name, "csv", (RawSheet("", rows, numbers),), encoding)


def _read_json(text: str, name: str, encoding: str) -> ParsedFile:
    """A list of objects, or {"meta": {unit, period, form, amount_unit, nil}, "rows": [objects]}; numbers digit for digit."""

    def refuse(params: dict[str, str], row: int | None = None) -> ParsedFile:
        return ParsedFile(name, "json", encoding=encoding, problems=(Problem("A01", row=row, params=params),))

    try:
        content = json.loads(
            text, parse_float=_decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_object
        )
        meta, rows = _shape(content)
    except _BadJSON as error:
        return refuse(error.params)
    except json.JSONDecodeError as error:
        reason = f"{error.msg} (line {error.lineno}, column {error.colno})"
        return refuse({"kind": "json_syntax", "reason": reason}, error.lineno)
    except RecursionError:
        return refuse({"kind": "json_depth"})
    if len(rows) > MAX_ROWS:
        return refuse({"kind": "too_many_cells", "limit": str(MAX_ROWS)})
    keys = list(dict.fromkeys(key for row in rows for key in row))
    if len(keys) > MAX_COLUMNS:
        return refuse({"kind": "csv_too_wide", "got": str(len(keys)), "limit": str(MAX_COLUMNS)})
    table: list[list[Cell]] = [[*keys], *([row.get(key) for key in keys] for row in rows)]
    sheets = (RawSheet("", table, range(len(table))),)
    return ParsedFile(name, "json", sheets, encoding, meta=meta)


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) < 19 else _decimal(text)


def _decimal(text: str) -> Decimal:
    """A number digit for digit; one that nobody can have measured (a billion digits, an exponent of its own) is refused."""
    if len(text) <= MAX_DIGITS:
        with contextlib.suppress(ArithmeticError):
            return Decimal(text)
    raise _BadJSON("json_number", value=text[:40])


def _constant(text: str) -> NoReturn:
    raise _BadJSON("json_nan", value=text)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        key = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise _BadJSON("json_duplicate_key", key=key[:100])
    return found


def _shape(content: object) -> tuple[Mapping[str, str], list[dict[str, Cell]]]:
    """meta and rows; _BadJSON where a value is neither text, number, truth value nor null."""
    meta: dict[str, str] = {}
    if isinstance(content, dict):
        given = content.get("meta", {})
        unknown = next((key for key in content if key not in ("meta", "rows")), None)
        if unknown is not None or "rows" not in content or not isinstance(given, dict):
            raise _BadJSON("json_shape", reason=f"unknown key {unknown!r}" if unknown else "no rows")
        for key, value in given.items():
            if isinstance(value, dict | list):
                raise _BadJSON("json_shape", reason=f"meta.{key} is not a plain value")
            if value is not None:
                meta[key] = str(value).lower() if isinstance(value, bool) else str(value)
        content = content["rows"]
    if not isinstance(content, list):
        raise _BadJSON("json_shape", reason="rows are not a list")
    for number, row in enumerate(content, 1):
        if not isinstance(row, dict):
            raise _BadJSON("json_shape", reason=f"row {number} is not an object")
        long = next(
            (k for k, v in row.items() if len(k) > MAX_FIELD or (isinstance(v, str) and len(v) > MAX_FIELD)), None
        )
        if long is not None:
            raise _BadJSON("json_shape", reason=f"row {number}: {long[:40]} is too long")
        bad = next((key for key, value in row.items() if isinstance(value, dict | list)), None)
        if bad is not None:
            raise _BadJSON("json_shape", reason=f"row {number}: {bad} is not a plain value")
    return meta, content
