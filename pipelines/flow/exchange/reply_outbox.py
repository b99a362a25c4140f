"""Answers go back to `out/` of the place a file came from: an SFTP account, an endpoint, a bucket, a folder elsewhere.

`hand_back` writes every answer into the home's own `out/` and, for a source that lies elsewhere, a copy into
`undelivered/<source>/` first; a copy is removed when the place has taken it. A place that is down therefore costs nothing but
time: what it missed is sent at the next visit. An empty copy says that the answer there is void and must go."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...collect.open_source import open_source_client
from ...collect.source_client import SourceClient
from ...errors import SaimaError, Terminal
from ...model.programme import Source
from ...publish.atomic_file import write_whole
from ...settings import connections
from ..runtime.context import Context

logger = logging.getLogger(__name__)


def lies_elsewhere(context: Context, source: Source) -> bool:
    """Whether answers to files of this source have to be carried out of the home; those to its inbox lie in its `out/`."""
    if source.kind != "folder":
        return True
    return (context.settings.home / Path(source.location).expanduser()).resolve() != context.settings.inbox.resolve()


def spool(context: Context, source: str) -> Path:
    """Where answers wait for a source."""
    return context.settings.home / "undelivered" / source


def wait_for(folder: Path, name: str, content: bytes) -> None:
    """Put an answer into the spool of a source; whole or not at all. `name`: relative path, `content` empty: remove it there. Under the
    lock of those who write answers."""
    write_whole(folder / name, content, alone=True)


def deliver_replies(context: Context, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Visit every source that answers wait for; what could not be delivered now, one text a source or file."""
    failures: list[str] = []
    for source in context.programme.sources:
        if not any(_waiting(spool(context, source.name))):
            continue
        try:
            with open_source_client(source, context.settings.home, environment or connections()) as place:
                failures += deliver(context, source, place)
        except SaimaError as error:
            failures.append(f"{source.name}: {error}")
    for failure in failures:
        logger.warning("answers wait: %s", failure)
    return tuple(failures)


def deliver(context: Context, source: Source, place: SourceClient) -> list[str]:
    """Hand an open place all that waits for it. A place that fails ends the visit; a single name it cannot take does not."""
    folder = spool(context, source.name)
    failures: list[str] = []
    for file in _waiting(folder):
        name = file.relative_to(folder).as_posix()
        try:
            content, written = file.read_bytes(), file.stat().st_ino
        except FileNotFoundError:
            continue  # another process has just delivered it
        try:
            if content:
                place.put(name, content)
            else:
                place.remove(name)
        except Terminal as error:
            failures.append(f"{source.name}: {name}: {error}")
            continue
        except SaimaError as error:
            failures.append(f"{source.name}: {error}")
            break
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_ino == written:  # else a newer answer has taken its place and still has to go
                file.unlink()
    with contextlib.suppress(OSError):
        _prune(folder)
    return failures


def _waiting(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(".partial"))


def _prune(folder: Path) -> None:
    """Empty folders of delivered answers go."""
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        with contextlib.suppress(OSError):
            path.rmdir()
