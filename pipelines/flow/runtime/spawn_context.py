"""Child processes that do not import the program that started them.

A spawned child runs the parent's `__main__` again. In a task of Airflow that is the `airflow` script, which cannot start
there (tasks have no access to the metadata database): the child died and the pool waited for ever. Ours are entered
through functions of this package alone and need no `__main__`, so they start sooner without it everywhere.

Ctrl-C at a terminal is sent to all of its processes. Ours inherit it blocked, from before their first instruction: whoever started them
decides, and no traceback of a child that was just importing comes between.

A task of Airflow under Celery is forked from a process of billiard, Celery's copy of multiprocessing, which puts itself in the place of
multiprocessing's current process. It is daemonic, which multiprocessing refuses children, and its key is of a type that refuses to be
pickled for them. Ours end with their pool and with the process that started them: while one starts, the mark is set aside and the key is
of the type that multiprocessing knows."""

from __future__ import annotations

import signal
import sys
import threading
from multiprocessing import process
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any

_one_at_a_time = threading.Lock()
_as_multiprocessing_has_it = threading.Lock()


_key_type: Any = vars(process)["AuthenticationString"]  # no type stub names it


class _Process(SpawnProcess):
    def start(self) -> None:
        with _as_multiprocessing_has_it:
            own: dict[str, Any] = vars(process.current_process())["_config"]
            before = dict(own)
            own.pop("daemon", None)
            own["authkey"] = _key_type(own["authkey"])
            vars(self)["_config"]["authkey"] = own["authkey"]
            try:
                super().start()
            finally:
                own.update(before)

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        with _one_at_a_time:
            program = sys.modules["__main__"]
            sys.modules["__main__"] = ModuleType("__main__")
            held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                return SpawnProcess._Popen(process_obj)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, held)
                sys.modules["__main__"] = program


class SpawnWithoutMain(SpawnContext):
    """The `spawn` start method without the parent's `__main__`."""

    Process = _Process
