"""The lake against the ledger: rows, findings, pointers, heads, tags, and the current facts that SQL mirrors."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime
from typing import Any

import pyarrow.compute as pc
import sqlalchemy as sa

from pipelines.model.loading import Check, Edition

from ..db import audit_log
from ..db.column_types import instant_text
from ..db.database import Database
from ..db.lost_hashes import LOST
from ..db.row_values import from_row
from ..db.schema import CURRENT_SUBMISSION, EDITION, FINDING_SUMMARY, LAKE_FILE, LOAD, VERDICT, current_table
from ..editions.edition_rows import HISTORY, history_rows
from ..lake.current_facts import sql_values
from ..lake.lake import CommittedSnapshots, Lake
from ..lake.lake_files import FOUND, LOGGED, files_digest, hash_of, kept_snapshots, live_files, recorded_files
from ..lake.manifest_claims import false_claims
from ..lake.snapshot_commit import read_committed_snapshots
from ..ledger import versions
from .check_outcome import check_of


def _counts(lake: Lake, committed_snapshots: CommittedSnapshots, table: str, status: str | None = None) -> Counter[str]:
    columns = ["submission_id"] + (["row_status"] if status else [])
    rows = lake.read(table, committed_snapshots, columns)
    if status:
        rows = rows.filter(pc.equal(rows["row_status"], status))
    counted = rows["submission_id"].value_counts()
    return Counter({entry["values"]: entry["counts"] for entry in counted.to_pylist()})


def check_lake_rows(connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots) -> list[Check]:
    """The lake has exactly the rows the verdicts count, for every version, and none of anything else."""
    rows = versions.submissions(connection)
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
    return check_of(name, len(expected), bad)


def check_findings(connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots) -> Check:
    """Every verdict has in the lake as many findings as it counts."""
    counted = connection.execute(sa.select(VERDICT.c.verdict_id, VERDICT.c.findings))
    expected = {row.verdict_id: row.findings for row in counted}
    rows = lake.read("findings", committed_snapshots, ["verdict_id"])
    found = Counter({e["values"]: e["counts"] for e in rows["verdict_id"].value_counts().to_pylist()})
    return _compare("lake-findings", found, expected)


def check_finding_summary(connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots) -> Check:
    """Findings of every verdict counted by rule and severity, those answered too, are those of the lake."""
    columns = ["verdict_id", "rule", "severity", "answered"]
    found: Counter[tuple[str, str, str]] = Counter()
    answered: Counter[tuple[str, str, str]] = Counter()
    grouped = lake.read("findings", committed_snapshots, columns).group_by(columns).aggregate([([], "count_all")])
    for row in grouped.to_pylist():
        key = (row["verdict_id"], row["rule"], row["severity"])
        found[key] += row["count_all"]
        answered[key] += row["count_all"] if row["answered"] else 0
    told = {
        (r.verdict_id, r.rule, r.severity): (r.found, r.answered)
        for r in connection.execute(sa.select(FINDING_SUMMARY))
    }
    made = {key: (count, answered[key]) for key, count in found.items()}
    bad = sorted("/".join(key) for key in told.keys() | made.keys() if told.get(key) != made.get(key))
    return check_of("finding-summary", len(told), bad)


def check_lake_pointers(connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots) -> Check:
    """The pointer table of the lake equals the one in SQL."""
    columns = ["period", "form", "unit_code", "submission_id"]
    in_sql = {tuple(r) for r in connection.execute(sa.select(*(CURRENT_SUBMISSION.c[c] for c in columns)))}
    listed = [
        tuple(row[c] for c in columns)
        for row in lake.read("current_submissions", committed_snapshots, columns).to_pylist()
    ]
    bad = [*(in_sql ^ set(listed)), *(row for row, n in Counter(listed).items() if n > 1)]
    return check_of("lake-current-submissions", len(in_sql), bad)


def check_ranking_history(connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots) -> Check:
    """The ranking history of the lake is, value by value, the ranking of every edition that the ledger has."""
    columns = [name for name in lake.register[HISTORY].schema.names if name != "load_id"]
    recorded: Counter[tuple[object, ...]] = Counter()
    for row in connection.execute(sa.select(EDITION)):
        edition = from_row(Edition, row)
        made = history_rows(edition, "").select(columns)
        recorded.update(zip(*(made[name].to_pylist() for name in columns), strict=True))
    rows = lake.read(HISTORY, committed_snapshots, columns)
    stored = Counter(zip(*(rows[name].to_pylist() for name in columns), strict=True))
    place = columns.index("edition_id")
    differ = {str(row[place]) for row in (recorded - stored) + (stored - recorded)}
    return check_of("lake-ranking-history", sum(recorded.values()), sorted(differ))


def check_current_facts(
    connection: sa.Connection, lake: Lake, committed_snapshots: CommittedSnapshots, form: str
) -> Check:
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
    return check_of(f"current-facts-{form}", sum(in_lake.values()), (f"{i} ({n})" for i, n in by_submission.items()))


def _is(form: str) -> sa.ColumnElement[bool]:
    return CURRENT_SUBMISSION.c.form == form


def _plain(value: object) -> object:
    """Dates and instants as `sql_values` writes them."""
    if isinstance(value, datetime):
        return instant_text(value)
    return value.isoformat() if isinstance(value, date) else value


def check_heads(database: Database, lake: Lake, committed: CommittedSnapshots) -> Check:
    """No table is ahead of its last committed load, but for a load that is going on or was committed meanwhile (a writer that died
    left it so; the next load sets it back)."""
    heads = lake.heads() if committed else {}
    with database.read() as connection:
        since = read_committed_snapshots(connection)
        running = connection.scalar(sa.select(LOAD.c.load_id).where(LOAD.c.state == "planned")) is not None
    known = {name: (committed.get(name, head), since.get(name, head)) for name, head in heads.items()}
    return check_of("lake-heads", len(heads), (n for n, head in heads.items() if head not in known[n] and not running))


def check_tags(connection: sa.Connection, lake: Lake) -> Check:
    """Every edition's rows are kept under its tag."""
    editions = connection.execute(sa.select(EDITION.c.edition_id, EDITION.c.snapshots)).all()
    tags = {name: lake.tags(name) for name in lake.register.tables} if editions else {}
    bad = [
        f"{edition}/{name}"
        for edition, snapshots in editions
        for name, snapshot in snapshots.items()
        if tags[name].get(edition) != snapshot
    ]
    return check_of("edition-tags", len(editions), bad)


