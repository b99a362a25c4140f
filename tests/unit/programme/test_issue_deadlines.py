"""The day an issue is due may be left to the working days of its class; of a class without any it is asked for."""

from __future__ import annotations

from dataclasses import replace

from pipelines.flow.runtime.context import load_programme
from pipelines.programme.issue_deadlines import with_issue_deadlines


def test_the_day_is_asked_for_only_where_the_class_has_no_working_days() -> None:
    """The bundled form asked for it in every row, so that the working days of dispatch.toml never came into play."""
    programme = load_programme("jiaxing")
    log = programme.forms["issue_log"]
    (due,) = [column for column in log.columns if column.field == "due_on"]
    assert due.required and not due.non_empty and not log.required_cells
    kept = tuple(kind for kind in programme.dispatch.issue_classes if kind.code not in ("labour", "other"))
    fewer = programme.dispatch.model_copy(update={"issue_classes": kept})
    (asked,) = with_issue_deadlines(programme.forms, fewer, programme.codes.lists)["issue_log"].required_cells
    assert (asked.fields, asked.where) == (("due_on",), {"issue_class": ("labour", "other")})
    strict = replace(log, columns=tuple(replace(one, non_empty=True) for one in log.columns))
    assert not with_issue_deadlines({"issue_log": strict}, fewer, programme.codes.lists)["issue_log"].required_cells
