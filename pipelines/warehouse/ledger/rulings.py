"""Returns, waivers and explanations in SQL: who decided what about a file or a cell, when, and in which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pipelines.errors import Refused
from pipelines.model.notifications import Notification
from pipelines.model.rulings import CLOSING, PUBLICATION, Explanation, Return, RuledCell, Waiver
from pipelines.model.units import name_key

from ..db import audit_log
from ..db.column_types import storable_text
from ..db.database import Database
from ..db.in_lists import chunks
from ..db.locking import lock_for_appending
from ..db.recorded_rows import CONTENTS, contents_of
from ..db.schema import AUDIT_LOG, EXPLANATION, SUBMISSION, SUBMISSION_RETURN, WAIVER
from ..notifications import outbox
from . import follow_ups

SENT_BACK = ":returned"
"""Ending of the token of an explanation that the bureau returned: the same words answer nothing any more."""
_CELL = ("unit_code", "form", "rule", "row_key", "field", "value")


class Rulings:
    """Each write is one transaction with its entry in the audit chain."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_return(self, one: Return, notices: Sequence[Notification] = ()) -> None:
        """Records that a version was sent back and tells those concerned; Refused where it was already."""
        with self._database.write() as connection:
            lock_for_appending(connection, SUBMISSION_RETURN.name)  # two who send it back at once
            known = SUBMISSION_RETURN.c.submission_id == one.submission_id
            if connection.scalar(sa.select(SUBMISSION_RETURN.c.returned_by).where(known)) is not None:
                raise Refused(
                    f"{one.submission_id} 已退回或撤回过", f"{one.submission_id} was returned before or withdrawn"
                )
            connection.execute(SUBMISSION_RETURN.insert().values(**_stored(asdict(one))))
            outbox.put(connection, notices)
            follow_ups.ask_for_revalidation_of(connection, [one.submission_id])
            detail: dict[str, object] = {"reason": one.reason, "deadline": one.deadline and one.deadline.isoformat()}
            detail[CONTENTS] = contents_of(connection, "return", [one.submission_id])
            action = "withdraw" if one.withdrawn else "return"
            audit_log.append(connection, one.returned_at, one.returned_by, action, one.submission_id, detail)

    def returns(self, as_of: datetime | None = None, period: str | None = None) -> dict[str, Return]:
        """submission → its return, those logged by `as_of`, of the versions of a period where one is named."""
        query = sa.select(SUBMISSION_RETURN)
        if period is not None:
            query = query.join(SUBMISSION, SUBMISSION.c.submission_id == SUBMISSION_RETURN.c.submission_id)
            query = query.where(SUBMISSION.c.period == period)
        if as_of is not None:
            query = query.where(SUBMISSION_RETURN.c.returned_at <= as_of)
        with self._database.read() as connection:
            return {r.submission_id: Return(**r._mapping) for r in connection.execute(query)}

    def returns_of(self, submission_ids: Iterable[str]) -> dict[str, Return]:
        """The same of these versions."""
        found: dict[str, Return] = {}
        with self._database.read() as connection:
            for ids in chunks(submission_ids):
                query = sa.select(SUBMISSION_RETURN).where(SUBMISSION_RETURN.c.submission_id.in_(ids))
                found |= {r.submission_id: Return(**r._mapping) for r in connection.execute(query)}
        return found

    def put_waiver(self, one: Waiver) -> Waiver:
        """Records a proposed waiver, or the second signature under one proposed before; Refused for the same name twice."""
        with self._database.write() as connection:
            lock_for_appending(connection, WAIVER.name)  # two who propose or sign it at once
            row = connection.execute(sa.select(WAIVER).where(WAIVER.c.waiver_id == one.waiver_id)).first()
            known = _waiver(row) if row else None
            if known is None:
                connection.execute(WAIVER.insert().values(waiver_id=one.waiver_id, **_columns(one)))
                detail = {**_about(one), CONTENTS: contents_of(connection, "waiver", [one.waiver_id])}
                audit_log.append(connection, one.first_at, one.first_by, "waiver-propose", one.waiver_id, detail)
                return one
            if known.granted:
                raise Refused(f"{one.waiver_id} 已经两人签字", f"{one.waiver_id} has both signatures")
            if name_key(known.first_by) == name_key(one.first_by):
                raise Refused(
                    f"豁免须由两人签字，{known.first_by} 已签",
                    f"two people have to sign, {known.first_by} has signed already",
                    "请另一人用同一命令签字 / let somebody else run the same command",
                )
            granted = replace(known, second_by=one.first_by, second_at=one.first_at)
            change = WAIVER.update().where(WAIVER.c.waiver_id == one.waiver_id)
            connection.execute(change.values(second_by=one.first_by, second_at=one.first_at))
            _ask_for_revalidation(connection, [granted])
            detail = {**_about(granted), CONTENTS: contents_of(connection, "waiver", [one.waiver_id])}
            audit_log.append(connection, one.first_at, one.first_by, "waiver-grant", one.waiver_id, detail)
            return granted

    def waivers(self, period: str | None = None) -> list[Waiver]:
        """Waivers, of those that hold for a period where one is named, oldest first."""
        query = sa.select(WAIVER).order_by(WAIVER.c.first_at, WAIVER.c.waiver_id)
        if period is not None:
            query = query.where(WAIVER.c.period <= period, WAIVER.c.until >= period)
        with self._database.read() as connection:
            return [_waiver(row) for row in connection.execute(query)]

    def put_explanations(self, given: Sequence[Explanation]) -> list[Explanation]:
        """Records explanations that are not there yet and returns them; those decided on stay as they are."""
        with self._database.write() as connection:
            return insert_explanations(connection, given)

    def decide(
        self,
        explanation_ids: Iterable[str],
        state: Literal["accepted", "returned"],
        name: str,
        at: datetime,
        remark: str = "",
        until: str | None = None,
        undecided: bool = False,
    ) -> list[Explanation]:
        """Accepts (采纳) or returns (退回) explanations; `until` lets an accepted one hold for later periods. Refused where
        one is unknown, or with `undecided` where somebody has decided on one already."""
        wanted = sorted(set(explanation_ids))
        with self._database.write() as connection:
            lock_for_appending(connection, AUDIT_LOG.name)  # two who decide the same at once
            found = _explanations(connection, wanted)
            if missing := [i for i in wanted if i not in found]:
                raise Refused(f"没有这些说明：{', '.join(missing)}", f"no such explanations: {', '.join(missing)}")
            decided_before = [e for e in found.values() if e.state != "given"] if undecided else []
            if decided_before:
                one = decided_before[0]
                word = "采纳" if one.state == "accepted" else "退回"
                raise Refused(
                    f"{len(decided_before)} 条说明已有决定（{one.decided_by} 已{word}），本次未作改动",
                    f"{len(decided_before)} of the explanations are decided already ({one.state} by {one.decided_by}): nothing was changed",
                    "刷新页面后再核定 / load the page again",
                )
            change: dict[str, Any] = {"state": state, "decided_by": name, "decided_at": at, "remark": remark}
            change |= {} if until is None else {"until": until}
            for ids in chunks(wanted):
                connection.execute(EXPLANATION.update().where(EXPLANATION.c.explanation_id.in_(ids)).values(**change))
            detail: dict[str, object] = {"state": state, "remark": remark, "until": until, "explanations": wanted}
            detail[CONTENTS] = contents_of(connection, "explanation", wanted)
            audit_log.append(connection, at, name, f"explanation-{state}", ",".join(wanted)[:200], detail)
            decided = list(_explanations(connection, wanted).values())
            _ask_for_revalidation(connection, decided)
            return decided

    def explanations(self, period: str | None = None, submissions: Collection[str] | None = None) -> list[Explanation]:
        """Explanations by unit, form and rule; of those that hold for a period, or were given to these versions, where named."""
        query = sa.select(EXPLANATION)
        if submissions is not None:
            query = query.where(EXPLANATION.c.submission_id.in_(submissions))
        if period is not None:
            query = query.where(EXPLANATION.c.period <= period, EXPLANATION.c.until >= period)
        with self._database.read() as connection:
            rows = [_explanation(row) for row in connection.execute(query)]
        return sorted(
            rows, key=lambda e: (e.period, e.cell.unit_code, e.cell.form, e.cell.rule, e.cell.row_key, e.text)
        )

    def of_tokens(self, held: Iterable[str]) -> tuple[list[Waiver], list[Explanation]]:
        """The rulings that a history names; an explanation comes in the state its token names."""
        wanted = sorted(set(held))
        with self._database.read() as connection:
            waivers: list[Waiver] = []
            for ids in chunks(i for i in wanted if i.startswith("w")):
                query = sa.select(WAIVER).where(WAIVER.c.waiver_id.in_(ids))
                waivers.extend(_waiver(row) for row in connection.execute(query))
            plain = {token.removesuffix(SENT_BACK): token.endswith(SENT_BACK) for token in wanted if token[:1] == "e"}
            known = _explanations(connection, sorted(plain))
        explained = [replace(e, state="returned" if plain[i] else "accepted") for i, e in known.items()]
        return waivers, explained

    def carry_over(self, one: Waiver | Explanation | Return) -> None:
        """Puts a row as it is into a rebuilt warehouse, in place of an earlier state of it, and its hash into the audit log."""
        with self._database.write() as connection:
            if isinstance(one, Return):
                connection.execute(SUBMISSION_RETURN.insert().values(**_stored(asdict(one))))
                follow_ups.ask_for_revalidation_of(connection, [one.submission_id])
                kind, key, at = "return", one.submission_id, one.returned_at
            elif isinstance(one, Waiver):
                _ask_for_revalidation(connection, [one])
                connection.execute(WAIVER.delete().where(WAIVER.c.waiver_id == one.waiver_id))
                connection.execute(WAIVER.insert().values(waiver_id=one.waiver_id, **_columns(one)))
                kind, key, at = "waiver", one.waiver_id, one.second_at or one.first_at
            else:
                _ask_for_revalidation(connection, [one])
                same = EXPLANATION.c.explanation_id == one.explanation_id
                connection.execute(EXPLANATION.delete().where(same))
                connection.execute(EXPLANATION.insert().values(explanation_id=one.explanation_id, **_columns(one)))
                kind, key, at = "explanation", one.explanation_id, one.decided_at or one.given_at
            detail = {CONTENTS: contents_of(connection, kind, [key])}
            audit_log.append(connection, at, "saima", "carry-over", key, detail)


