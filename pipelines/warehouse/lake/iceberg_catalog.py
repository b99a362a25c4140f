"""PyIceberg's catalog, with three things done otherwise.

It asks one visitor about all manifests of a table from several threads (`_OverwriteFiles._deleted_entries`), and the visitor keeps the
manifest that it is being asked about. On a busy machine one thread got the answer for another's manifest, and the load ended in
`ValidationException: Missing required files to delete`. Here each question has a visitor of its own.

A transaction makes the metadata of its table anew, with a deep copy of every snapshot, each of the ten times in a commit that it looks at
them. Here it does so after a change of its own, and when the table has been loaded again.

Rows to be appended are copied twice to be parted by partition. Here rows of one period, which is what a load mostly has, are taken as
they are."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import visitors
from pyiceberg.io import pyarrow as table_files
from pyiceberg.partitioning import PartitionFieldValue, PartitionKey, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Transaction
from pyiceberg.table.metadata import TableMetadata

__all__ = ["SqlCatalog"]

_shared = visitors._ManifestEvalVisitor.eval
_made_anew = Transaction.table_metadata.fget
_parted = table_files._determine_partitions


def _evaluate(self: Any, manifest: Any) -> bool:
    return bool(_shared(copy.copy(self), manifest))


def _metadata(self: Any) -> TableMetadata:
    made_of = (self._table.metadata, self._updates)
    known: tuple[tuple[Any, Any], TableMetadata] | None = self.__dict__.get("_known_metadata")
    if known is None or any(one is not other for one, other in zip(known[0], made_of, strict=True)):
        known = self.__dict__["_known_metadata"] = (made_of, _made_anew(self))
    return known[1]


def _partitions(spec: PartitionSpec, schema: Schema, arrow_table: pa.Table) -> Iterable[Any]:
    (by,) = spec.fields  # every table of the lake is parted by its period alone
    values = pc.unique(arrow_table[schema.find_column_name(by.source_id)])
    if len(values) != 1:
        yield from _parted(spec, schema, arrow_table)
        return
    key = PartitionKey([PartitionFieldValue(field=by, value=values[0].as_py())], spec, schema)
    yield table_files._TablePartition(partition_key=key, arrow_table_partition=arrow_table.combine_chunks())


visitors._ManifestEvalVisitor.eval = _evaluate
table_files._determine_partitions = _partitions
Transaction.table_metadata = property(_metadata)
