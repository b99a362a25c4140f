"""CSV files of a programme: header and cells checked against a pydantic model, every error with its line."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import ConfigError
from .control_characters import hidden_character, said_of
from .error_list import ErrorList
from .value_errors import close_to, faults_of

Row = TypeVar("Row", bound=BaseModel)


class Lines(list[tuple[int, Row]], Generic[Row]):
    """Rows with the line they begin on; `complete` where no row of the file was refused. `refuse` puts an error of one of them
    into the list of the folder."""

    def __init__(self, path: Path, errors: ErrorList) -> None:
        super().__init__()
        self.path = path
        self.errors = errors
        self.complete = True

    def refuse(self, line: int | None, zh: str, en: str, allowed: tuple[str, ...] = (), value: object = None) -> None:
        self.errors.add(ConfigError(self.path, line, zh, en, allowed, value))


def read_csv(path: Path, model: type[Row], errors: ErrorList) -> Lines[Row]:
    """The rows of a file with one header line, UTF-8 with or without a byte-order mark. Blank lines and empty cells are
    absent values. Unknown, missing or repeated columns, rows of another width and bad values go into the list of errors;
    without a usable header there are no rows."""
    lines: Lines[Row] = Lines(path, errors)
    before = len(errors.errors)
    with errors.kept():
        _read(path, model, lines)
    lines.complete = len(errors.errors) == before
    return lines


def _read(path: Path, model: type[Row], lines: Lines[Row]) -> None:
    text = utf8_text(path, "不是 UTF-8 编码，请另存为“CSV UTF-8”", "not UTF-8: save it as CSV UTF-8")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    started = 1
    try:
        for cells in reader:
            line, started = started, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                if not _good_header(line, header, model, lines):
                    return
            else:
                _row(line, header, cells, model, lines)
    except csv.Error as error:
        raise ConfigError(path, reader.line_num or 1, "不是有效的 CSV", f"not valid CSV: {error}") from error
    if header is None:
        raise ConfigError(path, 1, "缺少表头", "the header is missing", tuple(model.model_fields))


def utf8_text(path: Path, zh: str, en: str) -> str:
    """The text of a file, with or without a byte-order mark; ConfigError, with the line, where it cannot be read or is not UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(path, None, "文件无法读取", f"cannot be read: {error}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(path, content.count(b"\n", 0, error.start) + 1, zh, en) from error


def _good_header(line: int, header: list[str], model: type[Row], lines: Lines[Row]) -> bool:
    """Every column is known and stands once, none is missing; a missing one that stands there misspelt is said once."""
    fields = model.model_fields
    lost = [name for name, field in fields.items() if field.is_required() and name not in header]
    good = True
    for at, name in enumerate(header):
        if name not in fields:
            zh, en = close_to(name, lost or fields)
            lost = [one for one in lost if f"did you mean {one}?" not in en]
            lines.refuse(line, f"未知的列：{name}{zh}", f"unknown column: {name}{en}", tuple(fields), name)
            good = False
        elif name in header[:at]:
            lines.refuse(line, f"列重复：{name}", f"column given twice: {name}", tuple(fields), name)
            good = False
    for name in lost:
        lines.refuse(line, f"缺少列：{name}", f"missing column: {name}", tuple(fields))
        good = False
    return good


def _row(line: int, header: list[str], cells: list[str], model: type[Row], lines: Lines[Row]) -> None:
    if len(cells) != len(header):
        lines.refuse(
            line, f"应有 {len(header)} 列，实有 {len(cells)} 列", f"{len(header)} cells expected, {len(cells)} found"
        )
        return
    hidden = [
        (name, found) for name, cell in zip(header, cells, strict=True) if (found := hidden_character(cell.strip()))
    ]
    if hidden:
        lines.refuse(line, *said_of(*hidden[0]))
        return
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    try:
        lines.append((line, model.model_validate(values)))
    except ValidationError as error:
        for fault in faults_of(error, model):
            lines.refuse(line, fault.zh, fault.en, fault.allowed, fault.value)
