"""What DAG tasks call: one function a task, only small JSON values in and out.

`now` is an ISO moment or None for the clock: the DAGs are, beside the commands, the edge where it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..errors import Refused, Terminal
from ..model.accounts import role_word
from ..model.calendar import utc
from ..model.json_documents import AuditDocument, DeliveryDocument, WatchDocument
from ..model.loading import HISTORY, Edition
from ..model.typed_dates import typed_moment, typed_period
from ..model.typed_texts import typed_text
from ..settings import Settings
from .dispatch.weekly_look import look_at_the_week
from .exchange import collect as receive
from .feedback.write_feedback import write_due_feedback
from .intake import process as processing
from .intake.batches import in_batches, stage_receipts
from .intake.stage_and_load import load_staged
from .month import build_site as site
from .month import close as closing
from .month import draft as drafting
from .month import follow_publication as following
from .month import release
from .month.prerelease import reopened_by
from .month.prerelease import sent_back as sent_back_by
from .notify import send as delivering
from .notify import watch as alerting
from .runtime.context import Context, open_context
from .upkeep import audit as auditing

RELEASE_AGAIN = timedelta(hours=1)
"""A release that began less than this ago is left alone, however it ended."""
STAGES_AT_ONCE = 2
"""A load holds the rows of its stages: all of a country's month at once would be three gigabytes."""
NOTICED_WITHIN = timedelta(minutes=15)
"""The event of a closing or of a draft has started its run by then; before, an event given again would start a second one."""


def _open() -> Context:
    return open_context(Settings.load())


def _moment(now: str | None, context: Context) -> datetime:
    """A moment that a run was given, in the programme's zone unless it names one; the clock where it was given none."""
    return utc(typed_moment(now), context.programme.time_zone) if now else datetime.now(UTC)


def moment_of(now: str | None) -> datetime:
    """The same for whoever has no home open."""
    return _moment(now, _open())


def collect(now: str | None = None) -> list[list[str]]:
    """Look at the sources; receipt ids of everything pending, in batches (`batches.in_batches`)."""
    context = _open()
    moment = _moment(now, context)
    context.warehouse.recover(moment)
    collected = receive.collect(context, moment)
    alerting.report_sources(context, collected.down, collected.looked, moment)
    return in_batches(context)


def process_batch(receipt_ids: list[str], now: str | None = None) -> str:
    """Read, validate and stage one batch; the path of its stage. A repeated task stages the same again."""
    context = _open()
    return str(stage_receipts(context, receipt_ids, _moment(now, context)))


def load(stage_dirs: Iterable[str], now: str | None = None) -> dict[str, Any]:
    """Load what was staged, and nothing that was not: a lost batch waits for the next run. Then validate again what a changed
    history made stale. `{load_id, revalidated, waiting}`; of a month of many batches the last of its loads."""
    context = _open()
    moment = _moment(now, context)
    folders = [Path(folder) for folder in stage_dirs]
    loaded = None
    for start in range(0, len(folders), STAGES_AT_ONCE):
        loaded = load_staged(context, folders[start : start + STAGES_AT_ONCE], moment)
    done = processing.revalidate_changed(context, moment)
    return {
        "load_id": loaded.load_id if loaded else None,
        "revalidated": len(done.revalidated),
        "waiting": len(context.warehouse.follow_ups.attempts()),
    }


def feedback() -> dict[str, Any]:
    """Write and deliver what loads left to be said: `{receipts, workbooks, failures}`."""
    done = write_due_feedback(_open())
    return {"receipts": done.receipts, "workbooks": done.workbooks, "failures": list(done.failures)}


def closable(now: str | None = None) -> list[str]:
    """Periods that can be closed now."""
    context = _open()
    return closing.closable(context, _moment(now, context))


def close(period: str, now: str | None = None) -> dict[str, Any]:
    """Close a month; `emitted` is true only for a closing that is new."""
    context = _open()
    closed = closing.close(context, typed_period(period), _moment(now, context))
    return {**closed.document(), "inputs_hash": closed.inputs_hash, "emitted": closed.emitted}


def draft(period: str, now: str | None = None, reopen: bool = False) -> dict[str, Any]:
    """The draft of a closed month: the existing one where the inputs are the same (`changed` false). `sent_back`: by whom and what
    to do, null where nobody did; with `reopen` such a draft is begun anew instead, and `reopened` says so."""
    context = _open()
    month = typed_period(period)
    drafted = drafting.draft(context, month, _moment(now, context), reopen)
    edition = drafted.edition
    publish_at = release.embargo(context, month)
    return {
        "edition": edition.edition_id,
        "content_hash": edition.content_hash,
        "changed": drafted.changed,
        "state": edition.state,
        "signatures_needed": release.outstanding(context, edition),
        "blocked": drafting.blocking_texts(edition),
        "publish_at": publish_at.isoformat() if publish_at else None,
        "sent_back": _sent_back(context, edition),
        "reopened": " / ".join(drafting.reopened_text(drafted.reopened, edition)) if drafted.reopened else None,
        "summary_md": drafting.summary_md(edition, reopened_by(context, edition)),
    }


def _sent_back(context: Context, edition: Edition) -> str | None:
    returned = sent_back_by(context, edition)
    if returned is None:
        return None
    return (
        f"{edition.edition_id} 已被 {returned.by}（{role_word(returned.role)}）退回 / was sent back；重新起草 / to draft it again: "
        f"monthly_ranking, period = {edition.period}"
    )


def superseded(edition: str, content_hash: str) -> bool:
    """Whether this edition is no longer the newest of its period, or another content stands in its place."""
    context = _open()
    found = context.warehouse.editions.by_id(edition)
    newest = context.warehouse.editions.newest(found.period)
    return newest is None or newest.edition_id != edition or newest.content_hash != content_hash


