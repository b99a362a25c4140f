"""What a listing shows and what it leaves alone."""

from __future__ import annotations

import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.collect.archive import Archive
from pipelines.collect.entries import Entry, OnError
from pipelines.collect.open_source import open_source_client, scan
from pipelines.errors import Terminal, Transient
from pipelines.model.programme import Source

JULY = datetime(2022, 7, 8, 9, 0, 0, 123456, tzinfo=UTC)


def list_entries(source: Source, home: Path, on_error: OnError | None = None) -> list[Entry]:
    """Every submission of a source, as collecting sees it."""
    with open_source_client(source, home, {}) as client:
        return scan(client, source, lambda entry: False, on_error, wait=lambda seconds: None)[0]


def put(path: Path, content: bytes = b"x", at: datetime = JULY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    ns = int(at.replace(microsecond=0).timestamp()) * 1_000_000_000 + at.microsecond * 1000
    os.utime(path, ns=(ns, ns))
    return path


@pytest.fixture
def source() -> Source:
    return Source("inbox", "folder", "inbox", {})


def test_files_below_the_folder_with_their_times(source, tmp_path):
    put(tmp_path / "inbox" / "2022-06" / "海宁市 6月.xlsx", b"abc")
    put(tmp_path / "inbox" / "a.csv", b"", JULY.replace(hour=8))
    found = list_entries(source, tmp_path)
    assert [(e.source, e.name, e.arrived_at, e.size) for e in found] == [
        ("inbox", "a.csv", JULY.replace(hour=8), 0),
        ("inbox", "2022-06/海宁市 6月.xlsx", JULY, 3),
    ]


@pytest.mark.parametrize(
    "name",
    [
        ".hidden",
        "~$报表.xlsx",
        "a.xlsx.part",
        "a.tmp",
        "a.crdownload",
        "a.filepart",
        "Thumbs.db",
        "x~",
        ".git/config",
        "a.xlsx.manifest.json",
    ],
)
def test_hidden_temporary_and_sidecar_files_are_no_submissions(source, tmp_path, name):
    put(tmp_path / "inbox" / name)
    put(tmp_path / "inbox" / "real.xlsx")
    assert [e.name for e in list_entries(source, tmp_path)] == ["real.xlsx"]


def test_sidecar_says_what_its_file_is(source, tmp_path):
    file = put(tmp_path / "inbox" / "a.xlsx")
    file.with_name("a.xlsx.manifest.json").write_text('\ufeff{"unit": "330481", "period": "2022-06"}', encoding="utf-8")
    assert list_entries(source, tmp_path)[0].manifest == {"unit": "330481", "period": "2022-06"}


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"unit": 330481}', b"\xff\xfe", b"[" * 100_000, b" " * 70_000])
def test_sidecar_that_cannot_be_read_stops_nothing_and_says_why(source, tmp_path, content):
    file = put(tmp_path / "inbox" / "a.xlsx")
    file.with_name("a.xlsx.manifest.json").write_bytes(content)
    entry = list_entries(source, tmp_path)[0]
    assert entry.manifest == {}
    assert entry.manifest_problem.startswith("a.xlsx.manifest.json：")


def test_odd_names_are_kept_as_text(source, tmp_path):
    names = ["'; DROP TABLE receipt;--.xlsx", "a\nb.csv", "<script>.csv", "è\u0301.csv", "\u202egpj.xlsx"]
    for name in names:
        put(tmp_path / "inbox" / name)
    put(Path(os.fsdecode(os.fsencode(tmp_path / "inbox") + b"/\xba\xa3\xc4\xfe.csv")))
    found = [e.name for e in list_entries(source, tmp_path)]
    assert sorted(found) == sorted([*names, "\\xba\\xa3\\xc4\\xfe.csv"])
    assert all(name.encode("utf-8") for name in found)


