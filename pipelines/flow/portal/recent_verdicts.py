"""Findings and failing rows of what was validated last: read from the lake once a load, where sixty pages would read them once each."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ...model.findings import Finding
from ...model.loading import SubmissionRow
from ..records.finding_documents import findings_of
from ..runtime.context import Context
from .row_grid import RAW_COLUMNS, RowGrid, row_grid

MOST_VERSIONS = 300
MOST_FINDINGS = 2_000
"""Of a version; one with more is read by its page."""
MOST_ROWS = 50_000
"""Of a load; a larger one is read page by page, not whole into memory."""

_Known = tuple[tuple[Finding, ...], RowGrid]


class RecentVerdicts:
    """By version and verdict, so that a version with another verdict is read anew. Shared by the threads of a server."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()
        self._changing = threading.Lock()

    def get(self, version: SubmissionRow) -> _Known | None:
        """(findings in the order of the lake, failing rows) of a version with the verdict that it has; None where they are not here."""
        with self._changing:
            return self._known.get((version.submission_id, version.verdict_id))

    def read_ahead(self, context: Context, receipt_ids: Iterable[str]) -> None:
        """Reads what the pages of these receipts are about to ask for."""
        versions = context.warehouse.follow_ups.versions_of_receipts(receipt_ids)
        if not versions or sum(v.received for v in versions) > MOST_ROWS:
            return
        findings = findings_of(context, [v.submission_id for v in versions])
        few = [v for v in versions if len(findings[v.submission_id]) <= MOST_FINDINGS]
        raw = _raw_rows(context, few)
        for version in few:
            found = findings[version.submission_id]
            grid = row_grid(context, version, found, raw=raw.get(version.submission_id))
            with self._changing:
                self._known[(version.submission_id, version.verdict_id)] = (tuple(found), grid)
                while len(self._known) > MOST_VERSIONS:
                    self._known.popitem(last=False)


def _raw_rows(context: Context, versions: Sequence[SubmissionRow]) -> dict[str, pa.Table]:
    """submission → its rows as they were sent, form by form."""
    found = {}
    for form in {v.form for v in versions}:
        ids = [v.submission_id for v in versions if v.form == form]
        rows = context.warehouse.rows_of("raw_rows", ids, ["submission_id", *RAW_COLUMNS], form)
        found.update({i: rows.filter(pc.equal(rows["submission_id"], i)) for i in ids})
    return found
