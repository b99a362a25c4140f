"""The bundled programme: nine units, their lookups, and the calendar facts that people rely on."""

from __future__ import annotations

import csv
import pickle
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.model.periods import Period
from pipelines.model.programme import Programme
from pipelines.programme.folder import find

SHARED = Path(__file__).resolve().parents[4] / "shared"
STATISTICAL = ("project_month", "unit_month")


def local(moment: datetime | None, zone: str = "Asia/Shanghai") -> str:
    assert moment is not None
    assert moment.utcoffset() is not None
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def test_nine_units_race_and_the_bureau_reports_for_the_city(jiaxing: Programme) -> None:
    units = jiaxing.roster.ranked_at(Period(2022, 6))
    assert [u.code for u in units] == [
        "330402",
        "330411",
        "330421",
        "330424",
        "330471",
        "330472",
        "330481",
        "330482",
        "330483",
    ]
    assert [u.code for u in units if not u.official] == ["330471", "330472"]
    assert [u.code for u in jiaxing.roster.bureaus()] == ["330400"]
    assert jiaxing.city_code == "330400"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("330481", "330481"),
        ("海宁", "330481"),
        ("秀城区", "330402"),
        ("经开", "330471"),
        ("国际商务区", "330471"),
        ("嘉兴经济技术开发区", "330471"),
        ("经开区", "330471"),
        ("港区", "330472"),
        ("嘉兴港区", "330472"),
        ("乍浦", "330472"),
        (" 桐 乡 市", "330483"),
        ("嘉兴市", "330400"),
        ("330400", "330400"),
    ],
)
def test_a_unit_is_found_by_code_name_and_alias(jiaxing: Programme, text: str, code: str) -> None:
    found = jiaxing.roster.find(text)
    assert found is not None
    assert found.code == code


def test_an_accepted_code_is_not_an_identity(jiaxing: Programme) -> None:
    assert jiaxing.roster.find("330000") is None
    assert jiaxing.roster.find("330490") is None


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("海宁市2022年1-6月制造业投资项目情况", "330481"),
        ("嘉兴市南湖区 2022年1-6月", "330402"),
        ("嘉兴港区制造业投资月报", "330472"),
        ("嘉兴市2022年1-6月各县(市、区)制造业投资", "330400"),
        ("嘉善经开区2022年1-6月", None),
        ("平湖市乍浦镇2022年", None),
        ("2022年1-6月制造业投资", None),
    ],
)
def test_a_title_names_its_unit_or_nobody(jiaxing: Programme, title: str, code: str | None) -> None:
    found = jiaxing.roster.find_in(title)
    assert (found.code if found else None) == code


@pytest.mark.needs_realdata
def test_every_code_seen_in_the_wild_is_known_to_somebody(jiaxing: Programme) -> None:
    path = SHARED / "realdata/codes/jiaxing_pseudo_codes.csv"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    with path.open(encoding="utf-8", newline="") as file:
        seen = {row["code"] for row in csv.DictReader(file)}
    known = {code for unit in jiaxing.roster.units for code in (unit.code, *unit.accepted_codes)}
    assert seen
    assert seen - known == set()


def test_zones_are_carved_out_of_counties(jiaxing: Programme) -> None:
    taken_in = {(m.unit_code, m.member_name) for m in jiaxing.members if m.sign == 1}
    taken_out = {(m.unit_code, m.member_name) for m in jiaxing.members if m.sign == -1}
    assert ("330471", "长水街道") in taken_in
    assert ("330402", "长水街道") in taken_out
    assert ("330472", "兴兴新能源") in taken_in
    assert ("330424", "兴兴新能源") in taken_out
    assert ("330482", "乍浦镇") in taken_out


