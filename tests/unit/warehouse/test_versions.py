"""Versions in a real warehouse: the same file twice, a revert, late-seen files, a freeze, any order of arrival."""

from __future__ import annotations

import shutil
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.model.rulings import Return
from pipelines.model.submissions import AHEAD
from pipelines.warehouse.db.schema import RECEIPT
from pipelines.warehouse.opening import stage

NUMBER = count()


def arrive(house, cases, stage_root, receipts, words=None, freezes=None):
    """What `process` does: judge what is pending, load, and again while receipts were reopened."""
    house.add_receipts(receipts, cases.at(500))
    results = []
    for _ in range(5):
        pending = house.pending_receipts()
        if not pending:
            break
        judged = [
            cases.judged(r, word=(words or {}).get(r.receipt_id, "accepted"), amounts=(str(r.size), "1"))
            for r in pending
        ]
        folder = stage(stage_root, f"s{next(NUMBER)}", judged, [cases.outcome(one) for one in judged])
        results.append(house.load([folder], cases.at(500), freezes or {}))
    assert house.pending_receipts() == []
    return results


@pytest.fixture
def send(house, cases, tmp_path):
    return lambda *receipts, **more: arrive(house, cases, tmp_path / "home" / "stage", list(receipts), **more)


def states(house, as_of=None):
    return [(r.version, r.name, r.state, r.current, r.latest) for r in house.submissions("2022-06", as_of)]


def test_same_bytes_twice_is_a_receipt_only(house, send, cases, books):
    send(cases.receipt("a", 1, "一.xlsx"))
    before = house.inputs_hash("2022-06")
    results = send(cases.receipt("a", 2, "二.xlsx"))
    assert len(results[0].resent) == 1
    assert results[0].changed == ()
    assert states(house) == [(1, "一.xlsx", "accepted", True, True)]
    assert [r.state for r in house.receipts()] == ["processed", "resent"]
    assert house.inputs_hash("2022-06") == before
    assert house.current_facts("unit_month", "2022-06").num_rows == 2
    assert books(house) == []


def test_listing_entry_already_received_is_skipped(house, send, cases):
    one = cases.receipt("a", 1)
    send(one)
    entries = len(house.audit_entries())
    seen_again = cases.receipt("a", 1, seen=50)
    assert house.add_receipts([seen_again], cases.at(60)) == []
    assert len(house.audit_entries()) == entries
    checksums = frozenset({one.sha256})
    known = {("海宁.xlsx", cases.at(1), 1): checksums, ("海宁.xlsx", AHEAD, 1): checksums}
    assert house.known_entries("inbox", [name for name, _, _ in known]) == known, (
        "seen as it arrived: its source's clock may have been ahead"
    )


def test_revert_to_older_bytes_is_a_new_version(house, send, cases, books):
    send(cases.receipt("a", 1, "1"))
    send(cases.receipt("bb", 2, "2"))
    send(cases.receipt("a", 3, "3"))
    assert states(house) == [
        (1, "1", "superseded", False, False),
        (2, "2", "superseded", False, False),
        (3, "3", "accepted", True, True),
    ]
    assert house.current_facts("unit_month", "2022-06")["ytd"].to_pylist()[0] == 1
    assert books(house) == []


def test_books_are_in_order_when_the_last_thing_that_came_was_sent_back(house, send, put, cases, books):
    """Its return is younger than every arrival; before it takes effect it is waited for."""
    (one,) = [cases.judged(cases.receipt("a", 1, "1"))]
    put(house, [one])
    house.rulings.add_return(Return(one.submission_id, "缺文号", None, "王", cases.at(50)))
    assert books(house) == []
    put(house, [one], outcomes=[])
    assert states(house) == [(1, "1", "returned", False, True)]
    assert books(house) == []


