"""A home whose ledger has no byte left, and a lake whose data file is cut off: told by their cause, with what to do."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import Terminal
from pipelines.flow.runtime.context import ledger_is_lost
from pipelines.settings import Settings
from pipelines.warehouse.lake.lake_errors import told


@pytest.mark.parametrize(
    ("name", "size", "lost"), [("", 0, True), ("warehouse.db", 0, True), ("warehouse.db", 9, False)]
)
def test_a_ledger_without_a_byte_is_none(tmp_path: Path, name: str, size: int, lost: bool) -> None:
    """`status` answered from an empty one, and a collection would have begun anew beside the archive."""
    settings = Settings(home=tmp_path)
    settings.raw.mkdir()
    (settings.raw / "ab").mkdir()
    if name:
        (tmp_path / name).write_bytes(b"x" * size)
    assert ledger_is_lost(settings) is lost


class _Lake:
    catalog_url = "sqlite://"

    @told
    def read(self, file: Path) -> pa.Table:
        return pq.read_table(file)


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.95])
def test_a_data_file_that_is_cut_off_is_named_as_damage(tmp_path: Path, kept: float) -> None:
    """An internal error, of `close`, `report` and `template`."""
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": list(range(9000))}), file)
    file.write_bytes(file.read_bytes()[: int(kept * file.stat().st_size)])
    with pytest.raises(Terminal, match="damaged") as error:
        _Lake().read(file)
    assert "saima audit" in error.value.remedy and "saima rebuild" in error.value.remedy


def test_a_full_disk_is_no_damage() -> None:
    class Full:
        catalog_url = "sqlite://"

        @told
        def replace(self) -> None:
            raise OSError(28, "No space left on device", "/lake/rows.parquet")

    with pytest.raises(OSError, match="No space left"):
        Full().replace()
