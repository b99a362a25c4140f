"""What `saima programme check --json` prints."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from ..errors import ConfigError
from ..model.programme import Programme


class ConfigErrorDocument(BaseModel):
    """One error of a folder; `line` from 1, null where the whole file is meant; `value` as it stands there."""

    model_config = ConfigDict(frozen=True)

    file: str
    line: int | None
    value: str | None
    allowed: tuple[str, ...]
    message_zh: str
    message_en: str


class ProgrammeCheckDocument(BaseModel):
    """The result for a folder: its errors, or what it holds."""

    model_config = ConfigDict(frozen=True)

    ok: bool
    folder: str
    errors: tuple[ConfigErrorDocument, ...]
    programme: str | None = None
    version: str | None = None
    time_zone: str | None = None
    units: int | None = None
    forms: tuple[str, ...] = ()
    first_period: str | None = None
    last_period: str | None = None


def check_document(folder: str, programme: Programme | None, errors: Sequence[ConfigError]) -> ProgrammeCheckDocument:
    """The document of a folder that loaded, or of the errors that kept it from loading."""
    found = tuple(
        ConfigErrorDocument(
            file=error.file,
            line=error.line,
            value=error.value,
            allowed=error.allowed,
            message_zh=error.said_zh,
            message_en=error.said_en,
        )
        for error in errors
    )
    if programme is None:
        return ProgrammeCheckDocument(ok=False, folder=folder, errors=found)
    periods = programme.calendar.periods(programme.lead_form)
    return ProgrammeCheckDocument(
        ok=not found,
        folder=str(programme.path),
        errors=found,
        programme=programme.name,
        version=programme.version,
        time_zone=programme.time_zone,
        units=len(programme.roster.units),
        forms=tuple(programme.forms),
        first_period=str(periods[0]),
        last_period=str(periods[-1]),
    )