def test_a_revert_that_an_older_program_recorded_still_counts(house, send, cases, books):
    """It wrote the file sent again under its old name as version 3, and editions rest on that."""
    for content, name in (("a", "1"), ("bb", "2"), ("a", "3")):
        send(cases.receipt(content, int(name), name))
    with house.database.write() as connection:
        connection.execute(RECEIPT.update().where(RECEIPT.c.name == "3").values(name="1"))
    before = house.inputs_hash("2022-06")
    assert [(r.version, r.current) for r in house.submissions(as_of=cases.at(4))] == [(1, False), (2, False), (3, True)]
    send(cases.receipt("bb", 9, "2"))
    assert states(house)[-1] == (3, "1", "accepted", True, True)
    assert house.inputs_hash("2022-06") == before
    assert [r.current for r in house.submissions(as_of=cases.at(20))] == [False, False, True]
    renamed = {one.partition(":")[0] for one in books(house)}
    assert renamed == {"receipts", "recorded-receipts"}, "the name that this test gave it, and nothing else"


def test_an_inbox_restored_from_a_backup_changes_nothing(house, send, cases, books):
    """The same names and bytes with new times: the draft does not become the newest version."""
    send(cases.receipt("a", 1, "初稿.xlsx"), cases.receipt("bb", 2, "定稿.xlsx"))
    before = (states(house), house.inputs_hash("2022-06"))
    results = send(cases.receipt("bb", 9, "定稿.xlsx"), cases.receipt("a", 9.5, "初稿.xlsx"))
    assert (len(results), len(results[0].resent), results[0].changed) == (1, 2, ())
    assert (states(house), house.inputs_hash("2022-06")) == before
    assert books(house) == []
    send(cases.receipt("a", 10, "改回初稿.xlsx"))
    assert states(house)[-1] == (3, "改回初稿.xlsx", "accepted", True, True)
    assert books(house) == []


def test_older_file_seen_late_between_a_file_and_its_resend(house, send, cases, books):
    """a at 1, a again at 3 (a re-send), then b of 2 turns up: in truth the unit went back to a at 3."""
    send(cases.receipt("a", 1, "1"))
    send(cases.receipt("a", 3, "3"))
    assert [r.state for r in house.receipts()] == ["processed", "resent"]
    results = send(cases.receipt("bb", 2, "2", seen=9))
    assert len(results) == 2
    assert len(results[0].reopened) == 1
    assert [(name, state, current) for _, name, state, current, _ in states(house)] == [
        ("1", "superseded", False),
        ("2", "superseded", False),
        ("3", "accepted", True),
    ]
    assert {r.state for r in house.receipts()} == {"processed"}
    assert books(house) == []


def test_version_whose_bytes_an_older_file_turns_out_to_have_sent_first(house, send, cases, books):
    send(cases.receipt("bb", 1, "1"), cases.receipt("a", 4, "4"))
    send(cases.receipt("a", 3, "3", seen=9))
    assert [(name, state) for _, name, state, _, _ in states(house)] == [("1", "superseded"), ("3", "accepted")]
    assert [(r.receipt.name, r.state) for r in house.receipts()] == [
        ("1", "processed"),
        ("3", "processed"),
        ("4", "resent"),
    ]
    assert books(house) == []


def test_rejected_after_accepted_and_the_fall_back_when_rules_change(house, send, cases, put, books):
    first, second = cases.receipt("a", 1, "1"), cases.receipt("bb", 2, "2")
    send(first)
    send(second, words={second.receipt_id: "rejected"})
    assert states(house) == [(1, "1", "accepted", True, False), (2, "2", "rejected", False, True)]
    waived = cases.judged(second, amounts=("2", "1"), rules_version="r2")
    assert put(house, [waived], outcomes=[]).changed
    assert states(house) == [(1, "1", "superseded", False, False), (2, "2", "accepted", True, True)]
    strict = cases.judged(second, word="rejected", amounts=("2", "1"), rules_version="r3")
    put(house, [strict], outcomes=[])
    assert states(house) == [(1, "1", "accepted", True, False), (2, "2", "rejected", False, True)]
    assert house.current_facts("unit_month", "2022-06")["ytd"].to_pylist()[0] == 1
    assert books(house) == []


