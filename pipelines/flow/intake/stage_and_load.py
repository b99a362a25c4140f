"""What batches and uploads have in common once they are validated: the stage under a name that the content decides, and the load of
what is staged."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ...model.loading import LoadPurpose, LoadResult, ReceiptOutcome, ValidatedSubmission
from ...warehouse.staging.stage_writer import stage
from ..records.apply_rulings import explanations_in
from ..records.programme_record import note_programme
from ..runtime.context import Context
from ..runtime.lineage_events import note_read, stage_run
from ..runtime.stage_figures import StageFigures, keep_stage_figures
from ..runtime.stage_log import log_stage, logged_stage


def stage_batch(context: Context, validated: Sequence[ValidatedSubmission], outcomes: Sequence[ReceiptOutcome]) -> Path:
    """Stage under a name that the content decides, so that a repeated task overwrites its own stage and no other."""
    text = "\n".join(sorted([*(j.verdict_id for j in validated), *(o.receipt_id for o in outcomes)]))
    stage_id = "b" + hashlib.sha256(text.encode()).hexdigest()[:16]
    explanations = [e for one in validated for e in explanations_in(one, context.programme.forms[one.form])]
    started = time.perf_counter()
    rows = sum(one.verdict.received for one in validated)
    with stage_run("stage", context):
        folder = stage(context.settings.stage, stage_id, validated, outcomes, explanations)
        note_read(rows, len(outcomes), (run for one in validated for run in one.verdict.rule_runs))
    seconds = time.perf_counter() - started
    figures = StageFigures(seconds=round(seconds, 3), files=len(outcomes), rows=rows)
    keep_stage_figures(context.settings, "stage", figures)
    found = Counter(f.severity for one in validated for f in one.verdict.findings)
    log_stage(
        "stage",
        seconds,
        files=len(outcomes),
        submissions=len(validated),
        rows=rows,
        errors=found["error"],
        queries=found["query"],
        information=found["information"],
        unread=sum(o.state != "processed" for o in outcomes),
    )
    return folder


@logged_stage(
    "load",
    lambda done: {
        "load_id": done.load_id,
        "submissions": len(done.submissions),
        "resent": len(done.resent),
        "changed": len(done.changed),
        "rows": sum(done.rows.values()),
    },
)
def load_staged(
    context: Context, folders: Sequence[Path], now: datetime, purpose: LoadPurpose = "collection"
) -> LoadResult:
    """One load of staged batches: lock, plan, lake, ledger (DESIGN §5)."""
    note_programme(context, now)
    return context.warehouse.load(folders, now, freezes(context), follow_up=purpose == "collection")


def freezes(context: Context) -> Mapping[tuple[str, str], datetime | None]:
    """When each form of each period freezes; absent or None = no freeze."""
    return {(row.form, str(row.period)): row.freeze for row in context.programme.calendar.rows}
