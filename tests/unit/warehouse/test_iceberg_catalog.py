"""A question about one manifest is never answered with another's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
from pyiceberg.conversions import to_bytes
from pyiceberg.expressions import EqualTo
from pyiceberg.expressions.visitors import manifest_evaluator
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import NestedField, StringType

from pipelines.warehouse.lake import iceberg_catalog

SCHEMA = Schema(NestedField(1, "period", StringType(), required=True))
SPEC = PartitionSpec(PartitionField(1, 1000, IdentityTransform(), "period"))


class _Waiting(list[Any]):
    """Partition summaries that let another thread in between being kept and being looked at."""

    def __init__(self, month: str, pause: Any) -> None:
        bound = to_bytes(StringType(), month)
        super().__init__([SimpleNamespace(lower_bound=bound, upper_bound=bound, contains_null=False)])
        self.pause = pause

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, at: Any) -> Any:
        pause, self.pause = self.pause, lambda: None
        pause()
        return super().__getitem__(at)


def test_each_manifest_is_asked_about_by_a_visitor_of_its_own() -> None:
    assert iceberg_catalog.SqlCatalog.__name__ == "SqlCatalog"
    asked = manifest_evaluator(SPEC, SCHEMA, EqualTo("period", "2022-06"))
    may = SimpleNamespace(partitions=_Waiting("2022-05", lambda: None))
    with ThreadPoolExecutor(1) as other:
        june = SimpleNamespace(partitions=_Waiting("2022-06", lambda: other.submit(asked, may).result()))
        assert asked(june), "the manifest of June was passed over: the question about May came in between"
        assert not asked(may) and not hasattr(asked.__self__, "partition_fields")


def test_a_transaction_makes_its_metadata_anew_after_its_own_changes_and_the_table_s(tmp_path: Path) -> None:
    catalog = iceberg_catalog.SqlCatalog("one", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("one")
    table = catalog.create_table("one.months", pa.schema([("period", pa.string())]))
    with table.transaction() as transaction:
        first = transaction.table_metadata
        assert transaction.table_metadata is first
        transaction.set_properties({"load_id": "l1"})
        assert transaction.table_metadata.properties["load_id"] == "l1"
        assert "load_id" not in first.properties
        transaction.append(pa.table({"period": ["2022-06"]}))
        assert len(transaction.table_metadata.snapshots) == 1
    with table.transaction() as transaction:
        assert transaction.table_metadata.properties["load_id"] == "l1"
        assert len(transaction.table_metadata.snapshots) == 1


def test_rows_of_one_period_and_of_several_are_parted_alike(tmp_path: Path) -> None:
    """The first are not copied; where they lie and what is read of them is the same."""
    catalog = iceberg_catalog.SqlCatalog("one", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("one")
    table = catalog.create_table("one.months", pa.schema([("period", pa.string()), ("ytd", pa.int64())]))
    with table.update_spec() as spec:
        spec.add_identity("period")
    may = pa.concat_tables([pa.table({"period": ["2022-05"], "ytd": [n]}) for n in (1, 2)])
    table.append(may)
    table.append(pa.table({"period": ["2022-06", "2022-07", "2022-06"], "ytd": [3, 4, 5]}))
    files = [(task.file.partition[0], task.file.record_count) for task in table.scan().plan_files()]
    assert sorted(files) == [("2022-05", 2), ("2022-06", 2), ("2022-07", 1)]
    assert all(
        f"period={period}/" in task.file.file_path
        for task in table.scan().plan_files()
        for period in [task.file.partition[0]]
    )
    assert table.scan("period = '2022-05'").to_arrow().sort_by("ytd")["ytd"].to_pylist() == [1, 2]
    assert table.scan("period = '2022-06'").to_arrow().sort_by("ytd")["ytd"].to_pylist() == [3, 5]
