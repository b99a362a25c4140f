"""Seconds, files and rows of each stage of the pipeline as it ran last, one small file a stage below the home: what `/metrics` shows.
A table would need a transaction and a right of every account that runs a stage; a file needs the folder that all of them write anyway."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from ...publish.atomic_file import write_whole
from ...settings import Settings

PIPELINE = ("collect", "read", "validate", "stage", "load", "feedback", "close", "draft", "publish", "site")
"""Stages that are kept, in their order."""
FOLDER = "stage_figures"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StageFigures:
    """What a stage took and went through; None where it has no files or no rows."""

    seconds: float
    files: int | None = None
    rows: int | None = None


_FILE = TypeAdapter(StageFigures)


class LastRun(NamedTuple):
    """The figures of a stage and when it ended."""

    figures: StageFigures
    ended_at: datetime


def keep_stage_figures(settings: Settings, stage: str, figures: StageFigures) -> None:
    """In place of those of the run before. A disk that refuses is logged: no stage fails for its figures."""
    if stage not in PIPELINE:
        return
    try:
        write_whole(_file(settings, stage), _FILE.dump_json(figures))
    except OSError:
        logger.warning("the figures of stage %s could not be kept", stage, exc_info=True)


def last_stage_figures(settings: Settings) -> dict[str, LastRun]:
    """Stage → its last run; a stage that never ran, or whose file is damaged, is absent. Reads as many files as there are stages."""
    found = {}
    for stage in PIPELINE:
        file = _file(settings, stage)
        try:
            figures = _FILE.validate_json(file.read_bytes())
            found[stage] = LastRun(figures, datetime.fromtimestamp(file.stat().st_mtime, UTC))
        except (OSError, ValidationError):
            continue
    return found


def _file(settings: Settings, stage: str) -> Path:
    return settings.home / FOLDER / f"{stage}.json"
