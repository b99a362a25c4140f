"""The due hour: what many clerks ask at the same time is done together, and nobody waits for one whose line is slow."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from pipelines.errors import Refused
from pipelines.flow.intake.batches import read_batch, stage_read
from pipelines.flow.portal.recent_verdicts import RecentVerdicts
from pipelines.flow.portal.unit_view import sent_parts
from pipelines.flow.portal.uploads import UploadedFile, receive_upload, validate_receipts
from pipelines.model.accounts import AuditNote
from pipelines.web.group_commit import GroupCommit
from pipelines.web.upload_queue import GATHER_SECONDS, PAGE_SECONDS, UploadQueue


def test_what_waits_is_done_together_and_everybody_gets_their_own() -> None:
    groups: list[list[int]] = []
    first = threading.Event()

    def work(items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        if len(groups) == 1:
            assert first.wait(10)
        return [item * 10 for item in items]

    together = GroupCommit(work)
    with ThreadPoolExecutor(21) as threads:
        one = threads.submit(together.do, 1)
        while not groups:
            time.sleep(0.001)
        others = [threads.submit(together.do, n) for n in range(2, 22)]
        while len(together._waiting) < 20:
            time.sleep(0.001)
        first.set()
        assert one.result(10) == 10
        assert [done.result(10) for done in others] == [n * 10 for n in range(2, 22)]
    assert groups[0] == [1] and len(groups) == 2 and sorted(groups[1]) == list(range(2, 22))


def test_a_group_that_fails_fails_for_all_of_it_and_for_nobody_after() -> None:
    broken = [True]

    def work(items: Sequence[int]) -> list[int]:
        if broken[0]:
            raise Refused("磁盘已满", "the disk is full")
        return list(items)

    together = GroupCommit(work)
    with pytest.raises(Refused):
        together.do(1)
    broken[0] = False
    assert together.do(2) == 2


def test_a_slow_line_holds_nobody_up() -> None:
    batches: list[list[str]] = []
    queue = UploadQueue(batches.append)
    slow = queue.expect()
    queue._arriving[slow] -= GATHER_SECONDS  # it has been sending for as long as anybody is waited for
    begun = time.monotonic()
    queue.put(["r1"])
    assert queue.wait_until_done(10) and batches == [["r1"]]
    assert time.monotonic() - begun < GATHER_SECONDS / 2
    queue.arrived(slow)


def test_what_has_come_is_read_while_others_are_sending() -> None:
    read: list[list[str]] = []
    batches: list[list[str]] = []
    came = threading.Event()

    def read_ahead(ids: list[str]) -> None:
        read.append(ids)
        came.set()

    queue = UploadQueue(batches.append, read_ahead=read_ahead)
    number = queue.expect()
    queue.put(["r1"])
    assert came.wait(10) and not batches
    queue.put(["r2"])
    queue.arrived(number)
    assert queue.wait_until_done(10)
    assert batches == [["r1", "r2"]] and read == [["r1"], ["r2"]], "each once"


def test_what_follows_a_batch_leaves_the_machine_to_the_pages_of_whoever_waited() -> None:
    times: dict[str, float] = {}
    go_on = threading.Event()
    queue = UploadQueue(lambda _: times.update(loaded=go_on.wait(10)), lambda: times.update(said=time.monotonic()))

    async def clerks() -> None:
        waiting = [asyncio.create_task(queue.decided(["r1"], 10)) for _ in range(10)]
        await asyncio.sleep(0.05)
        go_on.set()
        await asyncio.gather(*waiting)
        times["told"] = time.monotonic()

    queue.put(["r1"])
    asyncio.run(clerks())
    assert queue.wait_until_done(10) and times["said"] - times["told"] > PAGE_SECONDS * 10 / 2
    asyncio.run(asyncio.wait_for(queue.decided(["r1"], 10), 1))


@pytest.fixture(scope="module")
def received(make_portal: Any) -> Any:
    """Two uploads, received together and read twice, as after a batch that failed."""
    portal = make_portal()
    state = portal.state
    units = [state.context.programme.roster.get(code) for code in portal.units[:2]]
    contents = [portal.wrong, portal.good.replace(b"980101", b"990101")]

    def receive(unit: Any, content: bytes) -> Any:
        file = UploadedFile("q1.csv", len(content), io.BytesIO(content))
        return receive_upload(state.context, unit, [file], portal.now[0], state.receipts.do)

    with ThreadPoolExecutor(2) as threads:
        portal.done = list(threads.map(receive, units, contents))
    return portal


def test_uploads_received_together_are_told_apart(received: Any) -> None:
    names = [[r.name for r in upload.receipts] for upload in received.done]
    first, second = (upload.upload_id for upload in received.done)
    assert names == [[f"{received.units[0]}/portal/{first}/q1.csv"], [f"{received.units[1]}/portal/{second}/q1.csv"]]


def test_files_read_twice_are_validated_once(received: Any) -> None:
    context = received.state.context
    ids = [r.receipt_id for done in received.done for r in done.receipts]
    received.state._read_ahead(ids[:1])
    received.state._read_ahead(ids)
    assert context.warehouse.follow_ups.attempts() == dict.fromkeys(ids, 1)
    received.state._process(ids)
    words = {r.unit_code: r.word for r in context.warehouse.submissions("2026-Q1")}
    assert words == {received.units[0]: "rejected", received.units[1]: "accepted"}
    folder = stage_read(context, [read_batch(context, ids)], received.now[0])
    assert received.state.context.warehouse.load([folder], received.now[0], {}).submissions == (), "loaded already"


def test_what_the_pages_show_of_a_fresh_verdict_is_what_the_lake_holds(received: Any) -> None:
    context, recent = received.state.context, RecentVerdicts()
    versions = context.warehouse.submissions("2026-Q1")
    assert all(recent.get(version) is None for version in versions)
    recent.read_ahead(context, [version.receipt_id for version in versions])
    read = {part.version.submission_id: part for part in sent_parts(context, versions)}
    kept = {part.version.submission_id: part for part in sent_parts(context, versions, recent)}
    assert kept == read and any(part.findings for part in read.values())
    page = received.client("unit").get(f"/unit/uploads/{received.done[0].upload_id}")
    assert "C4" in page.text.split('class="err"')[1].split("</td>")[0]


def test_notes_of_many_are_entered_in_order(received: Any) -> None:
    warehouse = received.state.context.warehouse
    before = len(warehouse.audit_entries())
    notes = [AuditNote("unit", "view", f"s{n}", {"path": "/x"}, received.now[0]) for n in range(3)]
    assert [e.subject for e in warehouse.audit_all(notes)] == ["s0", "s1", "s2"]
    assert len(warehouse.audit_entries()) == before + 3
    assert [c.failed for c in warehouse.record_checks()] == [0] * len(warehouse.record_checks())


def test_what_another_programme_read_is_read_again(received: Any) -> None:
    """The programme was changed between the reading and the validation: what its old forms gave does not count."""
    context = received.state.context
    unit = context.programme.roster.get(received.units[1])
    content = received.good.replace(b"980101", b"990101") + b"\n"
    file = UploadedFile("q1-again.csv", len(content), io.BytesIO(content))
    done = receive_upload(context, unit, [file], received.now[0])
    ids = [r.receipt_id for r in done.receipts]
    begun: dict[str, int] = {}
    before = replace(read_batch(context, ids, begun), programme_version="before", candidates=(), outcomes=())
    assert begun == dict.fromkeys(ids, 1)
    read_batch(context, ids, begun)
    assert context.warehouse.follow_ups.attempts() == dict.fromkeys(ids, 1), "an attempt of a batch is counted once"
    validate_receipts(context, ids, received.now[0], [before], begun)
    assert [r.state for r in context.warehouse.receipts_by_id(ids).values()] == ["processed"]


def test_reading_ahead_that_fails_is_the_attempt_that_the_batch_makes(make_portal: Any) -> None:
    """The folder of the archive cannot be read for a moment while others are sending, and still not when the batch begins: one attempt;
    the next batch is the second."""
    portal = make_portal()
    context, queue = portal.state.context, portal.state.queue
    archive = context.settings.home / "raw"
    number = queue.expect()
    unit = context.programme.roster.get(portal.units[0])
    done = receive_upload(
        context, unit, [UploadedFile("q1.csv", len(portal.good), io.BytesIO(portal.good))], portal.now[0]
    )
    ids = [r.receipt_id for r in done.receipts]
    archive.rename(archive.with_name("raw-away"))
    queue.put(ids)
    give_up = time.monotonic() + 20
    while not context.warehouse.follow_ups.attempts()[ids[0]] and time.monotonic() < give_up:
        time.sleep(0.01)
    queue.arrived(number)
    assert queue.wait_until_done(30)
    assert context.warehouse.follow_ups.attempts() == {ids[0]: 1}
