"""The files of the programme as they were when figures were made with them, in the audit log: targets, rosters, calendars and code lists
decide figures as much as the returns do, and lie in files that anybody with the disk can edit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ...model.loading import Check
from ...programme.folder_files import file_digests
from ..runtime.context import Context

NOTED = "programme"
"""Action of the entry: subject the programme's version, detail `{files: {name: digest}, changed: [name]}`."""


def note_programme(context: Context, now: datetime) -> None:
    """An entry where the files are not those of the last one; none, and one look at the log, where they are."""
    files = file_digests(context.programme.path)
    before = _noted(context)
    if before != files:
        detail = {"files": files, "changed": changed_files(before, files) if before else []}
        context.warehouse.audit("saima", NOTED, context.programme.version, detail, now)


def check_programme(context: Context) -> Check:
    """The files of the programme are those that figures were made with last. A change that was meant is taken up by the next load, closing
    or draft, whose entry in the log names the files and the moment."""
    before = _noted(context)
    files = file_digests(context.programme.path)
    bad = changed_files(before, files) if before else []
    remedy = "；如为有意修改，saima process 记录 / if it was meant, saima process takes it up" if bad else ""
    return Check("programme-files", len(before), len(bad), ", ".join(bad[:10]) + remedy)


def changed_files(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of files that are new, gone or other."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _noted(context: Context) -> dict[str, str]:
    entries = context.warehouse.audit_entries(limit=1, action=NOTED)
    found = entries[0].detail["files"] if entries else {}
    return dict(found) if isinstance(found, Mapping) else {}
