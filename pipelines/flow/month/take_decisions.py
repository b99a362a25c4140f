"""Decisions of people and what follows from them, as one step for commands and pages: what is decided changes the waiting draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ...errors import Terminal
from ...model.loading import Edition
from ...model.periods import Period
from ...model.rulings import Explanation
from ..feedback.decisions import decide, explain
from ..runtime.context import Context
from .draft import composed_now, draft, refresh
from .publication_gate import overrule


def overrule_blocks(
    context: Context, period: Period, ids: Sequence[str], reason: str, name: str, now: datetime
) -> Edition:
    """A signed decision to publish the figures of these blocks as they are; the draft that says so. Terminal where none is named."""
    if not ids:
        raise Terminal("没有选中待核定的事项", "nothing was chosen that is to be overruled", f"saima close {period}")
    overrule(context, period, composed_now(context, period, now).blocks, ids, reason, name, now)
    return draft(context, period, now).edition


def answer_queries(
    context: Context,
    submission_id: str,
    rule: str,
    rows: Sequence[int] | None,
    reason: str,
    text: str,
    until: str | None,
    name: str,
    now: datetime,
) -> list[Explanation]:
    """A unit's explanation of the queries of a rule (`explain`); drafts that cost it these queries are made again."""
    given = explain(context, submission_id, rule, rows, reason, text, until, name, now)
    refresh(context, {e.period for e in given}, now)
    return given


def settle_explanations(
    context: Context,
    ids: Sequence[str],
    state: Literal["accepted", "returned"],
    name: str,
    now: datetime,
    remark: str,
    until: str | None,
    undecided: bool = False,
) -> list[Explanation]:
    """The bureau accepts or returns explanations (`decide`); drafts that rest on them are made again."""
    done = decide(context, ids, state, name, now, remark, until, undecided)
    refresh(context, {e.period for e in done}, now)
    return done