def check_lake_files(connection: sa.Connection, lake: Lake, committed: CommittedSnapshots) -> Check:
    """Every data file that readers or editions rest on has the bytes that it was written with. Files older than the register are
    counted as unproved."""
    recorded = recorded_files(connection)
    bad: list[str] = []
    looked = unproved = 0
    for name, snapshots in sorted(kept_snapshots(connection, committed).items()):
        if name not in committed:
            continue
        table = lake.at_snapshot(name, committed[name])
        for path, address in live_files(table, snapshots):
            looked += 1
            if recorded and (name, path) not in recorded:
                bad.append(f"{name}{path}: 无登记 / no load brought it")
                continue
            expected = recorded.get((name, path))
            found = hash_of(table, address)
            unproved += expected is None
            if found is None:
                bad.append(f"{name}{path}: 文件不在 / is gone")
            elif expected is not None and found != expected:
                bad.append(f"{name}{path}: 被改动 / is not as it was written")
    said = f"{unproved} 个文件早于登记，未证明 / older than the register, not proved" if unproved else ""
    return check_of("lake-files", looked, bad, said)


def check_lake_manifests(connection: sa.Connection, lake: Lake, committed: CommittedSnapshots) -> Check:
    """What the manifests say of the files that readers or editions rest on is so: none hides rows by a false bound."""
    bad: list[str] = []
    looked = 0
    for name, snapshots in sorted(kept_snapshots(connection, committed).items()):
        table = lake.at_snapshot(name, committed[name]) if name in committed else None
        for address, wrong in false_claims(table, snapshots) if table is not None else ():
            looked += 1
            place = address.removeprefix(table.location()) if table is not None else address
            bad += [f"{name}{place}: 说明与文件不符 / not what the file holds: {', '.join(wrong)}"] if wrong else []
    return check_of("lake-manifests", looked, bad)


def check_lake_register(connection: sa.Connection) -> Check:
    """The register of the lake's files is what the audit log says that each load brought since it was begun, or begun again after an older
    schema had no place for it; what was found before it was noted once."""
    logged: dict[str, str] = {}
    bad: list[str] = []
    for entry in audit_log.entries(connection):
        if entry.detail.get(LOST):
            logged.clear()
        for key in (FOUND, LOGGED):
            said: Any = entry.detail.get(key)
            if said is None:
                continue
            if said["load"] in logged or (key == FOUND and any(logged)):
                bad.append(f"{entry.seq}: 再次登记 / registered again")
            logged[said["load"]] = said["content"]
    loads = set(connection.scalars(sa.select(LAKE_FILE.c.load_id).distinct()))
    bad += [
        f"{load or FOUND}: 登记被改动 / the register was changed"
        for load in sorted(loads | logged.keys())
        if logged.get(load) != files_digest(connection, load)
    ]
    return check_of("lake-register", len(loads | logged.keys()), bad)
