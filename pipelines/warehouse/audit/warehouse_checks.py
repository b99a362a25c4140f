"""Checks of the books (DESIGN §4): each recomputes something from one store and compares it with another.

Replaying verdicts from the archive needs parse and validate and is done by flow.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial, reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipelines.errors import SaimaError
from pipelines.model.loading import Check
from pipelines.model.submissions import ACCEPTED

from ..db import audit_log
from ..db.database import Database
from ..db.schema import (
    COMMITTED_SNAPSHOT,
    CURRENT_SUBMISSION,
    LAKE_FILE,
    LOAD,
    LOAD_STAGE,
    RECEIPT,
    RESEND,
    RULE_RUN,
    SUBMISSION,
    VERDICT,
)
from ..db.views import view_names
from ..lake.lake import CommittedSnapshots, Lake
from ..lake.lake_files import BEFORE
from ..lake.snapshot_commit import read_committed_snapshots
from ..ledger import follow_ups, versions
from ..ledger.rulings import returned_at
from ..load.load_files import load_name
from ..notifications.audit_notifications import outbox_checks
from ..staging.stage_reader import BrokenStage, stage_key
from ..staging.stage_writer import half_written, staged
from .audit_records import record_checks
from .check_outcome import check_of
from .lake_checks import (
    check_current_facts,
    check_finding_summary,
    check_findings,
    check_heads,
    check_lake_files,
    check_lake_manifests,
    check_lake_pointers,
    check_lake_register,
    check_lake_rows,
    check_ranking_history,
    check_tags,
)
from .schema_checks import check_schema


def run_checks(
    database: Database, lake: Lake, stage_root: Path, archive_verify: Callable[[str], bool] | None, now: datetime
) -> list[Check]:
    """All checks; `archive_verify` tells whether the object of a SHA-256 is intact (None leaves the archive out)."""
    with database.read() as connection:
        whole = _integrity(database, connection)
        if whole is not None and whole.failed:
            return [whole]  # what a damaged file says proves nothing
        committed = read_committed_snapshots(connection)
        looks: list[tuple[str, Callable[[], Check | list[Check]]]] = [
            ("conservation", lambda: _conservation(connection)),
            ("rules-evaluated", lambda: _rules_evaluated(connection)),
            ("rejections-explained", lambda: _rejections_explained(connection, lake, committed)),
            ("current-pointer", lambda: _pointers(connection)),
            ("timeline", lambda: _states(connection)),
            ("lake-rows", lambda: check_lake_rows(connection, lake, committed)),
            ("lake-findings", lambda: check_findings(connection, lake, committed)),
            ("finding-summary", lambda: check_finding_summary(connection, lake, committed)),
            ("lake-current-submissions", lambda: check_lake_pointers(connection, lake, committed)),
            ("lake-ranking-history", lambda: check_ranking_history(connection, lake, committed)),
            *(
                (f"current-facts-{form}", partial(check_current_facts, connection, lake, committed, form))
                for form in lake.register.forms
            ),
            ("lake-files", lambda: check_lake_files(connection, lake, committed)),
            ("lake-manifests", lambda: check_lake_manifests(connection, lake, committed)),
            ("lake-register", lambda: check_lake_register(connection)),
            ("lake-heads", lambda: check_heads(database, lake, committed)),
            ("edition-tags", lambda: check_tags(connection, lake)),
            ("records", lambda: check_records(connection)),
            ("audit-chain", lambda: audit_log.verify(connection)),
            ("views", lambda: _views(database, connection)),
            ("database-schema", lambda: check_schema(connection)),
            ("loads", lambda: _loads(connection, now)),
            ("stages", lambda: _stages(connection, stage_root)),
            ("outbox", lambda: [check_of(*looked) for looked in outbox_checks(connection)]),
        ]
        if archive_verify is not None:
            looks.append(("archive", lambda: _archive(connection, archive_verify)))
        return [*([whole] if whole else []), *(check for name, look in looks for check in looked_at(name, look))]


def looked_at(name: str, look: Callable[[], Check | list[Check]]) -> list[Check]:
    """A check, or that it could not be made: what is missing (a file of the lake, the catalog, a table) fails the check that needs
    it and stops no other."""
    try:
        done = look()
    except (SaimaError, OSError, ValueError, KeyError, pa.ArrowException, sa.exc.SQLAlchemyError) as cause:
        text = str(cause).splitlines()[0][:300] if str(cause) else ""
        return [Check(name, 0, 1, f"无法检查 / could not be checked: {type(cause).__name__}: {text}")]
    return done if isinstance(done, list) else [done]


def _integrity(database: Database, connection: sa.Connection) -> Check | None:
    """The file of SQLite is whole, page by page and index by index; a server checks its own (data checksums)."""
    if not database.sqlite:
        return None
    try:
        said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        said += [f"foreign key {row}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    except sa.exc.DatabaseError as cause:
        said = [str(cause.orig)]
    pages = 1 if said != ["ok"] else int(str(connection.exec_driver_sql("PRAGMA page_count").scalar()))
    return check_of("database-integrity", pages, [one for one in said if one != "ok"])


def check_records(connection: sa.Connection) -> list[Check]:
    """The checks of `audit_records`."""
    return [check_of(*looked) for looked in record_checks(connection)]


def _conservation(connection: sa.Connection) -> Check:
    """received = accepted + quarantined + not_data; a rejected file has no accepted row."""
    rows = versions.submissions(connection)
    bad = [
        row.submission_id
        for row in rows
        if row.received != row.accepted + row.quarantined + row.not_data or (row.word == "rejected" and row.accepted)
    ]
    return check_of("conservation", len(rows), bad)


def _rules_evaluated(connection: sa.Connection) -> Check:
    """Every verdict on rows that were read rests on rules that were evaluated; nothing passes because nothing was asked."""
    evaluated = (
        sa.select(RULE_RUN.c.verdict_id, sa.func.count().label("number"))
        .where(RULE_RUN.c.status == "evaluated")
        .group_by(RULE_RUN.c.verdict_id)
        .subquery()
    )
    query = (
        sa.select(SUBMISSION.c.submission_id, evaluated.c.number)
        .join(VERDICT, VERDICT.c.verdict_id == SUBMISSION.c.verdict_id)
        .outerjoin(evaluated, evaluated.c.verdict_id == VERDICT.c.verdict_id)
        .where(VERDICT.c.word.in_(ACCEPTED))
    )
    rows = connection.execute(query).all()
    return check_of("rules-evaluated", len(rows), (r.submission_id for r in rows if not r.number))


def _rejections_explained(connection: sa.Connection, lake: Lake, committed: CommittedSnapshots) -> Check:
    """Every verdict that rejects or holds back rows has an error that names its rule and says what is wrong, in both languages."""
    texts = ("rule", "message_zh", "message_en")
    found = lake.read("findings", committed, ["verdict_id", "severity", *texts])
    errors = found.filter(pc.equal(found["severity"], "error"))
    said = reduce(pc.and_, (pc.not_equal(errors[name], "") for name in texts))
    explained = set(errors.filter(said)["verdict_id"].to_pylist())
    silent = set(errors.filter(pc.invert(said))["verdict_id"].to_pylist())
    query = sa.select(VERDICT.c.verdict_id).where((VERDICT.c.word == "rejected") | (VERDICT.c.quarantined > 0))
    held = set(connection.scalars(query))
    return check_of("rejections-explained", len(held), sorted((held - explained) | silent))


def _pointers(connection: sa.Connection) -> Check:
    """Every pointer names an accepted version of its own unit, period and form, with the verdict that holds."""
    table = CURRENT_SUBMISSION.c
    query = (
        sa.select(
            CURRENT_SUBMISSION,
            SUBMISSION.c.unit_code.label("own_unit"),
            SUBMISSION.c.period.label("own_period"),
            SUBMISSION.c.form.label("own_form"),
            SUBMISSION.c.verdict_id.label("own_verdict"),
            SUBMISSION.c.version.label("own_version"),
            RECEIPT.c.arrived_at.label("own_arrival"),
            VERDICT.c.word,
        )
        .outerjoin(SUBMISSION, SUBMISSION.c.submission_id == table.submission_id)
        .outerjoin(RECEIPT, RECEIPT.c.receipt_id == SUBMISSION.c.receipt_id)
        .outerjoin(VERDICT, VERDICT.c.verdict_id == SUBMISSION.c.verdict_id)
    )
    rows = connection.execute(query).all()
    bad = [
        f"{r.unit_code}/{r.period}/{r.form}"
        for r in rows
        if r.word not in ACCEPTED
        or (r.own_unit, r.own_period, r.own_form, r.own_verdict) != (r.unit_code, r.period, r.form, r.verdict_id)
        or (r.own_version, r.own_arrival) != (r.version, r.arrived_at)
    ]
    return check_of("current-pointer", len(rows), bad)


def _states(connection: sa.Connection) -> Check:
    """The timeline decided again from the ledger alone gives the recorded states and pointers. A return whose effect is due (its
    command died before it) is waited for."""
    recorded = versions.submissions(connection)
    returns = returned_at(connection)
    far = max((*(row.arrived_at for row in recorded), *returns.values()), default=None)
    again = {r.submission_id: r for r in versions.submissions(connection, as_of=far)} if far else {}
    due = follow_ups.revalidation_due(connection).keys()
    waiting = {
        (row.unit_code, row.period, row.form)
        for row in recorded
        if row.submission_id in returns and row.state not in ("returned", "superseded")
    } & due
    bad = []
    for row in recorded:
        if (row.unit_code, row.period, row.form) in waiting:
            continue
        decided = again.get(row.submission_id)
        if decided is None or (decided.state, decided.current) != (row.state, row.current):
            bad.append(row.submission_id)
    return check_of("timeline", len(recorded), bad)


def _views(database: Database, connection: sa.Connection) -> Check:
    """The views of the bureau were as the program wrote them when this home was opened; opening it has put them back."""
    altered = [f"{name}: 被改动，已恢复 / was altered, put back" for name in database.altered_views]
    return check_of("views", len(view_names(connection)), altered)


def _loads(connection: sa.Connection, now: datetime) -> Check:
    """No planned load whose lease has expired, and nothing that a load brought which was not committed."""
    loads = connection.execute(
        sa.select(LOAD.c.load_id, LOAD.c.ordinal, LOAD.c.state, LOAD.c.lease_until).order_by(LOAD.c.ordinal)
    ).all()
    bad = [r.load_id for r in loads if r.state == "planned" and r.lease_until <= now]
    bad += [
        f"{r.load_id} ≠ {load_name(n)}" for n, r in enumerate(loads, 1) if (r.load_id, r.ordinal) != (load_name(n), n)
    ]
    committed = sa.select(LOAD.c.load_id).where(LOAD.c.state == "committed")
    for column in (SUBMISSION.c.submission_id, VERDICT.c.verdict_id, RESEND.c.submission_id):
        of_none = sa.select(column).where(column.table.c.load_id.not_in(committed))
        bad += [f"{name}: 没有这一入库批次 / no load brought it" for name in connection.scalars(of_none)]
    for table, name in ((COMMITTED_SNAPSHOT, "table_name"), (LAKE_FILE, "file_path")):
        of_none = sa.select(table.c[name]).where(table.c.load_id.not_in(committed), table.c.load_id != BEFORE)
        bad += [f"{place}: 没有这一入库批次 / no load brought it" for place in connection.scalars(of_none)]
    return check_of("loads", len(loads), bad)


def _stages(connection: sa.Connection, stage_root: Path) -> Check:
    """No stage that is broken. What a killed process left half written or did not clear away goes with the next load."""
    query = sa.select(LOAD_STAGE.c.stage_key, LOAD.c.state).join(LOAD, LOAD.c.load_id == LOAD_STAGE.c.load_id)
    states = {row.stage_key: row.state for row in connection.execute(query)}
    folders, bad, left = staged(stage_root), [], len(half_written(stage_root))
    for folder in folders:
        try:
            left += states.get(stage_key(folder)) == "committed"
        except BrokenStage:
            if folder.exists():  # else the load that goes on has just cleared it away
                bad.append(folder.name)
    said = f"{len(folders)} 批待入库 / waiting"
    said += f"; {left} 待清理 / to be cleared away by the next load" if left else ""
    return check_of("stages", len(folders) + left, bad, said)


def _archive(connection: sa.Connection, verify: Callable[[str], bool]) -> Check:
    """Every receipt's bytes are in the archive and hash to their name."""
    digests = sorted(set(connection.scalars(sa.select(RECEIPT.c.sha256))))
    return check_of("archive", len(digests), (digest for digest in digests if not verify(digest)))