def test_links_lead_to_files_inside_the_folder_only(source, tmp_path):
    inside = put(tmp_path / "inbox" / "real.xlsx")
    outside = put(tmp_path / "secret" / "passwd")
    (tmp_path / "inbox" / "link.xlsx").symlink_to(inside)
    (tmp_path / "inbox" / "out.xlsx").symlink_to(outside)
    (tmp_path / "inbox" / "folder").symlink_to(tmp_path / "secret")
    (tmp_path / "inbox" / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "inbox" / "loop").symlink_to(tmp_path / "inbox" / "loop")
    os.mkfifo(tmp_path / "inbox" / "pipe")
    assert [e.name for e in list_entries(source, tmp_path)] == ["link.xlsx", "real.xlsx"]


def test_missing_folder_and_unknown_kind(tmp_path, source):
    mount = Source("mount", "folder", str(tmp_path / "mnt" / "counties"), {})
    with pytest.raises(Transient, match="the folder of source mount is not there"):
        list_entries(mount, tmp_path)
    assert list_entries(source, tmp_path / "new home") == [] and (tmp_path / "new home" / "inbox").is_dir()
    with pytest.raises(Terminal, match="unknown kind 'carrier pigeon'"):
        list_entries(Source("x", "carrier pigeon", "y", {}), tmp_path)


def _list_as_nobody(home: str, answer) -> None:
    os.seteuid(65534)
    errors: list[str] = []
    found = list_entries(Source("inbox", "folder", "inbox", {}), Path(home), on_error=lambda e: errors.append(e.en))
    answer.send(([e.name for e in found], errors))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become a user without permissions")
def test_folder_without_permission_is_reported_and_the_others_go_on(tmp_path):
    base = Path(f"/tmp/saima-listing-{os.getpid()}")
    try:
        put(base / "inbox" / "closed" / "a.xlsx")
        put(base / "inbox" / "open.xlsx")
        (base / "inbox" / "closed").chmod(0o700)
        for folder in (base, base / "inbox"):
            folder.chmod(0o755)
        context = multiprocessing.get_context("fork")
        mine, theirs = context.Pipe()
        process = context.Process(target=_list_as_nobody, args=(str(base), theirs))
        process.start()
        names, errors = mine.recv()
        process.join()
        assert names == ["open.xlsx"]
        assert len(errors) == 1
        assert "closed" in errors[0]
    finally:
        for path in sorted(base.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        base.rmdir()


def test_only_files_are_submissions_whatever_they_are_called(source, tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    os.mkfifo(folder / "pipe.xlsx")
    (folder / "folder.xlsx").mkdir()
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    (folder / "gone.csv").symlink_to(folder / "nothing")
    names = [
        "A.csv",
        "a.csv",
        "CON.xlsx",
        "x" * 251 + ".csv",
        "a\nb.csv",
        "\u202excsv.exe",
        "..csv",
        "'; --.csv",
        " .csv",
    ]
    for name in names:
        (folder / name).write_bytes(b"x")
    listed = [entry.name for entry in list_entries(source, tmp_path)]
    assert sorted(listed) == sorted(names)


@pytest.mark.parametrize("swap", ["pipe", "link", "folder", "nothing"])
def test_what_takes_the_place_of_a_listed_file_is_not_read(source, tmp_path, swap):
    """Somebody else may write there: between the listing and the copy a file becomes a pipe, or a link to our own secrets."""
    file, secret = put(tmp_path / "inbox" / "a.csv", b"abc"), tmp_path / "secret"
    secret.write_bytes(b"s3c")
    (entry,) = list_entries(source, tmp_path)
    file.unlink()
    if swap == "pipe":
        os.mkfifo(file)
    elif swap == "link":
        file.symlink_to(secret)
    elif swap == "folder":
        file.mkdir()
    stored = Archive(tmp_path / "raw").store_many([entry])
    assert stored.stored == ()
    assert isinstance(stored.failed[0].error, Transient)


@pytest.mark.parametrize("content", [b"", b"ab", b"abcd"])
def test_a_file_that_changes_its_size_while_it_is_copied_waits(source, tmp_path, content):
    file = put(tmp_path / "inbox" / "a.csv", b"abc")
    (entry,) = list_entries(source, tmp_path)
    file.write_bytes(content)
    stored = Archive(tmp_path / "raw").store_many([entry])
    assert stored.stored == ()
    assert "being written" in str(stored.failed[0].error)
