"""Before the first upload: the children that read files are started, Great Expectations is imported and the lake was read, so that
nobody waits for that."""

from __future__ import annotations

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from ..feedback.return_template import make_template
from ..intake.dry_run import check
from ..runtime.context import Context
from ..runtime.reader_pool import open_reader

logger = logging.getLogger(__name__)
MANY_FILES = 50
"""A pool for so many has all children that the settings allow; few files go through it as well. It is no month's: somebody waits for
each file."""


def warm_up(context: Context) -> None:
    """Validates once more, without writing anything, the newest file that was accepted for each scored form; an empty template of
    the lead form where nothing has come yet. What is found is of no interest, and what fails stops no server."""
    try:
        open_reader(context.programme, context.settings, MANY_FILES)
        _validate_something(context)
    except Exception:
        logger.exception("nothing was validated ahead of the first upload")


def _validate_something(context: Context) -> None:
    programme = context.programme
    for sha256, unit, period in _newest_files(context):
        list(check(context, [context.archive.path(sha256)], unit, period, True))
        return
    form = programme.lead_form
    periods = programme.calendar.periods(form)
    sender = next((u for u in programme.roster.units if programme.forms[form].may_send(u)), None)
    if not periods or sender is None:
        return
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.xlsx"
        file.write_bytes(make_template(context, form, sender.code, periods[-1], False))
        list(check(context, [file], sender.code, str(periods[-1]), False))


def _newest_files(context: Context) -> list[tuple[str, str, str]]:
    """(SHA-256, unit, period) of the file of the newest month that holds the most scored forms."""
    for period in reversed(context.programme.calendar.periods(context.programme.lead_form)):
        rows = [r for r in context.warehouse.submissions(str(period)) if r.current]
        if rows:
            forms: dict[str, int] = {}
            for row in rows:
                forms[row.receipt_id] = forms.get(row.receipt_id, 0) + row.received
            best = max(rows, key=lambda r: (forms[r.receipt_id], r.receipt_id))
            return [(best.sha256, best.unit_code, best.period)]
    return []
