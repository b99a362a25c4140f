"""Load rows: planned with a lease, committed or abandoned; whoever writes to the lake has one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from pipelines.errors import Transient

from ..db.column_types import instant_text
from ..db.locking import host
from ..db.schema import LOAD
from ..ledger.load_plan import Freezes


def load_name(ordinal: int) -> str:
    """Identity of the n-th load of a warehouse, counted from one."""
    return f"l{ordinal:06d}"


def plan_load(
    connection: sa.Connection,
    now: datetime,
    lease: timedelta,
    freezes: Freezes,
    receipts: Sequence[str],
    follow_up: bool = False,
) -> str:
    """Inserts a planned load with the next number and returns its id. Call under the loader's lock."""
    ordinal = (connection.scalar(sa.select(sa.func.max(LOAD.c.ordinal))) or 0) + 1
    load_id = load_name(ordinal)
    connection.execute(
        LOAD.insert().values(
            load_id=load_id,
            ordinal=ordinal,
            state="planned",
            host=host(),
            pid=os.getpid(),
            planned_at=now,
            lease_until=now + lease,
            freezes=[[f, p, at and instant_text(at)] for (f, p), at in sorted(freezes.items())],
            receipts=list(receipts),
            announce=follow_up,
        )
    )
    return load_id


def planned_freezes(load: sa.Row[tuple[object, ...]]) -> Freezes:
    """The freezes a load was planned with."""
    return {(form, period): text and datetime.fromisoformat(text) for form, period, text in load.freezes}


def commit_load(connection: sa.Connection, load_id: str, now: datetime) -> None:
    """Marks a planned load as committed; Transient where somebody else finished it or gave it up."""
    still_planned = (LOAD.c.load_id == load_id) & (LOAD.c.state == "planned")
    done = connection.execute(LOAD.update().where(still_planned).values(state="committed", committed_at=now))
    if done.rowcount != 1:
        raise Transient(f"批次 {load_id} 已由他人处理", f"load {load_id} was finished or given up by somebody else")
