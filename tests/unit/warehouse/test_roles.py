"""Every account of PostgreSQL does its own work and is refused everybody else's."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from pipelines.errors import Terminal
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.loading import DraftEdition, MonthClose
from pipelines.model.notifications import Call, Hold
from pipelines.warehouse.db.roles import DISPATCH, INGEST, OWNER, PUBLISH, READER, ROLES, create_roles, grant_catalog
from pipelines.warehouse.opening import open_warehouse, stage

DECIDED = (
    "INSERT INTO dispatch.dispatch_decision VALUES "
    "(9, 'd9', '{kind}', 'P1', '', '2022-06-01', NULL, 'saima', '', '', '{{}}', '2022-07-15T00:00:00Z')"
)
DENIED = {
    READER: (
        "SELECT * FROM ledger.receipt",
        "SELECT * FROM stat.current_project_month",
        "SELECT * FROM ops.outbox",
        "SELECT * FROM public.iceberg_tables",
        "CREATE TABLE bureau.mine (x int)",
        "CREATE TABLE public.mine (x int)",
        "CREATE TEMP TABLE mine (x int)",
        "SET TRANSACTION READ WRITE; DELETE FROM ledger.receipt",
        "COPY bureau.submissions TO PROGRAM 'cat'",
        "SET TRANSACTION READ WRITE; CREATE TEMP TABLE mine (x int)",
        "SET TRANSACTION READ WRITE; SELECT lo_create(0)",
        "SET TRANSACTION READ WRITE; SELECT lo_from_bytea(0, 'x')",
        "SELECT pg_advisory_lock(42)",
        "SELECT pg_advisory_xact_lock(hashtext('saima.audit_log'))",
        "SELECT pg_try_advisory_lock_shared(42)",
        "SET ROLE saima_owner",
        "SET SESSION AUTHORIZATION saima_owner",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM pg_authid",
        "LOCK TABLE ledger.receipt IN ACCESS SHARE MODE",
    ),
    DISPATCH: (
        "SELECT * FROM stat.current_project_month",
        "SELECT * FROM stat.current_unit_month",
        "SELECT * FROM stat.period_finding",
        "SELECT * FROM ledger.waiver",
        "SELECT * FROM bureau.project_month",
        "UPDATE ledger.verdict SET word = 'accepted'",
        "DELETE FROM ledger.submission",
        "UPDATE publish.edition SET state = 'published'",
        "INSERT INTO publish.sign_off SELECT * FROM publish.sign_off",
        "DELETE FROM ops.outbox",
        "UPDATE ledger.audit_log SET actor = 'x'",
    ),
    PUBLISH: (
        "SELECT * FROM stat.current_project_month",
        "UPDATE stat.current_project_month SET ytd = 0",
        "UPDATE ledger.verdict SET word = 'accepted'",
        "UPDATE ledger.submission SET state = 'accepted'",
        "INSERT INTO ledger.receipt SELECT * FROM ledger.receipt",
        "DELETE FROM publish.sign_off",
        "UPDATE publish.sign_off SET name = '李'",
        "UPDATE publish.edition_unit SET rank = 1",
        "SELECT lo_create(0)",
        "CREATE TEMP TABLE mine (x int)",
        "DELETE FROM ledger.audit_log",
        DECIDED.format(kind="exemption"),
        "UPDATE dispatch.dispatch_decision SET kind = 'notice'",
        "UPDATE ledger.explanation SET text = 'x'",
        "DELETE FROM ledger.explanation",
    ),
    INGEST: (
        "INSERT INTO publish.sign_off SELECT * FROM publish.sign_off",
        "UPDATE publish.edition SET state = 'published'",
        "UPDATE publish.edition_unit SET rank = 1",
        "DELETE FROM ledger.audit_log",
        "UPDATE ledger.lake_file SET sha256 = 'x'",
        "UPDATE ledger.home SET programme = 'another'",
        "DELETE FROM ledger.receipt",
        "DELETE FROM ledger.submission_return",
        "UPDATE stat.month_close SET reason = 'history'",
        "SET session_replication_role = replica",
        "ALTER TABLE ledger.audit_log DISABLE TRIGGER ALL",
        "TRUNCATE ledger.verdict",
        "DELETE FROM ledger.lake_file",
        "UPDATE ledger.audit_log SET actor = 'x'",
        "INSERT INTO dispatch.dispatch_decision SELECT * FROM dispatch.dispatch_decision",
        "DELETE FROM ops.outbox",
        "CREATE TABLE ledger.mine (x int)",
        "DROP VIEW bureau.project_month",
    ),
    OWNER: ("CREATE ROLE another", "ALTER ROLE bureau_ro SUPERUSER", "COPY ledger.receipt TO PROGRAM 'cat'"),
}


pytestmark = pytest.mark.parametrize("shared_house", ["postgresql"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def bureau(shared_house, case_module, tmp_path_factory):
    """The roles over a warehouse with one return; opens it under an account."""
    house, cases = shared_house, case_module
    stages = tmp_path_factory.mktemp("stages")

    def load(warehouse, content: str, hours: float) -> None:
        one = cases.judged(cases.receipt(content, hours, content), form="project_month", amounts=("7", "8"))
        warehouse.add_receipts([one.receipt], cases.at(100))
        warehouse.load([stage(stages, content, [one], [cases.outcome(one)])], cases.at(100), {})

    load(house, "a", 1)
    with house.database.write() as connection:
        assert create_roles(connection) == list(ROLES)
    with house.database.write() as connection:
        assert create_roles(connection) == [], "again it only sets the rights"
    with house.lake.catalog.engine.begin() as connection:
        grant_catalog(connection)

    def open_as(role: str):
        url = house.database.url.set(username=role).render_as_string(hide_password=False)
        lock = house._loader.lock
        return open_warehouse(url, url, house.lake.lake_url, lock, lock.parent / "stage", "jiaxing", "p1")

    return house, open_as, load


@pytest.mark.parametrize(("role", "statement"), [(role, one) for role, all_ in DENIED.items() for one in all_])
def test_what_each_role_must_be_denied(bureau, role, statement):
    house, _, _ = bureau
    engine = sa.create_engine(house.database.url.set(username=role))
    try:
        with pytest.raises(sa.exc.DBAPIError) as refused, engine.begin() as connection:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    finally:
        engine.dispose()
    assert refused.value.orig.sqlstate in ("42501", "25006"), refused.value


def test_a_publication_records_its_reminder_slips(bureau):
    house, _, _ = bureau
    engine = sa.create_engine(house.database.url.set(username=PUBLISH))
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            done = connection.exec_driver_sql(DECIDED.format(kind="notice"), execution_options={"no_parameters": True})
            assert done.rowcount == 1
            transaction.rollback()
    finally:
        engine.dispose()


def test_the_reader_reads_views_in_limits(bureau):
    house, _, _ = bureau
    engine = sa.create_engine(house.database.url.set(username=READER))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM project_month").scalar() >= 1
        assert connection.exec_driver_sql("SELECT count(*) FROM submissions_as_of('2022-06', now())").scalar() >= 1
        said = {
            n: connection.exec_driver_sql(f"SHOW {n}").scalar() for n in ("transaction_read_only", "statement_timeout")
        }
        assert said == {"transaction_read_only": "on", "statement_timeout": "1min"}
    engine.dispose()


def test_each_role_does_its_own_work(bureau, case_module):
    _, open_as, load = bureau
    cases = case_module
    with open_as(INGEST) as warehouse:
        load(warehouse, "b", 2)
        warehouse.closings.close(MonthClose("2022-06", "in1", cases.at(80), "冻结", ()))
        assert [s.version for s in warehouse.submissions()] == [1, 2]
    with open_as(PUBLISH) as warehouse:
        unit = {"unit": "330481", "name": "海宁市", "rank": 1, "score": "80", "ytd": "1", "base": "1"}
        document = {"period": "2022-06", "units": [unit]}
        warehouse.editions.save_draft(
            DraftEdition("2022-06-e1", "2022-06", "in1", "c1", "S", document, "out/x", cases.at(90))
        )
        warehouse.editions.sign("2022-06-e1", "statistics", "王", "c1", "approved", cases.at(91))
        assert warehouse.editions.publish("2022-06-e1", "c1", cases.at(92), "out/y", "m1").state == "published"
        with pytest.raises(Terminal, match="saima db roles"):
            load(warehouse, "c", 3)
        for run in ("run1", "run2"):
            warehouse.follow_ups.begin_release("2022-06-e1", "c1", run, cases.at(93))
        assert warehouse.follow_ups.release_run("2022-06-e1", "c1") == "run2"
    for role in (INGEST, DISPATCH):
        with open_as(role) as warehouse:
            warehouse.alerts.post([cases.notice(role)])
            held, called = len(warehouse.alerts.holds()), len(warehouse.alerts.calls())
            about = ("330481", "2022-06", "unit_month")
            warehouse.alerts.hold(Hold("ack", *about, "T", "知道", None, role, cases.at(94)), {}, {})
            warehouse.alerts.log_call(Call(*about, cases.at(94), role, "乙", "明日报", cases.at(94)))
            assert (len(warehouse.alerts.holds()), len(warehouse.alerts.calls())) == (held + 1, called + 1)
    with open_as(DISPATCH) as warehouse:
        one = DispatchDecision("exemption", "P1", "经信局", cases.at(95), date(2022, 6, 1))
        assert [d.ordinal for d in warehouse.decisions.record(lambda known: [one])] == [1]
        assert [d.subject for d in warehouse.decisions.all()] == ["P1"]
    with open_as(OWNER) as warehouse:
        warehouse.database.downgrade("0080")
        warehouse.database.upgrade()
        assert not any(c.failed for c in warehouse.record_checks())
