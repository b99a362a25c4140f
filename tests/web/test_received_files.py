"""Nothing received is lost or shown to the wrong account: shared files, names that come again, retries, half-saved programmes."""

from __future__ import annotations

import io
import shutil
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.errors import Refused
from pipelines.flow.exchange.collect import collect
from pipelines.flow.portal.row_grid import row_grid
from pipelines.flow.portal.unit_view import sent_parts
from pipelines.flow.portal.uploads import UploadedFile, process_receipts, receive_upload
from pipelines.web.portal_state import PortalState
from pipelines.web.upload_queue import UploadQueue


def drop(portal: Any, name: str, content: bytes) -> None:
    """A file through the drop folder, processed."""
    inbox = portal.state.settings.home / "inbox"
    inbox.mkdir(exist_ok=True)
    (inbox / name).write_bytes(content)
    found = collect(portal.state.context, portal.now[0])
    assert len(found.receipts) == 1, found
    process_receipts(portal.state.context, [r.receipt_id for r in found.receipts], portal.now[0])


def test_a_file_about_two_units_goes_whole_to_neither(make_portal: Any) -> None:
    portal = make_portal()
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("a.csv", portal.wrong)
        archive.writestr(
            "b.csv", portal.wrong.replace(b"980101", b"990101").replace("一千一百".encode(), "九十九万".encode())
        )
    drop(portal, "both.zip", package.getvalue())
    (first,), (second,) = portal.versions(portal.units[0]), portal.versions(portal.units[1])
    for who, own in (("unit", first), ("other", second)):
        page = portal.client(who).get(f"/unit/submissions/{own}")
        assert page.status_code == 200 and f"{own}/workbook" not in page.text
        assert portal.client(who).get(f"/unit/submissions/{own}/workbook").status_code == 404
    assert "九十九万" not in portal.client("unit").get(f"/unit/submissions/{first}").text
    assert portal.client("bureau").get(f"/desk/submissions/{first}/workbook").status_code == 200, "there is one"


def test_an_old_version_does_not_offer_the_workbook_of_a_newer_one(make_portal: Any) -> None:
    portal = make_portal()
    drop(portal, "q1.csv", portal.wrong)
    drop(portal, "q1.csv", portal.wrong.replace("一千一百".encode(), "二千二百".encode()))
    old, new = portal.versions(portal.units[0])
    client = portal.client("unit")
    assert client.get(f"/unit/submissions/{new}/workbook").status_code == 200
    assert client.get(f"/unit/submissions/{old}/workbook").status_code == 404
    assert f"{old}/workbook" not in client.get(f"/unit/submissions/{old}").text


def test_what_was_not_taken_is_on_the_page_of_its_upload(portal: Any) -> None:
    answer = portal.upload("unit", ("q1.csv", portal.wrong), ("empty.csv", b""))
    page = portal.client("unit").get(answer.headers["location"]).text
    assert "下列文件未收" in page and "empty.csv" in page and "空文件" in page
    nothing = portal.upload("unit", ("one.csv", b""), ("two.csv", b""))
    assert nothing.status_code == 409 and "one.csv" in nothing.text and "two.csv" in nothing.text


def test_a_finding_beyond_the_width_of_the_sheet_is_shown(portal: Any) -> None:
    portal.upload("unit", ("wide.csv", portal.wrong + b"\n\n\n\n"))
    version = portal.state.context.warehouse.follow_ups.version(portal.versions(portal.units[0])[-1])
    part = sent_parts(portal.state.context, [version])[0]
    found = next(f for f in part.findings if f.rule == "C01")
    grid = row_grid(portal.state.context, version, [replace(found, cell=found.cell.replace("C4", "Z4"))])
    assert grid.columns[-1] == ("Z", "") and grid.rows[0].cells[-1].findings


def test_a_failed_batch_is_tried_again() -> None:
    batches: list[list[str]] = []
    again = threading.Event()

    def process(batch: list[str]) -> None:
        batches.append(batch)
        if len(batches) == 1:
            raise Refused("装载被占用", "the loader is held")
        again.set()

    queue = UploadQueue(process, retry_seconds=0.05)
    queue.put(["r1"])
    assert again.wait(10) and queue.wait_until_done(10)
    assert batches == [["r1"], ["r1"]] and queue.failures == {}


def test_a_batch_waits_for_whoever_is_still_sending() -> None:
    batches: list[list[str]] = []
    followed = threading.Event()
    queue = UploadQueue(batches.append, followed.set)
    first, second = queue.expect(), queue.expect()
    queue.put(["r1"])
    queue.arrived(first)
    assert queue.undecided(["r1"]) and not batches, "one is still being received"
    queue.put(["r2"])
    queue.arrived(second)
    assert queue.wait_until_done(10)
    assert batches == [["r1", "r2"]] and followed.is_set() and not queue.undecided(["r1", "r2"])


def test_verdicts_come_before_what_follows_from_them() -> None:
    done: list[str] = []
    first, second = threading.Event(), threading.Event()

    def process(batch: list[str]) -> None:
        done.append("+".join(batch))
        if batch == ["r1"]:
            first.set()
            assert second.wait(10)

    def follow_up() -> None:
        done.append("follow-up")
        if done.count("follow-up") == 1:
            raise Refused("磁盘已满", "the disk is full")

    queue = UploadQueue(process, follow_up, retry_seconds=0.05)
    queue.put(["r1"])
    assert first.wait(10)
    queue.put(["r2"])
    second.set()
    assert queue.wait_until_done(10)
    deadline = threading.Event()
    while done.count("follow-up") < 2 and not deadline.wait(0.02):
        assert len(done) < 10
    assert done == ["r1", "r2", "follow-up", "follow-up"], "what failed to follow is tried again"


def test_a_page_that_polls_leaves_no_trace_while_it_waits(make_portal: Any) -> None:
    portal = make_portal()
    context = portal.state.context
    unit = context.programme.roster.get(portal.units[0])
    done = receive_upload(context, unit, [UploadedFile("q1.csv", 9, io.BytesIO(portal.good))], portal.now[0])
    client, path = portal.client("unit"), f"/unit/uploads/{done.upload_id}"
    assert client.get(path).status_code == 200
    before = len(portal.audited("view"))
    assert [client.get(path, headers={"HX-Request": "true"}).status_code for _ in range(3)] == [204] * 3
    assert len(portal.audited("view")) == before
    portal.state.resume_uploads()
    assert portal.state.queue.wait_until_done(60)
    shown = client.get(path, headers={"HX-Request": "true"})
    assert shown.status_code == 200 and "every 1s" not in shown.text
    assert len(portal.audited("view")) == before, "one view, however often the page asked"


def test_a_half_saved_programme_takes_no_page_down(portal: Any, tmp_path: Path) -> None:
    copy = tmp_path / "quarters"
    shutil.copytree(portal.state.context.programme.path, copy)
    state = PortalState(portal.state.settings, portal.state.now, str(copy), reload_seconds=0)
    before = state.context
    try:
        whole = (copy / "programme.toml").read_bytes()
        (copy / "programme.toml").write_bytes(whole[: len(whole) // 2] + b"\n[[")
        assert state.context is before and "programme.toml" in state.programme_fault
        (copy / "programme.toml").write_bytes(whole)
        assert state.context.programme.zh == before.programme.zh and state.programme_fault == ""
    finally:
        before.warehouse.close()
        state.context.warehouse.close()
    shown, portal.state.programme_fault = "programme.toml:3", "programme.toml:3"
    try:
        assert shown in portal.client("engineer").get("/desk").text
    finally:
        portal.state.programme_fault = ""
