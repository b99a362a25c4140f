"""What a statistician queries: current rows in real units, explained in the database, on both databases; and as of an instant."""

from __future__ import annotations

from datetime import timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa

from pipelines.errors import Terminal
from pipelines.model.dispatch_tables import DISPATCH_TABLES
from pipelines.model.loading import DraftEdition
from pipelines.model.rulings import Return
from pipelines.model.tables import table_register
from pipelines.warehouse.db.as_of_queries import SQLITE_QUERIES
from pipelines.warehouse.db.view_register import FUNCTIONS, views
from pipelines.warehouse.db.views import refresh_views, views_are_current
from pipelines.warehouse.opening import stage

FIRST = {"unit": "330481", "name": "海宁市", "rank": 2, "score": "80.5", "ytd": "100.0001", "base": "90", "growth": 0.1}
SCORED = {
    "growth": {"value": "0.100000", "points": "88.5", "weight": "40"},
    "service": {"value": None, "points": None, "weight": "0"},
}


def view(connection: sa.Connection, name: str) -> str:
    return f"bureau_{name}" if connection.dialect.name == "sqlite" else f"bureau.{name}"


def rows(house, name: str, rest: str = "") -> list[dict]:
    with house.database.read() as connection:
        found = connection.execute(sa.text(f"SELECT * FROM {view(connection, name)} {rest}"))
        return [dict(row) for row in found.mappings()]


@pytest.fixture(scope="module")
def month(shared_house, case_module, tmp_path_factory):
    house, cases, stages = shared_house, case_module, tmp_path_factory.mktemp("stages")
    second = {"amounts": ("922337203685477.5807", "3"), "word": "accepted_with_queries"}
    third = {"form": "project_month", "amounts": ("7", "8"), "held": (5,)}
    for one in (
        cases.judged(cases.receipt("a", 1), amounts=("100.0001", "-2")),
        cases.judged(cases.receipt("b", 2, "b"), **second),
        cases.judged(cases.receipt("c", 3, "c"), "330482", **third),
    ):
        house.add_receipts([one.receipt], cases.at(100))
        folder = stage(stages, one.submission_id[:8], [one], [cases.outcome(one)])
        house.load([folder], cases.at(100), {})
    for number, (ytd, hash_) in enumerate((("100.0001", "c1"), ("101", "c2")), 1):
        unit = {**FIRST, "ytd": ytd, "rank": 3 - number, "indicators": SCORED}
        document = {"period": "2022-06", "units": [unit]}
        name, made = f"2022-06-e{number}", cases.at(90 + number)
        house.editions.save_draft(
            DraftEdition(name, "2022-06", f"in{number}", hash_, "SAIMA-1", document, "out/x", made)
        )
        house.editions.sign(name, "statistics", "王", hash_, "approved", cases.at(91 + number))
        house.editions.publish(name, hash_, cases.at(100 + number), "out/y", f"m{number}")
    return house


def number(value: object) -> Decimal:
    return Decimal(str(value))


def test_current_rows_alone_in_real_units(month):
    found = rows(month, "unit_month", "ORDER BY row_no")
    assert [r["version"] for r in found] == [2, 2]
    if month.database.sqlite:
        assert [r["ytd"] for r in found] == pytest.approx([922337203685477.5807, 3.0])
    else:
        assert [r["ytd"] for r in found] == [Decimal("922337203685477.5807"), Decimal("3.0000")]
    held = rows(month, "project_month")
    assert [(r["unit_code"], number(r["ytd"])) for r in held] == [("330482", Decimal(8))], (
        "a quarantined row is not shown"
    )
    assert {"load_id", "row_status"}.isdisjoint(held[0])


