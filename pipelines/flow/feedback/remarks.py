"""What the bureau says besides the findings when it answers a file: sent back, too late for the month, older than what we have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...model.loading import SubmissionRow
from ...model.periods import Period
from ...model.rulings import Return
from ...model.submissions import Receipt
from ...returns.verdict import local
from ..records.past_periods import expected_instead, names_past_period
from ..runtime.context import Context

VersionsBeside = Mapping[tuple[str, str, str], Sequence[SubmissionRow]]
"""Unit, period and form → all versions."""


def remarks(
    context: Context,
    receipt: Receipt,
    rows: Sequence[SubmissionRow],
    returns: Mapping[str, Return],
    beside: VersionsBeside,
) -> tuple[str, ...]:
    """Sentences for the versions of one file; `beside`: to see what came before. The same again whenever the answer is written again:
    nothing in them depends on what was seen after the file."""
    found = []
    for row in rows:
        every = beside[place_of(row)]
        found += [*_of(context, row, returns.get(row.submission_id), every), *_came_back(receipt, row, every)]
    return tuple(found)


def place_of(row: SubmissionRow) -> tuple[str, str, str]:
    """Unit, period and form of a version."""
    return row.unit_code, row.period, row.form


def _came_back(receipt: Receipt, row: SubmissionRow, every: Sequence[SubmissionRow]) -> Iterator[str]:
    """Of a re-send: the version it repeats was replaced before it came again."""
    if receipt.receipt_id == row.receipt_id:
        return
    replaced_by = [
        other
        for other in every
        if row.arrived_at < other.arrived_at < receipt.arrived_at and other.seen_at <= receipt.seen_at
    ]
    if replaced_by:
        newest = max(replaced_by, key=lambda other: other.arrived_at)
        yield (
            f"{row.form} {row.period}：本文件与第{row.version}次报送完全相同，其后已有第{newest.version}次报送，本文件不替代它；"
            "如要改回本文件，请换一个文件名重新发送 / "
            f"the same bytes as version {row.version}, after which version {newest.version} came: this file does not replace it. To go "
            "back to it, send it under another name"
        )


def _of(
    context: Context, row: SubmissionRow, sent_back: Return | None, every: Sequence[SubmissionRow]
) -> Iterator[str]:
    zone = context.programme.time_zone
    if sent_back is not None:
        until = local(sent_back.deadline, zone)
        zh, en = ("撤回", "withdrawn") if sent_back.withdrawn else ("退回", "returned")
        yield (
            f"{row.form} 由 {sent_back.returned_by} {zh}：{sent_back.reason}；请于 {until} 前重新报送 / {en}, due {until}"
        )
    expected = expected_instead(context.programme.calendar, row.form, Period.parse(row.period), row.arrived_at)
    if expected is not None:
        yield " / ".join(names_past_period(row, expected))
    if row.revision or _after_freeze(context, row):
        yield _too_late(context, row)
    newer = [other for other in every if other.arrived_at > row.arrived_at and other.seen_at < row.seen_at]
    if newer:
        when = local(max(other.arrived_at for other in newer), zone)
        yield (
            f"{row.form} {row.period}：{when} 到达的文件更新，本文件只留存，不替代它；如应以本文件为准，请换一个文件名重新发送 / "
            f"a file that arrived {when} is newer: this one is kept and does not replace it; if it should, send it under "
            "another name"
        )


def _after_freeze(context: Context, row: SubmissionRow) -> bool:
    """Refused versions are no revisions, and whoever corrects one and sends it again is told too that the month is frozen."""
    dates = context.programme.calendar.row(row.form, Period.parse(row.period))
    return dates is not None and dates.freeze is not None and row.arrived_at >= dates.freeze


def _too_late(context: Context, row: SubmissionRow) -> str:
    """Domain decision §3: statistical forms lock with the month, dispatch data revise as usual."""
    if context.programme.forms[row.form].domain == "dispatch":
        return f"{row.form} {row.period} 已冻结：本次报送留存，按修订处理 / the month is frozen: this version is kept as a revision"
    if context.programme.forms[row.form].domain == "bureau":
        return (
            f"{row.form} {row.period} 已冻结：本次报送留存，不改变本期结果；核定数的更正写入下期核定表，确须更正本期的，"
            "先在 calendar.csv 后移本期的冻结和发布时间，再退回重报 / the month is frozen: this version is kept and changes "
            "nothing; correct the figures in the next month's form, or to correct this month move its freeze and publication in "
            "calendar.csv, return the version and send it again"
        )
    return (
        f"{row.form} {row.period} 已冻结：本次报送留存，不改变本期结果；更正请计入下期累计数并填写更正代码，传输差错请联系市统计局 / "
        "the month is frozen: this version is kept and changes nothing; put the correction into the next month's cumulative figure "
        "with a correction code"
    )
