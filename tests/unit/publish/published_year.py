"""A small year of published editions on the disk, rendered by the real ranking and the real edition: what the tests of the site read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.model.calendar import CalendarRow, ReportingCalendar, Workdays
from pipelines.model.fields import STAGES
from pipelines.model.forms import FormLayout, Indicator
from pipelines.model.lifecycle import FunnelStage
from pipelines.model.periods import Period
from pipelines.model.programme import CodeLists, Method, Programme, ScoredIndicator
from pipelines.model.publication import NO_IMPRINT, Imprint
from pipelines.model.ranking import CityFigures, Ratio, UnitInputs
from pipelines.model.units import Unit, UnitRoster
from pipelines.publish import EditionContext, InputUsed, PreviousPlace, PrintedSignature, rank_document, render
from pipelines.ranking import rank

D = Decimal
NAMES = ("东县", "西区", "南市", "北县", "中区", "港区", "山县", "河区", "湖市")
ANCHORS = {
    "growth": ("可比增速", "Growth", 30, "-0.10", "0.16", "0.40"),
    "excess_pull": ("超额拉动", "Excess pull", 15, "-27", "0", "45"),
    "schedule_completion": ("序时完成率", "Schedule completion", 15, "0.70", "1.00", "1.20"),
    "major_projects": ("重大项目完成率", "Major projects", 15, "0.60", "1.00", "1.30"),
    "new_starts": ("新开工率", "New starts", 10, "0.60", "0.90", "1.00"),
    "stage_punctuality": ("六环节准点率", "Stage punctuality", 10, "0.60", "0.90", "1.00"),
    "service": ("问题按期办结率", "Issues closed in time", 5, "0.80", "0.95", "1.00"),
}
SEASON = {2: D("0.12"), 3: D("0.24"), 4: D("0.34"), 5: D("0.45"), 6: D("0.58")}


def programme(names: Sequence[str] = NAMES, show_levels: bool = True, **numbers: Any) -> Programme:
    """A city of these units, scored by SAIMA-1 from April; `numbers`: another method, other numbers of it."""
    method = Method(
        **{"name": "SAIMA-1", **numbers},
        indicator="manufacturing_investment",
        base_source="bureau",
        signatures=("statistics", "dispatch"),
        public_ranking=True,
        show_levels=show_levels,
        unit_scope="管理",
        indicators=tuple(
            ScoredIndicator(key, zh, en, D(weight), D(lo), D(mid), D(hi))
            for key, (zh, en, weight, lo, mid, hi) in ANCHORS.items()
        ),
    )
    form = FormLayout(
        name="unit_month",
        zh="单位月报",
        en="Unit month",
        domain="stat",
        grain="indicator",
        measure="wan_yuan",
        amount_units={"万元": D(1)},
        columns=(),
        role="level",
        indicators=(Indicator("manufacturing_investment", (), "wan_yuan", "制造业投资", "Manufacturing investment"),),
    )
    rows = tuple(
        CalendarRow(
            "unit_month",
            Period(2022, month),
            datetime(2022, month + 1, 1, tzinfo=UTC),
            datetime(2022, month + 1, 10, tzinfo=UTC),
            publish=published_at(month),
        )
        for month in range(2, 12)
    )
    return Programme(
        name="year",
        zh="小城月度晾晒",
        en="Small city monthly race",
        path=Path("year"),
        version="0" * 64,
        time_zone="Asia/Shanghai",
        city_code="990000",
        city_zh="小城市",
        city_en="Small City",
        simulated=True,
        roster=UnitRoster(tuple(Unit(code_of(n), name, "county", parent="990000") for n, name in enumerate(names))),
        members=(),
        calendar=ReportingCalendar(rows, Workdays({})),
        seasonal=SEASON,
        targets=(),
        lists=(),
        sources=(),
        method=method,
        forms={"unit_month": form},
        codes=CodeLists({}, {}),
    )


def code_of(number: int) -> str:
    return f"99{number + 1:04d}"


def published_at(month: int) -> datetime:
    return datetime(2022, month + 1, 25, 2, tzinfo=UTC)


def publish_year(
    home: Path,
    months: Sequence[int] = (2, 3, 4, 5, 6),
    names: Sequence[str] = NAMES,
    show_levels: bool = True,
    corrected: int | None = None,
    imprint: Imprint = NO_IMPRINT,
    **numbers: Any,
) -> Programme:
    """Writes the months' editions under `home`/editions and returns the programme. One unit is missing in May, one late in June;
    `corrected`: a month that gets a second edition, in which a unit's figure differs."""
    made = replace(programme(names, show_levels, **numbers), imprint=imprint)
    before: tuple[str, Mapping[str, PreviousPlace], tuple[str, str]] | None = None
    for month in months:
        earlier = before
        before = _publish(home, made, month, names, earlier, 1)
        if month == corrected:
            before = _publish(home, made, month, names, earlier, 2)
    return made


