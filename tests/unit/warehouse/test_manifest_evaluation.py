"""A question about one manifest is never answered with another's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from pyiceberg.conversions import to_bytes
from pyiceberg.expressions import EqualTo
from pyiceberg.expressions.visitors import manifest_evaluator
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import NestedField, StringType

from pipelines.warehouse.lake import manifest_evaluation

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
    assert manifest_evaluation.SqlCatalog.__name__ == "SqlCatalog"
    asked = manifest_evaluator(SPEC, SCHEMA, EqualTo("period", "2022-06"))
    may = SimpleNamespace(partitions=_Waiting("2022-05", lambda: None))
    with ThreadPoolExecutor(1) as other:
        june = SimpleNamespace(partitions=_Waiting("2022-06", lambda: other.submit(asked, may).result()))
        assert asked(june), "the manifest of June was passed over: the question about May came in between"
        assert not asked(may) and not hasattr(asked.__self__, "partition_fields")
