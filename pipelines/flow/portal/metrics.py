"""Figures of the month for Prometheus: expected, received, late, findings by rule, outbox, edition, what waits; what each stage took.
No amounts, no names."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from ...errors import Refused
from ..runtime.context import Context
from ..runtime.stage_figures import last_stage_figures
from .desk_view import desk_month, month_in_hand, rule_figures, source_figures


def metrics_text(context: Context, now: datetime) -> bytes:
    """The text exposition format, in a registry of its own: figures of the ledger as it stands, whoever made them."""
    registry = CollectorRegistry()

    def gauge(name: str, help_text: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"saima_{name}", help_text, labels, registry=registry)

    seconds = gauge("stage_seconds", "Seconds that a stage took when it ran last (of its last batch)", ("stage",))
    files = gauge("stage_files", "Files that it went through", ("stage",))
    rows = gauge("stage_rows", "Rows that it went through; of a file every line that was received", ("stage",))
    ended = gauge("stage_ended_seconds", "Unix time when it ended", ("stage",))
    for stage, last in last_stage_figures(context.settings).items():
        seconds.labels(stage).set(last.figures.seconds)
        ended.labels(stage).set(last.ended_at.timestamp())
        if last.figures.files is not None:
            files.labels(stage).set(last.figures.files)
        if last.figures.rows is not None:
            rows.labels(stage).set(last.figures.rows)
    try:
        period = month_in_hand(context, now)
        month = desk_month(context, period, now)
    except Refused:
        return generate_latest(registry)
    forms = gauge("forms", "Forms of the ranking units in the month in hand", ("period", "state"))
    for state in ("expected", "received", "accepted", "late"):
        forms.labels(str(period), state).set(month.counts[state])
    found = gauge("findings", "Rows found by a rule over the newest versions of the month", ("period", "rule"))
    broken = gauge("rules_broken", "Rules that raised over some version of the month", ("period",))
    figures = rule_figures(context, period)
    for one in figures:
        if one.failed:
            found.labels(str(period), one.rule).set(one.failed)
    broken.labels(str(period)).set(sum(bool(one.broken) for one in figures))
    _outbox(
        context,
        now,
        gauge("outbox", "Messages by state", ("state",)),
        gauge("outbox_age_seconds", "Oldest message due"),
    )
    waiting = context.warehouse.pending_receipts()
    gauge("files_waiting", "Files received and not validated").set(len(waiting))
    oldest = min((r.seen_at for r in waiting), default=now)
    gauge("files_waiting_age_seconds", "How long the oldest of them waits").set((now - oldest).total_seconds())
    newest = context.warehouse.edition_heads.last_publication()
    if newest is not None:
        gauge("edition_age_seconds", "Since the newest edition was published").set((now - newest).total_seconds())
    arrived = gauge("source_last_arrival_seconds", "Unix time of the newest file of a source", ("source",))
    for source in source_figures(context, now):
        if source.last_arrival is not None:
            arrived.labels(source.name).set(source.last_arrival.timestamp())
    beats = gauge("heartbeat_seconds", "Unix time of the last run of what must run regularly", ("name",))
    for name, at in context.warehouse.alerts.heartbeats().items():
        beats.labels(name).set(at.timestamp())
    return generate_latest(registry)


def _outbox(context: Context, now: datetime, states: Gauge, age: Gauge) -> None:
    due = now
    for state in ("pending", "dead"):
        rows = context.warehouse.alerts.rows(states=(state,), as_of=now)
        states.labels(state).set(len(rows))
        if state == "pending":
            due = min((max(r.notice.not_before, r.next_at) for r in rows), default=now)
    age.set(max((now - due).total_seconds(), 0))