def insert_explanations(connection: sa.Connection, given: Sequence[Explanation]) -> list[Explanation]:
    """`Rulings.put_explanations` inside the caller's transaction."""
    offered = {e.explanation_id: e for e in given}
    lock_for_appending(connection, AUDIT_LOG.name)  # the same at once by page and file; a load holds this lock already
    asked = (EXPLANATION.c.explanation_id.in_(ids) for ids in chunks(offered))
    known = {i for where in asked for i in connection.scalars(sa.select(EXPLANATION.c.explanation_id).where(where))}
    fresh = [e for i, e in sorted(offered.items()) if i not in known]
    if fresh:
        connection.execute(EXPLANATION.insert(), [{"explanation_id": e.explanation_id, **_columns(e)} for e in fresh])
        last = max(fresh, key=lambda e: e.given_at)
        detail: dict[str, object] = {"explanations": len(fresh)}
        detail[CONTENTS] = contents_of(connection, "explanation", [e.explanation_id for e in fresh])
        subject = ",".join(sorted({e.submission_id for e in fresh}))
        audit_log.append(connection, last.given_at, last.given_by, "explain", subject, detail)
        _ask_for_revalidation(connection, [e for e in fresh if e.origin == "desk"])
    return fresh


def _ask_for_revalidation(connection: sa.Connection, ruled: Sequence[Waiver | Explanation]) -> None:
    """A ruling about a return is part of the histories of its unit from its period on; one about a closing or an edition of none."""
    of_returns = [r for r in ruled if r.cell.form not in (CLOSING, PUBLICATION)]
    follow_ups.ask_for_revalidation(connection, [(r.cell.unit_code, r.period, r.cell.form) for r in of_returns])


