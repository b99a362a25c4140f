"""calendar.csv: every form has its dates, far enough apart and in the right order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from itertools import pairwise

from ..model.calendar import Workdays
from ..model.forms import FormLayout
from ..model.periods import CUMULATIVE, SPELLINGS, Period
from .checks import known_name, role_name
from .csv_lines import Lines
from .files import CalendarLine, DistancesTable

LATEST_OPENING = timedelta(days=400)
LONGEST_STEP = timedelta(days=180)
"""Dates further apart than these are a wrong year, not a calendar."""


def check_calendar(
    lines: Lines[CalendarLine],
    names: Collection[str],
    forms: Mapping[str, FormLayout],
    workdays: Workdays,
    least: DistancesTable,
) -> None:
    """Distances of the programme (domain_decisions §3 unless it says otherwise): county_due after open (of months; a week opens
    with its Monday), city_audit_due after
    county_due, freeze after that; then publish, not before the official release. Every scored form has a row wherever
    the lead form has one. `names`: all forms of the folder, also those that did not load."""
    first: dict[tuple[str, Period], int] = {}
    latest: dict[str, tuple[int, CalendarLine]] = {}
    for line, row in sorted(lines, key=lambda one: (one[1].form, one[1].period, one[0])):
        if not known_name(lines, line, "form", row.form, names):
            continue
        kind = forms[row.form].period_kind if row.form in forms else row.period.kind
        if row.period.kind != kind:
            lines.refuse(
                line,
                f"{row.form} 的报告期应写如 {SPELLINGS[kind]}",
                f"a period of {row.form} is written like {SPELLINGS[kind]}",
                (SPELLINGS[kind],),
                row.period,
            )
            continue
        other = first.setdefault((row.form, row.period), line)
        if other != line:
            lines.refuse(
                line,
                f"{row.form} {row.period} 重复（已在第 {other} 行）",
                f"{row.form} {row.period} given twice (line {other})",
                value=row.period,
            )
        _check_distances(lines, line, row, workdays, least)
        layout = forms.get(row.form)
        if row.freeze and not row.city_audit_due and layout is not None and layout.domain != "bureau":
            lines.refuse(
                line,
                "有 freeze 而无 city_audit_due：退回的文件没有更正期限",
                "freeze without city_audit_due: files sent back would have no deadline",
                ("city_audit_due",),
                row.freeze,
            )
        before = latest.get(row.form)
        if before is not None and other == line and row.open <= before[1].open:
            lines.refuse(
                line,
                f"open 不晚于上一期 {before[1].period}（第 {before[0]} 行）",
                f"open is not after that of the period before, {before[1].period} (line {before[0]})",
                value=row.open,
            )
        latest[row.form] = (line, row)
    lead = role_name(forms, "level")
    if not lines.complete or not lead:
        return
    for (form, period), line in first.items():
        if form != lead:
            continue
        for layout in forms.values():
            if layout.scored and layout.sender_kinds != ("bureau",) and (layout.name, period) not in first:
                lines.refuse(
                    line,
                    f"{period} 缺少 {layout.name} 的日历",
                    f"{period} has no row for {layout.name}, which is scored",
                    value=period,
                )
    if not any(form == lead for form, _ in first):
        lines.refuse(1, f"日历中没有 {lead}", f"no row for {lead}", (lead,))


def _check_distances(
    lines: Lines[CalendarLine], line: int, row: CalendarLine, workdays: Workdays, least: DistancesTable
) -> None:
    cumulative = row.period.kind in CUMULATIVE
    if row.open.date() <= row.period.first_day and cumulative:
        lines.refuse(line, "open 早于报告期", "open is before the period", value=row.open)
        return
    if row.open.date() - row.period.first_day > LATEST_OPENING:
        lines.refuse(
            line,
            f"open 在报告期一年之后，年份有误？{row.open:%Y-%m-%d}",
            f"open is more than a year after the period, a wrong year? {row.open:%Y-%m-%d}",
            value=row.open,
        )
        return
    steps = [("open", row.open, 0), ("county_due", row.county_due, least.open_to_due if cumulative else 0)]
    if row.city_audit_due:
        steps.append(("city_audit_due", row.city_audit_due, least.due_to_audit))
    if row.freeze:
        steps.append(("freeze", row.freeze, least.audit_to_freeze))
    for (before, start, _), (name, moment, fewest) in pairwise(steps):
        if moment - start > LONGEST_STEP:
            lines.refuse(
                line,
                f"{name} 在 {before} 之后 {(moment - start).days} 天，年份有误？",
                f"{name} is {(moment - start).days} days after {before}, a wrong year?",
                value=moment,
            )
            return
        found = workdays.between(start.date(), moment.date())
        if moment < start or found < fewest:
            lines.refuse(
                line,
                f"{name} 距 {before} 只有 {found} 个工作日，至少 {fewest} 个",
                f"{name} is {found} working days after {before}, at least {fewest} are required",
                value=moment,
            )
            return
    last_name, last, _ = steps[-1]
    if row.publish and row.publish < last:
        lines.refuse(line, f"publish 早于 {last_name}", f"publish is before {last_name}", value=row.publish)
    if row.publish and row.publish - last > LONGEST_STEP:
        days = (row.publish - last).days
        lines.refuse(
            line,
            f"publish 在 {last_name} 之后 {days} 天，年份有误？",
            f"publish is {days} days after {last_name}, a wrong year?",
            value=row.publish,
        )
    if row.publish and row.official_release and row.publish < row.official_release:
        lines.refuse(line, "publish 早于 official_release", "publish is before official_release", value=row.publish)