def _publish(
    home: Path,
    made: Programme,
    month: int,
    names: Sequence[str],
    before: tuple[str, Mapping[str, PreviousPlace], tuple[str, str]] | None,
    number: int,
) -> tuple[str, Mapping[str, PreviousPlace], tuple[str, str]]:
    units = [_unit(place, name, month, number) for place, name in enumerate(names)]
    known = [unit for unit in units if unit.ytd is not None]
    ytd, base = sum((u.ytd for u in known), D(0)), sum((u.base for u in units), D(0))
    city = CityFigures("990000", "小城市", "Small City", ytd, base, D("0.125"), annual_target=base * 2)
    period = Period(2022, month)
    scored = rank(units, city, made.method, SEASON[month], period)
    edition_id = f"{period}-e{number}"
    first = home / "editions" / str(period) / f"{period}-e1" / "published"
    corrects = None
    if number > 1:
        corrects = (
            f"{period}-e1",
            rank_document(
                rank([_unit(p, n, month, 1) for p, n in enumerate(names)], city, made.method, SEASON[month], period),
                _context(made, period, f"{period}-e1", 1, before),
            ),
        )
    edition = replace(_context(made, period, edition_id, number, before), corrects=corrects)
    render(scored, edition, first.parents[1] / edition_id / "published")
    places = {u.unit_code: PreviousPlace(u.rank, u.inputs.printed_growth) for u in scored.units}
    return edition_id, places, (scored.method, scored.basis)


def _context(made: Programme, period: Period, edition_id: str, number: int, before) -> EditionContext:
    at = published_at(period.month)
    if number > 1:
        at = at.replace(day=27)
    return EditionContext(
        edition_id=edition_id,
        period=period,
        programme=made,
        rules_version="2022.1",
        drafted_at=at.replace(day=20),
        number=number,
        revision=number - 1,
        state="published",
        published_at=at,
        signatures=(PrintedSignature("statistics", "甲", at, True), PrintedSignature("dispatch", "乙", at, True)),
        freeze=at.replace(day=18),
        inputs=(InputUsed("s1", code_of(0), "unit_month", 1),),
        previous=before[1] if before else {},
        previous_edition=before[0] if before else None,
        previous_method=before[2] if before else None,
        funnel=funnel_of(number),
    )


def funnel_of(number: int) -> tuple[FunnelStage, ...]:
    """44 projects that narrow down from stage to stage; in a corrected edition one start more is overdue."""
    reached = (44, 38, 37, 30, 12, 5)
    return tuple(
        FunnelStage(stage, 44 - (stage == "land"), reached[n], reached[n] + 3, 3 + (number > 1 and stage == "start"), 6)
        for n, stage in enumerate(STAGES)
    )


def _unit(place: int, name: str, month: int, number: int) -> UnitInputs:
    """Figures that differ from unit to unit and cross over the months; unit 3 falls, unit 4 is missing in May."""
    base = D(70000 + 9000 * place) * SEASON[month]
    rate = D(place * 37 % 50 - 8 + (month * (place + 1) * 7) % 11 + (5 if number > 1 and place == 1 else 0)) / 100
    missing = place == 4 and month == 5
    late = place == 2 and month == 6
    return UnitInputs(
        code_of(place),
        name,
        base,
        None if missing else (base * (1 + rate)).quantize(D(1)),
        annual_target=D(85000 + 9500 * place),
        growth_official=None if missing else rate,
        major_projects=Ratio(D(90 + place), D(100)),
        new_starts=Ratio(D(7 + place % 3), D(10)),
        stage_punctuality=Ratio(D(40 + place + month), D(60)),
        service=Ratio(D(19), D(20)),
        workdays_late=2 if late else 0,
        late=late,
        remarks=(),
        state="missing" if missing else "scored",
        name_en=f"Unit {place + 1}",
        data_rows=40,
    )


if __name__ == "__main__":
    import sys

    publish_year(Path(sys.argv[1]), corrected=6)
