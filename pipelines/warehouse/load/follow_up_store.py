"""What is due after loads and rulings, as flow sees it: answers, notifications, verdicts to look at, files to try again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from pipelines.model.history import HistoryPolicy
from pipelines.model.loading import LedgerReceipt, LoadNotifications, StaleVerdict, SubmissionRow
from pipelines.model.publication import WaitingDraft

from ..db.database import Database
from ..db.faults import fault_point
from ..db.in_lists import chunks
from ..db.locking import lock_for_appending
from ..db.schema import (
    EDITION,
    FEEDBACK_DUE,
    MONTH_CLOSE,
    NOTIFICATION_DUE,
    PERIOD_INPUTS,
    RECEIPT,
    RELEASE_RUN,
    SIGN_OFF,
)
from ..ledger import follow_ups, ledger, stale_verdicts, versions
from ..ledger.replaced_versions import order_of
from ..staging.stage_reader import Key
from .load_events import DueLoad, loads_to_notify, put_load_notifications
from .written_answers import WrittenAnswer, log_answers


class FollowUpStore:
    """Reads what is due and strikes off what is done; nothing here grows with the age of the home."""

    def __init__(self, database: Database, policy: HistoryPolicy) -> None:
        self._database = database
        self._policy = policy

    # answers

    def ask_for_feedback(self, receipt_ids: Iterable[str]) -> None:
        """Answers to these receipts are to be written again."""
        with self._database.write() as connection:
            follow_ups.ask_for_feedback(connection, receipt_ids)

    def feedback_due(self, among: Iterable[str] | None = None) -> dict[str, str]:
        """Receipts to answer → mark: all, or those of `among`."""
        with self._database.read() as connection:
            return follow_ups.feedback_due(connection, among)

    def feedback_written(self, done: Mapping[str, str], written: Mapping[str, WrittenAnswer]) -> None:
        """Strikes off answers that are written, as `feedback_due` gave them; what lies in `out/` now is in the audit log."""
        if done:
            with self._database.write() as connection:
                follow_ups.strike_off_feedback(connection, done)
                log_answers(connection, written)
            fault_point("follow_up.feedback_struck_off")

    def newest_of_names(self, receipt_ids: Iterable[str]) -> list[LedgerReceipt]:
        """Those of the receipts that are the newest under their source and name."""
        with self._database.read() as connection:
            asked = ledger.receipts(connection, ids=list(receipt_ids))
            last: dict[tuple[str, str], str] = {}
            by_source: dict[str, set[str]] = {}
            for known in asked:
                by_source.setdefault(known.receipt.source, set()).add(known.receipt.name)
            for source, names in by_source.items():
                for part in chunks(names):
                    found = connection.execute(ledger.last_of_names(source, part))
                    last |= {(source, row.name): row.receipt_id for row in found}
        newest = set(last.values())
        return [known for known in asked if known.receipt.receipt_id in newest]

    def versions_of_receipts(self, receipt_ids: Iterable[str]) -> list[SubmissionRow]:
        """Versions that came with these receipts."""
        with self._database.read() as connection:
            return versions.submissions_of_receipts(connection, set(receipt_ids))

    def versions_of_bytes(self, digests: Iterable[str]) -> list[SubmissionRow]:
        """Versions whose files hold the same bytes, in order of arrival."""
        with self._database.read() as connection:
            return versions.submissions_of_bytes(connection, set(digests))

    def versions_of_units(self, unit_codes: Sequence[str], first: str) -> list[SubmissionRow]:
        """Versions of units from the period `first` on, what arrived last first; `latest` as it stands."""
        with self._database.read() as connection:
            rows = versions.submissions_of_units(connection, None, None, list(unit_codes), first)
        rows.sort(key=order_of)
        newest = {(row.period, row.form, row.unit_code): row.submission_id for row in rows}
        marked = [
            replace(row, latest=newest[(row.period, row.form, row.unit_code)] == row.submission_id) for row in rows
        ]
        return marked[::-1]

    def receipts_below(self, source: str, folder: str) -> list[LedgerReceipt]:
        """Receipts of a source whose names begin with `folder`, in order of arrival."""
        with self._database.read() as connection:
            return ledger.receipts_below(connection, source, folder)

    def unassigned_seen(self, since: datetime, until: datetime) -> int:
        """How many files that could not be read or assigned were first seen in (since, until]."""
        query = sa.select(sa.func.count()).where(
            RECEIPT.c.state.in_(("unreadable", "unassigned")),
            RECEIPT.c.seen_at > since,
            RECEIPT.c.seen_at <= until,
            RECEIPT.c.arrived_at <= until,
        )
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def sources(self, since: datetime, named: Collection[str]) -> dict[str, tuple[int, datetime | None]]:
        """Source → (files that arrived since, when the last one arrived): those that any came from since, and those of `named` that any
        ever came from."""
        with self._database.read() as connection:
            return ledger.sources(connection, since, named)

    def versions_beside(self, given: Sequence[SubmissionRow]) -> list[SubmissionRow]:
        """The given versions and all others of their units, months and forms: hardly ever any, which is why only those are read."""
        units: dict[tuple[str, str], set[str]] = {}
        for row in given:
            units.setdefault((row.period, row.form), set()).add(row.unit_code)
        known = {row.submission_id: row for row in given}
        with self._database.read() as connection:
            every = {
                i
                for (period, form), codes in units.items()
                for i in versions.ids_of_units(connection, period, form, sorted(codes))
            }
            return [*known.values(), *versions.submissions_of_ids(connection, sorted(every - known.keys()))]

    def version(self, submission_id: str) -> SubmissionRow | None:
        """One version; `latest` is not decided."""
        with self._database.read() as connection:
            return versions.submission(connection, submission_id)

    # notifications

    def loads_to_notify(self) -> list[DueLoad]:
        """Loads whose contacts are to be notified, oldest first."""
        with self._database.read() as connection:
            return loads_to_notify(connection)

    def any_to_notify(self) -> bool:
        """Whether there is such a load."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(NOTIFICATION_DUE.c.submission_id).limit(1)) is not None

    def notified(self, due: DueLoad, notifications: LoadNotifications) -> int:
        """Puts what is said about a load into the outbox and strikes the load off, in one transaction."""
        with self._database.write() as connection:
            fresh = put_load_notifications(connection, due, notifications)
        fault_point("follow_up.notified")
        return fresh

    # verdicts

    def revalidation_due(self) -> dict[Key, str]:
        """(unit, period, form) where something changed → mark."""
        with self._database.read() as connection:
            return follow_ups.revalidation_due(connection)

    def stale_after(self, changed: Iterable[Key], rules_version: str, programme_version: str) -> list[StaleVerdict]:
        """Verdicts that the changes made stale; reads the months of their units alone."""
        with self._database.read() as connection:
            only = follow_ups.dependent_keys(connection, changed, self._policy.concordance)
            return stale_verdicts.stale(connection, rules_version, programme_version, self._policy, only=only)

    def revalidated(self, done: Mapping[Key, str]) -> None:
        """Strikes off what was looked at."""
        if done:
            with self._database.write() as connection:
                follow_ups.strike_off_revalidation(connection, done)

    # files to try again

    def begin_attempt(self, receipt_ids: Iterable[str]) -> dict[str, int]:
        """Counts one more attempt to read and validate these receipts; receipt → attempts. A load that holds them sets it to 0."""
        found: dict[str, int] = {}
        with self._database.write() as connection:
            for ids in chunks(receipt_ids):
                which = RECEIPT.c.receipt_id.in_(ids)
                connection.execute(RECEIPT.update().where(which).values(attempts=RECEIPT.c.attempts + 1))
                query = sa.select(RECEIPT.c.receipt_id, RECEIPT.c.attempts)
                found |= {r.receipt_id: int(r.attempts) for r in connection.execute(query.where(which))}
        return found

    def attempts(self) -> dict[str, int]:
        """Pending receipt → attempts that ended without a load."""
        query = sa.select(RECEIPT.c.receipt_id, RECEIPT.c.attempts).where(RECEIPT.c.state == "received")
        with self._database.read() as connection:
            return {r.receipt_id: int(r.attempts) for r in connection.execute(query)}

    # months

    def periods_to_close(self) -> list[str]:
        """Periods whose inputs are not those of any closing, oldest first; one row a month is read."""
        closed = sa.and_(
            MONTH_CLOSE.c.period == PERIOD_INPUTS.c.period, MONTH_CLOSE.c.inputs_hash == PERIOD_INPUTS.c.inputs_hash
        )
        query = sa.select(PERIOD_INPUTS.c.period).where(~sa.exists().where(closed)).order_by(PERIOD_INPUTS.c.period)
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def closed_without_edition(self, but_for: str, before: datetime) -> list[str]:
        """Periods whose newest closing, not after `before`, has no draft or edition; closings of the reason `but_for` are none."""
        newest = sa.select(MONTH_CLOSE.c.period, sa.func.max(MONTH_CLOSE.c.ordinal).label("ordinal"))
        last = newest.group_by(MONTH_CLOSE.c.period).subquery()
        drawn_up = sa.and_(EDITION.c.period == MONTH_CLOSE.c.period, EDITION.c.inputs_hash == MONTH_CLOSE.c.inputs_hash)
        query = (
            sa.select(MONTH_CLOSE.c.period)
            .join(last, (last.c.period == MONTH_CLOSE.c.period) & (last.c.ordinal == MONTH_CLOSE.c.ordinal))
            .where(MONTH_CLOSE.c.reason != but_for, MONTH_CLOSE.c.closed_at <= before, ~sa.exists().where(drawn_up))
            .order_by(MONTH_CLOSE.c.period)
        )
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def waiting_drafts(self) -> list[WaitingDraft]:
        """The drafts that nobody superseded, published or returned, oldest month first."""
        same = (SIGN_OFF.c.edition_id == EDITION.c.edition_id) & (SIGN_OFF.c.content_hash == EDITION.c.content_hash)
        begun = (RELEASE_RUN.c.edition_id == EDITION.c.edition_id) & (
            RELEASE_RUN.c.content_hash == EDITION.c.content_hash
        )
        columns = (
            EDITION.c.edition_id,
            EDITION.c.period,
            EDITION.c.number,
            EDITION.c.content_hash,
            EDITION.c.created_at,
        )
        query = (
            sa.select(*columns, EDITION.c.document, RELEASE_RUN.c.run_id, RELEASE_RUN.c.begun_at)
            .outerjoin(RELEASE_RUN, begun)
            .where(EDITION.c.state == "draft", ~sa.exists().where(same, SIGN_OFF.c.decision == "refused"))
        )
        with self._database.read() as connection:
            return [
                WaitingDraft(
                    r.edition_id,
                    r.period,
                    r.content_hash,
                    r.created_at,
                    bool(r.document.get("blocking")),
                    r.run_id,
                    r.begun_at,
                )
                for r in sorted(connection.execute(query), key=lambda r: (r.period, r.number))
            ]

    def release_run(self, edition_id: str, content_hash: str) -> str | None:
        """The run that asks for the signatures of this content."""
        table = RELEASE_RUN.c
        query = sa.select(table.run_id).where(table.edition_id == edition_id, table.content_hash == content_hash)
        with self._database.read() as connection:
            return connection.scalar(query)

    def release_runs(self) -> list[tuple[str, str, str, datetime]]:
        """(edition, content hash, run, since when) of every content whose signatures a run asked for."""
        columns = (RELEASE_RUN.c.edition_id, RELEASE_RUN.c.content_hash, RELEASE_RUN.c.run_id, RELEASE_RUN.c.begun_at)
        with self._database.read() as connection:
            return [tuple(row) for row in connection.execute(sa.select(*columns).order_by(*columns[:2]))]

    def begin_release(self, edition_id: str, content_hash: str, run_id: str, now: datetime) -> None:
        """This run asks for the signatures of this content from now on."""
        which = (RELEASE_RUN.c.edition_id == edition_id) & (RELEASE_RUN.c.content_hash == content_hash)
        with self._database.write() as connection:
            lock_for_appending(connection, RELEASE_RUN.name)  # two runs that begin at once
            connection.execute(RELEASE_RUN.delete().where(which))
            connection.execute(
                RELEASE_RUN.insert().values(
                    edition_id=edition_id, content_hash=content_hash, run_id=run_id, begun_at=now
                )
            )

    def open_items(self) -> dict[str, int]:
        """How much is due, by kind: what a killed process left for the next."""
        with self._database.read() as connection:
            counted = {
                t.name: connection.scalar(sa.select(sa.func.count()).select_from(t))
                for t in (FEEDBACK_DUE, NOTIFICATION_DUE)
            }
        return {name: count or 0 for name, count in counted.items()}
