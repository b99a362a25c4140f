"""Versions, re-sends and the current one: pure decisions, tried in many orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipelines.warehouse.staging.timeline import Event, decide, recorded_reverts

T0 = datetime(2022, 7, 1, tzinfo=UTC)


def event(
    number: int, content: str, minute: int, word: str | None = "accepted", seen: int | None = None, name: str = ""
) -> Event:
    arrived, seen_at = T0 + timedelta(minutes=minute), T0 + timedelta(days=seen or 0)
    return Event(f"s{number}", f"r{number}", content, arrived, seen_at, name or f"f{number}", word)


def test_same_bytes_twice_is_one_version():
    line = decide([event(1, "a", 1), event(2, "a", 2)], None)
    assert line.versions == ("s1",)
    assert line.resends == {"s2": "s1"}
    assert line.current == "s1"


def test_older_bytes_sent_again_later_are_a_new_version():
    line = decide([event(1, "a", 1), event(2, "b", 2), event(3, "a", 3)], None)
    assert line.versions == ("s1", "s2", "s3")
    assert line.current == "s3"
    assert line.states == {"s1": "superseded", "s2": "superseded", "s3": "accepted"}


def test_files_restored_from_a_backup_make_no_older_one_the_newest():
    sent = [event(1, "a", 1, name="in/7月.xlsx"), event(2, "b", 2, name="in/7月改.xlsx")]
    restored = [event(3, "b", 8, name="in/7月改.xlsx"), event(4, "a", 9, name="restored/7月.xlsx")]
    line = decide([*sent, *restored], None)
    assert (line.versions, line.current, line.latest) == (("s1", "s2"), "s2", "s2")
    assert line.resends == {"s3": "s2", "s4": "s1"}
    overwritten = [event(1, "a", 1, name="x"), event(2, "b", 2, "rejected", name="x"), event(3, "a", 3, name="x")]
    assert decide(overwritten, None).resends == {"s3": "s1"}
    back = event(5, "a", 10, name="7月(以此为准).xlsx")
    assert decide([*sent, *restored, back], None).current == "s5", "a new name is the sender's word"


def test_a_revert_that_an_older_program_recorded_stays_a_version():
    recorded = [event(1, "a", 1, name="x"), event(2, "b", 2, name="x"), event(3, "a", 3, name="x")]
    reverts = recorded_reverts(recorded)
    assert reverts == {"s3"}
    line = decide([*recorded, event(4, "b", 9, name="x")], None, reverts=reverts)
    assert (line.versions, line.current, line.resends) == (("s1", "s2", "s3"), "s3", {"s4": "s2"})
    assert recorded_reverts([event(2, "b", 2, name="x"), event(3, "a", 3, name="x")]) == frozenset()


def test_a_copy_under_a_second_name_is_restored_with_it():
    sent = [event(1, "a", 1, name="x"), event(2, "a", 2, name="y"), event(3, "b", 3, name="z")]
    assert decide([*sent, event(4, "a", 9, name="y")], None).resends == {"s2": "s1", "s4": "s1"}


def test_older_file_seen_late_never_supersedes():
    line = decide([event(1, "new", 9, seen=0), event(2, "old", 1, seen=5)], None)
    assert line.current == "s1"
    assert line.states["s2"] == "superseded"


def test_rejected_newer_version_leaves_the_accepted_one_current():
    line = decide([event(1, "a", 1), event(2, "b", 2, "rejected")], None)
    assert (line.current, line.latest, line.states["s2"]) == ("s1", "s2", "rejected")


def test_version_at_the_freeze_opens_a_revision_and_one_just_before_counts():
    freeze = T0 + timedelta(minutes=5)
    line = decide([event(1, "a", 1), event(2, "b", 5), event(3, "c", 6, "rejected")], freeze)
    assert (line.current, line.revisions) == ("s1", {"s2"})
    assert line.states["s2"] == "accepted"
    just_before = Event("s4", "r4", "d", freeze - timedelta(microseconds=1), T0, "f4", "accepted_with_queries")
    assert decide([event(1, "a", 1), just_before], freeze).current == "s4"


def test_resend_that_an_older_file_turned_into_a_version_is_judged_again():
    line = decide([event(1, "a", 1), event(2, "b", 2), event(3, "a", 3, None)], None)
    assert line.reopened == ("s3",)
    assert line.current == "s2"


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 6),
        st.sampled_from(["accepted", "accepted_with_queries", "rejected"]),
        st.integers(0, 2),
        st.sampled_from(["", "", "x.xlsx", "y.xlsx"]),
    ),
    max_size=8,
).map(lambda rows: [event(n, c, m, w, s, f) for n, (c, m, w, s, f) in enumerate(rows)])


@given(EVENTS, st.one_of(st.none(), st.integers(0, 7)), st.randoms(use_true_random=False))
def test_order_of_seeing_changes_nothing(events, minute, random):
    freeze = None if minute is None else T0 + timedelta(minutes=minute)
    shuffled = list(events)
    random.shuffle(shuffled)
    assert decide(shuffled, freeze) == decide(events, freeze)


@given(EVENTS, st.one_of(st.none(), st.integers(0, 7)))
def test_every_event_is_a_version_or_a_resend_and_the_current_one_is_accepted_in_time(events, minute):
    freeze = None if minute is None else T0 + timedelta(minutes=minute)
    line = decide(events, freeze)
    assert sorted([*line.versions, *line.resends]) == sorted(e.submission_id for e in events)
    by_id = {e.submission_id: e for e in events}
    ordered = [by_id[i] for i in line.versions]
    assert all(a.sha256 != b.sha256 for a, b in pairwise(ordered))
    counting = [e for e in ordered if e.word != "rejected" and (freeze is None or e.arrived_at < freeze)]
    assert line.current == (counting[-1].submission_id if counting else None)
    assert all(by_id[i].sha256 == by_id[repeated].sha256 for i, repeated in line.resends.items())


def test_a_returned_version_and_those_before_it_count_no_more():
    first, second = event(1, "a", 1), event(2, "b", 2, "accepted_with_queries")
    timeline = decide([first, second], None, {second.submission_id})
    assert timeline.current is None
    assert timeline.states == {first.submission_id: "superseded", second.submission_id: "returned"}
    third = event(3, "c", 3)
    timeline = decide([first, second, third], None, {second.submission_id})
    assert timeline.current == third.submission_id
    assert timeline.states[second.submission_id] == "superseded"
    rejected = event(4, "d", 3, "rejected")
    timeline = decide([first, second, rejected], None, {second.submission_id})
    assert (timeline.current, timeline.states[rejected.submission_id]) == (None, "rejected")
    assert decide([first, second], None, {"s-of-another-file"}).current == second.submission_id
