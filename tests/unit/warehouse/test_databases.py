"""The same warehouse on SQLite and on a real PostgreSQL: schema, triggers, transactions, opening."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipelines.errors import Refused, Terminal, Transient
from pipelines.model.history import UnitHistory
from pipelines.model.loading import MonthClose
from pipelines.model.rulings import Explanation, Return, RuledCell, Waiver
from pipelines.warehouse.db.database import MIGRATIONS
from pipelines.warehouse.db.loader_lock import COMMIT_KEY, LOADER_KEY
from pipelines.warehouse.db.schema import AUDIT_LOG, CURRENT_FACTS, HEAD, LOAD, METADATA
from pipelines.warehouse.staging.stage_writer import stage, staged


def test_migrations_give_the_derived_schema(database_house):
    with database_house.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        extra = {"alembic_version", "iceberg_tables", "iceberg_namespace_properties"}
        found = compare_metadata(context, METADATA)
    flat = [part for one in found for part in (one if isinstance(one, list) else [one])]
    derived = ("modify_comment", "remove_table_comment")  # comments are put by `views`, no migration knows them
    differences = [d for d in flat if d[0] not in derived and not (d[0] == "remove_table" and d[1].name in extra)]
    assert differences == []


def test_head_is_the_last_revision():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_month_of_corrections(database_house, put, cases, books):
    first, second = cases.receipt("a", 1, "甲'\"; DROP TABLE receipt;--.xlsx"), cases.receipt("b", 2, "乙.xlsx")
    put(database_house, [cases.judged(first, form="project_month", amounts=("0.0001", "-5"))])
    put(database_house, [cases.judged(second, form="project_month", amounts=("922337203685477.5807", "7"), held=(6,))])
    put(
        database_house,
        [
            cases.judged(
                second,
                form="project_month",
                word="accepted_with_queries",
                rules_version="r2",
                history=UnitHistory(replaces=cases.judged(first, form="project_month").submission_id),
            )
        ],
        [],
    )
    rows = database_house.submissions("2022-06")
    assert [(r.version, r.state, r.current) for r in rows] == [
        (1, "superseded", False),
        (2, "accepted_with_queries", True),
    ]
    assert rows[0].name == "甲'\"; DROP TABLE receipt;--.xlsx"
    assert rows[0].arrived_at == cases.at(1)
    assert database_house.submissions("2022-06", as_of=cases.at(1))[0].current
    assert database_house.stale("r2", "p1") == []
    assert [s.reasons for s in database_house.stale("r3", "p2")] == [("rules", "programme")]
    assert books(database_house) == []


def test_largest_scaled_amount_survives_and_a_larger_one_is_reported(database_house, put, cases, books):
    put(
        database_house,
        [cases.judged(cases.receipt("a", 1), form="project_month", amounts=("922337203685477.5807", "-0.0001"))],
    )
    with database_house.database.read() as connection:
        query = sa.select(CURRENT_FACTS["project_month"].c.ytd).order_by(CURRENT_FACTS["project_month"].c.row_no)
        assert connection.scalars(query).all() == [9223372036854775807, -1]
    assert books(database_house) == []


def test_audit_log_cannot_be_changed_and_a_tampered_one_is_noticed(database_house, cases, put):
    put(database_house, [cases.judged(cases.receipt("a", 1))])
    for statement in (AUDIT_LOG.update().values(actor="x"), AUDIT_LOG.delete()):
        with (
            pytest.raises(sa.exc.DatabaseError, match="append-only"),
            database_house.database.engine.begin() as connection,
        ):
            connection.execute(statement)
    assert database_house.record_checks()[-1].failed == 0
    with database_house.database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(sa.text("DROP TRIGGER audit_log_no_update"))
        else:
            connection.execute(sa.text("DROP TRIGGER audit_log_no_change ON audit_log"))
        connection.execute(AUDIT_LOG.update().where(AUDIT_LOG.c.seq == 1).values(detail={"receipts": 2}))
    check = database_house.record_checks()[-1]
    assert (check.looked_at, check.failed) == (2, 1)
    assert "broken at 1" in check.detail


def test_another_programme_is_refused(database_house, open_home, url):
    with pytest.raises(Terminal, match="belongs to the programme jiaxing, not permits"):
        open_home(sql_url=url, programme="permits")


def test_two_who_collect_at_once_bring_each_receipt_once(database_house, cases):
    """On a server they overlap: the second knew none of what the first was bringing, and ended with a violated key."""
    receipts = [cases.receipt(f"r{n}", n, f"{n}.xlsx") for n in range(400)]
    together = threading.Barrier(4)

    def bring() -> int:
        together.wait()
        return len(database_house.add_receipts(receipts, cases.at(500)))

    with ThreadPoolExecutor(4) as people:
        brought = [one.result() for one in [people.submit(bring) for _ in range(4)]]
    assert sorted(brought) == [0, 0, 0, 400]
    assert [c.id for c in database_house.record_checks() if c.failed] == []


def test_what_two_decide_at_once_is_in_the_books_once(database_house, put, cases):
    """On a server transactions run side by side: both looked, both found nothing, and one ended with an internal error."""
    house, one = database_house, cases.judged(cases.receipt("a", 0))
    put(house, [one])
    cell = RuledCell(one.unit_code, one.form, "D03", "P1", "ytd", "1")
    closing = MonthClose("2022-06", "same", cases.at(20), "冻结", ())
    proposed = Waiver(cell, "2022-06", "2022-09", "理由", one.submission_id, "甲", cases.at(101))
    given = Explanation(
        cell, "2022-06", "2022-06", "其他", "设备到厂", "file", one.submission_id, "330481", cases.at(101)
    )
    back = Return(one.submission_id, "缺文号", None, "甲", cases.at(104))
    row = {"leaders": [{"project": "P1"}]}
    asked = {
        "close": lambda: house.closings.close(closing),
        "waive": lambda: house.rulings.put_waiver(proposed),
        "explain": lambda: len(house.rulings.put_explanations([given])),
        "return": lambda: house.rulings.add_return(back),
        "beat": lambda: house.alerts.beat("deliver", cases.at(1)),
        "lay down": lambda: house.dispatch_rows.replace("2022-06", cases.at(6), row, "0.1.0"),
    }
    refused = {}
    with ThreadPoolExecutor(4) as people:
        for name, ask in asked.items():
            together = threading.Barrier(4)

            def at_once(ask=ask, together=together):
                together.wait()
                try:
                    return ask()
                except Refused as told:
                    return told

            answers = [one.result() for one in [people.submit(at_once) for _ in range(4)]]
            refused[name] = sum(isinstance(answer, Refused) for answer in answers)
            if name in ("close", "explain"):
                assert sorted(answers) == [0, 0, 0, 1]
    assert refused == {name: 3 if name in ("waive", "return") else 0 for name in asked}
    assert [c.id for c in house.record_checks() if c.failed] == []


def test_failed_transaction_leaves_nothing(database_house, cases):
    with pytest.raises(ZeroDivisionError), database_house.database.write() as connection:
        connection.execute(sa.text("DELETE FROM home"))
        raise ZeroDivisionError
    assert database_house.database.programme() == "jiaxing"


def test_load_of_a_dead_machine_is_finished_at_once_and_a_living_one_is_waited_for(
    database_house, cases, tmp_path, books, open_home, url
):
    one = cases.judged(cases.receipt("a", 0))
    database_house.add_receipts([one.receipt], cases.at(1))
    with database_house.database.write() as connection:
        connection.execute(
            LOAD.insert().values(
                load_id="l000001",
                ordinal=1,
                state="planned",
                host="elsewhere",
                pid=1,
                planned_at=cases.at(1),
                lease_until=cases.at(2),
                freezes=[],
                receipts=[one.receipt.receipt_id],
            )
        )
    folder = stage(tmp_path / "home" / "stage", "b", [one], [cases.outcome(one)])
    if not database_house.database.sqlite:
        # another machine: another home's lock file, the same database
        other = open_home("other", sql_url=url, catalog_url=url, lock_timeout=0.2)
        with (
            database_house.database.loading(1),
            pytest.raises(Transient, match=r"another session writes to the warehouse: pid \d+ \w+ .*20\d\d-"),
        ):
            other.recover(cases.at(1.5))
    result = database_house.load([folder], cases.at(1.5), {})
    assert (result.load_id, result.reopened) == ("l000002", ())
    assert books(database_house) == []


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_lock_lost_while_loading_commits_nothing(database_house, cases, put, tmp_path, books, open_home, url):
    """Its session was ended (a network that failed, a server started again): another machine may load meanwhile."""
    database = database_house.database

    def end_session() -> None:
        holder = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key"
        with database.engine.connect() as connection:
            assert connection.scalar(sa.text(holder), {"key": LOADER_KEY})

    one = cases.judged(cases.receipt("a", 1))
    folder = stage(tmp_path / "home" / "stage", "b", [one], [cases.outcome(one)])
    database_house.add_receipts([one.receipt], cases.at(1))
    with pytest.raises(Transient, match="the lock of the loader was lost"), database_house._loader.writing("load"):
        batch = database_house._loader._read([folder])
        planned = database_house._loader._plan_load(batch, cases.at(2), {}, False)
        end_session()
        database_house._loader._finish(planned, batch, cases.at(2), {}, False)
    assert database_house.submissions() == [] and staged(tmp_path / "home" / "stage") == [folder]
    assert database_house.load([], cases.at(3), {}).submissions == (one.submission_id,)
    assert books(database_house) == []


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_ledger_and_catalog_wait_for_nobody_without_end(database_house):
    for engine in (database_house.database.engine, database_house.lake.catalog.engine):
        with engine.connect() as connection:
            said = {n: connection.exec_driver_sql(f"SHOW {n}").scalar() for n in ("statement_timeout", "lock_timeout")}
        assert said == {"statement_timeout": "10min", "lock_timeout": "1min"}


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_who_loads_next_begins_after_the_last_commit_of_the_one_before(database_house, open_home, url):
    other = open_home("other", sql_url=url, catalog_url=url)
    begun = threading.Event()

    def load() -> None:
        with other.database.loading(30):
            begun.set()

    with database_house.database.engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": COMMIT_KEY})
        thread = threading.Thread(target=load)
        thread.start()
        assert not begun.wait(0.5)
    thread.join(10)
    assert begun.is_set()


def test_sqlite_settings_that_make_a_commit_durable(house):
    with house.database.read() as connection:
        values = {p: connection.scalar(sa.text(f"PRAGMA {p}")) for p in ("journal_mode", "synchronous", "foreign_keys")}
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_reading_goes_on_while_a_writer_writes(house, put, cases):
    put(house, [cases.judged(cases.receipt("a", 1))])
    with house.database.write() as connection:
        connection.execute(sa.text("DELETE FROM current_submission"))
        started = time.monotonic()
        assert len(house.current("2022-06")) == 1
        assert time.monotonic() - started < 5
        connection.rollback()


def test_unknown_database_is_refused(open_home):
    with pytest.raises(Terminal, match="unknown database: mysql"):
        open_home(sql_url="mysql://x/y")


def test_opening_an_existing_home_imports_neither_iceberg_nor_alembic(house, tmp_path):
    home = tmp_path / "home"
    code = (
        "import sys; from pathlib import Path; from pipelines.warehouse.opening import open_warehouse\n"
        f"w = open_warehouse('sqlite:///{home}/warehouse.db', 'sqlite:///{home}/catalog.db', 'file://{home}/lake',\n"
        f"  Path('{home}/lake_writer.lock'), Path('{home}/stage'), 'jiaxing')\n"
        "assert w.submissions('2022-06') == []\n"
        "heavy = [m for m in ('pyiceberg', 'alembic', 'pandas') if m in sys.modules]\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_people_decide_survives_and_is_chained(database_house, put, cases):
    put(database_house, [one := cases.judged(cases.receipt("a", 1), form="project_month")])
    rulings, period = database_house.rulings, "2022-06"
    cell = RuledCell(one.unit_code, one.form, "C09", "P1", "ytd", "9'\"; DROP TABLE waiver;--")
    proposed = Waiver(cell, period, "2022-09", "理由", one.submission_id, "甲", cases.at(101))
    assert not rulings.put_waiver(proposed).granted
    assert database_house.histories(one.form, period, [one.unit_code])[one.unit_code].rulings == ""
    for name in ("甲", " 甲", "\u200b甲　"):
        with pytest.raises(Refused, match="two people"):
            rulings.put_waiver(replace(proposed, first_by=name, first_at=cases.at(102)))
    granted = rulings.put_waiver(replace(proposed, first_by="乙", first_at=cases.at(102)))
    assert (granted.first_by, granted.second_by, granted.second_at) == ("甲", "乙", cases.at(102))
    text = "进口设备三台于本月到厂验收"
    given = Explanation(cell, period, period, "其他", text, "file", one.submission_id, "330481", cases.at(101))
    assert rulings.put_explanations([given]) == [given] and rulings.put_explanations([given]) == []
    rulings.decide([given.explanation_id], "returned", "甲", cases.at(103), "请补文件")
    with pytest.raises(Refused, match="甲 已退回"):
        rulings.decide([given.explanation_id], "accepted", "乙", cases.at(104), undecided=True)
    for month, held in (
        (period, f"{given.explanation_id}:returned {granted.waiver_id}"),
        ("2022-09", granted.waiver_id),
    ):
        assert database_house.histories(one.form, month, [one.unit_code])[one.unit_code].rulings == held
    assert database_house.histories(one.form, "2022-10", [one.unit_code])[one.unit_code].rulings == ""
    assert [s.reasons for s in database_house.stale(one.rules_version, "p1")] == [("history",)]
    waivers, explained = rulings.of_tokens([granted.waiver_id, f"{given.explanation_id}:returned"])
    assert waivers == [granted] and [(e.state, e.text) for e in explained] == [("returned", text)]
    rulings.add_return(Return(one.submission_id, "缺文号", cases.at(200), "甲", cases.at(104)))
    with pytest.raises(Refused, match="returned before"):
        rulings.add_return(Return(one.submission_id, "再退", None, "甲", cases.at(105)))
    assert rulings.returns(cases.at(103)) == {} and len(rulings.returns(cases.at(104))) == 1
    assert database_house.submissions(period, as_of=cases.at(103))[0].current
    assert database_house.submissions(period, as_of=cases.at(104))[0].state == "returned"
    assert [e.action for e in database_house.audit_entries(5)] == [
        "waiver-propose",
        "waiver-grant",
        "explain",
        "explanation-returned",
        "return",
    ]
    assert database_house.record_checks()[-1].failed == 0


def test_a_home_that_may_only_be_read_is_read(house, put, cases, open_home, tmp_path, monkeypatch):
    """An auditor's copy or a read-only disk: SQLite makes files beside a WAL database even to read it, unless told not to."""
    put(house, [cases.judged(cases.receipt("a", 1))])
    house.close()
    home = tmp_path / "home"
    before = {path.name: path.stat().st_mtime_ns for path in home.iterdir()}
    monkeypatch.setattr("pipelines.warehouse.db.database.may_only_read", lambda path: True)
    with open_home() as looked:
        (row,) = looked.submissions()
        assert looked.facts("unit_month", [row.submission_id]).num_rows == row.accepted
        assert not any(check.failed for check in looked.checks(None, cases.at(10_000)))
        with pytest.raises(Transient, match="readonly database"):
            looked.audit("x", "y", "z", {}, cases.at(2))
    assert {path.name: path.stat().st_mtime_ns for path in home.iterdir()} == before


def test_a_home_of_a_newer_version_is_refused_with_a_remedy(house, open_home):
    with house.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Terminal, match="made by a newer version"):
        open_home()
