"""What the manifests of the lake say of the data files that they name, against those files. Readers leave out a manifest by its partitions
and a file by its bounds before they open it, and count by its rows: who narrows a bound hides rows that lie there untouched. The bytes of a
manifest are no evidence, for a home that is moved writes its manifests again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pyiceberg.table import Table

_COUNTS = ("value_counts", "null_value_counts")


def manifests_of(table: Table, snapshots: Iterable[int]) -> list[Any]:
    """Every manifest that these snapshots name, once."""
    found: dict[str, Any] = {}
    for snapshot_id in set(snapshots):
        snapshot = table.snapshot_by_id(snapshot_id)
        if snapshot is not None:
            found.update({one.manifest_path: one for one in snapshot.manifests(table.io)})
    return [found[path] for path in sorted(found)]


def false_claims(table: Table, snapshots: Iterable[int]) -> Iterator[tuple[str, list[str]]]:
    """(address of a manifest or data file, what is said wrongly of it), of each. A data file that is gone or damaged is passed over."""
    statistics = _statistics(table)
    for manifest in manifests_of(table, snapshots):
        entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
        files = [entry.data_file for entry in entries]
        yield manifest.manifest_path, list(_partitions(table, manifest, [file.partition for file in files]))
        for file in files:
            yield file.file_path, list(_of_file(table, manifest.partition_spec_id, file, statistics))


def _partitions(table: Table, manifest: Any, partitions: list[Any]) -> Iterator[str]:
    """The summary of a manifest holds the partitions of its files."""
    from pyiceberg.conversions import from_bytes

    fields = table.specs()[manifest.partition_spec_id].partition_type(table.schema()).fields
    for at, (field, said) in enumerate(zip(fields, manifest.partitions or (), strict=False)):
        values = [one[at] for one in partitions if one[at] is not None]
        if values and not (
            said.lower_bound is not None
            and said.upper_bound is not None
            and from_bytes(field.field_type, said.lower_bound) <= min(values)
            and max(values) <= from_bytes(field.field_type, said.upper_bound)
        ):
            yield f"partitions of {field.name}"


def _statistics(table: Table) -> Callable[[Any], Any]:
    """Footer of a Parquet file → what its manifest has to say of it."""
    from pyiceberg.io import pyarrow as iceberg

    plan = iceberg.compute_statistics_plan(table.schema(), table.metadata.properties)
    ids = iceberg.parquet_path_to_id_mapping(table.schema())
    return lambda footer: iceberg.data_file_statistics_from_parquet_metadata(footer, plan, ids)


def _of_file(table: Table, spec_id: int, file: Any, statistics: Callable[[Any], Any]) -> Iterator[str]:
    schema, source = table.schema(), table.io.new_input(file.file_path)
    try:
        with source.open() as stream:
            size, footer = len(source), pq.read_metadata(stream)
    except (OSError, pa.ArrowException):
        return
    found = statistics(footer)
    if (file.record_count, file.file_size_in_bytes) != (found.record_count, size):
        yield "rows or size"
    if file.partition != found.partition(table.specs()[spec_id], schema):
        yield "partition"
    told = found.to_serialized_dict()
    for name in _COUNTS:
        said = getattr(file, name) or {}
        if any(told[name].get(key, count) != count for key, count in said.items()):
            yield name
    types = {field.field_id: field.field_type for field in schema.fields}
    yield from _narrowed("lower_bounds", types, file.lower_bounds or {}, told["lower_bounds"])
    yield from _narrowed("upper_bounds", types, file.upper_bounds or {}, told["upper_bounds"])


def _narrowed(
    name: str, types: Mapping[int, Any], said: Mapping[int, bytes], found: Mapping[int, bytes]
) -> Iterator[str]:
    """Bounds that leave rows of the file outside; wider ones, as another writer may give them, hide nothing."""
    from pyiceberg.conversions import from_bytes

    for key, bound in said.items():
        if key not in found or key not in types or bound == found[key]:
            continue
        try:
            told, real = from_bytes(types[key], bound), from_bytes(types[key], found[key])
        except (ValueError, UnicodeDecodeError):
            yield f"{name} {key}"
            continue
        if told > real if name == "lower_bounds" else told < real:
            yield f"{name} {key}"
