"""Packages that Great Expectations imports and this program never uses (charts, distributions, stores of a cloud) are loaded when
they are first touched: importing it takes half the time without them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import LazyLoader, find_spec
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