def returned_at(connection: sa.Connection, period: str | None = None) -> dict[str, datetime]:
    """submission → when the bureau sent it back, of the versions of a period where one is named."""
    query = sa.select(SUBMISSION_RETURN.c.submission_id, SUBMISSION_RETURN.c.returned_at)
    if period is not None:
        query = query.join(SUBMISSION, SUBMISSION.c.submission_id == SUBMISSION_RETURN.c.submission_id)
        query = query.where(SUBMISSION.c.period == period)
    return {row.submission_id: row.returned_at for row in connection.execute(query)}


def returned_among(connection: sa.Connection, submission_ids: Collection[str]) -> dict[str, datetime]:
    """The same of the given versions."""
    table = SUBMISSION_RETURN.c
    query = sa.select(table.submission_id, table.returned_at)
    return {
        row.submission_id: row.returned_at
        for ids in chunks(submission_ids)
        for row in connection.execute(query.where(table.submission_id.in_(ids)))
    }


def tokens(connection: sa.Connection, form: str, period: str) -> dict[str, tuple[str, ...]]:
    """unit → tokens of the rulings that hold for its submissions of a form and period: granted waivers, explanations of the
    desk or of an earlier period that answer, explanations in files that were returned."""
    found: dict[str, set[str]] = defaultdict(set)
    w, e = WAIVER.c, EXPLANATION.c
    granted = sa.select(w.unit_code, w.waiver_id).where(
        w.form == form, w.period <= period, w.until >= period, w.second_at.is_not(None)
    )
    for unit, waiver in connection.execute(granted):
        found[unit].add(waiver)
    answers = sa.or_(
        sa.and_(e.origin == "desk", e.state != "returned"),
        sa.and_(e.origin == "file", e.state == "accepted", e.period < period),
        sa.and_(e.origin == "file", e.state == "returned"),
    )
    query = sa.select(e.unit_code, e.explanation_id, e.state).where(
        e.form == form, e.period <= period, e.until >= period, answers
    )
    for unit, explanation, state in connection.execute(query):
        found[unit].add(f"{explanation}{SENT_BACK}" if state == "returned" else explanation)
    return {unit: tuple(sorted(held)) for unit, held in found.items()}


def _explanations(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Explanation]:
    found = {}
    for part in chunks(ids):
        for row in connection.execute(sa.select(EXPLANATION).where(EXPLANATION.c.explanation_id.in_(part))):
            found[row.explanation_id] = _explanation(row)
    return found


def _columns(one: Waiver | Explanation) -> dict[str, Any]:
    values = asdict(one)
    cell = values.pop("cell")
    return _stored({**cell, **values})


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    return {name: storable_text(value) if isinstance(value, str) else value for name, value in values.items()}


def _about(one: Waiver) -> dict[str, object]:
    return {**asdict(one.cell), "period": one.period, "until": one.until, "reason": one.reason}


def _waiver(row: sa.Row[Any]) -> Waiver:
    values = dict(row._mapping)
    values.pop("waiver_id")
    return Waiver(RuledCell(*(values.pop(name) for name in _CELL)), **values)


def _explanation(row: sa.Row[Any]) -> Explanation:
    values = dict(row._mapping)
    values.pop("explanation_id")
    return Explanation(RuledCell(*(values.pop(name) for name in _CELL)), **values)
