"""Many rows into SQL: by statements or by a file, they are the same rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from pipelines.errors import Transient
from pipelines.warehouse.db import bulk_rows
from pipelines.warehouse.db.bulk_rows import lay_ready
from pipelines.warehouse.db.database import Database

TABLE = sa.Table(
    "kept", sa.MetaData(), sa.Column("name", sa.Text), sa.Column("yuan", sa.BigInteger), sa.Column("flag", sa.Boolean)
)
ROWS = pa.table({"name": ["甲", None, "a'b"], "yuan": [2**62, None, -1], "flag": [True, None, False]})


@pytest.mark.parametrize("worth", [1, 1_000])
def test_what_is_inserted_is_what_was_given_and_the_file_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worth: int
) -> None:
    monkeypatch.setattr(bulk_rows, "_WORTH_A_FILE", worth)
    database = Database(f"sqlite:///{tmp_path / 'home.db'}")
    with database.write() as connection:
        TABLE.create(connection)
    for _ in range(2):  # the second time over the same connection
        bulk = lay_ready(database, tmp_path, {"kept": ROWS})
        assert (bulk.file is not None) == (worth == 1)
        with database.write() as connection:
            bulk.insert(connection, TABLE)
    with database.read() as connection:
        stored = [tuple(row) for row in connection.execute(sa.select(TABLE))]
        assert len(connection.exec_driver_sql("PRAGMA database_list").all()) == 1
    assert stored == 2 * list(zip(*(column.to_pylist() for column in ROWS.columns), strict=True))
    database.close()


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_rows, "_WORTH_A_FILE", 1)
    database = Database(f"sqlite:///{tmp_path / 'home.db'}")
    with pytest.raises(Transient, match="cannot write to"):
        lay_ready(database, tmp_path / "gone", {"kept": ROWS})
    database.close()
