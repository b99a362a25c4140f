"""Release: signatures on one content hash, embargo, publication. Another hash is refused (DESIGN §7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ...errors import Refused, Terminal
from ...model.accounts import EDITION_STATES, role_word
from ...model.calendar import local_text
from ...model.loading import Edition, Signature
from ...model.periods import Period
from ...model.typed_texts import typed_line, typed_text
from ...model.units import name_key
from ...publish import edition_context as publishing
from ...publish.atomic_file import flush_folder
from ...publish.document import rank_document
from ...publish.edition import render
from ..records.published_editions import refuse_overwriting, writing_editions
from ..runtime.context import Context
from ..runtime.stage_log import logged_stage
from .compose_edition import compose
from .prerelease import record_opinion, sent_back
from .publication_gate import refuse_blocked

REVIEW = ("author", "reviewer", "approver")
"""The three reviewers (三审), who sign in the order in which the method names them; other roles sign in any order."""
OPINION_LEAST = 4


def embargo(context: Context, period: Period) -> datetime | None:
    """The moment before which nothing is published: the calendar's, never before the official release of the indicator."""
    row = context.programme.calendar.row(context.programme.lead_form, period)
    moments = [m for m in (row.publish, row.official_release) if m] if row else []
    return max(moments, default=None)


def under_embargo(context: Context, period: Period, now: datetime) -> tuple[str, str] | None:
    """Why the month may not be published yet, Chinese and English; None when it may."""
    until = embargo(context, period)
    if until is None or now >= until:
        return None
    words = local_text(until, context.programme.time_zone)
    return f"{period} 在 {words} 之前不得发布", f"{period} is under embargo until {words}"


def outstanding(context: Context, edition: Edition) -> list[str]:
    """Roles of method.toml that have not approved this content yet."""
    if edition.state == "published":
        return []
    signed = {s.role for s in _approved(context, edition)}
    return [role for role in context.programme.method.signatures if role not in signed]


def in_turn(context: Context, edition: Edition) -> list[str]:
    """Outstanding roles that may sign now: of the three reviewers the next one alone."""
    left = outstanding(context, edition)
    return [role for role in left if role not in REVIEW or _waits_for(context, edition, role) is None]


def signable(context: Context, edition: Edition, name: str) -> list[str]:
    """Roles in turn that somebody of this name may still sign: two roles are two people."""
    if any(name_key(s.name) == name_key(name) for s in _approved(context, edition)):
        return []
    return in_turn(context, edition)


def signatures_in_order(context: Context, edition: Edition) -> list[Signature]:
    """What was decided about an edition, the three reviewers in the order in which they sign."""
    found = context.warehouse.editions.signatures(edition.edition_id)
    return sorted(found, key=lambda s: REVIEW.index(s.role) + 1 if s.role in REVIEW else 0)


def _approved(context: Context, edition: Edition) -> list[Signature]:
    return [
        s
        for s in signatures_in_order(context, edition)
        if s.content_hash == edition.content_hash and s.decision == "approved"
    ]


def sign(context: Context, period: Period, role: str, name: str, now: datetime, demonstration: bool = False) -> Edition:
    """One signature on the newest draft of the period."""
    edition = _newest(context, period)
    record(context, edition.edition_id, role, name, edition.content_hash, True, now, demonstration)
    return edition


def send_back(context: Context, period: Period, role: str, name: str, opinion: str, now: datetime) -> Edition:
    """A reviewer sends the newest draft back with an opinion: it is never published, and the next draft begins anew under the next
    number, also where its content is the same."""
    edition = _newest(context, period)
    return_content(context, edition.edition_id, role, name, edition.content_hash, opinion, now)
    return edition


