"""Campaigns (十大百日攻坚, 项目推进百日攻坚, 985; L1, L16, L34): window, lists, targets, progress per week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ..model.dispatch_policy import Campaign
from .project_lists import ListTotal
from .target_pace import TargetStatus


@dataclass(frozen=True)
class CampaignWeek:
    """A week of the window: Monday, the day progress was last known by its end, investment of the campaign's lists to date, 万元."""

    week: str
    monday: date
    ytd: Decimal | None


@dataclass(frozen=True)
class CampaignStatus:
    """`day` of `days`; `state`: before, running, over."""

    campaign: Campaign
    state: str
    day: int
    days: int
    lists: tuple[ListTotal, ...]
    targets: tuple[TargetStatus, ...]
    weeks: tuple[CampaignWeek, ...]


def campaign_status(
    campaign: Campaign,
    today: date,
    lists: Sequence[ListTotal],
    targets: Sequence[TargetStatus],
    ytd_by_day: Mapping[date, Decimal],
) -> CampaignStatus:
    """`ytd_by_day`: investment to date of the campaign's lists as the returns of each month's last day said it; a week shows the newest
    known by its Sunday of the year in which it began, and none before the first of that year: investment to date begins anew in January."""
    days = (campaign.ends - campaign.starts).days + 1
    day = min(max(0, (today - campaign.starts).days + 1), days)
    state = "before" if today < campaign.starts else "over" if today > campaign.ends else "running"
    return CampaignStatus(
        campaign,
        state,
        day,
        days,
        tuple(total for total in lists if total.code in campaign.lists),
        tuple(target for target in targets if target.id in campaign.targets),
        tuple(_weeks(campaign, today, ytd_by_day)),
    )


def _weeks(campaign: Campaign, today: date, ytd_by_day: Mapping[date, Decimal]) -> list[CampaignWeek]:
    monday = campaign.starts - timedelta(days=campaign.starts.weekday())
    weeks = []
    while monday <= min(campaign.ends, today):
        year, week, _ = monday.isocalendar()
        known = [day for day in ytd_by_day if day <= monday + timedelta(days=6) and day.year == monday.year]
        weeks.append(CampaignWeek(f"{year}-W{week:02d}", monday, ytd_by_day[max(known)] if known else None))
        monday += timedelta(days=7)
    return weeks
