"""The bytes of the lake's files are those that a load wrote: a changed file is named, and nothing of it passes into another."""

from __future__ import annotations

import shutil
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipelines.errors import Terminal
from pipelines.model.loading import DraftEdition
from pipelines.warehouse.db.schema import COMMITTED_SNAPSHOT, LAKE_FILE
from pipelines.warehouse.load import ledger_commit
from pipelines.warehouse.staging.stage_writer import stage


def load(house, home: Path, cases, number: int, *judged) -> None:
    house.add_receipts([one.receipt for one in judged], cases.at(100 + number))
    outcomes = [cases.outcome(one) for one in judged]
    house.load([stage(home / "stage", f"n{number}", list(judged), outcomes)], cases.at(100 + number), {})


def failures(house, cases) -> dict[str, str]:
    return {c.id: c.detail for c in house.checks(None, cases.at(20_000)) if c.failed}


def check(house, cases, name: str):
    return next(c for c in house.checks(None, cases.at(20_000)) if c.id == name)


def files_with(home: Path, amount: str) -> list[Path]:
    """Files of the lake's facts that hold an amount."""
    found = []
    for file in sorted((home / "lake" / "saima" / "fact_unit_month").rglob("*.parquet")):
        column = pq.ParquetFile(file).read(["ytd"])["ytd"].cast(pa.decimal128(20, 4))
        if pc.any(pc.equal(column, pa.scalar(Decimal(amount), pa.decimal128(20, 4)))).as_py():
            found.append(file)
    return found


def forge(file: Path, amount: str, forged: str) -> None:
    """One amount changed: same schema, statistics computed anew, as many bytes as before."""
    before, rows = file.read_bytes(), pq.ParquetFile(file).read()
    amounts = [Decimal(forged) if value == Decimal(amount) else value for value in rows["ytd"].to_pylist()]
    at = rows.schema.get_field_index("ytd")
    changed = rows.set_column(at, rows.schema.field(at), pa.array(amounts, rows.schema.field(at).type))
    assert not changed.equals(rows)
    room = 0
    while not room or file.stat().st_size < len(before):
        with pq.ParquetWriter(file, changed.schema, compression="zstd", store_schema=False) as writer:
            writer.write_table(changed)
            writer.add_key_value_metadata({"room": "x" * room})
        room += max(1, len(before) - file.stat().st_size - 8)
    assert file.stat().st_size == len(before) and file.read_bytes() != before
    group = pq.ParquetFile(file).metadata.row_group(0)
    assert Decimal(forged) <= group.column(at).statistics.max


def correct(house, home: Path, cases):
    first = cases.judged(cases.receipt("a", 1, "甲.xlsx"), "330481", amounts=("1234", "2"))
    other = cases.judged(cases.receipt("b", 1, "乙.xlsx"), "330482", amounts=("3", "4"))
    load(house, home, cases, 1, first, other)
    load(house, home, cases, 2, cases.judged(cases.receipt("aa", 2, "甲2.xlsx"), "330481", amounts=("10", "20")))
    return house, home, first, other


@pytest.fixture
def corrected(open_home, tmp_path, cases):
    """Two units in one file; one of them corrects, so that its first version lies there superseded."""
    return correct(open_home(), tmp_path / "home", cases)


def test_the_forged_amount_of_a_superseded_version_is_named(corrected, cases):
    """No verdict is computed again from it, no current figure rests on it, and the rows are as many as before."""
    house, home, *_ = corrected
    assert failures(house, cases) == {}
    assert check(house, cases, "lake-files").looked_at >= 5
    (file,) = files_with(home, "1234")
    forge(file, "1234", "1243")
    failed = failures(house, cases)
    assert failed.keys() == {"lake-files", "lake-manifests"}, "its bounds are not those of its manifest either"
    assert file.name in failed["lake-files"] and "被改动 / is not as it was written" in failed["lake-files"]
    assert files_with(home, "1243") == [file]


def test_a_file_that_is_gone_or_was_put_in_is_named(corrected, cases):
    house, home, *_ = corrected
    (file,) = files_with(home, "1234")
    aside = file.rename(home / "aside.parquet")
    assert "is gone" in failures(house, cases)["lake-files"]
    aside.rename(file)
    with house.database.write() as connection:
        connection.execute(LAKE_FILE.delete().where(LAKE_FILE.c.file_path.contains(file.name)))
    failed = failures(house, cases)
    assert file.name in failed["lake-files"] and "no load brought it" in failed["lake-files"]
    assert failed["lake-register"] == "l000001: 登记被改动 / the register was changed"


