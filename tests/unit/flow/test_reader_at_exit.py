"""Whoever reads files ends when done, however it was started: its children do not keep it waiting."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import multiprocessing, sys, time
from hashlib import sha256
from pathlib import Path
from pipelines.flow.runtime.context import load_programme
from pipelines.flow.runtime.reader_child import FileToRead
from pipelines.flow.runtime.reader_pool import open_reader
from pipelines.model.submissions import ReadOptions
from pipelines.settings import Settings

home = Path(sys.argv[1])
programme, settings = load_programme("minimal"), Settings(home=home, workers=1)
content = b"a,b\\n1,2\\n"
(home / "a.csv").write_bytes(content)
file = FileToRead("one", home / "a.csv", sha256(content).hexdigest(), "a.csv", ReadOptions())

def read(error):
    with open_reader(programme, settings, 1) as reader:
        assert len(list(reader.read([file]))) == 1
    if error:
        raise error

sys.stderr.close()
processes = [multiprocessing.get_context("fork").Process(target=read, args=[error]) for error in (None, ZeroDivisionError())]
for process in processes:
    process.start()
read(None)
patience = time.monotonic() + 15
for process in processes:
    process.join(max(0, patience - time.monotonic()))
print([process.exitcode for process in processes], flush=True)
for process in processes:
    process.kill()
"""


@pytest.mark.slow
def test_a_process_of_multiprocessing_that_has_read_files_ends(tmp_path: Path) -> None:
    """One that comes to its end and one that fails, beside a program that reads as well: multiprocessing waits for children at the end of a
    process, and its processes run nothing that was registered by `atexit`."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("[0, 1]", 0)


STUCK = """
from pipelines.flow.runtime import reader_pool

reader_pool._JOIN_SECONDS = 1
reader_pool.ProcessPool.join = lambda pool: __import__("threading").Event().wait()
"""


@pytest.mark.slow
def test_a_pool_that_never_ends_keeps_no_program_waiting(tmp_path: Path) -> None:
    """A child that died while it was started leaves its pool waiting for ever; the other children are killed then."""
    program = (
        STUCK + PROGRAM.split("sys.stderr.close()")[0] + "read_one = open_reader(programme, settings, 1).read([file])\n"
    )
    program += "print(len(list(read_one)), multiprocessing.active_children()[0].pid, flush=True)\n"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    read, child = done.stdout.split()
    assert (read, done.returncode, done.stderr) == ("1", 0, "")
    assert not Path("/proc", child).exists()
