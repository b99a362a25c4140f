"""CSV files of a programme: header and cells checked against a pydantic model, every error with its line."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import ConfigError
from .explain import explain, worst

Row = TypeVar("Row", bound=BaseModel)


class Lines(list[tuple[int, Row]], Generic[Row]):
    """Rows with the line they begin on; `wrong` makes the error of one of them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def wrong(self, line: int | None, zh: str, en: str, allowed: tuple[str, ...] = ()) -> ConfigError:
        return ConfigError(self.path, line, zh, en, allowed)


def read_csv(path: Path, model: type[Row]) -> Lines[Row]:
    """The rows of a file with one header line, UTF-8 with or without a byte-order mark. Blank lines and empty cells are
    absent values; ConfigError for unknown, missing or repeated columns, rows of another width and bad values."""
    lines: Lines[Row] = Lines(path)
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    header: list[str] | None = None
    started = 1
    try:
        for cells in reader:
            line, started = started, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                _check_header(path, line, header, model)
            else:
                lines.append((line, _row(path, line, header, cells, model)))
    except csv.Error as error:
        raise ConfigError(path, reader.line_num or 1, "不是有效的 CSV", f"not valid CSV: {error}") from error
    if header is None:
        raise ConfigError(path, 1, "缺少表头", "the header is missing", tuple(model.model_fields))
    return lines


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(path, None, "文件无法读取", f"cannot be read: {error}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            path,
            content.count(b"\n", 0, error.start) + 1,
            "不是 UTF-8 编码,请另存为“CSV UTF-8”",
            "not UTF-8: save it as CSV UTF-8",
        ) from error


def _check_header(path: Path, line: int, header: list[str], model: type[Row]) -> None:
    fields = model.model_fields
    for name in header:
        if name not in fields:
            raise ConfigError(path, line, f"未知的列:{name}", f"unknown column: {name}", tuple(fields))
        if header.count(name) > 1:
            raise ConfigError(path, line, f"列重复:{name}", f"column given twice: {name}")
    for name, field in fields.items():
        if field.is_required() and name not in header:
            raise ConfigError(path, line, f"缺少列:{name}", f"missing column: {name}", tuple(fields))


def _row(path: Path, line: int, header: list[str], cells: list[str], model: type[Row]) -> Row:
    if len(cells) != len(header):
        raise ConfigError(
            path,
            line,
            f"应有 {len(header)} 列,实有 {len(cells)} 列",
            f"{len(header)} cells expected, {len(cells)} found",
        )
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        zh, en, allowed = explain(worst(error), model)
        raise ConfigError(path, line, zh, en, allowed) from error
