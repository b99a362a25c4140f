"""A ruling takes effect where it is made: the verdicts it touches are validated again and their senders answered."""

from __future__ import annotations

from datetime import datetime

from ..intake.process import revalidate_changed
from ..runtime.context import Context
from .write_feedback import write_due_feedback


def let_take_effect(context: Context, now: datetime) -> None:
    """What changed since verdicts were looked at last; files that wait to be processed go on waiting."""
    revalidate_changed(context, now)
    write_due_feedback(context)
