"""Several loaders at once, in processes of their own."""

from __future__ import annotations

import fcntl
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.errors import Transient
from pipelines.flow.month import release
from pipelines.flow.upkeep.audit import audit
from pipelines.publish.atomic_file import write_whole
from pipelines.warehouse.db.locking import file_lock

from .whole_month import ARRIVED, JUNE, NOW, SENT, STEPS, opened, write_files, write_programme


@pytest.mark.slow
def test_loaders_at_once_lose_nothing_and_count_nothing_twice(tmp_path, cases, start, open_home):
    """Four processes; every one brings a version of the same unit and a unit of its own; two bring the very same stage."""
    home = tmp_path / "home"
    work = []
    for n in range(4):
        same_unit = cases.receipt("x" * (n + 1), n, f"同{n}.xlsx")
        own_unit = cases.receipt("y" * (n + 1), n, f"各{n}.xlsx")
        judged = [
            cases.judged(same_unit, "330400", amounts=(str(n), "0")),
            cases.judged(own_unit, f"33048{n}", amounts=("1", "2", "3")),
        ]
        work.append((f"s{n}", judged, [cases.outcome(one) for one in judged]))
    order = [work[2], work[0], work[3], work[1], work[3]]
    processes = [start(home, "load", (f"p{n}", w[1], w[2])) for n, w in enumerate(order)]
    for process in processes:
        process.join(240)
    assert [p.exitcode for p in processes] == [0] * 5
    house = open_home(home)
    rows = house.submissions("2022-06")
    assert len(rows) == 8
    shared = [r for r in rows if r.unit_code == "330400"]
    assert sorted(r.version for r in shared) == [1, 2, 3, 4]
    assert [r.name for r in shared if r.current] == ["同3.xlsx"]
    assert len(house.receipts()) == 8
    assert house.current_facts("unit_month", "2022-06").num_rows == 2 + 4 * 3
    assert [f"{c.id}: {c.detail}" for c in house.checks(None, cases.at(20_000)) if c.failed] == []


def test_held_lock_is_reported_with_its_holder(tmp_path):
    lock = tmp_path / "lake_writer.lock"
    with (
        file_lock(lock, 1, "load"),
        pytest.raises(Transient, match=f"pid {os.getpid()} load"),
        file_lock(lock, 0.1, "load"),
    ):
        pass


def test_lock_of_a_dead_process_is_free(tmp_path):
    lock = tmp_path / "lock"
    child = os.fork()
    if child == 0:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os._exit(137)
    os.waitpid(child, 0)
    with file_lock(lock, 0.1, "load"):
        assert f"pid {os.getpid()}" in lock.read_text()


@pytest.mark.slow
def test_two_that_publish_at_once_leave_one_edition_whole(tmp_path, monkeypatch):
    """The second has seen a draft and is slow; the first publishes meanwhile, which moves the head that a manifest prints. What lies there
    is what the ledger says."""
    write_programme(tmp_path / "programme")
    context = opened(tmp_path / "home", "")
    write_files(context.settings.inbox, SENT, ARRIVED)
    for name in list(STEPS)[: list(STEPS).index("publish")]:
        STEPS[name](context)
    begun, published, compose = threading.Event(), threading.Event(), release.compose

    def slow_compose(*given):
        if threading.current_thread() is slow:
            begun.set()
            published.wait(1)
        return compose(*given)

    monkeypatch.setattr(release, "compose", slow_compose)
    flushed = set()
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda d: (flushed.add(str(Path(f"/proc/self/fd/{d}").readlink())), fsync(d))[1])
    slow = threading.Thread(target=release.publish, args=(context, JUNE, NOW))
    slow.start()
    assert begun.wait(30)
    assert release.publish(context, JUNE, NOW).state == "published"
    published.set()
    slow.join()
    assert [f"{c['id']}: {c['detail']}" for c in audit(context, NOW)["checks"] if c["failed"]] == []
    assert len([e for e in context.warehouse.audit_entries() if e.action == "publish"]) == 1
    (folder,) = context.settings.editions.glob("*/*/published")
    assert {str(folder), *(str(file) for file in folder.iterdir())} <= flushed, (
        "an empty file after a power cut, published"
    )
    context.warehouse.close()


def test_an_answer_that_several_write_at_once_is_whole(tmp_path):
    """One took the other's half-written file away from under it. Answers have a lock now; what is written without one must bear it."""
    content = b"x" * 200_000
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write_whole(tmp_path / "a" / "receipt.json", content), range(200)))
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["receipt.json"]
    assert (tmp_path / "a" / "receipt.json").read_bytes() == content
