"""CSV and JSON: strict decoding (A02), strict records, every row with the line or element its sender would look for."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NoReturn

from pipelines.model.raw import Cell, ParsedFile, RawSheet
from pipelines.model.submissions import Problem

from .json_rows import MAX_FIELD, BadJSON, Rows, meta_and_rows
from .text_encoding import ENCODINGS, decode, text_problem

MAX_COLUMNS = 300
MAX_ROWS = 200_000
MAX_LINE = 8 * 1024 * 1024
"""Characters of a line: 300 cells of a few pages each, and still nothing that a table has."""
MAX_LINES = 1_048_576
"""Lines of a file, empty ones included: a sheet has no more."""
MAX_DIGITS = 100
_JSON_BEGIN = re.compile(r"""\s*(?:\[\s*(?:[{\[\]"\d-]|null|true|false)|\{\s*["}]|\{\s*\Z|\[\s*\Z)""")
_PARTING_TAB = re.compile(r'[^,"\s]\t+[^,"\s]')
"""A tab between two texts. Systems also write one behind every cell of a CSV, so that a spreadsheet leaves long codes alone."""
_HALF = re.compile("[\ud800-\udfff]")


def read_text(content: bytes, name: str, encodings: Sequence[str] = ENCODINGS) -> ParsedFile:
    """A text file as one sheet named ""; a `[` or `{` first makes it JSON, anything else is CSV. `encodings` are tried, in order, where
    it is no UTF-8."""
    text, encoding, problem = decode(content, encodings)
    if problem is not None:
        return ParsedFile(name, "unknown", problems=(problem,))
    if _JSON_BEGIN.match(text):
        return _read_json(text, name, encoding)
    return _read_csv(text, name, encoding)


def _delimiter(text: str) -> str:
    """The one of , ; tab | that gives the most regular wide records over the first lines; a comma when none does."""
    if ";" not in text and "\t" not in text and "|" not in text:
        return ","
    sample = text[:65_536]
    best, best_score = ",", 0
    padded = "," in sample and _PARTING_TAB.search(sample) is None
    for delimiter in (",", ";", "|") if padded else (",", ";", "\t", "|"):
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
        return refuse(text_problem("A01", "line_too_long", row=text.count("\n", 0, start) + 1, limit=MAX_LINE))
    if max(text.count("\n"), text.count("\r")) > MAX_LINES:
        return refuse(text_problem("A01", "too_many_lines", limit=MAX_LINES))
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
                return refuse(text_problem("A01", "too_many_cells", limit=MAX_ROWS))
    except csv.Error as error:
        kind = "line_too_long" if "field limit" in str(error) else "csv_quote"
        return refuse(text_problem("A01", kind, row=line + 1, reason=error, limit=MAX_FIELD))
    wide = next((index for index, record in enumerate(rows) if len(record) > MAX_COLUMNS), None)
    if wide is not None:
        return refuse(text_problem("A01", "csv_too_wide", row=numbers[wide], got=len(rows[wide]), limit=MAX_COLUMNS))
    return ParsedFile(name, "csv", (RawSheet("", rows, numbers),), encoding)


def _read_json(text: str, name: str, encoding: str) -> ParsedFile:
    """The shapes of `json_rows`; numbers digit for digit. Lists have cells with addresses, as a sheet; objects have keys."""

    def refuse(params: dict[str, str], row: int | None = None) -> ParsedFile:
        return ParsedFile(name, "json", encoding=encoding, problems=(Problem("A01", row=row, params=params),))

    try:
        content = json.loads(
            _as_list(text),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
        meta, rows = meta_and_rows(content)
    except BadJSON as error:
        return refuse(error.params)
    except json.JSONDecodeError as error:
        reason = f"{error.msg} (line {error.lineno}, column {error.colno})"
        return refuse({"kind": "json_syntax", "reason": reason}, error.lineno)
    except RecursionError:
        return refuse({"kind": "json_depth"})
    if len(rows) > MAX_ROWS:
        return refuse({"kind": "too_many_cells", "limit": str(MAX_ROWS)})
    listed = [row for row in rows if isinstance(row, list)]
    keyed = [row for row in rows if isinstance(row, dict)]
    keys = list(dict.fromkeys(key for row in keyed for key in row))
    width = max(len(keys), *map(len, listed)) if listed else len(keys)
    if width > MAX_COLUMNS:
        return refuse({"kind": "csv_too_wide", "got": str(width), "limit": str(MAX_COLUMNS)})
    if "\\u" in text and (row := _half_character(meta, rows)):
        problem = text_problem("A02", "replacement_character", row=row)
        return ParsedFile(name, "json", encoding=encoding, problems=(problem,))
    table: list[list[Cell]] = [[*keys], *([row.get(key) for key in keys] for row in keyed)]
    sheets = (RawSheet("", listed, range(1, len(listed) + 1)) if listed else RawSheet("", table, range(len(table))),)
    return ParsedFile(name, "json", sheets, encoding, meta=meta)


def _half_character(meta: Mapping[str, str], rows: Rows) -> int:
    """The row, from 1, with one of the two halves of a character ("\\ud83d" alone), which no program can write down; 0 without such."""
    for number, row in enumerate([meta, *rows]):
        cells = row if isinstance(row, list) else [text for pair in row.items() for text in pair]
        if any(isinstance(text, str) and _HALF.search(text) for text in cells):
            return max(1, number)
    return 0


def _as_list(text: str) -> str:
    """Objects on lines of their own (JSON Lines) as a list; any other text unchanged."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines):
        return f"[{','.join(lines)}]"
    return text


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) < 19 else _decimal(text)


def _decimal(text: str) -> Decimal:
    """A number digit for digit; one that nobody can have measured (a billion digits, an exponent of its own) is refused."""
    if len(text) <= MAX_DIGITS:
        with contextlib.suppress(ArithmeticError):
            return Decimal(text)
    raise BadJSON("json_number", value=text[:40])


def _constant(text: str) -> NoReturn:
    raise BadJSON("json_nan", value=text)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        key = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise BadJSON("json_duplicate_key", key=key[:100])
    return found
