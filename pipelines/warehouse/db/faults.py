"""Places where a test may kill the process, to prove that nothing is lost and nothing counted twice."""

from __future__ import annotations

import os

VARIABLE = "SAIMA_FAULT"
KILLED = 137

POINTS: tuple[str, ...] = (
    "stage.written",
    "stage.renamed",
    "load.planned",
    "load.lake_first_table",
    "load.lake_committed",
    "load.sql_open",
    "load.sql_committed",
    "load.stage_removed",
    "draft.lake_committed",
    "draft.sql_committed",
    "alerts.sql_open",
    "alerts.decided",
    "alerts.leased",
    "alerts.before_send",
    "alerts.sent",
    "alerts.recorded",
    "follow_up.notify_open",
    "follow_up.notified",
    "follow_up.feedback_written",
    "follow_up.feedback_struck_off",
    "batch.begun",
    "relocate.files_written",
    "relocate.catalog_written",
    "rebuild.built",
    "rebuild.announced",
    "rebuild.set_aside",
    "rebuild.half_in_place",
    "rebuild.in_place",
)
"""Every fault point there is; the kill test asserts that each of them is reached."""


def fault_point(name: str) -> None:
    """Ends the process at once, as `kill -9` would, where SAIMA_FAULT names this point."""
    if os.environ.get(VARIABLE) == name:
        os._exit(KILLED)