def return_content(
    context: Context,
    edition_id: str,
    role: str,
    name: str,
    content_hash: str,
    opinion: str,
    now: datetime,
    demonstration: bool = False,
) -> Signature:
    """A reviewer sends back exactly the content that was shown; Terminal without an opinion, Refused where it is another by now."""
    opinion, name = typed_text(opinion), typed_line(name)
    if len(opinion) < OPINION_LEAST:
        raise Terminal(
            "退回须写明意见",
            "sending back needs an opinion",
            "--send-back 意见（至少四个字）/ at least four characters",
        )
    signature = record(context, edition_id, role, name, content_hash, False, now, demonstration)
    record_opinion(context, edition_id, role, name, opinion, now)
    return signature


def record(
    context: Context,
    edition_id: str,
    role: str,
    name: str,
    content_hash: str,
    approved: bool,
    at: datetime,
    demonstration: bool,
) -> Signature:
    """Record a decision; Terminal for a role the method does not name or a name that is none. Two roles are two people: whoever writes the
    signature down looks for that, since one person can send both at the same moment."""
    roles = context.programme.method.signatures
    if role not in roles:
        raise Terminal(f"没有签发角色 {role}", f"no such signing role: {role}", f"可用 / allowed: {', '.join(roles)}")
    name = typed_line(name)
    if not name:
        raise Terminal("签发人姓名为空", "the signer has no name", "--as 姓名 / --as NAME")
    edition = context.warehouse.editions.by_id(edition_id)
    if edition.state != "draft" or edition.content_hash != content_hash:
        raise Refused(
            f"{edition_id} 不是待签的内容（{EDITION_STATES[edition.state]}）",
            f"{edition_id} is not the content to be signed ({edition.state})",
            "签发最新的初稿 / sign the newest draft",
        )
    if approved:
        _refuse_sent_back(context, edition)
        _refuse_outdated(context, edition)
        refuse_blocked(edition)
        _refuse_out_of_turn(context, edition, role)
    decision = "approved" if approved else "refused"
    return context.warehouse.editions.sign(edition_id, role, name, content_hash, decision, at, demonstration)  # type: ignore[arg-type]


def _refuse_out_of_turn(context: Context, edition: Edition, role: str) -> None:
    before = _waits_for(context, edition, role)
    if before is not None:
        raise Refused(
            f"{edition.edition_id} 尚未经「{role_word(before)}」签署，「{role_word(role)}」在其后签署",
            f"{edition.edition_id} waits for {before}: {role} signs after it",
            f"saima sign-off {edition.period} --role {before} --as NAME",
        )


def _waits_for(context: Context, edition: Edition, role: str) -> str | None:
    """三审: who reviews signs what its author has signed, who approves what the reviewer has. The first of them that has not signed."""
    if role not in REVIEW:
        return None
    turns = [one for one in context.programme.method.signatures if one in REVIEW]
    signed = {s.role for s in _approved(context, edition)}
    return next((one for one in turns[: turns.index(role)] if one not in signed), None)


def publish(context: Context, period: Period, now: datetime) -> Edition:
    """Publish the newest draft of the period; a published one stays as it is."""
    edition = _newest(context, period)
    return publish_edition(context, edition.edition_id, edition.content_hash, now)


@logged_stage("publish", lambda done: {"period": done.period, "edition": done.edition_id})
def publish_edition(context: Context, edition_id: str, content_hash: str, now: datetime) -> Edition:
    """Publish exactly the signed content. Refused: unsigned, refused, superseded, another hash, under embargo."""
    with writing_editions(context, "publish"):
        return _publish_signed(context, edition_id, content_hash, now)


def _publish_signed(context: Context, edition_id: str, content_hash: str, now: datetime) -> Edition:
    edition = context.warehouse.editions.by_id(edition_id)
    if edition.content_hash != content_hash:
        raise Refused(f"{edition_id} 的内容与签发的不同", f"{edition_id} holds other content than was signed")
    if edition.state == "published":
        return edition
    if edition.state == "superseded":
        raise Refused(f"{edition_id} 已被新初稿取代", f"{edition_id} is superseded by a newer draft")
    _refuse_unsigned(context, edition)
    refuse_blocked(edition)
    period = Period.parse(edition.period)
    held = under_embargo(context, period, now)
    if held:
        raise Refused(*held)
    return _render_and_mark(context, edition, period, now)


