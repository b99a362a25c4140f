"""Editions and their signatures: drafts, one signature a role and content, publication of exactly what was signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from pipelines.errors import Refused, Terminal, Transient
from pipelines.model.accounts import EDITION_STATES, role_word
from pipelines.model.loading import DraftEdition, Edition, Signature
from pipelines.model.units import name_key

from ..db import audit_log
from ..db.faults import fault_point
from ..db.locking import lock_for_appending
from ..db.row_values import from_row
from ..db.schema import COMMITTED_SNAPSHOT, EDITION, EDITION_UNIT, SIGN_OFF
from ..lake.lake_files import CommittedFiles, hash_new_files, record_files
from ..lake.snapshot_commit import read_committed_snapshots
from ..load.load_files import commit_load, plan_load
from ..load.loader import Loader
from .edition_rows import HISTORY, history_rows, ranked_units, unit_row


class Editions:
    """Editions of one warehouse. A draft's ranking also goes to the lake, and a tag keeps the rows it was made from."""

    def __init__(self, loader: Loader) -> None:
        self.database = loader.database
        self.lake = loader.lake
        self.loader = loader

    def next_id(self, period: str) -> str:
        """Identity the next draft of the period has to carry: `2022-06-e1`, `2022-06-e2` …"""
        with self.database.read() as connection:
            return _edition_id(period, _last_number(connection, period) + 1)

    def save_draft(self, draft: DraftEdition) -> Edition:
        """Saves a draft and supersedes drafts of the period that wait; the newest edition again where nothing changed and the draft
        does not reopen it. A number may be left out: editions that were published and that this ledger does not know have it."""
        with self.loader.writing("draft"):
            self.loader.settle(draft.created_at)
            newest = self.newest(draft.period, superseded=True)
            following = (newest.number if newest else 0) + 1
            number = int(draft.edition_id.rpartition("-e")[2])
            same = newest and (newest.inputs_hash, newest.content_hash) == (draft.inputs_hash, draft.content_hash)
            if newest and same and number <= following and newest.edition_id != draft.reopens:
                self._tag(newest.edition_id)
                return newest
            if number < following or draft.edition_id != _edition_id(draft.period, number):
                raise Transient(
                    f"版次号 {draft.edition_id} 已被占用，应为 {_edition_id(draft.period, following)}",
                    f"the edition id {draft.edition_id} is taken; it should be {_edition_id(draft.period, following)}",
                    "重新生成草稿 / make the draft again",
                )
            with self.database.read() as connection:
                committed_snapshots = read_committed_snapshots(connection)
            with self.database.write() as connection:
                load_id = plan_load(connection, draft.created_at, self.loader.lease, {}, ())
            snapshot = self.lake.replace(
                HISTORY, committed_snapshots, (), history_rows(draft, load_id), {"load_id": load_id}
            )
            before = dict(committed_snapshots)
            if snapshot is not None:
                committed_snapshots[HISTORY] = snapshot
            fault_point("draft.lake_committed")
            with self.database.read() as connection:
                files = hash_new_files(connection, self.lake, before, committed_snapshots)
            with self.database.write() as connection:
                commit_load(connection, load_id, draft.created_at)
                _insert(connection, draft, number, committed_snapshots, load_id, files)
            fault_point("draft.sql_committed")
            self._tag(draft.edition_id)
            return self.by_id(draft.edition_id)

    def newest(self, period: str, superseded: bool = False) -> Edition | None:
        """The newest draft or published edition of a period."""
        found = [e for e in self.all(period) if superseded or e.state != "superseded"]
        return found[-1] if found else None

    def all(self, period: str | None = None) -> list[Edition]:
        """Editions by period and number."""
        query = sa.select(EDITION).order_by(EDITION.c.period, EDITION.c.number)
        if period is not None:
            query = query.where(EDITION.c.period == period)
        with self.database.read() as connection:
            return [from_row(Edition, row) for row in connection.execute(query)]

    def by_id(self, edition_id: str) -> Edition:
        """One edition; Terminal where there is none of that name."""
        with self.database.read() as connection:
            return _existing(connection, edition_id)

    def publish(self, edition_id: str, content_hash: str, at: datetime, path: str, manifest_hash: str) -> Edition:
        """Marks a draft as published; refuses content that is not the recorded one. Published again with the same: as is. Under the
        loader's lock from its first look on: whoever cannot have it has published nothing."""
        with self.loader.writing("publish"):
            with self.database.write() as connection:
                edition = _existing(connection, edition_id)
                _same_content(edition, content_hash)
                if edition.state == "superseded":
                    raise Refused(
                        f"{edition_id} 已被新草稿取代", f"{edition_id} was superseded by a newer draft", "saima rank"
                    )
                if edition.state == "draft":
                    connection.execute(
                        EDITION.update()
                        .where(EDITION.c.edition_id == edition_id)
                        .values(state="published", published_at=at, published_path=path, manifest_hash=manifest_hash)
                    )
                    detail = {"content_hash": content_hash, "manifest_hash": manifest_hash, "path": path}
                    audit_log.append(connection, at, "saima", "publish", edition_id, detail)
            self._tag(edition_id)
        return self.by_id(edition_id)

    def sign(
        self,
        edition_id: str,
        role: str,
        name: str,
        content_hash: str,
        decision: Literal["approved", "refused"],
        at: datetime,
        demonstration: bool = False,
    ) -> Signature:
        """Records a signature. The same one again is returned as it is; another name or decision for the role is refused, and so is a
        second role of one person (a demonstration signs all and is printed as one)."""
        signature = Signature(edition_id, role, name, content_hash, decision, at, demonstration)
        with self.database.write() as connection:
            lock_for_appending(connection, SIGN_OFF.name)  # two who sign one role at once: the second is told who has
            edition = _existing(connection, edition_id)
            _same_content(edition, content_hash)
            given = [
                s for s in signatures_of(connection, edition_id) if s.role == role and s.content_hash == content_hash
            ]
            if given:
                word = "同意" if given[0].decision == "approved" else "退回"
                if replace(given[0], at=at, demonstration=demonstration) == signature:
                    return given[0]
                raise Refused(
                    f"{edition_id} 的「{role_word(role)}」已由 {given[0].name} 签署（{word}）",
                    f"{role} of {edition_id} was signed by {given[0].name} ({given[0].decision})",
                )
            if edition.state != "draft":
                raise Refused(
                    f"{edition_id} 不是待签草稿（{EDITION_STATES[edition.state]}）",
                    f"{edition_id} is not a waiting draft: {edition.state}",
                )
            if decision == "approved" and not demonstration:
                _refuse_second_role(connection, signature, edition.period)
            connection.execute(
                SIGN_OFF.insert().values(
                    edition_id=edition_id,
                    role=role,
                    content_hash=content_hash,
                    name=name,
                    decision=decision,
                    at=at,
                    demonstration=demonstration,
                )
            )
            detail = {"role": role, "decision": decision, "content_hash": content_hash, "demonstration": demonstration}
            audit_log.append(connection, at, name, "sign", edition_id, detail)
        return signature

    def signatures(self, edition_id: str) -> list[Signature]:
        """Signatures of an edition, by role."""
        with self.database.read() as connection:
            return signatures_of(connection, edition_id)

    def _tag(self, edition_id: str) -> None:
        """Tags what the draft was made from; repeated calls change nothing."""
        with self.database.read() as connection:
            committed_snapshots = connection.scalar(
                sa.select(EDITION.c.snapshots).where(EDITION.c.edition_id == edition_id)
            )
        self.lake.tag(edition_id, committed_snapshots or {})


