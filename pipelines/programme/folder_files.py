"""Which files a programme folder holds, and the version that those of them have that decide verdicts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..errors import ConfigError
from .alerting import CHANNELS
from .contacts import CONTACTS
from .corrections import FILE as CORRECTIONS
from .dispatch_policy_file import FILE as DISPATCH_POLICY
from .error_list import ErrorList
from .folder import MAIN_FILE
from .imprint_file import FILE as IMPRINT
from .message_files import MESSAGES, check_message
from .source_files import FILE as SOURCES
from .succession import FILE as CONCORDANCE
from .value_errors import close_to
from .workdays import FILE as WORKDAYS

REQUIRED = (MAIN_FILE, "units.csv", "calendar.csv", "method.toml", SOURCES)
NAMES = "unit_names.csv"
ENGLISH = "units_en.csv"
TILES = "unit_tiles.csv"
OPTIONAL = (
    "unit_members.csv",
    NAMES,
    ENGLISH,
    TILES,
    "seasonal.csv",
    "targets.csv",
    "lists.csv",
    CONTACTS,
    CHANNELS,
    WORKDAYS,
    CORRECTIONS,
    CONCORDANCE,
    DISPATCH_POLICY,
    IMPRINT,
    "README.md",
)
FORMS = "forms"
UNVERSIONED = (CONTACTS, ENGLISH, TILES, CHANNELS, WORKDAYS, DISPATCH_POLICY, IMPRINT, "README.md")
"""Who is told, and what the dispatch loop makes of a return, decides no verdict: a new mailbox must not make every verdict stale
(DESIGN §4)."""


def folder_files(path: Path, errors: ErrorList) -> list[Path]:
    """All files of the folder, sorted; a missing or unknown one is an error (a misspelt one would be ignored)."""
    files = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file.relative_to(path)))
    allowed = (*REQUIRED, *OPTIONAL, f"{FORMS}/*.toml", f"{MESSAGES}/*.j2")
    names = {file.relative_to(path).as_posix() for file in files}
    lost = [name for name in (*REQUIRED, *OPTIONAL) if name not in names]
    for file in files:
        relative = file.relative_to(path)
        form = relative.parent == Path(FORMS) and file.suffix == ".toml"
        if relative.parent == Path(MESSAGES):
            with errors.kept():
                check_message(file)
        elif not form and relative.as_posix() not in (*REQUIRED, *OPTIONAL):
            near = close_to(relative.as_posix(), lost)
            errors.add(
                ConfigError(
                    file,
                    None,
                    f"方案中未知的文件{near[0]}",
                    f"unknown file in the programme{near[1]}",
                    allowed,
                    relative.as_posix(),
                )
            )
    for link in sorted(path.rglob("*")):
        if link.is_symlink() and not link.exists() and not _hidden(link.relative_to(path)):
            zh, en = "链接所指的文件不在", "the file that this link points to is gone"
            errors.add(
                ConfigError(link, None, zh, en)
            )  # an optional file would be passed over, and its targets or curve with it
    for name in (*REQUIRED, FORMS):
        if not ((path / name).is_dir() if name == FORMS else (path / name).is_file()):
            zh, en = "方案缺少此文件", "the programme lacks this file"
            errors.add(ConfigError(path / name, None, zh, en, (*REQUIRED, f"{FORMS}/")))
    if any(not (path / name).is_file() for name in REQUIRED):
        errors.raise_any()
    return files


def file_digests(folder: Path) -> dict[str, str]:
    """Name below the folder → SHA-256 (its first 24 digits) of every file that is not hidden."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not _hidden(file.relative_to(folder)))
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:24] for file in files}


def _hidden(relative: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in relative.parts)


def version_of(path: Path, files: list[Path]) -> str:
    """SHA-256 over the relative names and bytes of the files that decide a verdict; lengths keep names and contents apart."""
    digest = hashlib.sha256()
    for file in files:
        relative = file.relative_to(path)
        if relative.as_posix() in UNVERSIONED or relative.parent == Path(MESSAGES):
            continue
        content = file.read_bytes()
        digest.update(f"{relative.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
