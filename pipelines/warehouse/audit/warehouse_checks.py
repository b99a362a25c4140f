"""Checks of the books (DESIGN §4): each recomputes something from one store and compares it with another.

Replaying verdicts from the archive needs parse and validate and is done by flow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipelines.errors import SaimaError
from pipelines.model.loading import Check
from pipelines.model.submissions import ACCEPTED

from ..db import audit_log
from ..db.column_types import instant_text
from ..db.database import Database
from ..db.schema import CURRENT_SUBMISSION, EDITION, LOAD, LOAD_STAGE, RECEIPT, SUBMISSION, VERDICT, current_table
from ..lake.current_facts import sql_values
from ..lake.lake import CommittedSnapshots, Lake
from ..lake.snapshot_commit import read_committed_snapshots
from ..ledger import reads
from ..notifications.audit_notifications import outbox_checks
from ..staging.stage_reader import BrokenStage, stage_key
from ..staging.stage_writer import half_written, staged
from .audit_records import record_checks

NOTHING = "没有可查的 / nothing to look at"
_NAMED = 5


def run_checks(
    database: Database, lake: Lake, stage_root: Path, archive_verify: Callable[[str], bool] | None, now: datetime
) -> list[Check]:
    """All checks; `archive_verify` tells whether the object of a SHA-256 is intact (None leaves the archive out)."""
    with database.read() as connection:
        committed = read_committed_snapshots(connection)
        looks: list[tuple[str, Callable[[], Check | list[Check]]]] = [
            ("conservation", lambda: _conservation(connection)),
            ("current-pointer", lambda: _pointers(connection)),
            ("timeline", lambda: _states(connection)),
            ("lake-rows", lambda: _lake_rows(connection, lake, committed)),
            ("lake-findings", lambda: _findings(connection, lake, committed)),
            ("lake-current-submissions", lambda: _lake_pointers(connection, lake, committed)),
            *(
                (f"current-facts-{form}", partial(_current_facts, connection, lake, committed, form))
                for form in lake.register.forms
            ),
            ("lake-heads", lambda: _heads(database, lake, committed)),
            ("edition-tags", lambda: _tags(connection, lake)),
            ("records", lambda: check_records(connection)),
            ("audit-chain", lambda: audit_log.verify(connection)),
            ("loads", lambda: _loads(connection, now)),
            ("stages", lambda: _stages(connection, stage_root)),
            ("outbox", lambda: [_check(*looked) for looked in outbox_checks(connection)]),
        ]
        if archive_verify is not None:
            looks.append(("archive", lambda: _archive(connection, archive_verify)))
        return [check for name, look in looks for check in looked_at(name, look)]


def looked_at(name: str, look: Callable[[], Check | list[Check]]) -> list[Check]:
    """A check, or that it could not be made: what is missing (a file of the lake, the catalog, a table) fails the check that needs
    it and stops no other."""
    try:
        done = look()
    except (SaimaError, OSError, ValueError, KeyError, pa.ArrowException, sa.exc.SQLAlchemyError) as cause:
        text = str(cause).splitlines()[0][:300] if str(cause) else ""
        return [Check(name, 0, 1, f"无法检查 / could not be checked: {type(cause).__name__}: {text}")]
    return done if isinstance(done, list) else [done]


def check_records(connection: sa.Connection) -> list[Check]:
    """The checks of `audit_records`."""
    return [_check(*looked) for looked in record_checks(connection)]


def _check(name: str, looked_at: int, failures: Iterable[object], detail: str = "") -> Check:
    failed = [str(failure) for failure in failures]
    if failed:
        more = f" … (+{len(failed) - _NAMED})" if len(failed) > _NAMED else ""
        detail = ", ".join(failed[:_NAMED]) + more
    elif looked_at == 0:
        detail = NOTHING
    return Check(name, looked_at, len(failed), detail)


def _conservation(connection: sa.Connection) -> Check:
    """received = accepted + quarantined + not_data; a rejected file has no accepted row."""
    rows = reads.submissions(connection)
    bad = [
        row.submission_id
        for row in rows
        if row.received != row.accepted + row.quarantined + row.not_data or (row.word == "rejected" and row.accepted)
    ]
    return _check("conservation", len(rows), bad)


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
            VERDICT.c.word,
        )
        .outerjoin(SUBMISSION, SUBMISSION.c.submission_id == table.submission_id)
        .outerjoin(VERDICT, VERDICT.c.verdict_id == SUBMISSION.c.verdict_id)
    )
    rows = connection.execute(query).all()
    bad = [
        f"{r.unit_code}/{r.period}/{r.form}"
        for r in rows
        if r.word not in ACCEPTED
        or (r.own_unit, r.own_period, r.own_form, r.own_verdict) != (r.unit_code, r.period, r.form, r.verdict_id)
    ]
    return _check("current-pointer", len(rows), bad)


def _states(connection: sa.Connection) -> Check:
    """The timeline decided again from the ledger alone gives the recorded states and pointers."""
    recorded = reads.submissions(connection)
    far = max((row.arrived_at for row in recorded), default=None)
    again = {r.submission_id: r for r in reads.submissions(connection, as_of=far)} if far else {}
    bad = []
    for row in recorded:
        decided = again.get(row.submission_id)
        if decided is None or (decided.state, decided.current) != (row.state, row.current):
            bad.append(row.submission_id)
    return _check("timeline", len(recorded), bad)


def _counts(lake: Lake, committed_snapshots: CommittedSnapshots, table: str, status: str | None = None) -> Counter[str]:
    columns = ["submission_id"] + (["row_status"] if status else [])
    rows = lake.read(table, committed_snapshots, columns)
    if status:
        rows = rows.filter(pc.equal(rows["row_status"], status))
    counted = rows["submission_id"].value_counts()
    return Counter({entry["values"]: entry["counts"] for entry in counted.to_pylist()})


def _lake_rows(connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots) -> list[Check]:
    """The lake has exactly the rows the verdicts count, for every version, and none of anything else."""
    rows = reads.submissions(connection)
    accepted: Counter[str] = Counter()
    for form in lake.register.forms:
        accepted.update(_counts(lake, committed_snapshots, lake.register.fact(form).name, "accepted"))
    expected = {
        "lake-raw-rows": (_counts(lake, committed_snapshots, "raw_rows"), {r.submission_id: r.received for r in rows}),
        "lake-accepted-rows": (accepted, {r.submission_id: r.accepted for r in rows}),
        "lake-quarantined-rows": (
            _counts(lake, committed_snapshots, "quarantined_rows"),
            {r.submission_id: r.quarantined for r in rows},
        ),
    }
    return [_compare(name, found, counts) for name, (found, counts) in expected.items()]


def _compare(name: str, found: Counter[str], expected: dict[str, int]) -> Check:
    keys = found.keys() | expected.keys()
    bad = [
        f"{key} ({found.get(key, 0)} ≠ {expected.get(key, 0)})"
        for key in sorted(keys)
        if found.get(key, 0) != expected.get(key, 0)
    ]
    return _check(name, len(expected), bad)


def _findings(connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots) -> Check:
    """Every verdict has in the lake as many findings as it counts."""
    counted = connection.execute(sa.select(VERDICT.c.verdict_id, VERDICT.c.findings))
    expected = {row.verdict_id: row.findings for row in counted}
    rows = lake.read("findings", committed_snapshots, ["verdict_id"])
    found = Counter({e["values"]: e["counts"] for e in rows["verdict_id"].value_counts().to_pylist()})
    return _compare("lake-findings", found, expected)


def _lake_pointers(connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots) -> Check:
    """The pointer table of the lake equals the one in SQL."""
    columns = ["period", "form", "unit_code", "submission_id"]
    in_sql = {tuple(r) for r in connection.execute(sa.select(*(CURRENT_SUBMISSION.c[c] for c in columns)))}
    listed = [
        tuple(row[c] for c in columns)
        for row in lake.read("current_submissions", committed_snapshots, columns).to_pylist()
    ]
    bad = [*(in_sql ^ set(listed)), *(row for row, n in Counter(listed).items() if n > 1)]
    return _check("lake-current-submissions", len(in_sql), bad)


def _current_facts(connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots, form: str) -> Check:
    """Current facts in SQL equal the accepted rows of the pointed-to submissions in the lake, value by value."""
    facts = lake.register.fact(form)
    table, names = current_table(facts), list(facts.columns)
    current = list(connection.scalars(sa.select(CURRENT_SUBMISSION.c.submission_id).where(_is(form))))
    periods = list(connection.scalars(sa.select(CURRENT_SUBMISSION.c.period).where(_is(form)).distinct()))
    rows = lake.read(facts.name, committed_snapshots, None, periods, ("submission_id", current))
    rows = rows.filter(pc.equal(rows["row_status"], "accepted"))
    in_lake = Counter(zip(*(sql_values(name, rows[name]) for name in names), strict=True))
    stored = connection.execute(sa.select(*(table.c[name] for name in names)))
    in_sql = Counter(tuple(_plain(value) for value in row) for row in stored)
    by_submission: dict[object, int] = defaultdict(int)
    for row, count in ((in_lake - in_sql) + (in_sql - in_lake)).items():
        by_submission[row[0]] += count
    return _check(f"current-facts-{form}", sum(in_lake.values()), (f"{i} ({n})" for i, n in by_submission.items()))


def _is(form: str) -> sa.ColumnElement[bool]:
    return CURRENT_SUBMISSION.c.form == form


def _plain(value: object) -> object:
    """Dates and instants as `sql_values` writes them."""
    if isinstance(value, datetime):
        return instant_text(value)
    return value.isoformat() if isinstance(value, date) else value


def _heads(database: Database, lake: Lake, committed: CommittedSnapshots) -> Check:
    """No table is ahead of its last committed load, but for a load that is going on or was committed meanwhile (a writer that died
    left it so; the next load sets it back)."""
    heads = lake.heads() if committed else {}
    with database.read() as connection:
        since = read_committed_snapshots(connection)
        running = connection.scalar(sa.select(LOAD.c.load_id).where(LOAD.c.state == "planned")) is not None
    known = {name: (committed.get(name, head), since.get(name, head)) for name, head in heads.items()}
    return _check("lake-heads", len(heads), (n for n, head in heads.items() if head not in known[n] and not running))


def _tags(connection: sa.Connection, lake: Lake) -> Check:
    """Every edition's rows are kept under its tag."""
    editions = connection.execute(sa.select(EDITION.c.edition_id, EDITION.c.snapshots)).all()
    tags = {name: lake.tags(name) for name in lake.register.tables} if editions else {}
    bad = [
        f"{edition}/{name}"
        for edition, snapshots in editions
        for name, snapshot in snapshots.items()
        if tags[name].get(edition) != snapshot
    ]
    return _check("edition-tags", len(editions), bad)


def _loads(connection: sa.Connection, now: datetime) -> Check:
    """No planned load whose lease has expired."""
    loads = connection.execute(sa.select(LOAD.c.load_id, LOAD.c.state, LOAD.c.lease_until)).all()
    return _check("loads", len(loads), (r.load_id for r in loads if r.state == "planned" and r.lease_until <= now))


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
    return _check("stages", len(folders) + left, bad, said)


def _archive(connection: sa.Connection, verify: Callable[[str], bool]) -> Check:
    """Every receipt's bytes are in the archive and hash to their name."""
    digests = sorted(set(connection.scalars(sa.select(RECEIPT.c.sha256))))
    return _check("archive", len(digests), (digest for digest in digests if not verify(digest)))
