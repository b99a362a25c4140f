"""Child processes that do not import the program that started them.

A spawned child runs the parent's `__main__` again. In a task of Airflow that is the `airflow` script, which cannot start
there (tasks have no access to the metadata database): the child died and the pool waited for ever. Ours are entered
through functions of this package alone and need no `__main__`, so they start sooner without it everywhere.

A daemonic process may have no children, says multiprocessing, and every process of a Celery worker is one; a task of Airflow is
forked from it and inherits the mark. Ours end with their pool and with the process that started them: the mark is set aside while
one of them starts."""

from __future__ import annotations

import sys
import threading
from multiprocessing import process
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any

_one_at_a_time = threading.Lock()
_mark_set_aside = threading.Lock()


class _Process(SpawnProcess):
    def start(self) -> None:
        with _mark_set_aside:
            own: dict[str, Any] = vars(process.current_process())["_config"]
            marked = own.pop("daemon", None)
            try:
                super().start()
            finally:
                if marked is not None:
                    own["daemon"] = marked

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        with _one_at_a_time:
            program = sys.modules["__main__"]
            sys.modules["__main__"] = ModuleType("__main__")
            try:
                return SpawnProcess._Popen(process_obj)
            finally:
                sys.modules["__main__"] = program


class SpawnWithoutMain(SpawnContext):
    """The `spawn` start method without the parent's `__main__`."""

    Process = _Process
