"""Readers start in a task of a Celery worker, whose processes are daemonic."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time

import pytest

from pipelines.flow.runtime.spawn_context import SpawnWithoutMain


def test_a_daemonic_process_starts_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As billiard marks the processes of its pool, whose key refuses to be pickled by others than billiard; multiprocessing's own context
    refuses, ours does not, and mark and key stay."""

    class KeyOfBilliard(bytes):
        def __reduce__(self) -> tuple[object, ...]:
            raise TypeError("Pickling an AuthenticationString object is disallowed for security reasons")

    own = vars(multiprocessing.current_process())["_config"]
    monkeypatch.setitem(own, "daemon", True)
    monkeypatch.setitem(own, "authkey", KeyOfBilliard(own["authkey"]))
    with pytest.raises(AssertionError, match="daemonic"):
        multiprocessing.get_context("spawn").Process(target=os.getpid).start()
    child = SpawnWithoutMain().Process(target=sys.exit, args=(7,))
    child.daemon = True
    child.start()
    child.join(60)
    assert child.exitcode == 7
    assert own["daemon"] is True and type(own["authkey"]) is KeyOfBilliard


def test_a_process_that_is_not_daemonic_is_left_as_it_is() -> None:
    own = vars(multiprocessing.current_process())["_config"]
    before = dict(own)
    child = SpawnWithoutMain().Process(target=sys.exit, args=(3,))
    child.start()
    child.join(60)
    assert child.exitcode == 3 and own == before


def test_ctrl_c_at_the_terminal_is_for_the_process_that_started_the_others() -> None:
    """From the first instruction on: a child that is importing shows no traceback of its own."""
    child = SpawnWithoutMain().Process(target=time.sleep, args=(1.5,))
    child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGINT)
    child.join(60)
    assert child.exitcode == 0
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
