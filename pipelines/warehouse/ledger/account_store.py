"""Accounts in SQL. A change and its entry in the audit log are one transaction; counting wrong passwords is no entry, barring is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from pipelines.model.accounts import Account

from ..db import audit_log
from ..db.database import Database
from ..db.locking import lock_for_appending
from ..db.recorded_rows import CONTENTS, contents_of
from ..db.schema import ACCOUNT

Change = Callable[[Account | None], Account]


class AccountStore:
    """One row a person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, username: str) -> Account | None:
        """The account of this name."""
        with self._database.read() as connection:
            return _get(connection, username)

    def all(self) -> list[Account]:
        """Accounts by role, unit and name."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(ACCOUNT).order_by(ACCOUNT.c.role, ACCOUNT.c.unit_code, ACCOUNT.c.username)
            )
            return [Account(**row._mapping) for row in rows]

    def change(
        self,
        username: str,
        change: Change,
        by: str,
        action: str | Callable[[], str],
        detail: Mapping[str, object],
        at: datetime,
    ) -> Account:
        """Stores what `change` makes of the account as it stands (None: there is none); it raises where that may not be. `action`,
        asked for after the change where it depends on it: '' writes no entry."""
        with self._database.write() as connection:
            lock_for_appending(connection, ACCOUNT.name)  # a change begins with what the one before it left
            before = _get(connection, username)
            after = change(before)
            values = asdict(after)
            if before is None:
                connection.execute(ACCOUNT.insert().values(**values))
            else:
                connection.execute(ACCOUNT.update().where(ACCOUNT.c.username == username).values(**values))
            done = action() if callable(action) else action
            if done:
                hashed = {CONTENTS: contents_of(connection, "account", [username])}
                audit_log.append(connection, at, by, done, username, {**detail, **hashed})
        return after

    def carry_over(self, accounts: Sequence[Account], at: datetime) -> None:
        """Puts the accounts of another warehouse into this one, with one entry for all."""
        if accounts:
            with self._database.write() as connection:
                connection.execute(ACCOUNT.insert(), [asdict(one) for one in accounts])
                hashed = {CONTENTS: contents_of(connection, "account")}
                audit_log.append(connection, at, "saima", "carry-over", "accounts", hashed)


def _get(connection: sa.Connection, username: str) -> Account | None:
    row = connection.execute(sa.select(ACCOUNT).where(ACCOUNT.c.username == username)).first()
    return Account(**row._mapping) if row else None