def sent_back(edition: str) -> bool:
    """Whether a reviewer has sent this edition back: nobody signs it any more."""
    context = _open()
    return sent_back_by(context, context.warehouse.editions.by_id(edition)) is not None


def outstanding(edition: str, content_hash: str) -> list[str]:
    """Roles that have still to sign this content: none of an edition that is published, or that holds another content by now."""
    context = _open()
    found = context.warehouse.editions.by_id(edition)
    return release.outstanding(context, found) if found.content_hash == content_hash else []


def sign(
    edition: str,
    role: str,
    name: str,
    content_hash: str,
    decision: str,
    at: str,
    demonstration: bool,
    opinion: str = "",
) -> dict[str, Any]:
    """Record the decision of one role on one content; `decision` approved or returned, which says why in `opinion`."""
    if decision not in ("approved", "returned"):
        raise Terminal(f"没有这种签发意见：{decision}", f"no such decision: {decision}", "approved, returned")
    context = _open()
    moment = _moment(at, context)
    if decision == "approved":
        signature = release.record(context, edition, role, name, content_hash, True, moment, demonstration)
    else:
        signature = release.return_content(context, edition, role, name, content_hash, opinion, moment, demonstration)
    return {"edition": signature.edition_id, "role": signature.role, "decision": signature.decision}


def opinion_of(text: str) -> str:
    """The opinion of a reviewer who sends a draft back, as it is kept; '' where it says too little or is shown otherwise than it is."""
    try:
        opinion = typed_text(text)
    except Terminal:
        return ""
    return opinion if len(opinion) >= release.OPINION_LEAST else ""


def publish(edition: str, content_hash: str, now: str | None = None) -> dict[str, Any]:
    """Publish what was signed; a no carries its reason."""
    context = _open()
    try:
        done = release.publish_edition(context, edition, content_hash, _moment(now, context))
    except Refused as refusal:
        return {"published": False, "reason": str(refusal), "path": None}
    return {"published": True, "reason": "", "path": done.published_path}


def build_site(now: str | None = None) -> dict[str, Any]:
    """After publication: the public site again, `{editions, files, written, reason}`; an internal ranking has none. Whatever goes wrong
    fails the task that called it and nothing else."""
    context = _open()
    if not context.programme.method.public_ranking:
        return {"editions": 0, "files": 0, "written": 0, "reason": "不公开 / internal"}
    done = site.build_site(context, _moment(now, context))
    return {"editions": done.editions, "files": done.files, "written": done.written, "reason": ""}


def dispatch_step(period: str, now: str | None = None) -> dict[str, Any]:
    """After publication: reminder slips and the tables of the dispatch loop. A programme without dispatch returns has none."""
    context = _open()
    done, refusal = following.dispatch_step(context, typed_period(period), _moment(now, context))
    if done is None:
        return {"period": period, "notices": 0, "files": [], "reason": str(refusal)}
    return {"period": period, "notices": done.notices, "files": done.files, "reason": ""}


def weekly_dispatch(now: str | None = None) -> dict[str, Any]:
    """The week's look: `{week, period, matters {matter: {unit: n}}, messages}`; empty where no dispatch return is in yet."""
    context = _open()
    try:
        return look_at_the_week(context, _moment(now, context)).model_dump(mode="json")
    except Refused as refusal:
        return {"week": None, "period": None, "matters": {}, "messages": 0, "reason": str(refusal)}


def waiting(now: str | None = None) -> list[str]:
    """Closed periods whose newest closing has had no draft or edition for `NOTICED_WITHIN`: their `month_closed` is emitted again."""
    context = _open()
    before = _moment(now, context) - NOTICED_WITHIN
    return context.warehouse.follow_ups.closed_without_edition(but_for=HISTORY, before=before)


def unsigned(now: str | None = None) -> list[dict[str, Any]]:
    """Drafts that could be signed: `[{edition, period, release_run}]`; `release_run` null where no run ever asked for signatures.
    Without those whose run began within the hour: one that fails is not tried again every ten minutes. Without those drawn up
    within `NOTICED_WITHIN`: the run that their own event starts may not have begun yet."""
    context = _open()
    moment = _moment(now, context)
    return [
        {"edition": d.edition_id, "period": d.period, "release_run": d.release_run}
        for d in context.warehouse.follow_ups.waiting_drafts()
        if not d.blocked
        and moment - d.created_at >= NOTICED_WITHIN
        and (d.begun_at is None or moment - d.begun_at >= RELEASE_AGAIN)
    ]


def release_run(edition: str, content_hash: str) -> str | None:
    """The run of `release_edition` that asked for the signatures of this content."""
    return _open().warehouse.follow_ups.release_run(edition, content_hash)


def begin_release(edition: str, content_hash: str, run_id: str, now: str | None = None) -> None:
    """This run asks for the signatures of this content."""
    context = _open()
    context.warehouse.follow_ups.begin_release(edition, content_hash, run_id, _moment(now, context))


def watch_deadlines(now: str | None = None) -> WatchDocument:
    """Look at the deadlines: rungs, digests, changed dates, a silent scheduler. `{open, notices {kind: n}, withdrawn, passed}`."""
    context = _open()
    moment = _moment(now, context)
    return alerting.watch_deadlines(context, moment).document()


def deliver(now: str | None = None) -> DeliveryDocument:
    """Send what is due: `{delivered, to_retry, dead, waiting, channels_left}`."""
    context = _open()
    moment = _moment(now, context)
    return delivering.deliver(context, moment, None if now else delivering.RunningClock(moment)).document()


def audit(now: str | None = None) -> AuditDocument:
    """Prove the books."""
    context = _open()
    return auditing.audit(context, _moment(now, context))
