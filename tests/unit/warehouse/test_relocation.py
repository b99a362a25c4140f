"""Copied and moved homes: their lake is found where it lies, and the home they come from is never touched."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.errors import Terminal, Transient
from pipelines.warehouse.lake.avro_container import rewrite_records
from pipelines.warehouse.lake.relocation import recorded_location, relocate_lake
from pipelines.warehouse.opening import Warehouse, stage


def load(house: Warehouse, home: Path, cases, number: int) -> None:
    one = cases.judged(cases.receipt(str(number), number, f"{number}.xlsx"))
    house.add_receipts([one.receipt], cases.at(number))
    house.load([stage(home / "stage", f"b{number}", [one], [cases.outcome(one)])], cases.at(number), {})


def contents(home: Path) -> dict[str, str]:
    return {str(p.relative_to(home)): sha256(p.read_bytes()).hexdigest() for p in home.rglob("*") if p.is_file()}


def lake_of(home: Path) -> tuple[str, str]:
    return f"sqlite:///{home / 'catalog.db'}?timeout=60", f"file://{home / 'lake'}"


@pytest.fixture
def origin(open_home, tmp_path: Path, cases) -> Path:
    """A home with three loads, closed."""
    house = open_home("origin")
    for number in range(3):
        load(house, tmp_path / "origin", cases, number)
    house.close()
    return tmp_path / "origin"


def test_working_in_a_copy_leaves_the_original_as_it_is(origin: Path, open_home, tmp_path: Path, cases, books) -> None:
    """Twenty-two loads: more than the metadata versions that Iceberg keeps, whose oldest files it removes."""
    before = contents(origin)
    shutil.copytree(origin, tmp_path / "copy")
    copy = open_home("copy")
    for number in range(10, 32):
        load(copy, tmp_path / "copy", cases, number)
    assert len(copy.submissions()) == 25 and books(copy) == []
    assert [e.action for e in copy.audit_entries()].count("relocate") == 1
    copy.close()
    assert contents(origin) == before
    house = open_home("origin")
    load(house, origin, cases, 50)
    assert books(house) == [] and [e.action for e in house.audit_entries()].count("relocate") == 0


def test_a_moved_home_goes_on(origin: Path, open_home, tmp_path: Path, cases, books) -> None:
    origin.rename(tmp_path / "moved")
    house = open_home("moved")
    load(house, tmp_path / "moved", cases, 10)
    assert (
        books(house) == [] and house.facts("unit_month", [r.submission_id for r in house.submissions()]).num_rows == 8
    )
    named = [path for path in (tmp_path / "moved" / "lake").rglob("metadata/*.json") if str(origin) in path.read_text()]
    assert named == [] and not origin.exists()


def test_a_manifest_list_knows_how_long_its_manifests_are(origin: Path, open_home, tmp_path: Path) -> None:
    origin.rename(tmp_path / "a-much-longer-name-than-before")
    home = tmp_path / "a-much-longer-name-than-before"
    open_home(home.name).close()
    looked_at = 0
    for file in (home / "lake").rglob("metadata/snap-*.avro"):
        listed: list[dict] = []
        rewrite_records(file.read_bytes(), lambda record, listed=listed: listed.append(record) or record)
        for manifest in listed:
            assert Path(manifest["manifest_path"].removeprefix("file://")).stat().st_size == manifest["manifest_length"]
            looked_at += 1
    assert looked_at > 3


def test_records_that_nobody_changes_come_out_as_they_went_in(origin: Path) -> None:
    """Every Avro file of the lake, decoded and encoded again, reads the same."""
    files = sorted((origin / "lake").rglob("metadata/*.avro"))
    assert files
    for file in files:
        first: list[dict] = []
        second: list[dict] = []
        again = rewrite_records(file.read_bytes(), lambda record, first=first: first.append(record) or record)
        rewrite_records(again, lambda record, second=second: second.append(record) or record)
        assert first == second != []
    with pytest.raises(ValueError, match="not an Avro container"):
        rewrite_records(b"PAR1", dict)


def test_a_copy_that_may_only_be_read_is_refused(origin: Path, open_home, tmp_path: Path, monkeypatch) -> None:
    shutil.copytree(origin, tmp_path / "copy")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(Terminal, match="copied or moved"):
        relocate_lake(*lake_of(tmp_path / "copy"), f"file://{origin / 'lake'}")


def without_lake(home: Path) -> None:
    shutil.rmtree(home / "lake")


def with_an_empty_lake(home: Path) -> None:
    without_lake(home)
    (home / "lake").mkdir()


def with_a_part_of_it(home: Path) -> None:
    shutil.rmtree(home / "lake" / "saima" / "fact_unit_month" / "metadata")


@pytest.mark.parametrize("damage", [without_lake, with_an_empty_lake, with_a_part_of_it])
def test_a_copy_lacks_its_lake(origin: Path, open_home, tmp_path: Path, damage) -> None:
    """It was told to be copied and to be read only, or was taken for whole. Nothing is changed; whoever makes the lake again may open it."""
    shutil.copytree(origin, tmp_path / "copy")
    damage(tmp_path / "copy")
    before = contents(tmp_path / "copy")
    with pytest.raises(Terminal, match="copied without its lake") as told:
        open_home("copy")
    assert f"{origin}/lake" in told.value.remedy and "saima rebuild" in told.value.remedy
    after = contents(tmp_path / "copy")
    assert {name: after[name] for name in before if not name.endswith(".lock")}.items() <= before.items()
    house = open_home("copy", lake_may_be_lost=True)
    assert len(house.submissions()) == 3
    house.close()
    assert recorded_location(*lake_of(tmp_path / "copy")) is None


def test_the_same_folder_under_another_name_is_no_other_place(origin: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(origin)
    assert recorded_location(*lake_of(tmp_path / "link")) is None
    assert recorded_location(*lake_of(tmp_path / "nothing")) is None
    shutil.copytree(origin, tmp_path / "copy")
    assert recorded_location(*lake_of(tmp_path / "copy")) == f"file://{origin / 'lake'}"


def copy_database(url: str, name: str) -> str:
    """The database of a home that nobody uses, copied as pg_dump and a restore would."""
    admin = sa.engine.make_url(url)
    engine = sa.create_engine(admin.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {admin.database}"))
    engine.dispose()
    return admin.set(database=name).render_as_string(hide_password=False)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_home_whose_catalog_is_on_a_server_is_copied_and_moved(url, open_home, tmp_path: Path, cases, books) -> None:
    house = open_home("origin", sql_url=url, catalog_url=url)
    for number in range(3):
        load(house, tmp_path / "origin", cases, number)
    house.close()
    before = contents(tmp_path / "origin")

    shutil.copytree(tmp_path / "origin", tmp_path / "copy")
    other = copy_database(url, f"{sa.engine.make_url(url).database}_copy")
    copy = open_home("copy", sql_url=other, catalog_url=other)
    load(copy, tmp_path / "copy", cases, 10)
    assert books(copy) == [] and [e.action for e in copy.audit_entries()].count("relocate") == 1
    assert copy.facts("unit_month", [r.submission_id for r in copy.submissions()]).num_rows == 8
    copy.close()
    assert contents(tmp_path / "origin") == before

    (tmp_path / "origin").rename(tmp_path / "moved")
    moved = open_home("moved", sql_url=url, catalog_url=url)
    load(moved, tmp_path / "moved", cases, 20)
    assert books(moved) == [] and [e.action for e in moved.audit_entries()].count("relocate") == 1
    moved.close()

    lake = f"file://{tmp_path / 'moved' / 'lake'}"
    with pytest.raises(Terminal, match=r"the catalog names the lake at .*moved/lake; .*lacks its metadata"):
        open_home("somewhere_else", sql_url=url, catalog_url=url)
    with pytest.raises(Terminal, match="lacks its metadata"):  # behind by one load: its lake is that of nobody any more
        relocate_lake(url, f"file://{tmp_path / 'copy' / 'lake'}", lake)
    assert recorded_location(url, lake) is None


HALF_WRITTEN = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
connection.execute("CREATE TABLE half (x)")
rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT zeroblob(4000) FROM n"
connection.execute("INSERT INTO half " + rows)
os._exit(9)
"""


def test_a_writer_that_was_killed_in_the_catalog_is_taken_back_by_whoever_opens_next(tmp_path):
    """SQLite refuses to read such a file to those who ask for reading alone."""
    catalog = tmp_path / "catalog.db"
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("CREATE TABLE iceberg_tables (table_namespace, table_name, metadata_location)")
    for may_write in (True, False):
        ended = subprocess.run([sys.executable, "-c", HALF_WRITTEN, str(catalog)], check=False)
        journal = tmp_path / "catalog.db-journal"
        assert ended.returncode == 9 and journal.stat().st_size > 0, "nothing was left half written"
        with pytest.MonkeyPatch.context() as patch:
            if not may_write:  # root may write whatever the mode says
                patch.setattr("os.access", lambda path, mode: False)
                with pytest.raises(Transient, match="the database is not available: sqlite"):
                    recorded_location(f"sqlite:///{catalog}", f"file://{tmp_path / 'lake'}")
                continue
            assert recorded_location(f"sqlite:///{catalog}", f"file://{tmp_path / 'lake'}") is None
            assert not journal.exists()
