"""Children that read files are shared by everybody in a process: an error of one stops them and costs the others nothing."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pebble import ProcessExpired

from pipelines.flow.runtime.context import load_programme
from pipelines.flow.runtime.reader_child import NICENESS, NICENESS_OF_MANY, OUT_OF_MEMORY, FileToRead
from pipelines.flow.runtime.reader_pool import open_reader
from pipelines.model.submissions import ReadOptions
from pipelines.settings import REPOSITORY, Settings


def test_a_reader_whose_children_were_stopped_reads_on(tmp_path: Path) -> None:
    programme, settings = load_programme("jiaxing"), Settings(home=tmp_path, workers=1)
    content = "制造业投资,管理,1,2\n".encode()
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    file = FileToRead("one", path, sha256(content).hexdigest(), "a.csv", ReadOptions())
    with open_reader(programme, settings, 1) as reader:
        (before,) = [read for _, read in reader.read([file])]
        with pytest.raises(ZeroDivisionError), open_reader(programme, settings, 1) as shared:
            assert shared is reader
            raise ZeroDivisionError
        (after,) = [read for _, read in reader.read([file])]
        assert after == before and after.problems == before.problems
        reading = reader.start([file])
        reader.stop()
        (again,) = [read for _, read in reader.finish(reading)]
        assert again == before
        with open_reader(programme, settings, 1) as found:
            assert found is reader, "registered again: stopped at the end of the process"
    reader.stop()


@pytest.mark.parametrize(("files", "niceness"), [(1, NICENESS), (101, NICENESS_OF_MANY)])
def test_readers_of_a_month_leave_more_of_the_machine_to_who_waits_for_it(
    tmp_path: Path, files: int, niceness: int
) -> None:
    programme, settings = load_programme("jiaxing"), Settings(home=tmp_path, workers=1, file_seconds=61)
    content = b"1,2\n"
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    before = {child.pid for child in multiprocessing.active_children()}
    with open_reader(programme, settings, files) as reader:
        list(reader.read([FileToRead("one", path, sha256(content).hexdigest(), "a.csv", ReadOptions())]))
        started = [child.pid for child in multiprocessing.active_children() if child.pid not in before]
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert [os.getpriority(os.PRIO_PROCESS, pid or 0) for pid in started] == [own + niceness]
    reader.stop()


@pytest.mark.parametrize(("exit_status", "kind"), [(9, "reader_died"), (OUT_OF_MEMORY, "too_much_memory")])
@pytest.mark.parametrize("deaths", [1, 2])
def test_a_file_is_guilty_of_a_dead_child_the_second_time_it_was_alone_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int, exit_status: int, kind: str
) -> None:
    """A child may die of the file before, or be full of it, or be killed for the memory of another: the first death says nothing of
    this one."""
    programme, settings = load_programme("jiaxing"), Settings(home=tmp_path, workers=1, file_seconds=62)
    content = b"1,2\n"
    files = []
    for name in ("a.csv", "b.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        files.append(FileToRead(name, path, sha256(content).hexdigest(), name, ReadOptions()))
    with open_reader(programme, settings, 1) as reader:
        undisturbed = [read for _, read in reader.read(files)]
        really, left = reader._results, [deaths]

        def dying(*given: Any) -> Any:
            left[0] -= 1
            if left[0] >= 0:
                raise ProcessExpired("ended", exit_status)
            return really(*given)

        monkeypatch.setattr(reader, "_results", dying)
        first, second = [read for _, read in reader.read(files)]
    reader.stop()
    assert second == undisturbed[1]
    if deaths == 1:
        assert first == undisturbed[0]
    else:
        assert [one.params for one in first.problems] == [{"kind": kind}]


def test_what_an_allocator_sets_aside_is_not_taken_from_the_file() -> None:
    """Arrow reserves 1 GiB of addresses at its first use. Of a limit slightly above that nothing was left for the file itself, by chance
    of what had been let go before: whole batches were refused as too much memory."""
    program = (
        "import mmap, pyarrow\n"
        "from pipelines.flow.runtime.context import load_programme\n"
        "from pipelines.flow.runtime.reader_child import start_child\n"
        "start_child(load_programme('jiaxing'), 1060, 60, 0)\n"
        "pyarrow.allocate_buffer(100)\n"
        "mmap.mmap(-1, 1000 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(("cores", "readers"), [(1, 1), (2, 1), (3, 2), (64, 4)])
def test_readers_take_the_cores_that_the_process_that_loads_leaves_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cores: int, readers: int
) -> None:
    monkeypatch.delenv("SAIMA_WORKERS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    assert Settings(home=tmp_path).workers == readers
    monkeypatch.setenv("SAIMA_WORKERS", "7")
    assert Settings(home=tmp_path).workers == 7
