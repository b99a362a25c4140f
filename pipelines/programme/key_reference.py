"""The reference of every key of a programme folder, generated from its models: `saima programme explain` and
PROGRAMME_REFERENCE.md. With a folder, what stands there is shown beside each key."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from ..model.dispatch_policy import DispatchPolicy
from ..model.periods import Period
from .alerting import CHANNELS, ChannelsFile
from .contacts import CONTACTS, ContactRow
from .corrections import FILE as CORRECTIONS
from .corrections import CorrectionsFile
from .dispatch_policy_file import FILE as DISPATCH_POLICY
from .file_types import Key
from .files import CalendarLine, ListRow, MemberRow, NameRow, ProgrammeFile, SeasonalRow, TargetRow, TileRow, UnitRow
from .folder_files import NAMES, REQUIRED, TILES
from .imprint_file import FILE as IMPRINT
from .imprint_file import ImprintFile
from .layouts import LayoutFile
from .method_file import MethodFile
from .source_files import FILE as SOURCES
from .source_files import SourcesFile
from .succession import FILE as CONCORDANCE
from .succession import SuccessionRow
from .workdays import FILE as WORKDAYS
from .workdays import WorkdayRow

FILES: dict[str, type[BaseModel]] = {
    "programme.toml": ProgrammeFile,
    "units.csv": UnitRow,
    NAMES: NameRow,
    TILES: TileRow,
    "unit_members.csv": MemberRow,
    CONCORDANCE: SuccessionRow,
    "calendar.csv": CalendarLine,
    WORKDAYS: WorkdayRow,
    "forms/*.toml": LayoutFile,
    "method.toml": MethodFile,
    "seasonal.csv": SeasonalRow,
    "targets.csv": TargetRow,
    "lists.csv": ListRow,
    SOURCES: SourcesFile,
    CHANNELS: ChannelsFile,
    CONTACTS: ContactRow,
    CORRECTIONS: CorrectionsFile,
    DISPATCH_POLICY: DispatchPolicy,
    IMPRINT: ImprintFile,
}
"""Every file whose keys a person edits, with its model; `messages/*.j2` are texts."""
_TYPES: dict[object, str] = {
    str: "text",
    int: "whole number",
    Decimal: "number",
    bool: "true | false",
    Period: "YYYY-MM",
    datetime: "YYYY-MM-DD HH:MM",
    date: "YYYY-MM-DD",
    time: "HH:MM",
}
_SHOWN = 3


class KeyDocument(BaseModel):
    """One key or column. `key` is written as in an error: `indicators[].code` is the key `code` of each `[[indicators]]`; `here`: what
    the folder says, null without a folder or where it says nothing."""

    model_config = ConfigDict(frozen=True)

    key: str
    required: bool
    type: str
    allowed: tuple[str, ...]
    default: str | None
    unit: str
    refers_to: str
    meaning_zh: str
    meaning_en: str
    example: str
    here: tuple[str, ...] | None = None


class FileDocument(BaseModel):
    """The keys of one file of a programme folder."""

    model_config = ConfigDict(frozen=True)

    file: str
    required: bool
    keys: tuple[KeyDocument, ...]


class ReferenceDocument(BaseModel):
    """What `saima programme explain --json` prints."""

    model_config = ConfigDict(frozen=True)

    folder: str | None
    files: tuple[FileDocument, ...]


def reference(folder: Path | None = None) -> ReferenceDocument:
    """The reference of all files. A file of `folder` that cannot be read shows nothing; `saima programme check` says why."""
    files = []
    for name, model in FILES.items():
        said = _said(folder, name) if folder else None
        keys = tuple(_document(path, field, about, said) for path, field, about in _keys(model))
        files.append(FileDocument(file=name, required=name in REQUIRED or name.startswith("forms/"), keys=keys))
    return ReferenceDocument(folder=str(folder) if folder else None, files=tuple(files))


def _keys(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, FieldInfo, str]]:
    """All keys of a model, those of its tables behind the table; with what is said of the table as a whole."""
    for name, field in model.model_fields.items():
        path = f"{before}{name}"
        yield path, field, (model.__doc__ or "").split("\n\n")[0]
        table, several = _table_of(field.annotation)
        if table is not None:
            yield from _keys(table, f"{path}[]." if several else f"{path}.")


def _table_of(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    if get_origin(annotation) is tuple and (first := get_args(annotation)[0]):
        table, _ = _table_of(first)
        return table, table is not None
    return None, False


def _document(path: str, field: FieldInfo, about: str, said: dict[str, list[str]] | None) -> KeyDocument:
    key = key_of(field) or Key(" ".join(about.split()), " ".join((field.description or about).split()), "")
    kind, allowed = _type_of(field.annotation)
    here = None if said is None else tuple(dict.fromkeys(said.get(path, ()))) or None
    if here and len(here) > _SHOWN:
        here = (*here[:_SHOWN], f"… ({len(here)})")
    return KeyDocument(
        key=path,
        required=field.is_required(),
        type=kind,
        allowed=allowed,
        default=_default(field),
        unit=key.unit,
        refers_to=key.refers,
        meaning_zh=key.zh,
        meaning_en=key.en,
        example=key.example,
        here=here,
    )


def key_of(field: FieldInfo) -> Key | None:
    """What is said of a key for people."""
    return next((one for one in field.metadata if isinstance(one, Key)), None)


def _default(field: FieldInfo) -> str | None:
    value = field.get_default(call_default_factory=True) if not field.is_required() else None
    if value is None or value in ("", ()) or isinstance(value, BaseModel):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and isinstance(value[0], BaseModel):
        return f"{len(value)} ×"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def _type_of(annotation: Any) -> tuple[str, tuple[str, ...]]:
    """A type in words, and the values of a closed set."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _type_of(next(a for a in inner if a is not NoneType))
    if origin is Literal:
        return "one of", tuple(map(str, inner))
    if origin is tuple:
        kind, allowed = _type_of(inner[0])
        return ("tables", ()) if kind == "table" else (f"list of {kind}", allowed)
    if origin is dict:
        return f"table: {_type_of(inner[0])[0]} = {_type_of(inner[1])[0]}", ()
    if origin is not None and hasattr(annotation, "__metadata__"):
        return _type_of(inner[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table", ()
    return _TYPES[annotation], ()


def _said(folder: Path, name: str) -> dict[str, list[str]]:
    """Key → the values that stand in the folder, in order."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob(name)):
        try:
            text = path.read_text(encoding="utf-8-sig")
            if path.suffix == ".toml":
                _collect(tomllib.loads(text, parse_float=Decimal), "", found)
            elif path.suffix == ".csv":
                for row in csv.DictReader(io.StringIO(text, newline="")):
                    for column, cell in row.items():
                        if column and isinstance(cell, str) and cell.strip():
                            found.setdefault(column.strip(), []).append(cell.strip())
        except (OSError, ValueError, csv.Error):
            continue
    return found


def _collect(value: Any, path: str, found: dict[str, list[str]]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect(inner, f"{path}.{key}" if path else key, found)
        if path and all(isinstance(inner, str | int | Decimal) for inner in value.values()):
            found.setdefault(path, []).extend(f"{key} = {inner}" for key, inner in value.items())
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        found.setdefault(path, []).append(f"{len(value)} ×")
        for inner in value:
            _collect(inner, f"{path}[]", found)
    elif isinstance(value, list):
        found.setdefault(path, []).append(", ".join(map(str, value)))
    else:
        found.setdefault(path, []).append(str(value).lower() if isinstance(value, bool) else str(value))
