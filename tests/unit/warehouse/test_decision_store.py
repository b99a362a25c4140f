"""Decisions of the dispatch loop: added once, never changed, each in the audit log, read as of an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.errors import Refused
from pipelines.model.dispatch_decisions import DecisionKind, DispatchDecision
from pipelines.warehouse.opening import Warehouse, open_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return open_warehouse(
        f"sqlite:///{tmp_path}/w.db",
        f"sqlite:///{tmp_path}/c.db",
        str(tmp_path / "lake"),
        tmp_path / "l",
        tmp_path / "s",
        "p",
    )


def exemption(hour: int, subject: str = "P1") -> DispatchDecision:
    return DispatchDecision(
        "exemption",
        subject,
        "经信局",
        datetime(2022, 7, 20, hour, tzinfo=UTC),
        date(2022, 6, 1),
        date(2022, 8, 31),
        "330481",
        "嘉经信〔2022〕12号",
        "供地未到位",
        {"cause": "public_factor", "department": "市自然资源和规划局"},
    )


def test_what_is_decided_is_read_back_as_it_was_known(warehouse: Warehouse) -> None:
    first, second = exemption(8), exemption(9, "P2")
    assert [d.ordinal for d in warehouse.decisions.record(lambda known: [first])] == [1]
    assert [d.ordinal for d in warehouse.decisions.record(lambda known: [first, second])] == [2]
    found = warehouse.decisions.all()
    assert [(d.subject, d.decision_id, dict(d.detail)) for d in found] == [
        ("P1", first.decision_id, dict(first.detail)),
        ("P2", second.decision_id, dict(second.detail)),
    ]
    assert [d.subject for d in warehouse.decisions.all(first.recorded_at)] == ["P1"]
    entries = warehouse.audit_entries(limit=2)
    assert [(e.action, e.actor, e.subject) for e in entries] == [
        ("dispatch-exemption", "经信局", "P1"),
        ("dispatch-exemption", "经信局", "P2"),
    ]
    assert entries[0].detail["document"] == "嘉经信〔2022〕12号"
    assert warehouse.record_checks()[-1].failed == 0


def test_the_deciding_sees_what_stands_and_may_refuse(warehouse: Warehouse) -> None:
    warehouse.decisions.record(lambda known: [exemption(8)])

    def refuse(known: object) -> list[DispatchDecision]:
        assert [d.subject for d in known] == ["P1"]  # type: ignore[attr-defined]
        raise Refused("已有", "there is one")

    with pytest.raises(Refused):
        warehouse.decisions.record(refuse)
    assert len(warehouse.decisions.all()) == 1


@pytest.mark.parametrize("statement", ["UPDATE dispatch_decision SET reason = ''", "DELETE FROM dispatch_decision"])
def test_the_books_refuse_to_forget(warehouse: Warehouse, statement: str) -> None:
    warehouse.decisions.record(lambda known: [exemption(8)])
    with pytest.raises(sa.exc.IntegrityError, match="evidence"), warehouse.database.write() as connection:
        connection.execute(sa.text(statement))
    assert len(warehouse.decisions.all()) == 1


def decision_check(warehouse: Warehouse) -> tuple[int, list[str]]:
    from pipelines.warehouse.audit.audit_records import record_checks

    with warehouse.database.read() as connection:
        return next((looked, bad) for name, looked, bad in record_checks(connection) if name == "dispatch-decisions")


def test_the_audit_holds_every_decision_against_its_identity_and_the_log(warehouse: Warehouse) -> None:
    odd = DispatchDecision("notice", "P\x00\ud800", "督查室", datetime(2022, 7, 1, tzinfo=UTC), date(2022, 7, 1))
    warehouse.decisions.record(lambda known: [exemption(8), odd])
    assert decision_check(warehouse) == (2, [])
    forged = exemption(9, "P3")
    warehouse.decisions.carry_over([DispatchDecision(**{**forged.__dict__, "ordinal": 3})])
    looked, bad = decision_check(warehouse)
    assert (looked, bad) == (3, [forged.decision_id])


def test_what_is_over_is_not_read_and_what_lasts_is_however_old(warehouse: Warehouse) -> None:
    at, day = datetime(2020, 3, 2, 9, tzinfo=UTC), date(2020, 3, 2)
    later = datetime(2022, 7, 20, 9, tzinfo=UTC)

    def made(kind: DecisionKind, subject: str, until: date | None = None, moment: datetime = at) -> DispatchDecision:
        return DispatchDecision(kind, subject, "经信局", moment, day, until, document="号")

    lasting = [
        made("library_entry", "L"),
        made("notice", "N"),
        made("inspection_opened", "DC202003-P"),
        made("leader_assigned", "A", date(2020, 4, 1)),  # it has ended what stood before
        made("exemption", "E2", date(2021, 7, 1)),
        made("factor_refused", "F2", moment=later),
    ]
    over = [
        made("exemption", "E", date(2021, 6, 30)),
        made("publication_permit", "P", date(2021, 6, 30)),
        made("factor_accepted", "F"),
    ]
    warehouse.decisions.record(lambda known: [*over, *lasting])
    found = warehouse.decisions.holding(date(2021, 7, 1), later)
    assert [d.subject for d in found] == [d.subject for d in lasting]
    assert [d.subject for d in warehouse.decisions.holding(date(2021, 7, 1), at)] == [d.subject for d in lasting[:-1]]
    assert {d.subject for d in over} <= {d.subject for d in warehouse.decisions.holding(day, later)}


def test_the_book_of_a_project_has_the_inspections_opened_on_it(warehouse: Warehouse) -> None:
    at, day = datetime(2022, 7, 20, 9, tzinfo=UTC), date(2022, 7, 20)
    opened = [
        DispatchDecision("inspection_opened", f"DC202207-{p}", "局", at, day, document="号", detail={"project_code": p})
        for p in ("P1", "P%", "X-P2")
    ]
    warehouse.decisions.record(lambda known: [exemption(8), exemption(9, "P2"), *opened])
    assert [d.subject for d in warehouse.decisions.about("P1", at)] == ["P1", "DC202207-P1"]
    assert [d.subject for d in warehouse.decisions.about("P%", at)] == ["DC202207-P%"]
    assert [d.subject for d in warehouse.decisions.about("P1", exemption(8).recorded_at)] == ["P1"]
    assert warehouse.decisions.about("none", at) == []