def test_june_2022_is_due_on_monday_11_july_at_six(jiaxing: Programme) -> None:
    for form in (*STATISTICAL, "dispatch_month"):
        row = jiaxing.calendar.row(form, Period(2022, 6))
        assert row is not None
        assert local(row.open) == "2022-07-01 09:00"
        assert local(row.county_due) == "2022-07-11 18:00"
        assert local(row.city_audit_due) == "2022-07-14 18:00"
        assert local(row.freeze) == "2022-07-18 12:00"
        assert local(row.publish) == "2022-07-25 10:00"
    city = jiaxing.calendar.row("city_month", Period(2022, 6))
    assert city is not None
    assert local(city.county_due) == "2022-07-14 18:00"


@pytest.mark.parametrize(
    ("period", "opened", "due"),
    [
        (Period(2021, 9), "2021-10-08 09:00", "2021-10-14 18:00"),
        (Period(2022, 9), "2022-10-08 09:00", "2022-10-13 18:00"),
    ],
)
def test_national_day_moves_the_due_date(jiaxing: Programme, period: Period, opened: str, due: str) -> None:
    row = jiaxing.calendar.row("unit_month", period)
    assert row is not None
    assert (local(row.open), local(row.county_due)) == (opened, due)
    assert jiaxing.calendar.workdays.between(row.open.date(), row.county_due.date()) == 5


def test_statistical_forms_have_no_january_and_dispatch_has(jiaxing: Programme) -> None:
    for year in (2021, 2022):
        for form in (*STATISTICAL, "city_month"):
            assert [p.month for p in jiaxing.calendar.periods(form) if p.year == year] == list(range(2, 13))
        assert [p.month for p in jiaxing.calendar.periods("dispatch_month") if p.year == year] == list(range(1, 13))
    assert jiaxing.calendar.previous("unit_month", Period(2022, 2)) == Period(2021, 12)
    assert jiaxing.calendar.is_first_of_year("unit_month", Period(2022, 2))


def test_targets_and_season_of_the_golden_month(jiaxing: Programme) -> None:
    assert jiaxing.seasonal[6] == Decimal("0.58")
    assert jiaxing.seasonal[12] == 1
    codes = [unit.code for unit in jiaxing.roster.ranked_at(Period(2022, 6))]
    assert sum(jiaxing.unit_target(code, 2022) or 0 for code in codes) == Decimal(9_000_000)
    assert jiaxing.unit_target("330471", 2022) == Decimal(480_000)
    assert jiaxing.unit_target("330471", 2021) is None
    city = {(t.metric, t.operator, t.comparator): (t.value, t.window) for t in jiaxing.targets if t.scope == "330400"}
    assert city["growth", ">=", ""] == (Decimal("0.16"), "2022-06..2022-09")
    assert city["growth", ">", "total_investment"] == (Decimal(0), "2022-06..2022-09")
    assert city["list_ytd", ">=", "省重大548"] == (Decimal(1_780_000), "2022-09")


def test_method_is_saima_1(jiaxing: Programme) -> None:
    method = jiaxing.method
    assert (method.name, method.base_source, method.unit_scope) == ("SAIMA-1", "bureau", "管理")
    assert method.signatures == ("statistics", "dispatch")
    assert [(i.key, i.weight) for i in method.indicators] == [
        ("growth", 30),
        ("excess_pull", 15),
        ("schedule_completion", 15),
        ("major_projects", 15),
        ("new_starts", 10),
        ("stage_punctuality", 10),
        ("service", 5),
    ]
    pull = method.indicators[1]
    assert (pull.lo / 9, pull.hi / 9) == (-3, 5)
    assert all(isinstance(value, Decimal) for i in method.indicators for value in (i.weight, i.lo, i.mid, i.hi))


def test_no_person_is_named(jiaxing: Programme) -> None:
    assert jiaxing.contacts
    assert all(contact.address.endswith("@example.invalid") for contact in jiaxing.contacts)
    assert all(contact.address.startswith("0573-0000-") for contact in jiaxing.phones)


def test_loading_is_fast_and_the_programme_travels(jiaxing: Programme, loaded: Callable[[Path], Programme]) -> None:
    started = time.thread_time()
    again = loaded(find("jiaxing"))
    assert time.thread_time() - started < 1.5
    assert pickle.loads(pickle.dumps(again)) == jiaxing
