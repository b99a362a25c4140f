"""What later steps read: histories, stale verdicts, facts, identity of a month's inputs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.model.history import UnitHistory


@pytest.fixture
def year(house, put, cases):
    """December 2021 and February, May 2022 of 海宁; only May of 平湖, rejected. Returns unit, month → submission id."""
    ids = {}
    for number, period in enumerate(("2021-12", "2022-02", "2022-05")):
        for form in ("unit_month", "project_month"):
            one = cases.judged(cases.receipt(f"{period}{form}", number, f"{period}{form}"), period=period, form=form)
            put(house, [one])
            ids[(form, period)] = one.submission_id
    put(house, [cases.judged(cases.receipt("x", 5, "x"), unit="330482", period="2022-05", word="rejected")])
    return ids


def test_history_is_the_last_accepted_month_the_annual_final_and_the_sibling(house, year):
    found = house.histories("unit_month", "2022-05", ["330481", "330482"])
    assert found == {
        "330481": UnitHistory(
            previous=year[("unit_month", "2022-02")],
            previous_period="2022-02",
            annual_final=year[("unit_month", "2021-12")],
        ),
        "330482": UnitHistory(),
    }
    beside = house.histories("project_month", "2022-05", ["330481"])["330481"]
    assert beside.sibling == year[("unit_month", "2022-05")]
    first_of_year = house.histories("project_month", "2022-02", ["330481"])["330481"]
    assert (first_of_year.previous_period, first_of_year.annual_final) == (
        "2021-12",
        year[("project_month", "2021-12")],
    )
    assert house.histories("dispatch_month", "2022-05", ["330481"]) == {"330481": UnitHistory()}


def test_correction_of_an_earlier_month_makes_the_later_verdict_stale(house, put, cases):
    february = cases.judged(cases.receipt("feb", 1, "feb"), period="2022-02")
    put(house, [february])
    now = house.histories("unit_month", "2022-03", ["330481"])["330481"]
    put(house, [cases.judged(cases.receipt("mar", 2, "mar"), period="2022-03", history=now)])
    assert house.stale("r1", "p1") == []
    beside = UnitHistory(replaces=february.submission_id)
    put(house, [cases.judged(cases.receipt("feb2", 3, "feb2"), period="2022-02", history=beside)])
    stale = house.stale("r1", "p1")
    assert [(s.period, s.form, s.unit_code, s.reasons) for s in stale] == [
        ("2022-03", "unit_month", "330481", ("history",))
    ]
    assert house.stale("r1", "p1", period="2022-02") == []
    assert house.receipts_by_id([stale[0].receipt_id])[stale[0].receipt_id].receipt.name == "mar"


def test_inputs_hash_changes_with_the_current_submission_or_its_verdict_only(house, put, cases):
    empty = house.inputs_hash("2022-06")
    source = cases.receipt("a", 1)
    put(house, [cases.judged(source)])
    first = house.inputs_hash("2022-06")
    put(house, [cases.judged(cases.receipt("b", 2, "b"), word="rejected")])
    put(house, [cases.judged(cases.receipt("c", 2, "c"), period="2022-07")])
    assert house.inputs_hash("2022-06") == first != empty
    put(house, [cases.judged(source, rules_version="r2")], outcomes=[])
    assert house.inputs_hash("2022-06") not in (first, empty)


def test_facts_of_many_submissions_by_column(house, put, cases):
    many = [cases.judged(cases.receipt(f"{n}", 1, f"{n}"), unit=f"{n:06d}", amounts=(f"{n}",)) for n in range(230)]
    put(house, many)
    ids = [one.submission_id for one in many]
    rows = house.facts("unit_month", ids, columns=["unit_code", "ytd"])
    assert rows.column_names == ["unit_code", "ytd"]
    assert sorted(rows.to_pydict()["ytd"]) == [Decimal(n) for n in range(230)]
    few = house.facts("unit_month", ids[:3], columns=["ytd"])
    assert sorted(few.to_pydict()["ytd"]) == [Decimal(n) for n in range(3)]
    assert house.facts("project_month", ids).num_rows == 0
    assert house.facts("unit_month", ["no such"]).num_rows == 0


def test_new_column_of_the_register_reaches_an_existing_lake_table(house, put, cases):
    """A lake made before a field was registered gets the column when it is next written."""
    put(house, [cases.judged(cases.receipt("a", 1))])
    table = house.lake.catalog.load_table(("saima", "fact_unit_month"))
    with table.update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("explanation")
    put(house, [cases.judged(cases.receipt("b", 2, "b"), unit="330482")])
    assert house.current_facts("unit_month", "2022-06", ["explanation"]).num_rows == 4


def test_versions_of_a_span_of_periods_and_of_units(house, put, year, cases):
    put(house, [cases.judged(cases.receipt("y", 8, "y"), unit="330482", period="2022-05")])

    def found(*asked, **more):
        return [(r.period, r.unit_code, r.word) for r in house.submissions_between("unit_month", *asked, **more)]

    mine = "330481"
    assert [p for p, unit, _ in found(None, "2022-05") if unit == mine] == ["2021-12", "2022-02", "2022-05"]
    assert [p for p, unit, _ in found("2022-01", "2022-04")] == ["2022-02"]
    assert found("2022-05", "2022-05", unit_codes=["330482"]) == [
        ("2022-05", "330482", "rejected"),
        ("2022-05", "330482", "accepted"),
    ]
    assert found("2022-05", "2022-05", cases.at(6), ["330482"]) == [("2022-05", "330482", "rejected")]
    assert found(None, "2022-05", unit_codes=[]) == []
    assert list(house.periods_backwards("unit_month")) == ["2022-05", "2022-02", "2021-12"]
    assert list(house.periods_backwards("dispatch_month")) == []