def test_after_the_freeze_a_version_waits_as_a_revision(house, send, cases, books):
    freezes = {("unit_month", "2022-06"): cases.at(10)}
    send(cases.receipt("a", 1, "1"), freezes=freezes)
    send(cases.receipt("bb", 10, "2"), freezes=freezes)
    assert states(house) == [(1, "1", "accepted", True, False), (2, "2", "accepted", False, True)]
    assert [r.revision for r in house.submissions("2022-06")] == [False, True]
    assert books(house) == []


def test_as_of_shows_what_had_arrived_by_then(house, send, cases):
    send(cases.receipt("a", 1, "1"), cases.receipt("bb", 5, "2"), cases.receipt("a", 9, "3"))
    assert states(house, cases.at(0.5)) == []
    assert states(house, cases.at(1)) == [(1, "1", "accepted", True, True)]
    assert states(house, cases.at(8)) == [(1, "1", "superseded", False, False), (2, "2", "accepted", True, True)]
    assert [r.receipt.name for r in house.receipts(as_of=cases.at(5))] == ["1", "2"]


def test_numbers_are_those_of_one_collection_after_another(open_home, cases, tmp_path):
    """Collected in two rounds and loaded together or apart: a rebuild must find the same version numbers."""
    first = [cases.receipt("a", 5, "5", seen=10), cases.receipt("a", 7, "7", seen=10)]
    later = [cases.receipt("bb", 6, "6", seen=20), cases.receipt("ccc", 1, "1", seen=20)]
    numbers = []
    for home, rounds in (("together", [first + later]), ("apart", [first, later])):
        house = open_home(home)
        for receipts in rounds:
            arrive(house, cases, tmp_path / home / "stage", receipts)
        numbers.append({r.name: r.version for r in house.submissions("2022-06")})
    assert numbers[0] == numbers[1] == {"5": 1, "1": 2, "6": 3, "7": 4}


def test_reopened_resend_stays_pending_while_other_forms_of_its_file_are_loaded(house, cases, put):
    both = ("unit_month", "project_month")
    files = [cases.receipt("a", 1, "1"), cases.receipt("a", 3, "3")]
    for source in files:
        judged = [cases.judged(source, form=form) for form in both]
        put(house, judged, outcomes=[cases.outcome(judged[0], submissions=tuple(j.submission_id for j in judged))])
    between = cases.judged(cases.receipt("bb", 2, "2", seen=9))
    assert put(house, [between]).reopened == (files[1].receipt_id,)
    put(house, [cases.judged(files[1], form="project_month", rules_version="r2")], outcomes=[])
    assert [r.name for r in house.pending_receipts()] == ["3"]


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    files=st.lists(
        st.tuples(st.sampled_from(["a", "bb", "ccc"]), st.integers(0, 5), st.booleans()), min_size=2, max_size=6
    ),
    data=st.data(),
)
def test_any_order_of_arrival_ends_the_same(files, data, open_home, cases, tmp_path, books):
    """The files of one unit, seen in any order and any batches, end in the same versions, states and current one."""
    receipts = {r.receipt_id: r for r in (cases.receipt(c, h, f"{n}", seen=20) for n, (c, h, _) in enumerate(files))}
    words = {
        cases.receipt(c, h, f"{n}", seen=20).receipt_id: "accepted" if ok else "rejected"
        for n, (c, h, ok) in enumerate(files)
    }
    endings = []
    for side in ("left", "right"):
        home = f"{side}{next(NUMBER)}"
        house = open_home(home)
        order = list(receipts.values()) if side == "left" else data.draw(st.permutations(list(receipts.values())))
        size = len(order) if side == "left" else data.draw(st.integers(1, 3))
        for start in range(0, len(order), size):
            arrive(house, cases, tmp_path / home / "stage", order[start : start + size], words)
        rows = house.submissions("2022-06")
        endings.append(
            (
                {(r.submission_id, r.state, r.current, r.latest) for r in rows},
                {(r.receipt.receipt_id, r.state) for r in house.receipts()},
                house.current_facts("unit_month", "2022-06", ["submission_id", "row_no", "ytd"]).to_pylist(),
                house.inputs_hash("2022-06"),
            )
        )
        assert books(house) == []
        house.close()
        shutil.rmtree(tmp_path / home)
    assert endings[0] == endings[1]
