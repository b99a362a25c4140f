"""PyIceberg asks one visitor about all manifests of a table from several threads (`_OverwriteFiles._deleted_entries`), and the visitor
keeps the manifest that it is being asked about. On a busy machine one thread got the answer for another's manifest, and the load ended
in `ValidationException: Missing required files to delete`. Here each question has a visitor of its own."""

from __future__ import annotations

import copy
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import visitors

__all__ = ["SqlCatalog"]

_shared = visitors._ManifestEvalVisitor.eval


def _evaluate(self: Any, manifest: Any) -> bool:
    return bool(_shared(copy.copy(self), manifest))


visitors._ManifestEvalVisitor.eval = _evaluate
