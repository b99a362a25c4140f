"""The archive keeps every byte once, under its checksum, durably."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.collect.archive import Archive
from pipelines.collect.entries import Entry, OnError
from pipelines.collect.open_source import open_source_client, scan
from pipelines.errors import Terminal, Transient
from pipelines.model.programme import Source

SOURCE = Source("inbox", "folder", "inbox", {})


def list_entries(source: Source, home: Path, on_error: OnError | None = None) -> list[Entry]:
    """Every submission of a source, as collecting sees it."""
    with open_source_client(source, home, {}) as client:
        return scan(client, source, lambda entry: False, on_error, wait=lambda seconds: None)[0]


def fill(home: Path, files: dict[str, bytes]) -> list[Entry]:
    (home / "inbox").mkdir(exist_ok=True)
    for name, content in files.items():
        (home / "inbox" / name).write_bytes(content)
    return list_entries(SOURCE, home)


def test_bytes_are_stored_once_under_their_checksum(tmp_path):
    entries = fill(tmp_path, {"a.csv": b"same", "b.csv": b"same", "c.csv": b""})
    archive = Archive(tmp_path / "raw")
    result = archive.store_many(entries)
    assert result.failed == ()
    assert {(s.entry.name, s.sha256, s.size) for s in result.stored} == {
        ("a.csv", sha256(b"same").hexdigest(), 4),
        ("b.csv", sha256(b"same").hexdigest(), 4),
        ("c.csv", sha256(b"").hexdigest(), 0),
    }
    assert [s.new for s in result.stored if s.size] == [True, False]
    same = archive.path(sha256(b"same").hexdigest())
    assert same.relative_to(tmp_path).as_posix() == f"raw/{same.name[:2]}/{same.name}"
    assert same.read_bytes() == b"same"
    assert same.stat().st_mode & 0o222 == 0
    again = archive.store_many(entries)
    assert [s.new for s in again.stored] == [False, False, False]
    assert sum(p.is_file() for p in (tmp_path / "raw").rglob("*")) == 2


def test_receipt_carries_what_the_source_said(tmp_path):
    entries = fill(tmp_path, {"a.csv": b"x", "a.csv.manifest.json": b'{"unit": "330481"}'})
    stored = Archive(tmp_path / "raw").store_many(entries).stored[0]
    receipt = stored.receipt(entries[0].arrived_at)
    assert (receipt.source, receipt.name, receipt.sha256, receipt.size) == (
        "inbox",
        "a.csv",
        sha256(b"x").hexdigest(),
        1,
    )
    assert receipt.manifest == {"unit": "330481"}


def test_one_bad_entry_does_not_stop_the_others(tmp_path):
    entries = fill(tmp_path, {"big.csv": b"x" * 11, "gone.csv": b"1", "good.csv": b"2", "growing.csv": b"3"})
    (tmp_path / "inbox" / "gone.csv").unlink()
    entries = [replace(e, size=2) if e.name == "growing.csv" else e for e in entries]
    result = Archive(tmp_path / "raw", max_bytes=10).store_many(entries)
    assert [s.entry.name for s in result.stored] == ["good.csv"]
    errors = {f.entry.name: f.error for f in result.failed}
    assert {name: type(e) for name, e in errors.items()} == {
        "big.csv": Terminal,
        "gone.csv": Transient,
        "growing.csv": Transient,
    }
    assert "larger than 10 bytes" in errors["big.csv"].en
    assert "being written" in errors["growing.csv"].en
    assert list((tmp_path / "raw" / "incoming").iterdir()) == []


def test_damage_is_noticed(tmp_path):
    archive = Archive(tmp_path / "raw")
    digest = archive.store_many(fill(tmp_path, {"a.csv": b"1234"})).stored[0].sha256
    assert archive.verify(digest)
    archive.path(digest).chmod(0o644)
    archive.path(digest).write_bytes(b"1235")
    assert not archive.verify(digest)
    archive.path(digest).unlink()
    assert not archive.verify(digest)
    assert not archive.exists(digest)


def _store_with_little_room(home: Path, answer) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        Archive(home / "raw").store_many(list_entries(SOURCE, home))
    except Transient as error:
        answer.send(error.en)
    else:
        answer.send("stored")


def test_full_disk_stores_nothing_and_says_so(tmp_path):
    fill(tmp_path, {"a.csv": b"small", "b.csv": b"x" * 5000})
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()
    process = context.Process(target=_store_with_little_room, args=(tmp_path, theirs))
    process.start()
    answer = mine.recv()
    process.join()
    assert "the raw archive cannot be written" in answer
    assert not any(p.is_file() for p in (tmp_path / "raw").rglob("*"))
    assert len(Archive(tmp_path / "raw").store_many(list_entries(SOURCE, tmp_path)).stored) == 2


def _read_as_nobody(home: Path, answer) -> None:
    entries = list_entries(SOURCE, home)
    os.seteuid(65534)
    result = Archive(home / "raw").store_many(entries)
    answer.send(
        ([s.entry.name for s in result.stored], [(f.entry.name, type(f.error).__name__) for f in result.failed])
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become a user without permissions")
def test_file_without_permission_waits_and_the_others_are_stored():
    home = Path(f"/tmp/saima-archive-{os.getpid()}")
    home.mkdir()
    try:
        fill(home, {"closed.csv": b"1", "open.csv": b"2"})
        (home / "inbox" / "closed.csv").chmod(0o600)
        (home / "raw").mkdir()
        (home / "raw").chmod(0o777)
        context = multiprocessing.get_context("fork")
        mine, theirs = context.Pipe()
        process = context.Process(target=_read_as_nobody, args=(home, theirs))
        process.start()
        stored, failed = mine.recv()
        process.join()
        assert (stored, failed) == (["open.csv"], [("closed.csv", "Transient")])
    finally:
        for path in sorted(home.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        home.rmdir()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(max_size=3000), max_size=8))
def test_what_goes_in_comes_out(tmp_path, contents):
    home = tmp_path / sha256(b"".join(contents) + str(len(contents)).encode()).hexdigest()
    if home.exists():
        return
    home.mkdir()
    entries = fill(home, {f"{n}.bin": content for n, content in enumerate(contents)})
    archive = Archive(home / "raw")
    for stored in archive.store_many(entries).stored:
        assert archive.path(stored.sha256).read_bytes() == contents[int(stored.entry.name.split(".")[0])]
        assert archive.verify(stored.sha256)


def test_a_nation_of_files_is_stored_in_seconds(tmp_path):
    entries = fill(tmp_path, {f"{n}.csv": os.urandom(2000) for n in range(2200)})
    started = time.monotonic()
    assert len(Archive(tmp_path / "raw").store_many(entries).stored) == 2200
    assert time.monotonic() - started < 10


def test_a_new_folder_that_another_collection_clears_away_is_made_again(tmp_path, monkeypatch):
    """Between its making and its being held it is nobody's: the disk was blamed for it."""
    entries, archive, opens, taken = fill(tmp_path, {"a.csv": b"x"}), Archive(tmp_path / "raw"), os.open, list[str]()

    def open_late(path, *flags):
        if Path(path).parent.name == "incoming" and not taken:
            taken.append(str(path))
            assert archive.remove_half_stored() == 1
        return opens(path, *flags)

    monkeypatch.setattr(os, "open", open_late)
    assert [s.entry.name for s in archive.store_many(entries).stored] == ["a.csv"] and taken
    assert list((tmp_path / "raw" / "incoming").iterdir()) == []
