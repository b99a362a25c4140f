"""The dispatch tables that were laid down, counted again from the returns: visits, stages, lights, lists. Whoever changes a row and the
hash that the log has of it has not changed the files that the units sent (those are replayed by another check)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from ...errors import SaimaError
from ...model.loading import Check
from ...model.periods import Period
from ...warehouse.db.locking import file_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ..dispatch.dispatch_view import DispatchView
from ..dispatch.documents_of import month_tables
from ..dispatch.weekly_look import DISPATCH_LOCK, dispatch_folder
from ..records.noted_files import DISPATCH, differing, logged_files
from ..records.programme_record import NOTED
from ..runtime.code_version import code_version
from ..runtime.context import Context

MONTHS = 3
"""So many months are counted again, the newest: a month of a country takes ten seconds."""
Rows = Mapping[str, Sequence[Mapping[str, object]]]


def check_dispatch_tables(context: Context) -> Check:
    """`looked_at`: tables. Not counted again, and said in the detail: months before the newest ones, and those whose returns were judged
    again or whose programme was changed since the tables were made. Laid down by another version of the program, and computed otherwise
    by today's: named, and no forgery, as with editions."""
    laid_down = sorted(context.warehouse.dispatch_rows.laid_down().items())
    bad: list[str] = []
    otherwise: list[str] = []
    looked_at = changed = 0
    for period, as_of in laid_down[-MONTHS:]:
        if context.warehouse.dispatch_rows.recorded_since(period, as_of) or _programme_changed(context, as_of):
            changed += 1
            continue
        try:
            again = month_tables(DispatchView(context, Period.parse(period), as_of))
        except SaimaError as cause:
            bad.append(f"{period}：无法重算 / cannot be made again: {cause.en}")
            continue
        looked_at += len(again)
        found = [f"{period} {what}" for what in _differences(context.warehouse.dispatch_rows.tables(period), again)]
        if found and context.warehouse.dispatch_rows.laid_down_by(period) != code_version():
            otherwise.append(period)
        else:
            bad += found
    detail, earlier = "; ".join(bad[:5]), max(0, len(laid_down) - MONTHS)
    if changed or earlier:
        detail += f" ({changed} 个月的报表或方案此后有变，{earlier} 个月较早，未重算 / not counted again)"
    if otherwise:
        detail += (
            f" (由旧版程序生成，新版计算结果不同，saima publish 重新生成 / laid down by another version of the program, this one computes "
            f"otherwise, saima publish lays them down again: {', '.join(otherwise)})"
        )
    return Check("dispatch-tables-recounted", looked_at, len(bad), detail.strip())


def check_dispatch_folders(context: Context) -> Check:
    """The pages and tables below `dispatch/` are file by file what was laid down last. Not looked at, and said: months older than this
    register, and those whose laying down did not come to its end."""
    looked_at, bad, said = _folders(context)
    if bad:  # they may be being laid down: looked at once more, with who does it held off
        with file_lock(context.settings.home / DISPATCH_LOCK, BUSY_SECONDS, "audit"):
            looked_at, bad, said = _folders(context)
    return Check("dispatch-folders", looked_at, len(bad), "; ".join([*bad[:5], *said]))


def _folders(context: Context) -> tuple[int, list[str], list[str]]:
    """(files looked at, what is wrong, what else is to be said)."""
    logged = logged_files(context, DISPATCH)
    bad: list[str] = []
    said: list[str] = []
    for period, files in sorted(logged.items()):
        wrong = [f"{period} {what}" for what in differing(dispatch_folder(context, period), files)] if files else []
        bad += wrong
        if wrong:
            said.append(f"saima publish {period} 重新生成 / lays them down again")
        if not files:
            said.append(f"{period} 未生成完，重新运行 / not laid down to the end, run again: saima publish {period}")
    root = dispatch_folder(context, "")
    older = sorted({p.name for p in root.iterdir() if p.is_dir()} - logged.keys()) if root.is_dir() else []
    if older:
        said.append(f"{', '.join(older)} 早于登记，未核 / older than the register, unproved")
    return sum(map(len, logged.values())), bad, said


def _programme_changed(context: Context, since: datetime) -> bool:
    return any(entry.at > since for entry in context.warehouse.audit_entries(limit=1, action=NOTED))


def _differences(recorded: Rows, again: Rows) -> list[str]:
    """The first row of each table that is not what the returns give; both as JSON has them."""
    found = []
    for name in sorted(recorded.keys() | again.keys()):
        before, now = (
            [json.dumps(row, sort_keys=True, default=str) for row in of.get(name, ())] for of in (recorded, again)
        )
        if before != now:
            row = next((n for n, pair in enumerate(zip(before, now, strict=False), 1) if pair[0] != pair[1]), None)
            at = row or min(len(before), len(now)) + 1
            found.append(f"{name} 第 {at} 行与报表算出的不同 / row {at} is not what the returns give")
    return found
