"""A small programme's editions with everything that may stand in one: hostile names, a unit that is late, missing, withheld, parents, a
further indicator, a correction."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.model.calendar import ReportingCalendar, Workdays
from pipelines.model.forms import FormLayout, Indicator
from pipelines.model.periods import Period
from pipelines.model.programme import CodeLists, FurtherIndicator, Method, Programme, ScoredIndicator
from pipelines.model.ranking import CityFigures, ParentFigures, Ranking, Ratio, UnitInputs
from pipelines.model.units import UnitRoster
from pipelines.publish import EditionContext, PreviousPlace, PrintedSignature
from pipelines.ranking import rank

D = Decimal
JUNE = Period(2022, 6)
DRAFTED, PUBLISHED = datetime(2022, 7, 20, 1, 30, tzinfo=UTC), datetime(2022, 7, 25, 2, tzinfo=UTC)
HOSTILE = (
    '=HYPERLINK("http://x.invalid";"a")',
    "<script>alert(1)</script>",
    "@SUM(A1:A9)",
    "]]></title></script><img src=x onerror=alert(1)>",
)
"""Names that some reader would run, one a unit."""
ANCHORS = {
    "growth": (30, "-0.10", "0.16", "0.40"),
    "excess_pull": (15, "-27", "0", "45"),
    "schedule_completion": (15, "0.70", "1.00", "1.20"),
    "major_projects": (15, "0.60", "1.00", "1.30"),
    "new_starts": (10, "0.60", "0.90", "1.00"),
    "stage_punctuality": (10, "0.60", "0.90", "1.00"),
    "service": (5, "0.80", "0.95", "1.00"),
}
METHOD = Method(
    name="SAIMA-1",
    indicator="investment",
    base_source="bureau",
    signatures=("statistics", "dispatch"),
    public_ranking=True,
    show_levels=True,
    indicators=tuple(ScoredIndicator(k, k, k, D(w), D(lo), D(mid), D(hi)) for k, (w, lo, mid, hi) in ANCHORS.items()),
    further=(FurtherIndicator("total"),),
)


def programme(method: Method = METHOD, measure: str = "wan_yuan", name: str = "small") -> Programme:
    indicators = (
        Indicator("investment", (), measure, "制造业投资", "Manufacturing investment"),
        Indicator("total", (), measure, "全部投资", "Total investment"),
    )
    form = FormLayout(
        name="unit_month",
        zh="单位月报",
        en="Unit month",
        domain="stat",
        grain="indicator",
        measure=measure,
        amount_units={},
        columns=(),
        role="level",
        indicators=indicators,
    )
    return Programme(
        name=name,
        zh="示例方案",
        en="Example",
        path=Path("small"),
        version="f" * 64,
        time_zone="Asia/Shanghai",
        city_code="990000",
        city_zh="小城市",
        city_en="Small City",
        simulated=True,
        roster=UnitRoster(()),
        members=(),
        calendar=ReportingCalendar((), Workdays({})),
        seasonal={},
        targets=(),
        lists=(),
        sources=(),
        method=method,
        forms={"unit_month": form},
        codes=CodeLists({}, {}),
    )


def of(numerator: int, denominator: int) -> Ratio:
    return Ratio(D(numerator), D(denominator))


def units(names: tuple[str, str, str, str] = HOSTILE) -> list[UnitInputs]:
    """Two that are scored, one late; one that is missing; one with nothing that may be shown."""
    first, second, third, fourth = names
    return [
        UnitInputs(
            "990001",
            first,
            D("100213.25"),
            D("130017.5"),
            D("240311.5"),
            D("0.3"),
            of(95, 100),
            of(9, 10),
            of(44, 50),
            of(19, 20),
            month=D("20131.0001"),
            remarks=("=1+1",),
            name_en=first,
        ),
        UnitInputs(
            "990002",
            second,
            D("80123.75"),
            D("76117.5625"),
            D("150257.5"),
            D("-0.05"),
            None,
            of(3, 4),
            of(20, 25),
            of(0, 0),
            workdays_late=1,
            late=True,
            unanswered_share=D("0.125"),
            unanswered_queries=1,
            data_rows=8,
        ),
        UnitInputs("990003", third, D("60213.25"), None, D("100411.5"), D("0.02"), state="missing"),
        UnitInputs("990004", fourth, None, None, state="unranked", remarks=("不予公布",)),
    ]


CITY = CityFigures("990000", "小城市", "Small City", D("270019.5"), D("240017.25"), D("0.125"), D("-0.01"), 4, 2)


def ranking(found: list[UnitInputs] | None = None, method: Method = METHOD, parents: bool = True) -> Ranking:
    made = rank(found if found is not None else units(), CITY, method, D("0.58"), JUNE)
    area = ParentFigures(
        "99", "+大区", D("210043.5"), None, False, D("206118.0625"), D("180224.125"), (2, 3), None, D("0.1444")
    )
    return replace(made, parents=(area,) if parents else ())


def edition(method: Method = METHOD, found: list[UnitInputs] | None = None, **more: Any) -> EditionContext:
    """Published, signed by two, compared with May, with a further indicator."""
    about = programme(method)
    by_growth = replace(method, name="growth_rank", indicator="total", indicators=(), further=())
    further = rank(found if found is not None else units(), CITY, by_growth, D("0.58"), JUNE)
    values: dict[str, Any] = {
        "edition_id": "2022-06-e1",
        "period": JUNE,
        "programme": about,
        "rules_version": "2022.1",
        "drafted_at": DRAFTED,
        "state": "published",
        "published_at": PUBLISHED,
        "signatures": (
            PrintedSignature("statistics", "甲", PUBLISHED, True),
            PrintedSignature("dispatch", "乙", PUBLISHED, True),
        ),
        "freeze": datetime(2022, 7, 19, 4, tzinfo=UTC),
        "previous": {"990001": PreviousPlace(2, D("0.10")), "990002": PreviousPlace(1, D("0.305"))},
        "previous_edition": "2022-05-e1",
        "further": ((replace(about, method=by_growth), further),) if method.further else (),
    }
    return EditionContext(**{**values, **more})
