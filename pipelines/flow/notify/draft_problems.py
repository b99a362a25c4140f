"""Drafts that should have been signed or published by now: found in the ledger, whatever became of the events that announced them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ...model.json_documents import Problem
from ...model.periods import Period
from ...model.publication import WaitingDraft
from ..runtime.context import Context

UNSIGNED = timedelta(days=1)
"""How long a draft may wait for its signers, unless its moment of publication comes first."""
UNPUBLISHED = timedelta(hours=1)
"""How long after that moment a signed draft may still stand unpublished: the release looks every ten minutes."""


def draft_problems(context: Context, now: datetime) -> Iterator[Problem]:
    """One problem a draft made before `now`. Months before `alerts_from` are left alone; what was returned waits for new data."""
    first = context.programme.alerting.alerts_from
    for draft in context.warehouse.follow_ups.waiting_drafts():
        period = Period.parse(draft.period)
        if draft.created_at <= now and (first is None or period >= first):
            found = _problem(context, draft, period, now)
            if found is not None:
                yield found


def _problem(context: Context, draft: WaitingDraft, period: Period, now: datetime) -> Problem | None:
    row = context.programme.calendar.row(context.programme.lead_form, period)
    publish = max((m for m in (row.publish, row.official_release) if m), default=None) if row else None
    waited = now - draft.created_at > UNSIGNED or (publish is not None and now >= publish)
    since, name = draft.created_at.isoformat(), draft.edition_id
    if draft.blocked:
        zh, en = (
            f"初稿 {name} 有待核定事项，不能签发",
            f"draft {name} cannot be signed: something is to be settled first",
        )
        return {"problem": "draft_blocked", "zh": zh, "en": en, "since": since} if waited else None
    missing = _missing_roles(context, draft)
    if missing:
        zh, en = f"初稿 {name} 待签发：{'、'.join(missing)}", f"draft {name} waits for signatures: {', '.join(missing)}"
        return {"problem": "draft_unsigned", "zh": zh, "en": en, "since": since} if waited else None
    if publish is None or now < max(publish, draft.created_at) + UNPUBLISHED:
        return None
    zh, en = f"{name} 已签发，过了发布时点仍未发布", f"{name} is signed and past its moment, but not published"
    return {"problem": "draft_unpublished", "zh": zh, "en": en, "since": publish.isoformat()}


def _missing_roles(context: Context, draft: WaitingDraft) -> list[str]:
    approved = {
        s.role
        for s in context.warehouse.editions.signatures(draft.edition_id)
        if s.content_hash == draft.content_hash and s.decision == "approved"
    }
    return [role for role in context.programme.method.signatures if role not in approved]
