"""An older schema has no place for the hashes of lake files. That they are gone is written into the audit log, which would else be at odds
with the register for ever after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from . import audit_log
from .schema import AUDIT_LOG, LAKE_FILE

LOST = "lake_files_lost"
"""Key of such an entry: from here on the files that lie there are unproved again."""


@contextmanager
def lost_hashes_logged(connection: sa.Connection, revision: str) -> Iterator[None]:
    """Around a migration to `revision`: an entry where files were registered and the register is gone afterwards."""
    hashed = _has_table(connection, LAKE_FILE) and connection.scalar(sa.select(LAKE_FILE.c.file_path).limit(1))
    yield
    if not hashed or _has_table(connection, LAKE_FILE) or not _has_table(connection, AUDIT_LOG):
        return
    last = audit_log.entries(connection, limit=1)
    if last:  # a room has no clock: the entry stands right after what was written last
        audit_log.append(connection, last[0].at, "saima", "db-downgrade", revision, {LOST: True})


def _has_table(connection: sa.Connection, table: sa.Table) -> bool:
    return bool(sa.inspect(connection).has_table(table.name))
