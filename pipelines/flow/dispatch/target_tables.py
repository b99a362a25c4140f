"""Documents about targets, comparisons and campaigns: the city's figures come from the bureau's table and the dispatch returns."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from ...dispatch.arrays import Flags, positions, wan_yuan
from ...dispatch.campaign_progress import campaign_status
from ...dispatch.project_lists import lists_table
from ...dispatch.target_pace import (
    Monthly,
    TargetFacts,
    TargetStatus,
    comparison_status,
    first_month,
    target_ids,
    target_status,
    window_of,
)
from ...dispatch.target_versions import same_targets
from ...errors import Refused
from ...model.formulas import arithmetic, round_half_up
from ...model.periods import Period
from ...model.programme import Target
from .area_figures import area_figures, figures_form
from .dispatch_view import DispatchView
from .documents import CampaignDocument, CampaignRow, CampaignWeekRow, ComparisonRow, Figure, TargetRow, TargetsDocument
from .list_tables import list_row


def target_facts(view: DispatchView) -> TargetFacts:
    """City and unit levels and growth (official, else of the levels) of the year's months, and the lists' investment, as of the instant;
    also those of the years before where a target that still runs began in one."""
    programme = view.programme
    investment: dict[str, dict[Period, Decimal]] = {}
    growth: dict[tuple[str, str], dict[Period, Decimal]] = {}
    layout = figures_form(view)
    indicators = tuple(i.code for i in layout.indicators) if layout else ()
    begun = min((first_month(target).year for target in running(view)), default=view.period.year)
    reporting = tuple(programme.calendar.periods(layout.name)) if layout else ()
    for month in reporting:
        if month.year < begun or month > view.period:
            continue
        for indicator, areas in area_figures(view, month, indicators).items():
            for area, figures in areas.items():
                if figures.growth is not None:
                    growth.setdefault((indicator, area), {})[month] = figures.growth
                if indicator == programme.method.indicator and figures.ytd is not None:
                    investment.setdefault(area, {})[month] = figures.ytd
    lists: dict[str, Monthly] = {}
    for rule in view.policy.lists:
        projects, names = view.members[rule.code], {rule.code, *rule.names}
        sums = _investment(view, projects) | _earlier(view, names, projects)
        lists |= dict.fromkeys(names, sums)
    return TargetFacts(programme.method.indicator, investment, growth, lists, reporting)


def running(view: DispatchView) -> list[Target]:
    """Targets that are about the month's year: they began by it and are checked in it or later."""
    year = view.period.year
    return [one for one in view.programme.targets if first_month(one).year <= year <= window_of(one)[1].year]


def _earlier(view: DispatchView, names: set[str], projects: Flags) -> dict[Period, Decimal]:
    """Investment to date of a list's projects in months before those of the panel, where a target of several years counts from them: the
    Decembers since it began, and the month before it."""
    wanted: set[Period] = set()
    for target in running(view):
        if target.metric == "list_ytd" and target.comparator in names:
            start = first_month(target)
            wanted |= {Period(year, 12) for year in range(start.year, view.period.year)}
            wanted |= {start.shift(-1)} if start.month > 1 else set()
    oldest = view.panel.month_indices[0]
    found: dict[Period, Decimal] = {}
    for month in (one for one in wanted if one.year * 12 + one.month - 1 < oldest):
        with suppress(Refused):  # nobody sent a return of that month: it is not known
            before = DispatchView(view.context, month, view.as_of)
            mine = [view.panel.project_codes[place] for place in positions(projects)]
            found |= _investment(before, before.panel.among(mine))
    return found


