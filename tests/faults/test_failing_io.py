"""Every input and output of a collection fails once: nothing is lost or twice, and whoever looks is told of the disk. The same of a whole
month, with the calls of SQLite and Arrow, is tried in bulk by `run_failing_io.py`."""

from __future__ import annotations

import errno
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.collect.receipt_journal import read_journal
from pipelines.errors import Transient
from pipelines.flow.exchange.collect import collect
from pipelines.flow.runtime.context import open_context
from pipelines.flow.upkeep.destination import FolderDestination
from pipelines.publish.atomic_file import write_asked_for, write_whole
from pipelines.settings import Settings

NOW = datetime(2022, 3, 5, 4, tzinfo=UTC)
OPENS = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class FailingCalls:
    """The N-th call that writes below a folder fails: what Python opens, makes, renames, links, removes, writes and flushes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.wanted, self.calls = str(folder), 0, 0
        sys.addaudithook(self._hear)
        for name in ("write", "fsync"):
            monkeypatch.setattr(os, name, self._counted(getattr(os, name)))

    def arm(self, which: int) -> None:
        """From now on; 0: none fails."""
        self.wanted, self.calls = which, 0

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.wanted or event not in ("open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir"):
            return
        opened_to_read = event == "open" and not int(str(arguments[2] or 0)) & OPENS
        if not opened_to_read and str(arguments[0]).startswith(self.folder):
            self._count()

    def _counted(self, call):
        def counted(*arguments):
            if self.wanted and os.path.realpath(f"/proc/self/fd/{arguments[0]}").startswith(self.folder):
                self._count()
            return call(*arguments)

        return counted

    def _count(self) -> None:
        self.calls += 1
        if self.calls == self.wanted:
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_every_call_of_a_collection_fails_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    context.settings.inbox.mkdir(parents=True)
    calls = FailingCalls(context.settings.raw, monkeypatch)
    told, which = list[int](), 0
    while which == 0 or calls.calls >= which:
        which += 1
        file = context.settings.inbox / f"{which}.csv"
        file.write_text(f"x,y\n1,{which}\n", "utf-8")
        os.utime(file, (NOW.timestamp() - 9000,) * 2)
        calls.arm(which)
        found = []
        try:
            found += collect(context, NOW).receipts
        except Transient as error:
            assert "archive" in error.en and "Input/output error" in error.en
            told.append(which)
        calls.wanted = 0
        found += collect(context, NOW).receipts
        assert [r.name for r in found] == [file.name] and context.archive.verify(found[0].sha256)
    known = [one.receipt for one in context.warehouse.receipts()]
    assert len(told) > 4 and len(known) == which
    assert sorted(read_journal(context.settings.raw), key=lambda r: r.name) == sorted(known, key=lambda r: r.name)
    left = [p.name for p in context.settings.raw.rglob("*") if p.is_file() and len(p.name) != 64]
    assert left == ["receipts.jsonl"], told
    context.warehouse.close()


def test_what_cannot_be_written_whole_leaves_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, file = FailingCalls(tmp_path, monkeypatch), tmp_path / "330481.csv.receipt.txt"
    write_whole(file, b"first")
    for which in (1, 2):  # writing, putting in place
        calls.arm(which)
        with pytest.raises(OSError, match="Input/output error"):
            write_whole(file, b"second")
        assert (list(tmp_path.iterdir()), file.read_bytes()) == ([file], b"first")
    calls.arm(0)
    write_whole(file, b"second")
    assert file.read_bytes() == b"second"


def test_a_file_that_a_person_named_is_whole_or_what_it_was_and_the_full_disk_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a template, a bulletin, a list to print, a workbook that goes back, a full disk left a half under the name that was given."""
    calls, file = FailingCalls(tmp_path, monkeypatch), tmp_path / "t.xlsx"
    (tmp_path / "link.xlsx").symlink_to(file)
    write_asked_for(tmp_path / "link.xlsx", b"first")
    assert file.read_bytes() == b"first" and (tmp_path / "link.xlsx").is_symlink()
    for which in (1, 2):
        calls.arm(which)
        with pytest.raises(OSError, match="Input/output error") as told:
            write_asked_for(file, b"second")
        assert file.read_bytes() == b"first" and told.value.filename == str(file)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["link.xlsx", "t.xlsx"]


def test_a_delivery_that_fills_the_disk_does_not_leave_it_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = FailingCalls(tmp_path, monkeypatch)
    calls.arm(2)  # the first file is there
    with pytest.raises(Transient, match="cannot write to"):
        FolderDestination(tmp_path / "2022-06-d1").write({"a.csv": b"1", "b.csv": b"2"})
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_is_written_into(tmp_path: Path) -> None:
    """`--csv /dev/stdout`, a named pipe."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_asked_for(tmp_path / "pipe", b"rows")
    assert os.read(reader, 100) == b"rows" and [p.name for p in tmp_path.iterdir()] == ["pipe"]
    os.close(reader)
