"""Every verdict a version ever had, in the order in which they were recorded, with its findings: nothing judged again replaces
what was found before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa
import sqlalchemy as sa

from pipelines.model.findings import RuleTotal
from pipelines.model.loading import PastVerdict

from ..db.database import Database
from ..db.in_lists import chunks
from ..db.schema import AUDIT_LOG, SUBMISSION, VERDICT
from ..ledger import held_verdicts
from .lake import Lake
from .snapshot_commit import read_committed_snapshots


class VerdictHistory:
    """Reads verdicts, the present and the earlier ones."""

    def __init__(self, database: Database, lake: Lake) -> None:
        self._database, self._lake = database, lake

    def of_period(self, period: str) -> dict[str, list[PastVerdict]]:
        """submission → its verdicts, oldest first, of the versions of a period."""
        return self._read(SUBMISSION.c.period == period)

    def of_submissions(self, submission_ids: Sequence[str]) -> dict[str, list[PastVerdict]]:
        """The same for these versions."""
        found: dict[str, list[PastVerdict]] = {}
        for ids in chunks(submission_ids):
            found.update(self._read(SUBMISSION.c.submission_id.in_(ids)))
        return found

    def findings(self, verdict_history: Sequence[PastVerdict]) -> pa.Table:
        """Findings of these verdicts (columns of the lake table `findings`)."""
        with self._database.read() as connection:
            committed_snapshots = read_committed_snapshots(connection)
        periods = sorted({one.period for one in verdict_history})
        return self._lake.read(
            "findings", committed_snapshots, None, periods, ("verdict_id", [one.verdict_id for one in verdict_history])
        )

    def rule_totals(self, submission_ids: Sequence[str]) -> list[RuleTotal]:
        """How every rule fared in the verdicts that hold of these versions, added up by rule, status and reason."""
        with self._database.read() as connection:
            return held_verdicts.rule_totals(connection, submission_ids)

    def _read(self, condition: sa.ColumnElement[bool]) -> dict[str, list[PastVerdict]]:
        loads = sa.select(AUDIT_LOG.c.subject, sa.func.max(AUDIT_LOG.c.seq).label("seq"))
        order = loads.where(AUDIT_LOG.c.action == "load").group_by(AUDIT_LOG.c.subject).subquery()
        query = (
            sa.select(
                SUBMISSION.c.submission_id,
                SUBMISSION.c.unit_code,
                SUBMISSION.c.period,
                SUBMISSION.c.form,
                SUBMISSION.c.version,
                VERDICT.c.verdict_id,
                VERDICT.c.word,
                VERDICT.c.rules_version,
                VERDICT.c.programme_version,
                VERDICT.c.history_id,
                VERDICT.c.judged_at,
                (VERDICT.c.verdict_id == SUBMISSION.c.verdict_id).label("holds"),
            )
            .join(VERDICT, VERDICT.c.submission_id == SUBMISSION.c.submission_id)
            .outerjoin(order, order.c.subject == VERDICT.c.load_id)
            .where(condition)
            .order_by(SUBMISSION.c.submission_id, VERDICT.c.judged_at, order.c.seq, VERDICT.c.verdict_id)
        )
        found: dict[str, list[PastVerdict]] = defaultdict(list)
        with self._database.read() as connection:
            for row in connection.execute(query):
                found[row.submission_id].append(PastVerdict(**{**row._mapping, "holds": bool(row.holds)}))
        # a verdict that held before may hold again (a correction was taken back): the one that holds comes last
        return {submission: sorted(own, key=lambda one: one.holds) for submission, own in found.items()}
