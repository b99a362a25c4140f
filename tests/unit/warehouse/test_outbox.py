"""The outbox on SQLite and on a real PostgreSQL: once by key, in order, by lease, with evidence that stays."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipelines.errors import Refused
from pipelines.model.loading import LoadNotifications
from pipelines.model.notifications import Call, DeliveryResult, Ending, Hold, SeenDeadline
from pipelines.warehouse.db.locking import host
from pipelines.warehouse.db.schema import OUTBOX
from pipelines.warehouse.notifications.notification_store import Decided

SPAN = timedelta(minutes=10)
ME = f"{host()}:{os.getpid()}:me"
OTHER = f"{host()}:{os.getpid()}:other"


def lease(book, cases, hours=2.0, sender=ME, limit=10, without=()):
    return [row.notice.key for row in book.lease(cases.at(hours), SPAN, sender, limit, without)]


def send(book, cases, row, answer, hours=2.0, next_hours=None):
    number = start(book, row, ME, cases.at(hours))
    assert number is not None
    later = next_hours and cases.at(next_hours)
    book.end([Ending(row.notice.message_id, number, answer, cases.at(hours), later)])


def start(book, row, sender, at):
    return book.start([row.notice.message_id], sender, at, SPAN).get(row.notice.message_id)


def test_a_key_is_told_once_and_the_audit_chain_says_what_was_decided(database_house, cases):
    book = database_house.alerts
    before = len(database_house.audit_entries())
    assert len(book.decide(Decided(notices=[cases.notice("k"), cases.notice("k")]), cases.at(1))) == 1
    assert book.decide(Decided(notices=[cases.notice("k", hours=5)]), cases.at(5)) == []
    entries = database_house.audit_entries()[before:]
    assert [e.action for e in entries] == ["outbox-add", "alert"]
    assert entries[0].detail["first"] == entries[0].detail["last"] == 1
    assert entries[1].detail["messages"] == [cases.notice("k").message_id]
    assert database_house.record_checks()[-1].failed == 0


def test_a_channel_that_takes_many_gets_all_of_a_recipient_in_order_but_none_past_one_that_waits(database_house, cases):
    book = database_house.alerts
    book.post([cases.notice(key, hours=1 + n / 10) for n, key in enumerate("abcd")])
    channel = book.rows()[0].notice.channel
    first, *rest = book.lease(cases.at(2), SPAN, ME, 3, (), (channel,))
    assert [r.notice.key for r in (first, *rest)] == ["a", "b", "c"]
    send(book, cases, first, DeliveryResult(True))
    send(book, cases, rest[0], DeliveryResult(False, "disk full"), next_hours=4)
    assert book.lease(cases.at(3), SPAN, ME, 9, (), (channel,)) == []
    assert [r.notice.key for r in book.lease(cases.at(5), SPAN, ME, 9, (), (channel,))] == ["b", "c", "d"]


def test_a_recipient_hears_in_order_and_one_sender_at_a_time_speaks_to_it(database_house, cases):
    book = database_house.alerts
    book.post(
        [
            cases.notice("second", hours=1.5),
            cases.notice("first", hours=1),
            cases.notice("urgent", hours=1.8, priority=1),
            cases.notice("elsewhere", "b@example.invalid", hours=1.9),
            cases.notice("not yet", "c@example.invalid", hours=9),
        ]
    )
    assert lease(book, cases) == ["urgent", "elsewhere"]
    assert lease(book, cases, sender=OTHER) == [], "both recipients are in another sender's hands"
    for row in book.rows(states=("pending",)):
        if row.notice.key == "urgent":
            send(book, cases, row, DeliveryResult(False, "421 later"), next_hours=3)
        if row.notice.key == "elsewhere":
            send(book, cases, row, DeliveryResult(True))
    assert lease(book, cases) == [], "what follows a message that waits for its next try waits too"
    assert lease(book, cases, 3, without=("outbox",)) == []
    assert lease(book, cases, 3) == ["urgent"]
    send(book, cases, book.rows()[2], DeliveryResult(True), 3)
    assert lease(book, cases, 3) == ["first"]


def test_a_pause_that_a_receiver_asks_for_holds_for_its_channel_over_runs(database_house, cases):
    """It was forgotten with the run: the next one sent the next recipient's message into the vendor's block."""
    book = database_house.alerts
    book.post([cases.notice("a"), cases.notice("b", "b@x.invalid"), cases.notice("c", "c@x.invalid", hours=2.75)])
    book.post([cases.notice("elsewhere", channel="mail")])
    assert lease(book, cases, limit=1) == ["a"]
    send(book, cases, book.rows()[0], DeliveryResult(False, "429", retry_after=1800), next_hours=2.1)
    assert lease(book, cases, 2.25) == ["elsewhere"]
    book.release(ME)
    assert lease(book, cases, 2.49, without=("mail",)) == []
    assert lease(book, cases, 2.5, without=("mail",)) == ["a", "b"]
    assert lease(book, cases, 2.8, without=("mail",))[-1:] == ["c"], "what is due later than the pause is not moved"


def test_what_another_sender_takes_between_look_and_lease_is_left_to_it_with_all_that_follows(database_house, cases):
    """PostgreSQL lets it in; a writer of SQLite has looked with the lock in hand, so there the row only is as if somebody had been."""
    book, engine = database_house.alerts, database_house.alerts._database.engine
    book.post([cases.notice(key, hours=1 + n / 10) for n, key in enumerate(["first", "second"])])
    book.post([cases.notice("elsewhere", "b@example.invalid", hours=1.5)])
    rows = {row.notice.key: row.notice for row in book.rows()}
    came = []

    def somebody_first(connection, _cursor, statement, *_):
        if came or not statement.startswith("UPDATE") or "lease" not in statement:
            return
        came.append(rows["first"].message_id)
        held = OUTBOX.update().where(OUTBOX.c.message_id == came[0])
        held = held.values(lease_until=cases.at(2) + SPAN, leased_by=OTHER)
        if engine.dialect.name == "sqlite":
            connection.execute(held)
        else:
            with engine.begin() as beside:
                beside.execute(held)

    sa.event.listen(engine, "before_cursor_execute", somebody_first)
    try:
        taken = book.lease(cases.at(2), SPAN, ME, 9, (), (rows["first"].channel,))
    finally:
        sa.event.remove(engine, "before_cursor_execute", somebody_first)
    assert len(came) == 1 and [row.notice.key for row in taken] == ["elsewhere"]
    assert lease(book, cases) == [], "the recipient waits while another sender speaks to it"
    assert start(book, taken[0], ME, cases.at(2)) == 1
    number = book.start(came, OTHER, cases.at(2), SPAN)[came[0]]
    book.end([Ending(came[0], number, DeliveryResult(True), cases.at(2))])
    assert lease(book, cases) == ["second"], "nothing of it was kept in hand"


def test_a_dead_sender_leaves_its_leases_to_the_next(database_house, cases):
    book = database_house.alerts
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    book.post([cases.notice("k")])
    assert lease(book, cases, sender=f"{host()}:{gone.pid}:x") == ["k"]
    assert lease(book, cases) == ["k"], "its process is gone, whatever the lease says"
    assert lease(book, cases, sender=OTHER) == []
    assert lease(book, cases, 2.5, sender=OTHER) == ["k"], "a lease ends"
    book.release(OTHER)
    assert lease(book, cases, 2.5, sender="elsewhere:1:x") == ["k"]
    assert lease(book, cases, 2.5) == [], "whether a process of another machine lives is not known: its lease holds"


def test_an_attempt_without_an_end_stays_as_evidence_and_the_message_goes_again_under_its_id(database_house, cases):
    book = database_house.alerts
    book.post([cases.notice("k")])
    (row,) = book.lease(cases.at(2), SPAN, "elsewhere:1:x", 1, ())
    assert start(book, row, "elsewhere:1:x", cases.at(2)) == 1
    (again,) = book.lease(cases.at(3), SPAN, ME, 1, ())
    assert again.notice.message_id == row.notice.message_id
    send(book, cases, again, DeliveryResult(True, "250 ok"), 3)
    first, second = book.attempts([row.notice.message_id])[row.notice.message_id]
    assert (first.ended_at, second.accepted, second.number) == (None, True, 2)
    assert book.rows()[0].state == "delivered"


@pytest.mark.parametrize("table", ["delivery", "outbox", "call_log", "alert_hold"])
def test_the_record_cannot_be_deleted(database_house, cases, table):
    book = database_house.alerts
    book.post([cases.notice("k")])
    send(book, cases, book.lease(cases.at(2), SPAN, ME, 1, ())[0], DeliveryResult(True))
    book.log_call(Call("330481", "2022-06", "*", cases.at(2), "甲", "值班", "明天报", cases.at(2)))
    book.hold(Hold("ack", "330481", "2022-06", "unit_month", "T+1", "", None, "甲", cases.at(2)), {}, {})
    for verb in ("DELETE FROM {}", *([] if table == "outbox" else ["UPDATE {} SET " + _column(table)])):
        with pytest.raises(sa.exc.DBAPIError, match="evidence"), database_house.database.engine.begin() as connection:
            connection.execute(sa.text(verb.format(table)))


def _column(table: str) -> str:
    return {"delivery": "detail = 'x'", "call_log": "answer = 'x'", "alert_hold": "reason = 'x'"}[table]


def test_what_is_given_up_is_not_started_but_what_was_on_its_way_counts(database_house, cases):
    book = database_house.alerts
    book.post([cases.notice("a"), cases.notice("b", "b@example.invalid")])
    a, b = book.lease(cases.at(2), SPAN, ME, 2, ())
    number = start(book, b, ME, cases.at(2))
    ids = {a.notice.message_id: "文件已到", b.notice.message_id: "文件已到"}
    book.decide(Decided(withdrawn=ids), cases.at(2))
    assert start(book, a, ME, cases.at(2)) is None
    book.end([Ending(b.notice.message_id, number, DeliveryResult(True), cases.at(2))])
    assert [r.state for r in book.rows()] == ["withdrawn", "delivered"]


def test_dead_letters_are_tried_again_only_when_somebody_says_so(database_house, cases):
    book = database_house.alerts
    book.post([cases.notice("k")])
    (row,) = book.lease(cases.at(2), SPAN, ME, 1, ())
    number = start(book, row, ME, cases.at(2))
    alarm = cases.notice("alarm", "engineer@example.invalid", kind="engineer")
    refused = DeliveryResult(False, "550 no such user", retry=False)
    book.end([Ending(row.notice.message_id, number, refused, cases.at(2), None, [alarm])])
    assert [(r.notice.key, r.state) for r in book.rows()] == [("k", "dead"), ("alarm", "pending")]
    with pytest.raises(Refused):
        book.revive([alarm.message_id], cases.at(3), "甲")
    book.revive([row.notice.message_id], cases.at(3), "甲")
    assert book.rows()[0].state == "pending"
    assert database_house.audit_entries(1)[0].action == "alert-retry"


def test_two_senders_at_once_send_everything_once(database_house, cases):
    book = database_house.alerts
    book.post([cases.notice(f"{n}", f"{n % 7}@example.invalid", hours=1 + n / 100) for n in range(40)])

    def drain(name: str) -> list[str]:
        sender, sent = f"{host()}:{os.getpid()}:{name}", []
        for _ in range(200):
            rows = book.lease(cases.at(5), SPAN, sender, 3, ())
            for row in rows:
                number = start(book, row, sender, cases.at(5))
                if number is not None:
                    sent.append(row.notice.key)
                    book.end([Ending(row.notice.message_id, number, DeliveryResult(True), cases.at(5))])
            if not book.rows(states=("pending",)):
                break
        return sent

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(drain, ("one", "two"))
    assert sorted(first + second, key=int) == [str(n) for n in range(40)]


def test_what_a_load_has_to_say_is_a_row_of_its_transaction(database_house, put, cases):
    """Whoever comes next says it, once; what was asked for again meanwhile is not struck off with the old."""
    store = database_house.follow_ups
    one = cases.judged(cases.receipt("a", 1))
    put(database_house, [one], follow_up=True)
    assert database_house.alerts.rows() == [] and store.any_to_notify()
    assert list(store.feedback_due()) == [one.receipt.receipt_id]
    (due,) = store.loads_to_notify()
    assert [v.submission_id for v in due.loaded.versions] == [one.submission_id]
    assert due.loaded.before == {} and due.loaded.at == cases.at(100)
    again = cases.judged(one.receipt, word="accepted_with_queries", rules_version="r2")
    put(database_house, [again], hours=101, follow_up=True)
    said = LoadNotifications((cases.notice(f"receipt|{one.submission_id}"),))
    assert store.notified(due, said) == 1
    (due,) = store.loads_to_notify()
    assert due.loaded.before == {}, "nobody was notified of the first status: the version is still new"
    assert (store.notified(due, said), store.loads_to_notify(), len(database_house.alerts.rows())) == (0, [], 1)
    answered = store.feedback_due()
    store.ask_for_feedback([one.receipt.receipt_id])
    store.feedback_written(answered, {})
    assert list(store.feedback_due()) == [one.receipt.receipt_id]
    store.feedback_written(store.feedback_due(), {})
    assert store.feedback_due() == {} and store.open_items() == {"feedback_due": 0, "notification_due": 0}
    put(database_house, [cases.judged(cases.receipt("b", 2), "330482")])
    assert not store.any_to_notify() and store.feedback_due() == {}, (
        "history and rebuilding: nobody waits for an answer"
    )


def test_a_rebuilt_warehouse_takes_the_record_over(open_home, cases):
    old, new = open_home(), open_home("rebuilt")
    old.alerts.post([cases.notice("k")])
    send(old.alerts, cases, old.alerts.lease(cases.at(2), SPAN, ME, 1, ())[0], DeliveryResult(True))
    old.alerts.log_call(Call("330481", "2022-06", "*", cases.at(2), "甲", "值班", "明天报", cases.at(2)))
    seen = SeenDeadline("unit_month", "2022-06", 1, cases.at(9), None, None, cases.at(1))
    old.alerts.decide(Decided(deadlines=[seen]), cases.at(1))
    old.alerts.beat("deliver", cases.at(2))
    new.alerts.carry_over(old.alerts.contents(), cases.at(9))
    assert new.alerts.contents() == old.alerts.contents()
    assert new.alerts.post([cases.notice("k")]) == []


def test_a_heartbeat_never_goes_back(house, cases):
    for hours in (5, 3):
        house.alerts.beat("deliver", cases.at(hours))
    assert house.alerts.heartbeats() == {"deliver": cases.at(5)}
