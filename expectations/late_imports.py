"""Packages that Great Expectations imports and this program never uses (charts, distributions, stores of a cloud) are loaded when
they are first touched: importing it takes half the time without them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import LazyLoader, find_spec
from threading import Thread
from types import ModuleType

UNUSED = frozenset({"altair", "boto3", "scipy.stats"})


class _Later(MetaPathFinder):
    def __init__(self) -> None:
        self._looking = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in UNUSED or self._looking:
            return None
        self._looking = True
        try:
            spec = find_spec(fullname)
        finally:
            self._looking = False
        loader = spec.loader if spec is not None else None
        if spec is not None and isinstance(loader, Loader) and hasattr(loader, "exec_module"):
            spec.loader = LazyLoader(loader)
        return spec


@contextmanager
def unused_put_off() -> Iterator[None]:
    """Within it an import of an unused package makes a module that loads itself at the first look at it."""
    later = _Later()
    sys.meta_path.insert(0, later)
    try:
        yield
    finally:
        sys.meta_path.remove(later)


def import_ahead() -> None:
    """Great Expectations is imported by a thread while reader processes start and read, which this process only waits for: seconds
    of a clerk's time. A file that is refused for its structure does not wait for the thread."""
    if "great_expectations" not in sys.modules:
        Thread(target=_import, name="import-great-expectations", daemon=True).start()


def _import() -> None:
    with unused_put_off():
        for module in ("suite", "configuration_cache", "rows_on_demand"):
            import_module(f"expectations.{module}")