def target_statuses(
    view: DispatchView, facts: TargetFacts, with_units: bool = True
) -> tuple[list[TargetStatus], list[TargetStatus]]:
    """(targets of the city, annual targets of units: for governments alone, never broken down further)."""
    seasonal = view.programme.seasonal
    city: list[TargetStatus] = []
    units: list[TargetStatus] = []
    still_running = running(view)
    versions = [one for one in view.decisions if one.kind == "target_version"]
    zone = ZoneInfo(view.programme.time_zone)
    with arithmetic():
        named = target_ids(view.programme.targets, view.policy.target_names)
        same = same_targets(named)
        for target_id, target in named:
            if target not in still_running:
                continue
            of_city = target.metric != "annual_investment"
            if not of_city and (target.scope == view.programme.city_code or not with_units):
                continue
            ids = same[target_id]
            status = target_status(target, target_id, view.period, facts, seasonal, versions, zone, ids)
            (city if of_city else units).append(status)
    return city, units


def targets_document(view: DispatchView) -> TargetsDocument:
    """T1–T4 and the comparator targets with gap, pace and state; annual targets of the units beside them."""
    facts = target_facts(view)
    city, units = target_statuses(view, facts)
    return TargetsDocument(
        period=str(view.period),
        as_of=view.as_of,
        targets=[target_row(status) for status in city],
        units=[target_row(status) for status in units],
        comparisons=[
            ComparisonRow(**comparison_status(one, view.period, facts).__dict__) for one in view.policy.comparisons
        ],
    )


def target_row(status: TargetStatus) -> TargetRow:
    def figure(value: Decimal | None) -> Figure | None:
        if value is None:
            return None
        return float(value) if status.metric == "growth" else round_half_up(value, 4).normalize()

    return TargetRow(
        id=status.id,
        metric=status.metric,
        scope=status.scope,
        operator=status.operator,
        value=figure(status.value),
        actual=figure(status.actual),
        gap=figure(status.gap),
        pace_required=figure(status.pace_required),
        pace_required_seasonal=figure(status.pace_required_seasonal),
        expected=figure(status.expected),
        expected_linear=figure(status.expected_linear),
        state=status.state,
        window=status.window,
        comparator=status.comparator,
        revised_value=figure(status.revised_value),
    )


def campaign_document(view: DispatchView) -> CampaignDocument:
    """Every campaign whose window touches the month's year: days, lists, targets, progress a week."""
    table = lists_table(view.panel, view.members, view.policy)
    city, _ = target_statuses(view, target_facts(view), with_units=False)
    rows = []
    for campaign in view.policy.campaigns:
        if not campaign.starts.year <= view.period.year <= campaign.ends.year:
            continue
        status = campaign_status(campaign, view.snapshot_day, table.lists, city, _by_day(view, campaign.lists))
        rows.append(
            CampaignRow(
                code=campaign.code,
                zh=campaign.zh,
                en=campaign.en,
                parent=campaign.parent,
                tags=list(campaign.tags),
                starts=campaign.starts,
                ends=campaign.ends,
                state=status.state,
                day=status.day,
                days=status.days,
                lists=[list_row(total) for total in status.lists],
                targets=[target_row(target) for target in status.targets],
                weeks=[CampaignWeekRow(week=w.week, monday=w.monday, ytd=w.ytd) for w in status.weeks],
            )
        )
    return CampaignDocument(period=str(view.period), as_of=view.as_of, campaigns=rows)


def _by_day(view: DispatchView, lists: tuple[str, ...]) -> dict[date, Decimal]:
    """Last day of each month of the panel → investment to date of the campaign's lists, each project once."""
    masks = [view.members[code] for code in lists]
    if not masks:
        return {}
    return {
        month.shift(1).first_day - timedelta(days=1): total
        for month, total in _investment(view, np.logical_or.reduce(masks)).items()
    }


def _investment(view: DispatchView, projects: Flags) -> dict[Period, Decimal]:
    """Investment to date of these projects, 万元, by month."""
    sums = view.panel.actual[projects].sum(axis=0)
    months = [Period(index // 12, index % 12 + 1) for index in view.panel.month_indices]
    return dict(zip(months, (wan_yuan(total) for total in sums), strict=True))