def test_a_hash_written_to_fit_is_found_by_the_audit_log(corrected, cases):
    house, home, *_ = corrected
    (file,) = files_with(home, "1234")
    forge(file, "1234", "1243")
    with house.database.write() as connection:
        row = LAKE_FILE.c.file_path.contains(file.name)
        connection.execute(LAKE_FILE.update().where(row).values(sha256=sha256(file.read_bytes()).hexdigest()))
    failed = failures(house, cases)
    assert failed.keys() == {"lake-register", "lake-manifests"}
    assert failed["lake-register"] == "l000001: 登记被改动 / the register was changed"


def test_nothing_of_a_forged_file_is_compacted_or_copied(corrected, cases):
    """Compaction and a load that writes the other unit's rows anew would give what was forged a hash of its own."""
    house, home, _, other = corrected
    (file,) = files_with(home, "1234")
    whole = file.read_bytes()
    forge(file, "1234", "1243")
    with pytest.raises(Terminal, match="is not as it was written"):
        house.lake_upkeep.compact(cases.at(200), dry_run=False)
    again = cases.judged(other.receipt, "330482", amounts=("3", "4"), word="accepted_with_queries", rules_version="r2")
    with pytest.raises(Terminal, match="is not as it was written"):
        load(house, home, cases, 3, again)
    assert {s.unit_code: s.word for s in house.submissions() if s.current}["330482"] == "accepted"
    file.write_bytes(whole)
    load(house, home, cases, 4)
    assert {s.unit_code: s.word for s in house.submissions() if s.current}["330482"] == "accepted_with_queries"
    assert failures(house, cases) == {}


def test_compacted_expired_and_drafted_files_are_in_the_register(corrected, cases):
    house, *_ = corrected
    units = [{"unit": "330481", "name": "海宁市", "rank": 1, "score": "88.10", "ytd": "3.0000", "growth": 0.1}]
    draft = DraftEdition("2022-06-e1", "2022-06", "in", "co", "SAIMA-1", {"units": units}, "x", cases.at(150))
    house.editions.save_draft(draft)
    before = check(house, cases, "lake-files").looked_at
    house.lake_upkeep.compact(cases.at(200), dry_run=False)
    assert check(house, cases, "lake-files").looked_at > before, "the edition keeps its files"
    house.lake_upkeep.expire(cases.at(20_000), 1, dry_run=False)
    house.lake_upkeep.remove_orphans(cases.at(20_000), 1, dry_run=False)
    assert failures(house, cases) == {}


def test_files_older_than_the_register_are_unproved_and_not_red(open_home, tmp_path, cases, monkeypatch):
    """A home of an older version: the first load notes what is there; from then on a file that no load brought is named."""
    with monkeypatch.context() as older:
        older.setattr(ledger_commit, "record_files", lambda *_: {})
        house, home, *_ = correct(open_home(), tmp_path / "home", cases)
    old = check(house, cases, "lake-files")
    assert old.failed == 0 and f"{old.looked_at} 个文件早于登记" in old.detail
    load(house, home, cases, 3, cases.judged(cases.receipt("c", 3, "丙.xlsx"), "330483", amounts=("7",)))
    assert failures(house, cases) == {}
    now = check(house, cases, "lake-files")
    assert now.looked_at > old.looked_at and "older than the register, not proved" in now.detail
    (file,) = files_with(home, "10")
    copied = Path(shutil.copy(file, file.with_name("put-in.parquet")))
    table = house.lake.catalog.load_table(("saima", "fact_unit_month"))
    table.add_files([f"file://{copied}"], check_duplicate_files=False)
    head = table.refresh().current_snapshot().snapshot_id
    with house.database.write() as connection:
        change = COMMITTED_SNAPSHOT.update().where(COMMITTED_SNAPSHOT.c.table_name == "fact_unit_month")
        connection.execute(change.values(snapshot_id=head))
    assert "put-in.parquet: 无登记" in failures(house, cases)["lake-files"]


def test_the_register_is_not_begun_twice(corrected, cases):
    """Whoever empties it makes the next load note what lies there as it lies there; the audit log knows that there was a register."""
    house, home, *_ = corrected
    (file,) = files_with(home, "1234")
    forge(file, "1234", "1243")
    with house.database.write() as connection:
        connection.execute(LAKE_FILE.delete())
    load(house, home, cases, 3, cases.judged(cases.receipt("c", 3, "丙.xlsx"), "330483", amounts=("7",)))
    failed = failures(house, cases)
    assert "再次登记 / registered again" in failed["lake-register"] and "l000001" in failed["lake-register"]
