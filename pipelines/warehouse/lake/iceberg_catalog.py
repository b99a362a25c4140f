"""PyIceberg's catalog, with two things done otherwise.

It asks one visitor about all manifests of a table from several threads (`_OverwriteFiles._deleted_entries`), and the visitor keeps the
manifest that it is being asked about. On a busy machine one thread got the answer for another's manifest, and the load ended in
`ValidationException: Missing required files to delete`. Here each question has a visitor of its own.

A transaction makes the metadata of its table anew, with a deep copy of every snapshot, each of the ten times in a commit that it looks at
them. Here it does so after a change of its own, and when the table has been loaded again."""

from __future__ import annotations

import copy
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import visitors
from pyiceberg.table import Transaction
from pyiceberg.table.metadata import TableMetadata

__all__ = ["SqlCatalog"]

_shared = visitors._ManifestEvalVisitor.eval
_made_anew = Transaction.table_metadata.fget


def _evaluate(self: Any, manifest: Any) -> bool:
    return bool(_shared(copy.copy(self), manifest))


def _metadata(self: Any) -> TableMetadata:
    made_of = (self._table.metadata, self._updates)
    known: tuple[tuple[Any, Any], TableMetadata] | None = self.__dict__.get("_known_metadata")
    if known is None or any(one is not other for one, other in zip(known[0], made_of, strict=True)):
        known = self.__dict__["_known_metadata"] = (made_of, _made_anew(self))
    return known[1]


visitors._ManifestEvalVisitor.eval = _evaluate
Transaction.table_metadata = property(_metadata)