def _refuse_sent_back(context: Context, edition: Edition) -> None:
    """Nobody signs or publishes what a reviewer sent back; it is drafted again."""
    returned = sent_back(context, edition)
    if returned is not None:
        why = f"：{returned.opinion}" if returned.opinion else ""
        raise Refused(
            f"{edition.edition_id} 已被 {returned.by}（{role_word(returned.role)}）退回{why}",
            f"{edition.edition_id} was returned by {returned.by} ({returned.role})",
            f"saima rank {edition.period} 重新起草，重新签发 / drafts it again, to be signed anew",
        )


def outdated(context: Context, edition: Edition) -> bool:
    """Whether returns that came, or were judged again, since it was drafted have overtaken this draft."""
    return edition.state == "draft" and context.warehouse.inputs_hash(edition.period) != edition.inputs_hash


def _refuse_outdated(context: Context, edition: Edition) -> None:
    """Nobody signs what returns that came since have overtaken."""
    if outdated(context, edition):
        raise Refused(
            f"{edition.edition_id} 起草后又收到计入本期的报送或重新审核，不能签发",
            f"returns that count for {edition.edition_id} came, or were judged again, after it was drafted: it cannot be signed",
            f"saima close {edition.period} && saima rank {edition.period}，签发新的初稿 / close, draft and sign the new one",
        )


def _refuse_unsigned(context: Context, edition: Edition) -> None:
    _refuse_sent_back(context, edition)
    missing = outstanding(context, edition)
    if missing:
        raise Refused(
            f"{edition.edition_id} 尚缺签发：{'、'.join(map(role_word, missing))}",
            f"{edition.edition_id} lacks signatures: {', '.join(missing)}",
            f"saima sign-off {edition.period} --as NAME --role {missing[0]}",
        )


def _render_and_mark(context: Context, edition: Edition, period: Period, now: datetime) -> Edition:
    refuse_overwriting(context, edition)
    closing = next(c for c in context.warehouse.closings.all(edition.period) if c.inputs_hash == edition.inputs_hash)
    compared: Any = edition.document.get("compared_with")
    composed = compose(
        context, period, closing, edition.edition_id, edition.created_at, compared["edition"] if compared else ""
    )
    signatures = tuple(
        publishing.PrintedSignature(s.role, s.name, s.at, s.demonstration) for s in _approved(context, edition)
    )
    newest = context.warehouse.audit_entries(limit=1)[-1]  # printed, so that whoever rewrites the log is found out
    final = replace(
        composed.edition,
        state="published",
        published_at=now,
        signatures=signatures,
        audit_log=(newest.seq, newest.hash),
    )
    document = rank_document(composed.ranking, final)
    if document["content_hash"] != edition.content_hash:
        raise Refused(
            f"{edition.edition_id} 的输入在签发后改变，不能发布：须重新关账、编制初稿，再签发",
            f"the inputs of {edition.edition_id} changed after it was signed: close and draft again, and sign that",
            f"saima close {edition.period}，重新签发 / close and sign again",
        )
    folder = context.settings.editions / edition.period / edition.edition_id / "published"
    manifest = render(composed.ranking, final, folder, document)
    flush_folder(folder)  # the ledger outlives a power cut, and no command makes a published edition again
    return context.warehouse.editions.publish(
        edition.edition_id, edition.content_hash, now, str(folder / "index.html"), manifest.sha256
    )


def _newest(context: Context, period: Period) -> Edition:
    edition = context.warehouse.editions.newest(str(period))
    if edition is None:
        raise Refused(
            f"{period} 还没有初稿", f"{period} has no draft yet", f"saima close {period} && saima rank {period}"
        )
    return edition
