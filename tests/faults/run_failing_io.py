"""The N-th input or output of a whole month fails, for many N: `python tests/faults/run_failing_io.py --first 1 --step 7 --count 100`.

A small library (failing_io.c, needs `cc`) is preloaded, so that calls of Python, SQLite and Arrow below the home are counted and the
N-th one fails with EIO (a failing disk) or ENOSPC (a full one); `--sticky` lets every call from it on fail, `--reads` counts those
that read as well. A step that fails is tried once more and then passed over, as by a scheduler. Then a process on a sound disk does the month:
what it leaves is what an undisturbed month leaves, and the audit is clean. Whatever was not told with its cause is listed."""

from __future__ import annotations

import argparse
import ctypes
import errno
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

HERE = Path(__file__).resolve().parent
CAUSES = ("磁盘", "disk", "无法写入", "cannot be written", "Input/output error", "No space left")
"""What a message says of a disk that fails."""
LONGEST = 180


def main() -> int:
    asked = _asked()
    if "failing_io" not in os.environ.get("LD_PRELOAD", ""):
        library = Path(tempfile.mkdtemp(prefix="failing-io-")) / "failing_io.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, HERE / "failing_io.c", "-ldl"], check=True)
        os.environ["LD_PRELOAD"] = str(library)
        os.execv(sys.executable, [sys.executable, *sys.argv])
    sys.path[:0] = [str(HERE.parents[1]), str(HERE)]
    from tests.faults.conftest import PRELOADED
    from tests.faults.test_kill_random import differences

    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload([*PRELOADED])
    place = Path(tempfile.mkdtemp(prefix="failing-io-homes-"))
    first = _first_home(place)
    calls, _, expected = _run(forking, first, place / "sound", 0, asked)
    print(f"an undisturbed month makes {calls} calls below its home", flush=True)
    bad = untold = reached = 0
    for which in range(asked.first, asked.first + asked.step * asked.count, asked.step):
        if which > calls and asked.wrap:
            which = 1 + which % calls
        _, said, found = _run(forking, first, place / "home", which, asked)
        wrong = differences(found, expected) if isinstance(found, dict) else [str(found)]
        reached += bool(said[0])
        bad += bool(wrong)
        unnamed = [one for one in said[1:2] if not any(cause in one for cause in CAUSES)]
        untold += bool(said[0]) and bool(unnamed)
        print(f"{which} {said[0]}: {len(said) - 1} told" + (" WRONG" if wrong else ""), flush=True)
        for one in [*wrong[:8], *(f"untold: {one}" for one in unnamed)]:
            print(f"    {one[:400]}", flush=True)
    print(
        f"{asked.count} tried, {reached} failed a call, {bad} ended wrong, {untold} with something not told by its cause"
    )
    shutil.rmtree(place)
    return bad


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("first", 1), ("step", 7), ("count", 100)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--error", choices=("EIO", "ENOSPC"), default="EIO")
    for name in ("sticky", "reads", "wrap"):
        parser.add_argument(f"--{name}", action="store_true")
    return parser.parse_args()


def _first_home(place: Path) -> Path:
    """A home with the first files in its inbox."""
    from tests.faults.whole_month import ARRIVED, SENT, opened, write_files, write_programme

    write_programme(place / "programme")
    context = opened(place / "first", "")
    write_files(context.settings.inbox, SENT, ARRIVED)
    context.warehouse.lake.heads()
    context.warehouse.close()
    return place / "first"


def _run(forking, first: Path, home: Path, which: int, asked: argparse.Namespace):
    """(calls made, [the call that failed, whatever was told …], picture of the home after a sound process, or what that one died of)."""
    shutil.copytree(first, home)
    answers = []
    for work, more in ((_failing_month, (which, asked)), (_sound_month, ())):
        here, there = forking.Pipe(duplex=False)
        process = forking.Process(target=work, args=(home, there, *more))
        process.start()
        there.close()
        try:
            answers.append(here.recv() if here.poll(LONGEST) else "hangs")
        except EOFError:
            answers.append("died")
        process.kill()
        process.join()
    shutil.rmtree(home)
    calls, said = answers[0] if isinstance(answers[0], tuple) else (0, ["", str(answers[0])])
    return calls, said, answers[1]


def _failing_month(home: Path, told: Connection, which: int, asked: argparse.Namespace) -> None:
    """Every step, once more where it fails; each failure says why."""
    from pipelines.errors import SaimaError
    from tests.faults.whole_month import STEPS, opened

    shim = ctypes.CDLL(os.environ["LD_PRELOAD"])
    shim.failing_io_last.restype = ctypes.c_char_p
    said = []
    shim.failing_io_arm(
        str(home).encode(), ctypes.c_long(which), getattr(errno, asked.error), asked.sticky, asked.reads
    )
    context = opened(home, "")
    for name, step in STEPS.items():
        for _ in range(2):
            try:
                step(context)
                break
            except SaimaError as error:
                said.append(f"{name}: {error}")
            except Exception as error:
                said.append(f"{name}: {type(error).__name__} {error}")
    calls = shim.failing_io_calls()
    failed = shim.failing_io_last().decode()
    shim.failing_io_arm(b"", ctypes.c_long(0), 0, 0, 0)
    told.send((calls, [failed, *said]))
    os._exit(0)


def _sound_month(home: Path, told: Connection) -> None:
    from tests.faults.test_kill_random import finished

    try:
        told.send(finished(home, ""))
    except BaseException as error:
        told.send(f"{type(error).__name__} {error}")
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