def _edition_id(period: str, number: int) -> str:
    return f"{period}-e{number}"


def _last_number(connection: sa.Connection, period: str) -> int:
    return connection.scalar(sa.select(sa.func.max(EDITION.c.number)).where(EDITION.c.period == period)) or 0


def _insert(
    connection: sa.Connection,
    draft: DraftEdition,
    number: int,
    committed_snapshots: Mapping[str, int],
    load_id: str,
    files: CommittedFiles,
) -> None:
    waiting = (EDITION.c.period == draft.period) & (EDITION.c.state == "draft")
    connection.execute(EDITION.update().where(waiting).values(state="superseded"))
    connection.execute(
        EDITION.insert().values(
            edition_id=draft.edition_id,
            period=draft.period,
            number=number,
            inputs_hash=draft.inputs_hash,
            content_hash=draft.content_hash,
            method=draft.method,
            state="draft",
            document=dict(draft.document),
            path=draft.path,
            created_at=draft.created_at,
            published_at=None,
            published_path="",
            manifest_hash="",
            snapshots=dict(committed_snapshots),
        )
    )
    units = [{"edition_id": draft.edition_id, **unit_row(unit)} for unit in ranked_units(draft)]
    if units:
        connection.execute(EDITION_UNIT.insert(), units)
    connection.execute(COMMITTED_SNAPSHOT.delete().where(COMMITTED_SNAPSHOT.c.table_name == HISTORY))
    if HISTORY in committed_snapshots:
        connection.execute(
            COMMITTED_SNAPSHOT.insert().values(
                table_name=HISTORY, snapshot_id=committed_snapshots[HISTORY], load_id=load_id
            )
        )
    detail: dict[str, object] = {
        "inputs_hash": draft.inputs_hash,
        "content_hash": draft.content_hash,
        "method": draft.method,
        "units": len(units),
        **({"reopens": draft.reopens} if draft.reopens else {}),
        **({"manifest_hash": draft.manifest_hash} if draft.manifest_hash else {}),
        **record_files(connection, load_id, files),
    }
    audit_log.append(connection, draft.created_at, "saima", "draft", draft.edition_id, detail)


