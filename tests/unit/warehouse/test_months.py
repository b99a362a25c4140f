"""Closed months, editions, signatures: once each, and nothing but what was signed is published."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from pipelines.errors import Refused, Terminal, Transient
from pipelines.model.findings import Finding, RuleRun
from pipelines.model.loading import DraftEdition, MonthClose
from pipelines.warehouse.db.schema import EDITION_UNIT

UNITS = [
    {
        "unit": "330481",
        "name": "海宁市",
        "rank": 1,
        "score": "88.1000",
        "ytd": "1038000.5000",
        "base": "900000",
        "growth": 0.153,
        "growth_official": None,
        "indicators": {"growth": {"value": 0.15, "points": "90", "weight": "30"}},
        "deductions": {"late": "0.5"},
        "remarks": ["迟报"],
    },
    {"unit": "330482", "name": "平湖市", "rank": None, "score": None, "ytd": None, "base": None},
]


def draft(cases, number=1, inputs="in1", content="c1", hours=90):
    document = {"period": "2022-06", "units": UNITS}
    return DraftEdition(f"2022-06-e{number}", "2022-06", inputs, content, "SAIMA-1", document, "out/x", cases.at(hours))


def test_month_closes_once_per_inputs(house, cases):
    findings = [
        ("330481", Finding("F10", 3, "query", "增速异常", "unusual growth", value="0.97", row=4, answered=True))
    ]
    runs = [RuleRun("F10", "evaluated", 9, 1), RuleRun("B08", "not_applicable", reason="没有数据")]
    closing = MonthClose("2022-06", "hash1", cases.at(1), "全部到齐", ("330482/unit_month",), tuple(runs))
    assert house.closings.close(closing, findings) is True
    entries = len(house.audit_entries())
    assert house.closings.close(closing, findings) is False
    assert len(house.audit_entries()) == entries
    assert house.closings.close(MonthClose("2022-06", "hash2", cases.at(2), "更正", ())) is True
    closes = house.closings.all("2022-06")
    assert [(c.inputs_hash, c.reason, c.missing) for c in closes] == [
        ("hash1", "全部到齐", ("330482/unit_month",)),
        ("hash2", "更正", ()),
    ]
    assert closes[0].rule_runs == tuple(runs)
    assert house.closings.findings("2022-06", "hash1") == findings
    assert house.closings.all("2022-05") == []


def test_draft_is_kept_with_its_ranking_and_tagged_rows(house, put, cases, books):
    put(house, [cases.judged(cases.receipt("a", 1))])
    assert house.editions.next_id("2022-06") == "2022-06-e1"
    edition = house.editions.save_draft(draft(cases))
    assert (edition.number, edition.state, edition.document["units"]) == (1, "draft", UNITS)
    assert house.editions.newest("2022-06") == edition
    with house.database.read() as connection:
        row = connection.execute(sa.select(EDITION_UNIT).where(EDITION_UNIT.c.unit_code == "330481")).one()
    assert (row.rank, row.score, row.ytd, row.growth, row.remarks) == (1, "88.1000", 10380005000, 0.153, '["迟报"]')
    put(house, [cases.judged(cases.receipt("b", 2, "b"), amounts=("9",))])
    tagged = house.lake.tags("fact_unit_month")["2022-06-e1"]
    rows = house.lake.read("fact_unit_month", {"fact_unit_month": tagged}, ["ytd"])
    assert [str(v) for v in rows["ytd"].to_pylist()] == ["100.0001", "200.0000"]
    assert books(house) == []


def test_same_draft_again_is_the_same_edition_and_a_newer_one_supersedes_it(house, cases):
    first = house.editions.save_draft(draft(cases))
    entries = len(house.audit_entries())
    assert house.editions.save_draft(draft(cases, hours=95)) == first
    assert len(house.audit_entries()) == entries
    with pytest.raises(Transient, match="the edition id 2022-06-e1 is taken"):
        house.editions.save_draft(draft(cases, inputs="in2"))
    second = house.editions.save_draft(draft(cases, 2, inputs="in2", content="c2"))
    assert [(e.edition_id, e.state) for e in house.editions.all("2022-06")] == [
        ("2022-06-e1", "superseded"),
        ("2022-06-e2", "draft"),
    ]
    assert house.editions.newest("2022-06") == second
    with pytest.raises(Refused, match="superseded by a newer draft"):
        house.editions.publish("2022-06-e1", "c1", cases.at(96), "x", "m")


def test_whoever_cannot_have_the_lock_has_published_nothing(house, cases, open_home):
    house.editions.save_draft(draft(cases))
    with open_home(lock_timeout=0.1) as other, house._loader.writing("load"):
        with pytest.raises(Transient, match="is held by"):
            other.editions.publish("2022-06-e1", "c1", cases.at(96), "x", "m")
        assert other.editions.newest("2022-06").state == "draft"
    assert house.editions.publish("2022-06-e1", "c1", cases.at(96), "x", "m").state == "published"


def test_only_the_signed_content_is_published(house, cases):
    house.editions.save_draft(draft(cases))
    with pytest.raises(Refused, match="is not what is named"):
        house.editions.sign("2022-06-e1", "statistics", "王", "other", "approved", cases.at(91))
    signature = house.editions.sign(
        "2022-06-e1", "statistics", "王", "c1", "approved", cases.at(91), demonstration=True
    )
    assert house.editions.sign("2022-06-e1", "statistics", "王", "c1", "approved", cases.at(92)) == signature
    with pytest.raises(Refused, match="was signed by 王"):
        house.editions.sign("2022-06-e1", "statistics", "李", "c1", "approved", cases.at(92))
    house.editions.sign("2022-06-e1", "dispatch", "李", "c1", "approved", cases.at(92))
    assert [(s.role, s.name, s.demonstration) for s in house.editions.signatures("2022-06-e1")] == [
        ("dispatch", "李", False),
        ("statistics", "王", True),
    ]
    with pytest.raises(Refused, match="is not what is named"):
        house.editions.publish("2022-06-e1", "other", cases.at(93), "editions/x", "m1")
    published = house.editions.publish("2022-06-e1", "c1", cases.at(93), "editions/x", "m1")
    assert (published.state, published.published_at, published.published_path) == (
        "published",
        cases.at(93),
        "editions/x",
    )
    entries = len(house.audit_entries())
    assert house.editions.publish("2022-06-e1", "c1", cases.at(99), "editions/y", "m2") == published
    assert len(house.audit_entries()) == entries
    assert [e.action for e in house.audit_entries()] == ["draft", "sign", "sign", "publish"]
    later = house.editions.save_draft(draft(cases, 2, inputs="in2", content="c2"))
    assert house.editions.newest("2022-06") == later
    assert house.editions.by_id("2022-06-e1").state == "published"


def test_one_person_who_signs_two_roles_at_the_same_moment_has_signed_one(database_house, cases):
    """Whoever asks first whether the other role is signed, and signs then, is told so by both: looked for where it is written."""
    editions, together = database_house.editions, Barrier(2)
    editions.save_draft(draft(cases))

    def sign(role: str, name: str) -> str:
        together.wait(20)
        try:
            return editions.sign("2022-06-e1", role, name, "c1", "approved", cases.at(91)).role
        except Refused as no:
            return no.en

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(sign, ("statistics", "dispatch"), ("王五", " 王五")), key=len)
    assert len(editions.signatures("2022-06-e1")) == 1
    assert said[0] in ("statistics", "dispatch") and "two roles are signed by two people" in said[1]


def test_unknown_edition(house, cases):
    with pytest.raises(Terminal, match="there is no edition 2022-06-e9"):
        house.editions.sign("2022-06-e9", "statistics", "王", "c", "approved", cases.at(1))
    assert house.editions.newest("2022-06") is None
