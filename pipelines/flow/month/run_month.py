"""All steps of a month in one process, no Airflow: what `saima month` runs and what the DAGs run in pieces."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ...errors import Refused
from ...model.json_documents import AlertsRunDocument, MonthDocument
from ...model.loading import LoadPurpose
from ...model.periods import Period
from ..exchange.collect import Collected, collect
from ..feedback.write_feedback import FeedbackWriter, FeedbackWritten
from ..intake.process import process
from ..notify.send import Clock, run_alerts
from ..notify.watch import report_sources
from ..records.submission_status import files_of_no_unit, submission_statuses
from ..runtime.context import Context
from ..runtime.reader_pool import open_reader
from ..runtime.stopwatch import Stopwatch
from .close import close, close_as_history
from .draft import draft
from .publication_gate import refuse_blocked
from .release import publish, sign, under_embargo


@dataclass
class MonthRun:
    """What one `saima month` did. `state`: history, open (and why), draft or published. `blocked`: it was to be signed, and what would
    mislead its readers kept it from being signed."""

    period: str
    state: str = "open"
    reason: str = ""
    blocked: bool = False
    edition: str | None = None
    path: str | None = None
    collected: Collected | None = None
    feedback: FeedbackWritten = dataclass_field(default_factory=FeedbackWritten)
    units: dict[str, int] = dataclass_field(default_factory=dict)
    rows: dict[str, int] = dataclass_field(default_factory=dict)
    unassigned: int = 0
    top: list[tuple[int, str, str]] = dataclass_field(default_factory=list)
    watch: Stopwatch = dataclass_field(default_factory=Stopwatch)
    alerts: AlertsRunDocument | None = None

    def document(self) -> MonthDocument:
        """The JSON of `saima month` (DESIGN §8)."""
        return {
            "period": self.period,
            "edition": self.edition,
            "state": self.state,
            "reason": self.reason,
            "path": self.path,
            "units": self.units,
            "rows": self.rows,
            "unassigned": self.unassigned,
            "alerts": self.alerts or {},
            "failures": [],
            "sources_failed": list(self.collected.failures) if self.collected else [],
            "stages": [
                {"name": n, "seconds": round(s, 3), "cpu_seconds": round(self.watch.cpu_seconds[n], 3)}
                for n, s in self.watch.seconds.items()
            ],
            "peak_rss_mb": peak_rss_mb(),
        }


def run_month(
    context: Context,
    period: Period,
    now: datetime,
    from_dir: Path | None = None,
    history: bool = False,
    sign_off_as: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    clock: Clock | None = None,
) -> MonthRun:
    """Collect, process, close, draft; sign and publish where a name is given. Stops at a draft unless signed, and at a signed
    one (with the reason) where the embargo is not over."""
    run = MonthRun(str(period))
    with run.watch("collect"):
        run.collected = collect(context, now, from_dir, partial(open_reader, context.programme, context.settings))
    purpose: LoadPurpose = "history" if history else "collection"
    feedback = FeedbackWriter(context)
    process(context, now, progress=progress, watch=run.watch, purpose=purpose, loaded=feedback.loaded)
    if history:
        close_as_history(context, period, now)
        run.state = "history"
    try:
        if not history:
            _close_and_draft(context, period, now, run, sign_off_as)
    finally:  # the reader processes write the last answers while the month is closed and ranked
        with run.watch("feedback"):
            run.feedback = feedback.finish()
    if not history:
        with run.watch("alert"):
            report_sources(context, run.collected.down, run.collected.looked, now)
            run.alerts = run_alerts(context, now, clock, scheduled=False)
    run.units, run.rows = summary(context, period, now)
    run.unassigned = len(files_of_no_unit(context, period, now))
    return run


def _close_and_draft(context: Context, period: Period, now: datetime, run: MonthRun, sign_off_as: str | None) -> None:
    with run.watch("close"):
        closed = close(context, period, now)
    if not closed.closed:
        run.reason = closed.reason
        return
    with run.watch("rank"):
        drafted = draft(context, period, now)
    run.edition, run.state, run.path = drafted.edition.edition_id, drafted.edition.state, drafted.edition.path
    run.top = drafted.top
    if sign_off_as and run.state == "draft":
        try:
            refuse_blocked(drafted.edition)
        except Refused as blocked:
            run.reason, run.blocked = str(blocked), True
            return
        with run.watch("publish"):
            for role in context.programme.method.signatures:
                sign(context, period, role, sign_off_as, now, demonstration=True)
            held = under_embargo(context, period, now)
            if held:
                run.reason = " / ".join(held)
                return
            published = publish(context, period, now)
        run.state, run.path = published.state, published.published_path
    elif run.state == "published":
        run.path = drafted.edition.published_path


def summary(context: Context, period: Period, now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """Units received, late, rejected, missing; rows of the versions that count (of the latest, where none does)."""
    found = submission_statuses(context, period, now)
    by_unit: dict[str, list[Any]] = {}
    for status in found:
        by_unit.setdefault(status.unit.code, []).append(status)
    shown = [s.current or s.latest for s in found if s.latest]
    units = {
        "expected": len(by_unit),
        "received": sum(any(s.latest for s in own) for own in by_unit.values()),
        "late": sum(any(s.late and s.latest for s in own) for own in by_unit.values()),
        "rejected": sum(any(s.latest and not s.accepted for s in own) for own in by_unit.values()),
        "missing": sum(not any(s.latest for s in own) for own in by_unit.values()),
    }
    names = ("received", "accepted", "quarantined", "not_data")
    return units, {name: sum(getattr(row, name) for row in shown if row) for name in names}


def peak_rss_mb() -> float:
    """Largest resident memory of this process and of its largest child, together (ru_maxrss is in KiB on Linux)."""
    usage = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return round(sum(resource.getrusage(who).ru_maxrss for who in usage) / 1024, 1)