def test_versions_findings_rankings_indicators_revisions(month):
    versions = rows(month, "submissions", "WHERE form = 'unit_month' ORDER BY version")
    assert [(v["version"], bool(v["current"]), v["state"], v["file_name"]) for v in versions] == [
        (1, False, "superseded", "海宁.xlsx"),
        (2, True, "accepted_with_queries", "b"),
    ]
    found = rows(month, "findings", "WHERE unit_code = '330481' ORDER BY rule")
    assert [(f["rule"], f["found"], f["answered"], bool(f["current"])) for f in found] == [
        ("F16", 1, 0, True),
        ("F17", 1, 1, True),
    ]
    ranked = rows(month, "rankings", "ORDER BY number")
    assert [(r["edition_id"], bool(r["latest"]), number(r["ytd"]), r["rank"]) for r in ranked] == [
        ("2022-06-e1", False, Decimal("100.0001"), 2),
        ("2022-06-e2", True, Decimal(101), 1),
    ]
    scored = rows(month, "indicators", "WHERE latest ORDER BY indicator")
    assert [(s["indicator"], s["value"], s["points"], s["weight"]) for s in scored] == [
        ("growth", "0.100000", "88.5", "40"),
        ("service", None, None, "0"),
    ]
    (revised,) = rows(month, "revisions")
    assert (revised["first_edition"], revised["latest_edition"]) == ("2022-06-e1", "2022-06-e2")
    assert number(revised["ytd_revision"]).quantize(Decimal("0.0001")) == Decimal("0.9999")
    (late,) = rows(month, "late_record", "WHERE form = 'unit_month'")
    assert (late["versions"], late["county_due"], late["late"]) == (2, None, None)
    assert [s["name"] for s in rows(month, "signatures")] == ["王", "王"]


def test_every_view_answers_and_every_column_is_explained(month):
    defined = views(month.lake.register)
    said = rows(month, "dictionary")
    assert len(defined) > 20
    for one in defined:
        columns = {c.name for c in one.columns}
        assert {r["view"]: None for r in said if r["view"] == one.name}, one.name
        assert {r["column"] for r in said if r["view"] == one.name} == columns
        shown = rows(month, one.name, "LIMIT 1")
        assert not shown or set(shown[0]) == columns
    assert all(r["meaning_zh"] and r["meaning_en"] for r in said)
    amounts = [r for r in said if r["view"] == "project_month" and r["column"] == "ytd"]
    assert [(r["kind"], r["unit"]) for r in amounts] == [("amount", "万元")]
    if month.database.sqlite:
        return
    with month.database.read() as connection:
        query = """SELECT n.nspname || '.' || c.relname || coalesce('.' || a.attname, '') FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE n.nspname IN ('ledger', 'stat', 'dispatch', 'publish', 'ops', 'bureau') AND c.relkind IN ('r', 'v')
            AND c.relname <> 'dictionary'
            AND (obj_description(c.oid) IS NULL OR col_description(c.oid, a.attnum) IS NULL)"""
        assert connection.execute(sa.text(query)).scalars().all() == []
        counted = connection.scalar(
            sa.text("SELECT count(*) FROM pg_description WHERE objsubid > 0 AND objoid > 16000")
        )
        assert counted > 1000


def test_as_of_in_the_database_is_as_of_in_the_program(month, cases):
    def asked(name: str, hours: float) -> list[dict]:
        at = cases.at(hours)
        with month.database.read() as connection:
            if month.database.sqlite:
                instant = at.astimezone(timezone(timedelta(hours=8))).isoformat()
                query = sa.text(SQLITE_QUERIES[name])
                return [
                    dict(r) for r in connection.execute(query, {"period": "2022-06", "instant": instant}).mappings()
                ]
            query = sa.text(f"SELECT * FROM bureau.{name}('2022-06', :at)")
            return [dict(row) for row in connection.execute(query, {"at": at}).mappings()]

    second = next(s for s in month.submissions("2022-06") if s.version == 2)
    month.rulings.add_return(Return(second.submission_id, "缺文号", None, "甲", cases.at(50)))
    compared = 0
    for hours in (0, 1, 1.5, 2, 3, 49, 50, 51):
        at = cases.at(hours)
        told = {(r["submission_id"], r["state"], bool(r["current"])) for r in asked("submissions_as_of", hours)}
        expected = {(s.submission_id, s.state, s.current) for s in month.submissions("2022-06", as_of=at)}
        assert told == expected, hours
        compared += len(told)
    assert compared > 10
    for hours, edition in ((100, []), (101, ["2022-06-e1"]), (200, ["2022-06-e2"])):
        assert [row["edition_id"] for row in asked("rankings_as_of", hours)] == edition
    assert (len(asked("findings_as_of", 1.5)), len(asked("findings_as_of", 3))) == (0, 3)
    columns = {f.name: list(asked(f.name, 200)[0]) for f in FUNCTIONS}
    assert columns.keys() == SQLITE_QUERIES.keys()
    for name, found in columns.items():
        assert sorted(found) == sorted(rows(month, name.removesuffix("_as_of"))[0]), "the columns of its view"


