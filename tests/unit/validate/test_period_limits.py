"""Rules across units at their limits: a month that just passes and one that just does not, for every condition of every rule.

`make mutants` breaks the rules' code and runs this table against each change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest

from pipelines.model.findings import RuleRun
from pipelines.model.history import UnitHistory
from pipelines.model.loading import SubmissionRow
from pipelines.model.periods import Period
from pipelines.model.programme import ListMembership, Target
from pipelines.model.units import Unit, UnitMember, UnitRoster
from pipelines.validate.period.closing_rules import DispatchRegister, LedProject
from pipelines.validate.period.unit_rules import Pair, hidiroglou_berthelot
from pipelines.validate.period.validate_period import (
    Beside,
    PeriodFinding,
    dispatch_items,
    validate_period,
    versions_at_due,
)

U = ("330402", "330411", "330421", "330424", "330471", "330472", "330481", "330482", "330483")
CITY = "330400"
DUE = datetime(2022, 7, 11, 10, 0, tzinfo=UTC)
LAST_DAY = date(2022, 6, 30)
SECOND = timedelta(seconds=1)
CODE = "2101-330481-04-01-123456"


def version(number: int, unit: str = "330481", form: str = "unit_month", **more: Any) -> SubmissionRow:
    """A version that arrived an hour before the due hour, its bytes its own, accepted and current."""
    name = f"{form}-{unit}-{number}"
    values: dict[str, Any] = {
        "submission_id": name,
        "receipt_id": name,
        "sha256": name,
        "source": "s",
        "name": f"{name}.xlsx",
        "unit_code": unit,
        "period": "2022-06",
        "form": form,
        "version": number,
        "measure": "wan_yuan",
        "arrived_at": DUE - 3600 * SECOND,
        "seen_at": DUE,
        "state": "accepted",
        "current": True,
        "latest": True,
        "revision": False,
        "verdict_id": "v",
        "word": "accepted",
        "received": 1,
        "accepted": 1,
        "quarantined": 0,
        "not_data": 0,
        "errors": 0,
        "queries": 0,
        "open_queries": 0,
        "passes_a_rules": True,
        "rules_version": "r",
        "programme_version": "p",
        "history": UnitHistory(),
        "judged_at": DUE,
        "load_id": "l",
    }
    return SubmissionRow(**{**values, **more})


@dataclass(frozen=True)
class Month:
    """What differs from a month in which nine units of 12,000 on a base of 10,000 and a city of 108,000 on 90,000 agree."""

    units: dict[str, dict[str, Any]] | None = None
    areas: dict[str, dict[str, Any]] | None = None
    more_units: tuple[dict[str, Any], ...] = ()
    more_areas: tuple[dict[str, Any], ...] = ()
    projects: tuple[dict[str, Any], ...] | None = None
    dispatch: tuple[dict[str, Any], ...] | None = None
    without: tuple[str, ...] = ()
    without_areas: tuple[str, ...] = ()
    no_city_month: bool = False
    versions: tuple[SubmissionRow, ...] | None = None
    at_due: tuple[dict[str, Any], ...] = ()
    last_year: tuple[dict[str, Any], ...] | None = None
    last_projects: tuple[dict[str, Any], ...] | None = None
    programme: Callable[[Any], Any] = lambda p: p
    led: tuple[LedProject, ...] | None = None


def own(ytd: Any) -> dict[str, Any]:
    """The figure of the city above 南湖区 and 秀洲区, which have 24,000 together."""
    return {"unit_code": "330499", "reported_unit_code": "330499", "ytd": Decimal(str(ytd))}


def under_a_city(p: Any) -> Any:
    """南湖区 and 秀洲区 under a city that is not ranked."""
    below = [replace(u, parent="330499") if u.code in U[:2] else u for u in p.roster.units]
    return replace(p, roster=UnitRoster((*below, Unit("330499", "某市", "city"))))


def of_any_sign(p: Any) -> Any:
    lead = p.forms["unit_month"]
    indicators = tuple(replace(indicator, sign="any") for indicator in lead.indicators)
    return replace(p, forms={**p.forms, "unit_month": replace(lead, indicators=indicators)})


def not_additive(p: Any) -> Any:
    lead = p.forms["unit_month"]
    indicators = tuple(replace(indicator, total="none") for indicator in lead.indicators)
    return replace(under_a_city(p), forms={**p.forms, "unit_month": replace(lead, indicators=indicators)})


def judged(make: Any, programme: Any, m: Month) -> tuple[tuple[PeriodFinding, ...], dict[str, RuleRun]]:
    current = {
        "unit_month": make.facts(
            "unit_month",
            *(
                {"unit_code": u, "submission_id": f"u{u}", **(m.units or {}).get(u, {})}
                for u in U
                if u not in m.without
            ),
            *({"submission_id": f"u{row['unit_code']}", **row} for row in m.more_units),
        )
    }
    if not m.no_city_month:
        own = [{"area_code": u, **(m.areas or {}).get(u, {})} for u in U]
        own.append({"area_code": CITY, "ytd": 108000, "base": 90000, **(m.areas or {}).get(CITY, {})})
        rows = [r for r in (*own, *m.more_areas) if r["area_code"] not in m.without_areas]
        current["city_month"] = make.facts(
            "city_month", *({"unit_code": CITY, "submission_id": "c", **r} for r in rows)
        )
    if m.projects is not None:
        named = [
            {"submission_id": f"p{row['unit_code']}", "stat_project_no": f"N{n}", **row}
            for n, row in enumerate(m.projects)
        ]
        current["project_month"] = make.facts("project_month", *named)
    if m.dispatch is not None:
        named = [{"unit_code": "330481", "submission_id": "d", **row} for row in m.dispatch]
        current["dispatch_month"] = make.facts("dispatch_month", *named)
    last_year = {}
    if m.last_year is not None:
        last_year["unit_month"] = make.facts("unit_month", *m.last_year)
    if m.last_projects is not None:
        last_year["project_month"] = make.facts("project_month", *m.last_projects)
    beside = Beside(m.versions, {"unit_month": make.facts("unit_month", *m.at_due)} if m.at_due else {}, last_year)
    changed = m.programme(programme)
    findings, runs = validate_period("2022-06", changed, current, beside)
    register = DispatchRegister({}, m.led) if m.led is not None else None
    items, asked = dispatch_items("2022-06", changed, current, register)
    return (*findings, *items), {r.rule: r for r in (*runs, *asked)}


def few(*codes: str) -> Callable[[Any], Any]:
    return lambda p: replace(p, roster=UnitRoster(tuple(u for u in p.roster.units if u.code in (*codes, CITY))))


def listed(*entries: ListMembership) -> Callable[[Any], Any]:
    return lambda p: replace(p, lists=entries)


def members(*entries: UnitMember) -> Callable[[Any], Any]:
    return lambda p: replace(p, members=entries)


def targets(city: Any, *units: Any) -> Callable[[Any], Any]:
    made = [(CITY, city), *zip(U, units, strict=False)]
    return lambda p: replace(
        p,
        targets=tuple(
            Target("annual_investment", s, ">=", Decimal(str(v)), "2022", None) for s, v in made if v is not None
        ),
    )


def member(
    unit: str, sign: int = 1, first: str | None = None, last: str | None = None, name: str = "某镇"
) -> UnitMember:
    ends = [Period.parse(text) if text else None for text in (first, last)]
    return UnitMember(unit, "330481100", name, "township", sign, *ends)  # type: ignore[arg-type]


def rows_of(unit: str, *figures: Any, **more: Any) -> tuple[dict[str, Any], ...]:
    """Projects of a unit whose only figures are in ytd: other value columns differ by unit and row."""
    other = dict.fromkeys(("plan_total", "cum_total", "month", "build", "install", "equip", "other"))
    return tuple({"unit_code": unit, "project_code": None, **other, "ytd": f, **more} for f in figures)


def division(code: str, now: Any, then: Any, unit: str = "330481") -> tuple[dict[str, Any], dict[str, Any]]:
    row = {"unit_code": unit, "industry_code": f"{code}11", "project_code": None}
    return {**row, "ytd": now}, {**row, "ytd": then}


TWELVE = [{"unit_code": "330481", "ytd": 1000, "project_code": None}] * 11
STEADY = [division(str(code), 120, 100) for code in range(13, 21)]
LATE = {"arrived_at": DUE + SECOND}
DISPATCH = {"start_plan": None}
UNPLANNED = {f"{stage}_plan": None for stage in ("admission", "land", "approval", "start", "completion", "capacity")}
BIG = {"plan_total": "9999.9999"}
SAME = ("10", "20", "30", "40", "50")

CASES: dict[str, tuple[str, Month, list[str], int | None]] = {
    # rule, month, units asked, figures looked at (None: not applicable)
    "A10 no ledger": ("A10", Month(), [], None),
    "A10 nothing sent": ("A10", Month(versions=()), [], None),
    "A10 others' bytes": (
        "A10",
        Month(versions=(version(1), version(1, "330482", sha256="unit_month-330481-1"))),
        [],
        2,
    ),
    "A10 the same again": (
        "A10",
        Month(
            versions=(
                version(2, arrived_at=DUE),
                version(3, arrived_at=DUE + SECOND, sha256="a"),
                version(1, sha256="a"),
            )
        ),
        ["330481"],
        3,
    ),
    "B08 once": ("B08", Month(projects=({"unit_code": "330481"}, {"unit_code": "330481"})), [], 2),
    "B08 in two": (
        "B08",
        Month(projects=({"unit_code": "330481"}, {"unit_code": "330482"})),
        ["330481", "330482", CITY],
        2,
    ),
    "D11 steady": ("D11", Month(), [], 9),
    "D11 one doubles": ("D11", Month(units={"330481": {"ytd": 24000}}), ["330481"], 9),
    "D11 seven units": ("D11", Month(without=U[:2], units={"330481": {"ytd": 24000}}), [], None),
    "D11 eight units": ("D11", Month(without=U[:1], units={"330481": {"ytd": 24000}}), ["330481"], 8),
    "D11 nothing invested": ("D11", Month(units={"330481": {"ytd": 0}, "330482": {"ytd": None}}), [], None),
    "D11 no base": ("D11", Month(areas={"330481": {"base": None}, "330482": {"base": 0}}), [], None),
    "D11 last year's figures": (
        "D11",
        Month(
            no_city_month=True,
            units={"330481": {"ytd": 24000}},
            last_year=tuple({"unit_code": u, "ytd": 10000} for u in U),
        ),
        ["330481"],
        9,
    ),
    "D11 the bureau's base before last year's": (
        "D11",
        Month(areas={"330481": {"base": 5000}}, last_year=tuple({"unit_code": u, "ytd": 10000} for u in U)),
        ["330481"],
        9,
    ),
    "D11 divisions": (
        "D11",
        Month(
            without=U[:2],
            projects=(*(n for n, _ in STEADY), division("36", 500, 100, "330482")[0]),
            last_projects=(*(t for _, t in STEADY), division("36", 500, 100, "330482")[1]),
        ),
        [CITY],
        9,
    ),
    "D11 seven divisions": (
        "D11",
        Month(
            without=U[:2],
            projects=(*(n for n, _ in STEADY[:6]), division("36", 500, 100)[0]),
            last_projects=(*(t for _, t in STEADY[:6]), division("36", 500, 100)[1]),
        ),
        [],
        None,
    ),
    "D11 divisions of nothing": (
        "D11",
        Month(
            without=U[:2], projects=tuple({**n, "ytd": 0} for n, _ in STEADY), last_projects=tuple(t for _, t in STEADY)
        ),
        [],
        None,
    ),
    "D11 divisions from nothing": (
        "D11",
        Month(
            without=U[:2], projects=tuple(n for n, _ in STEADY), last_projects=tuple({**t, "ytd": 0} for _, t in STEADY)
        ),
        [],
        None,
    ),
    "D11 little": (
        "D11",
        Month(units={"330481": {"ytd": "0.5"}}, areas={"330482": {"base": "0.5"}}),
        ["330481", "330482"],
        9,
    ),
    "D11 reduced below nothing": ("D11", Month(units={"330481": {"ytd": -5}, "330482": {"ytd": -1}}), [], None),
    "D11 divisions of little": (
        "D11",
        Month(
            without=U[:2],
            projects=tuple({**n, "ytd": "0.5"} for n, _ in STEADY),
            last_projects=tuple({**t, "ytd": "0.5"} for _, t in STEADY),
        ),
        [],
        8,
    ),
    "D11 units and divisions": (
        "D11",
        Month(projects=tuple(n for n, _ in STEADY), last_projects=tuple(t for _, t in STEADY)),
        [],
        17,
    ),
    "E12 nothing planned": ("E12", Month(dispatch=({**DISPATCH, **UNPLANNED},)), [], 0),
    "E12 no dispatch": ("E12", Month(), [], None),
    "E12 done within thirty days": (
        "E12",
        Month(dispatch=({**UNPLANNED, "start_plan": "2022-01", "start_actual": "2022-03"},)),
        [],
        1,
    ),
    "E12 done later": (
        "E12",
        Month(dispatch=({**UNPLANNED, "start_plan": "2022-01", "start_actual": "2022-04"},)),
        ["330481"],
        1,
    ),
    "E12 open thirty days": (
        "E12",
        Month(dispatch=({**UNPLANNED, "start_plan": "2022-05", "start_actual": None},)),
        [],
        1,
    ),
    "E12 open longer": (
        "E12",
        Month(dispatch=({**UNPLANNED, "start_plan": "2022-04", "start_actual": None},)),
        ["330481"],
        1,
    ),
    "E12 two stages": (
        "E12",
        Month(
            dispatch=(
                {
                    **UNPLANNED,
                    "start_plan": "2022-04",
                    "start_actual": None,
                    "completion_plan": "2022-01",
                    "completion_actual": None,
                },
            )
        ),
        ["330481", "330481"],
        2,
    ),
    "F01 no projects": ("F01", Month(), [], None),
    "F01 at the limit": ("F01", Month(projects=({"unit_code": "330481", "ytd": 11935},)), [], 1),
    "F01 beyond it": ("F01", Month(projects=({"unit_code": "330481", "ytd": "11934.9999"},)), ["330481"], 1),
    "F01 above it": ("F01", Month(projects=({"unit_code": "330481", "ytd": "12065.0001"},)), ["330481"], 1),
    "F01 half a unit a row": (
        "F01",
        Month(projects=(*TWELVE, {"unit_code": "330481", "ytd": 934, "project_code": None})),
        [],
        1,
    ),
    "F01 more": (
        "F01",
        Month(projects=(*TWELVE, {"unit_code": "330481", "ytd": "933.9999", "project_code": None})),
        ["330481"],
        1,
    ),
    "F01 no figures": ("F01", Month(projects=({"unit_code": "330481", "ytd": None},)), ["330481"], 1),
    "F01 no total": ("F01", Month(units={"330481": {"ytd": None}}, projects=({"unit_code": "330481"},)), [], None),
    "F01 no unit_month": ("F01", Month(without=("330481",), projects=({"unit_code": "330481"},)), [], None),
    "F02 at the limit": ("F02", Month(areas={CITY: {"ytd": "108004.5"}}), [], 1),
    "F02 beyond it": ("F02", Month(areas={CITY: {"ytd": "108004.5001"}}), [CITY], 1),
    "F02 below it": ("F02", Month(areas={CITY: {"ytd": "107995.4999"}}), [CITY], 1),
    "F02 one unit, one": ("F02", Month(programme=few("330481"), areas={CITY: {"ytd": 12001}}), [], 1),
    "F02 one unit, more": ("F02", Month(programme=few("330481"), areas={CITY: {"ytd": "12001.0001"}}), [CITY], 1),
    "F02 a unit has no figure": ("F02", Month(units={"330481": {"ytd": None}}), [], None),
    "F02 the city has none": ("F02", Month(areas={CITY: {"ytd": None}}), [], None),
    "F02 another indicator of the city": (
        "F02",
        Month(
            more_units=tuple({"unit_code": u, "indicator": "industrial_investment", "ytd": 20000} for u in U),
            more_areas=({"area_code": CITY, "indicator": "industrial_investment", "ytd": 190000, "base": None},),
        ),
        [CITY],
        2,
    ),
    "F02 a count": (
        "F02",
        Month(
            more_units=tuple({"unit_code": u, "indicator": "project_count", "measure": "count", "ytd": 10} for u in U),
            more_areas=(
                {"area_code": CITY, "indicator": "project_count", "measure": "count", "ytd": 100, "base": None},
            ),
        ),
        [CITY],
        2,
    ),
    "F03 equal": (
        "F03",
        Month(more_areas=({"area_code": "330481", "indicator": "total_investment", "ytd": 12000},)),
        [],
        1,
    ),
    "F03 more": (
        "F03",
        Month(more_areas=({"area_code": "330481", "indicator": "total_investment", "ytd": "11999.9999"},)),
        ["330481", CITY],
        1,
    ),
    "F03 own total below the bureau's": (
        "F03",
        Month(more_units=({"unit_code": "330481", "indicator": "total_investment", "ytd": 11999},)),
        ["330481", CITY],
        1,
    ),
    "F03 no figure": (
        "F03",
        Month(
            units={"330481": {"ytd": None}},
            more_areas=({"area_code": "330481", "indicator": "total_investment", "ytd": 1},),
        ),
        [],
        None,
    ),
    "F03 no wider figure": (
        "F03",
        Month(more_areas=({"area_code": "330481", "indicator": "total_investment", "ytd": None},)),
        [],
        None,
    ),
    "F03 another scope": (
        "F03",
        Month(more_areas=({"area_code": "330481", "indicator": "total_investment", "scope": "属地", "ytd": 1},)),
        [],
        None,
    ),
    "F03 other indicators": (
        "F03",
        Month(more_areas=({"area_code": "330481", "indicator": "project_count", "ytd": 1},)),
        [],
        None,
    ),
    "F05 two": ("F05", Month(programme=members(member("330481"), member("330482"))), [CITY], 1),
    "F05 moved": ("F05", Month(programme=members(member("330481"), member("330482", -1))), [], 1),
    "F05 left for nowhere": ("F05", Month(programme=members(member("330482", -1))), [CITY], 1),
    "F05 until last month": (
        "F05",
        Month(programme=members(member("330481", last="2022-05"), member("330482", first="2022-06"))),
        [],
        1,
    ),
    "F05 until this month": (
        "F05",
        Month(programme=members(member("330481", last="2022-06"), member("330482", first="2022-06"))),
        [CITY],
        1,
    ),
    "F05 from next month": (
        "F05",
        Month(programme=members(member("330481"), member("330482", first="2022-07"))),
        [],
        1,
    ),
    "F05 none": ("F05", Month(programme=members()), [], None),
    "F07 nobody keeps them": ("F07", Month(), [], None),
    "F07 one of each": ("F07", Month(led=(LedProject("330481", CODE, "甲", 1, 1),)), [], 1),
    "F07 two leaders": ("F07", Month(led=(LedProject("330481", CODE, "甲", 2, 1),)), ["330481"], 1),
    "F07 no team": ("F07", Month(led=(LedProject("330481", CODE, "", 1, 0),)), ["330481"], 1),
    "F06 no dispatch": ("F06", Month(), [], None),
    "F06 on no list": ("F06", Month(dispatch=({"lists": "市级重点"},)), [], None),
    "F06 at the floor": ("F06", Month(dispatch=({"lists": "市级亿元以上", "plan_total": 10000},)), [], 1),
    "F06 below it": ("F06", Month(dispatch=({"lists": "市级亿元以上", **BIG},)), ["330481"], 1),
    "F06 548": ("F06", Month(dispatch=({"lists": "省重大548", "plan_total": "99999.9999"},)), ["330481"], 1),
    "F06 百亿": ("F06", Month(dispatch=({"lists": "百亿工程", "plan_total": "999999.9999"},)), ["330481"], 1),
    "F06 two lists": ("F06", Month(dispatch=({"lists": "市级亿元以上;省重大548", **BIG},)), ["330481", "330481"], 2),
    "F06 no plan": ("F06", Month(dispatch=({"lists": "市级亿元以上", "plan_total": None},)), [], None),
    "F06 of lists.csv": (
        "F06",
        Month(dispatch=(BIG,), programme=listed(ListMembership("亿元", CODE, LAST_DAY))),
        ["330481"],
        1,
    ),
    "F06 from tomorrow": (
        "F06",
        Month(dispatch=(BIG,), programme=listed(ListMembership("亿元", CODE, LAST_DAY + timedelta(1)))),
        [],
        None,
    ),
    "F06 until today": (
        "F06",
        Month(dispatch=(BIG,), programme=listed(ListMembership("亿元", CODE, date(2022, 1, 1), LAST_DAY))),
        ["330481"],
        1,
    ),
    "F06 until yesterday": (
        "F06",
        Month(dispatch=(BIG,), programme=listed(ListMembership("亿元", CODE, date(2022, 1, 1), date(2022, 6, 29)))),
        [],
        None,
    ),
    "F06 of another project": (
        "F06",
        Month(dispatch=(BIG,), programme=listed(ListMembership("亿元", "x", LAST_DAY))),
        [],
        None,
    ),
    "F10 half": ("F10", Month(units={"330472": {"ytd": 5000}}, areas={CITY: {"ytd": 72000}}), [], 9),
    "F10 less than half": (
        "F10",
        Month(units={"330472": {"ytd": "4999.9999"}}, areas={CITY: {"ytd": 72000}}),
        ["330472"],
        9,
    ),
    "F10 no city figure": ("F10", Month(units={"330472": {"ytd": 20000}}, without_areas=(CITY,)), [], 9),
    "F10 no city figure, beyond": (
        "F10",
        Month(units={"330472": {"ytd": "20000.0001"}}, without_areas=(CITY,)),
        ["330472"],
        9,
    ),
    "F10 the city's stated rate": (
        "F10",
        Month(units={"330472": {"ytd": 20000}}, areas={CITY: {"ytd": None, "growth_official": 0.7}}),
        ["330402", "330411", "330421", "330424", "330471", "330481", "330482", "330483"],
        9,
    ),
    "F10 a unit is missing": ("F10", Month(without=("330471",)), [], 8),
    "F10 an area is missing": ("F10", Month(without_areas=("330471",)), [], 8),
    "F10 no base": ("F10", Month(areas={"330471": {"base": 0}}), [], 8),
    "F10 the bureau's figure without scope": ("F10", Month(areas={"330481": {"scope": None}}), [], 9),
    "F10 the bureau's figure of another scope": ("F10", Month(areas={"330481": {"scope": "属地"}}), [], 8),
    "F10 no city_month": ("F10", Month(no_city_month=True), [], None),
    "F12 agree": ("F12", Month(), [], 19),
    "F12 total, one off": ("F12", Month(areas={"330481": {"ytd": 12001}}), [], 19),
    "F12 total, more": ("F12", Month(areas={"330481": {"ytd": "12001.0001"}}), [CITY], 19),
    "F12 rate by the unit's own level": (
        "F12",
        Month(areas={"330481": {"ytd": 13000, "growth_official": 0.3}}),
        [CITY, CITY],
        19,
    ),
    "F12 rate by the bureau's level": (
        "F12",
        Month(units={"330481": {"ytd": None}}, areas={"330481": {"ytd": 13000}}),
        [CITY],
        18,
    ),
    "F12 the city's rate": ("F12", Month(areas={CITY: {"growth_official": 0.3}}), [CITY], 19),
    "F12 no rate": ("F12", Month(areas={"330481": {"growth_official": None}}), [], 18),
    "F12 no base": ("F12", Month(areas={"330481": {"base": None}}), [], 18),
    "F12 no official total": ("F12", Month(areas={"330481": {"ytd": None}}), [], 18),
    "F12 no city_month": ("F12", Month(no_city_month=True), [], None),
    "F13 as planned": ("F13", Month(), [], 9),
    "F13 equal": ("F13", Month(programme=targets(900, *[100] * 9)), [], 9),
    "F13 short": ("F13", Month(programme=targets("900.0001", *[100] * 9)), [CITY], 9),
    "F13 short, no bureau in the roster": (
        "F13",
        Month(
            programme=lambda p: replace(
                few(*U)(targets("900.0001", *[100] * 9)(p)),
                roster=UnitRoster(tuple(u for u in p.roster.units if u.code != CITY)),
            )
        ),
        [CITY],
        9,
    ),
    "F13 short, one row of the bureau": (
        "F13",
        Month(without_areas=U, programme=targets("900.0001", *[100] * 9)),
        [CITY],
        9,
    ),
    "F13 short, no city_month": (
        "F13",
        Month(no_city_month=True, programme=targets("900.0001", *[100] * 9)),
        [CITY],
        9,
    ),
    "F13 a unit has none": ("F13", Month(programme=targets(9000, *[100] * 8)), [], None),
    "F13 the city has none": ("F13", Month(programme=targets(None, *[100] * 9)), [], None),
    "F13 nobody has any": ("F13", Month(programme=targets(900)), [], None),
    "F14 same column": (
        "F14",
        Month(projects=(*rows_of("330481", *SAME), *rows_of("330482", *SAME))),
        ["330481", "330482"],
        2,
    ),
    "F14 another order": ("F14", Month(projects=(*rows_of("330481", *SAME), *rows_of("330482", *SAME[::-1]))), [], 2),
    "F14 four values": (
        "F14",
        Month(projects=(*rows_of("330481", *SAME[:4]), *rows_of("330482", *SAME[:4]))),
        [],
        None,
    ),
    "F14 zeros are no values": (
        "F14",
        Month(projects=(*rows_of("330481", *SAME[:4], 0), *rows_of("330482", *SAME[:4], 0))),
        [],
        None,
    ),
    "F14 one value only": (
        "F14",
        Month(projects=(*rows_of("330481", *[7] * 5), *rows_of("330482", *[7] * 5))),
        [],
        None,
    ),
    "F14 two values": (
        "F14",
        Month(projects=(*rows_of("330481", 7, 7, 7, 7, 8), *rows_of("330482", 7, 7, 7, 7, 8))),
        ["330481", "330482"],
        2,
    ),
    "F14 no projects": ("F14", Month(), [], None),
    "F15 no ledger": ("F15", Month(), [], None),
    "F15 at the hour": ("F15", Month(versions=(version(1, arrived_at=DUE),)), [], 1),
    "F15 a second later": ("F15", Month(versions=(version(1, **LATE),)), ["330481"], 1),
    "F15 only an unreadable one in time": (
        "F15",
        Month(versions=(version(1, passes_a_rules=False), version(2, **LATE))),
        ["330481"],
        1,
    ),
    "F15 a second version later": ("F15", Month(versions=(version(2, **LATE), version(1))), [], 1),
    "F15 nothing readable": ("F15", Month(versions=(version(1, passes_a_rules=False),)), [], None),
    "F15 the bureau's own": (
        "F15",
        Month(versions=(version(1, CITY, "city_month", arrived_at=DUE + timedelta(30)), version(1))),
        [],
        1,
    ),
    "F15 a form without calendar": ("F15", Month(versions=(version(1, form="service_memo"),)), [], None),
    "F16 no city_month": ("F16", Month(no_city_month=True), [], None),
    "F16 one off": ("F16", Month(units={"330481": {"ytd_last_year": 9999}}), [], 9),
    "F16 more": ("F16", Month(units={"330481": {"ytd_last_year": "9998.9999"}}), ["330481"], 9),
    "F16 none given": ("F16", Month(units={"330481": {"ytd_last_year": None}}), [], 8),
    "F16 no base": ("F16", Month(areas={"330481": {"base": None}}), [], 8),
    "F16 missing": ("F16", Month(without=("330481",)), [], 8),
    "F18 no ledger": ("F18", Month(), [], None),
    "F18 raised": (
        "F18",
        Month(
            versions=(version(1, current=False), version(2, **LATE)),
            at_due=({"unit_code": "330481", "ytd": "11999.9999"},),
        ),
        ["330481"],
        9,
    ),
    "F18 as it was": (
        "F18",
        Month(
            versions=(version(1, current=False), version(2, **LATE)), at_due=({"unit_code": "330481", "ytd": 12000},)
        ),
        [],
        9,
    ),
    "F18 no current version": (
        "F18",
        Month(versions=(version(1, current=False),), at_due=({"unit_code": "330481", "ytd": 1},)),
        [],
        9,
    ),
    "F18 another scope": (
        "F18",
        Month(versions=(version(1),), at_due=({"unit_code": "330481", "scope": "属地", "ytd": 1},)),
        [],
        9,
    ),
    "F18 no figure then": ("F18", Month(versions=(version(1),), at_due=({"unit_code": "330481", "ytd": None},)), [], 9),
    "F18 no figure now": (
        "F18",
        Month(units={"330481": {"ytd": None}}, versions=(version(1),), at_due=({"unit_code": "330481", "ytd": 1},)),
        [],
        9,
    ),
    "F18 rows without indicator or unit": (
        "F18",
        Month(more_units=({"unit_code": "330481", "indicator": None}, {"unit_code": None}), versions=(version(1),)),
        [],
        9,
    ),
    "F10 a loss is told in a word": ("F10", Month(units={"330481": {"ytd": -5000}}, programme=of_any_sign), [], 8),
    "F10 a negative investment": ("F10", Month(units={"330481": {"ytd": -5000}}), ["330481"], 9),
    "F19 no parents": ("F19", Month(), [], None),
    "F19 no figure of its own": ("F19", Month(programme=under_a_city), [], None),
    "F19 a unit a county": ("F19", Month(more_units=(own(24002),), programme=under_a_city), [], 1),
    "F19 beyond it": ("F19", Month(more_units=(own("24002.0001"),), programme=under_a_city), ["330499"], 1),
    "F19 below": ("F19", Month(more_units=(own("23997.9999"),), programme=under_a_city), ["330499"], 1),
    "F19 not all in": ("F19", Month(more_units=(own(24003),), without=("330411",), programme=under_a_city), [], None),
    "F19 a blank figure": (
        "F19",
        Month(units={"330411": {"ytd": None}}, more_units=(own(24003),), programme=under_a_city),
        [],
        None,
    ),
    "F19 what does not add up": ("F19", Month(more_units=(own(24003),), programme=not_additive), [], None),
    "F18 no unit_month": ("F18", Month(without=U, versions=(version(1),)), [], None),
}


@pytest.fixture(scope="module")
def months(make: Any, programme: Any) -> Callable[[str], tuple[tuple[PeriodFinding, ...], dict[str, RuleRun]]]:
    done: dict[str, Any] = {}

    def of(name: str) -> tuple[tuple[PeriodFinding, ...], dict[str, RuleRun]]:
        if name not in done:
            done[name] = judged(make, programme, CASES[name][1])
        return done[name]

    return of


@pytest.mark.parametrize("name", CASES)
def test_who_is_asked_and_how_much_was_looked_at(name: str, months: Any) -> None:
    rule, _, asked, looked_at = CASES[name]
    findings, runs = months(name)
    assert [r.reason for r in runs.values() if r.status == "broken"] == []
    own = [f for f in findings if f.finding.rule == rule]
    assert [f.unit_code for f in own] == asked, [f.finding.message_zh for f in own]
    run = runs[rule]
    if looked_at is None:
        assert run.status == "not_applicable" and " / " in run.reason
    else:
        assert (run.status, run.rows, run.failed) == ("evaluated", looked_at, len(asked))


def says(months: Any, name: str) -> list[str]:
    return [f.finding.message_zh for f in months(name)[0] if f.finding.rule == CASES[name][0]]


def test_what_the_findings_say(months: Any) -> None:
    looked_at = 0
    for name, words in {
        "A10 the same again": ["制造业投资汇总月报第 3 版与第 1 版"],
        "D11 divisions": ["第 36 大类", "平湖市", "500 万元", "100 万元"],
        "D11 one doubles": ["海宁市", "24000 万元", "10000 万元"],
        "E12 done later": ["开工", "2022-01", "实际 2022-04"],
        "E12 open longer": ["2022-04", "尚未完成"],
        "F01 beyond it": ["11934.9999", "12000", "65.0001", "允许 65"],
        "F01 no figures": ["合计 0 ", "相差 12000 万元，"],
        "F02 a count": ["「制造业项目个数」", "90", "残差 10（个）"],
        "F12 the city's rate": ["嘉兴市"],
        "F02 beyond it": ["「制造业投资」", "108000", "108004.5001", "残差 4.5001", "9 个单位"],
        "F03 more": ["12000 万元（unit_month）", "11999.9999 万元（city_month）"],
        "F03 own total below the bureau's": ["12000 万元（city_month）", "11999 万元（unit_month）"],
        "F05 two": ["某镇", "2 个单位", "海宁市", "平湖市"],
        "F05 left for nowhere": ["0 个单位", "—"],
        "F06 548": ["省重大548", "99999.9999", "100000"],
        "F07 two leaders": ["「甲」", "领导 2 名", "专班 1 个"],
        "F07 no team": [CODE, "专班 0 个"],
        "F10 less than half": ["-50.00 %", "4999.9999", "10000", "-20.00 %"],
        "F10 no city figure, beyond": ["全市 —"],
        "F12 total, more": ["海宁市", "12001.0001", "相差 1.0001"],
        "F13 short": ["2022 年", "900", "900.0001", "缺口 0.0001"],
        "F14 same column": ["海宁市、平湖市", "本年完成投资", "5 个数"],
        "F15 a second later": ["2022-07-11 18:00"],
        "F16 more": ["9998.9999", "10000", "1.0001"],
        "F18 raised": ["11999.9999", "第 2 版", "12000"],
        "F19 beyond it": ["某市", "「制造业投资」", "24002.0001", "2 个单位", "24000", "2.0001"],
    }.items():
        looked_at += 1
        text = says(months, name)
        assert text, name
        for word in words:
            assert any(word in t for t in text), (name, word, text)
    assert looked_at, "nothing was looked at"


def test_what_the_findings_say_in_english(months: Any) -> None:
    looked_at = 0
    for name, words in {
        "A10 the same again": "Monthly return of manufacturing investment by unit: version 3",
        "F15 a second later": "Monthly return of manufacturing investment by unit: first arrived 2022-07-11 18:00",
        "F02 a count": "Manufacturing projects (",
        "F16 more": "Manufacturing investment: last year's figure 9998.9999",
    }.items():
        looked_at += 1
        texts = [f.finding.message_en for f in months(name)[0] if f.finding.rule == CASES[name][0]]
        assert any(words in text for text in texts), texts
    assert looked_at, "nothing was looked at"


def test_every_finding_is_filled_in_and_addressed(months: Any) -> None:
    looked_at = 0
    for name in CASES:
        for found in months(name)[0]:
            for text in (found.finding.message_zh, found.finding.message_en):
                assert text and not set(text) & set("{}?"), (name, text)
            assert found.unit_code in (*U, CITY, "330499") and found.finding.message_zh.endswith("。")
            looked_at += 1
    assert looked_at > 80


def test_a_base_that_makes_a_word_of_the_growth_is_not_told_as_missing(make: Any, programme: Any) -> None:
    """A loss that became a profit (扭亏) has a base; F10 said that it had none."""
    for base, said in ((-5000, ""), (None, "海宁市没有可比基数")):
        _, runs = judged(make, programme, Month(areas={"330481": {"base": base}}, programme=of_any_sign))
        assert runs["F10"].rows == 8 and runs["F10"].reason.startswith(said) and bool(runs["F10"].reason) == bool(said)


def test_queries_reject_nothing_and_are_answered_in_the_row(make: Any, programme: Any) -> None:
    told = "六月有三个百亿项目集中到货,设备投资两亿元"
    for note, answered in ((told, True), ("情况属实", False), (None, False)):
        findings, _ = judged(make, programme, Month(units={"330481": {"ytd": 24000, "explanation": note}}))
        own = [f.finding for f in findings if f.unit_code == "330481"]
        assert {f.rule for f in own} == {"D11", "F10"} and {f.severity for f in own} == {"query"}
        assert {f.answered for f in own} == {answered}


THEN = version(1, current=False)
NOW = version(2, **LATE)
AT_DUE: dict[str, tuple[tuple[SubmissionRow, ...], str | None]] = {
    "replaced later": ((NOW, THEN), "unit_month-330481-1"),
    "the newest in time": ((THEN, version(3, current=False, arrived_at=DUE), NOW), "unit_month-330481-3"),
    "at the hour is in time": ((replace(THEN, arrived_at=DUE), NOW), "unit_month-330481-1"),
    "a rejected one does not stand": ((replace(THEN, word="rejected"), NOW), None),
    "with queries it stands": ((replace(THEN, word="accepted_with_queries"), NOW), "unit_month-330481-1"),
    "asked for by a return": ((replace(THEN, state="returned"), NOW), None),
    "nothing later": ((replace(THEN, current=True),), None),
    "the later one does not count": ((THEN, replace(NOW, current=False)), None),
    "the current one came in time": ((replace(THEN, arrived_at=DUE - 7200 * SECOND), version(2)), None),
    "the current one came at the hour": ((THEN, version(2, arrived_at=DUE)), None),
    "nothing in time": ((NOW,), None),
    "another form": ((version(1, form="project_month", current=False), version(2, form="project_month", **LATE)), None),
}


@pytest.mark.parametrize("name", AT_DUE)
def test_what_stood_at_the_due_hour(name: str, programme: Any) -> None:
    versions, stood = AT_DUE[name]
    other = version(1, "330482")
    found = versions_at_due(programme, Period(2022, 6), (*versions, other))
    assert {unit: row.submission_id for unit, row in found.items()} == ({"330481": stood} if stood else {})
    assert versions_at_due(programme, Period(2022, 1), versions) == {}, "January is not reported"


@pytest.mark.parametrize("size", [8, 9, 12, 31])
def test_hidiroglou_berthelot_as_published(size: int) -> None:
    """Survey Methodology 12 (1986): s = 1 − r_M/r below the median, r/r_M − 1 above; E = s·max^U; E_M − C·d_Q1 … E_M + C·d_Q3."""
    random = Random(size)
    pairs = [
        Pair("u", "", Decimal(random.randint(50, 90_000)), Decimal(random.randint(50, 90_000))) for _ in range(size)
    ]
    ratios = np.array([float(p.now / p.then) for p in pairs])
    median = np.median(ratios)
    distances = np.where(ratios < median, 1 - median / ratios, ratios / median - 1)
    scores = distances * np.array([max(float(p.now), float(p.then)) ** 0.5 for p in pairs])
    low, middle, high = np.quantile(scores, [0.25, 0.5, 0.75])
    limits = middle - 8 * max(middle - low, abs(0.05 * middle)), middle + 8 * max(high - middle, abs(0.05 * middle))
    effects = hidiroglou_berthelot(pairs)
    assert [e.score for e in effects] == pytest.approx(scores.tolist())
    assert {(round(e.low, 6), round(e.high, 6)) for e in effects} == {(round(limits[0], 6), round(limits[1], 6))}
    assert [e.outside for e in effects] == [not limits[0] <= s <= limits[1] for s in scores]
