"""What follows a publication, whoever published: the public site, then the dispatch step (reminder slips, tables, showcase). The
commands and the desk run both here; the DAG gives each a task of its own. Nothing here undoes what is published."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from ...errors import Refused, SaimaError
from ...model.periods import Period
from ..dispatch.weekly_look import DispatchStepDocument, run_dispatch_step
from ..records.published_editions import PUBLISHED, incomplete
from ..runtime.context import Context
from .build_site import build_site


def update_site(context: Context, _: Period, now: datetime, proved: Collection[str]) -> str:
    """The public site with what was just published; why there is none: an internal ranking. `proved`: editions whose files were compared
    with their manifests just now."""
    if not context.programme.method.public_ranking:
        return "不公开 / internal"
    build_site(context, now, proved)
    return ""


def lay_dispatch_tables(context: Context, period: Period, now: datetime, _: Collection[str]) -> str:
    """The dispatch step; why there is none: the programme or the month has no dispatch return."""
    return str(dispatch_step(context, period, now)[1] or "")


def dispatch_step(
    context: Context, period: Period, now: datetime
) -> tuple[DispatchStepDocument | None, Refused | None]:
    """What the step laid down, or why the month has none."""
    try:
        return run_dispatch_step(context, period, now), None
    except Refused as refusal:
        return None, refusal


FOLLOW_UPS: Mapping[str, Callable[[Context, Period, datetime, Collection[str]], str]] = {
    "site": update_site,
    "dispatch": lay_dispatch_tables,
}
"""Task of `release_edition` → step; each says why it does not apply, '' where it was done."""
_NAMES = {"site": ("网站", "the site was"), "dispatch": ("调度各表", "the dispatch tables were")}


def follow_publication(context: Context, period: Period, now: datetime) -> list[str]:
    """Every step, one failure keeping none of the others from running; what went wrong and how to repair it. And which edition, of
    whatever month, is no longer as it was published: nobody else would say so before the nightly audit."""
    damaged = incomplete(context)
    proved = {head.edition_id for head in context.warehouse.edition_heads.published()} - damaged.keys()
    failures = [_incomplete_text(context, edition, what) for edition, what in damaged.items()]
    for name, step in FOLLOW_UPS.items():
        try:
            step(context, period, now, proved)
        except Exception as error:
            zh, en = _NAMES[name]
            failures.append(
                f"{zh}未更新（{_why(error)}），版本已发布；修复后再运行 saima publish {period} / the edition is published, {en} not "
                f"updated; mend it and run saima publish {period} again"
            )
    return failures


def _why(error: Exception) -> str:
    """In the words of whoever raised it; of a full disk or a missing right the cause and the file."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}：{error.filename}" if error.filename else error.strerror
    return str(error) if isinstance(error, SaimaError) else f"{type(error).__name__}：{error}"


def _incomplete_text(context: Context, edition_id: str, what: list[str]) -> str:
    folder = context.settings.editions / edition_id.rpartition("-e")[0] / edition_id / PUBLISHED
    return (
        f"{edition_id} 的文件已不是发布时的（{'；'.join(what)}）：从备份恢复 {folder} / the files of {edition_id} are not those that were "
        "published: restore the folder from a backup"
    )