def test_views_of_another_version_are_made_anew(database_house, open_home, url):
    sqlite = database_house.database.sqlite
    with database_house.database.write() as connection:
        connection.execute(sa.text(f"DROP VIEW {view(connection, 'deliveries')}"))
        if not sqlite:
            connection.execute(sa.text("COMMENT ON SCHEMA bureau IS 'older'"))
    open_home(sql_url=url, catalog_url="" if sqlite else url)
    assert rows(database_house, "deliveries") == []


def test_down_and_up_again_keeps_the_rows(database_house, put, cases, books):
    house = database_house
    put(house, [cases.judged(cases.receipt("a", 1), amounts=("100.0001", "-2"))])
    house.database.downgrade("0080")
    with house.database.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM submission")) == 1
        assert not sa.inspect(connection).has_table("data_delivery")
    house.database.upgrade()
    house.database.keep_views(house._loader.lock, views(house.lake.register), FUNCTIONS)
    assert books(house) == []
    assert len(rows(house, "submissions")) == 1
    house.database.downgrade("base")
    with house.database.read() as connection:
        there = set(sa.inspect(connection).get_table_names())
        assert there - {"alembic_version", "iceberg_tables", "iceberg_namespace_properties"} == set()
    house.database.upgrade()
    assert house.submissions() == []


def test_names_of_views_do_not_collide():
    defined = views(table_register())
    names = [one.name for one in defined]
    assert len(set(names)) == len(names) > 20
    assert all(len({c.name for c in one.columns}) == len(one.columns) for one in defined)


def test_every_dispatch_table_is_a_view_in_real_units_and_a_month_is_replaced_whole(month, case_module):
    samples = {"text": "甲", "integer": 7, "number": 0.25, "amount": "120000.5", "date": "2022-07-25", "flag": True}
    tables = {t.name: [{c.name: samples[c.kind] for c in t.columns}] * 2 for t in DISPATCH_TABLES}
    absent = {t.name: [dict.fromkeys(c.name for c in t.columns)] for t in DISPATCH_TABLES}
    store = month.dispatch_rows
    assert store.replace("2022-06", case_module.at(1), absent, "0.1.0") == len(DISPATCH_TABLES)
    for table in DISPATCH_TABLES:
        (row,) = rows(month, f"dispatch_{table.name}")
        assert all(row[c.name] is None for c in table.columns), (table.name, row)
    assert store.replace("2022-06", case_module.at(2), tables, "0.1.0") == 2 * len(DISPATCH_TABLES)
    assert store.replace("2022-07", case_module.at(3), {"lists": tables["lists"]}, "0.1.0") == 2
    looked_at = 0
    for table in DISPATCH_TABLES:
        found = rows(month, f"dispatch_{table.name}", "WHERE period = '2022-06' ORDER BY row_no")
        assert [r["row_no"] for r in found] == [1, 2]
        for column in table.columns:
            looked_at += 1
            value, want = found[0][column.name], samples[column.kind]
            if column.kind in ("amount", "number"):
                assert number(value) == number(want), (table.name, column.name)
            else:
                assert value == want or str(value) == want, (table.name, column.name, value)
    assert looked_at > 100 and len(rows(month, "dispatch_lists")) == 4


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_views_of_others_are_never_removed(database_house):
    """Somebody built a report on a view of the bureau: it stays, and whoever changes the views is told of it by name."""
    database = database_house.database
    with database.write() as connection:
        connection.exec_driver_sql("CREATE SCHEMA report")
        connection.exec_driver_sql("CREATE VIEW report.mine AS SELECT unit_code, state FROM bureau.submissions")
    wanted = views(table_register())
    with (
        pytest.raises(Terminal, match=r"view report\.mine depends on view bureau\.submissions"),
        database.write() as one,
    ):
        refresh_views(one, wanted, FUNCTIONS)
    with pytest.raises(Terminal, match="report\\.mine"):
        database.downgrade("0080")
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM report.mine").scalar() == 0
        assert views_are_current(connection, wanted, FUNCTIONS)
    with database.write() as connection:
        connection.exec_driver_sql("DROP VIEW report.mine")
        refresh_views(connection, wanted, FUNCTIONS)