def _existing(connection: sa.Connection, edition_id: str) -> Edition:
    row = connection.execute(sa.select(EDITION).where(EDITION.c.edition_id == edition_id)).first()
    if row is None:
        raise Terminal(f"没有版次 {edition_id}", f"there is no edition {edition_id}")
    return from_row(Edition, row)


def _same_content(edition: Edition, content_hash: str) -> None:
    if edition.content_hash != content_hash:
        raise Refused(
            f"{edition.edition_id} 的内容与所签内容不同（{content_hash[:12]} ≠ {edition.content_hash[:12]}）",
            f"the content of {edition.edition_id} is not what is named: {content_hash[:12]} ≠ {edition.content_hash[:12]}",
            "重新查看后签署 / look at it again and sign that",
        )


def _refuse_second_role(connection: sa.Connection, given: Signature, period: str) -> None:
    """Two roles are two people."""
    key, edition = name_key(given.name), given.edition_id
    for s in signatures_of(connection, edition):
        approved = s.decision == "approved" and s.content_hash == given.content_hash
        if approved and s.role != given.role and name_key(s.name) == key:
            raise Refused(
                f"{given.name} 已以「{role_word(s.role)}」签发 {edition}，两个角色须由两人签发",
                f"{given.name} has signed {edition} as {s.role}: two roles are signed by two people",
                f"请另一人签发 / somebody else signs: saima sign-off {period} --role {given.role} --as NAME",
            )


def signatures_of(connection: sa.Connection, edition_id: str) -> list[Signature]:
    """Signatures of an edition, by role."""
    query = sa.select(SIGN_OFF).where(SIGN_OFF.c.edition_id == edition_id).order_by(SIGN_OFF.c.role, SIGN_OFF.c.at)
    return [from_row(Signature, r, demonstration=bool(r.demonstration)) for r in connection.execute(query)]
