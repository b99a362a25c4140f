"""Packages that Great Expectations imports and this program never uses (charts, distributions) are loaded when they are first touched:
importing it takes half the time without them. Of the rest a quarter went into deep copies: every class of pydantic copies the fields of
its bases, with all that they hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import LazyLoader, find_spec
from types import ModuleType
from typing import Any

UNUSED = frozenset({"altair", "scipy.stats"})


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
        with _fields_copied_flat():
            yield
    finally:
        sys.meta_path.remove(later)


@contextmanager
def _fields_copied_flat() -> Iterator[None]:
    """Within it a class of pydantic 1 copies what it changes of the fields of its bases (the field, its information, its validators and
    default) and shares what nobody changes (types, parts of types)."""
    import pydantic.v1.main
    from pydantic.v1.fields import ModelField
    from pydantic.v1.utils import smart_deepcopy

    main: Any = pydantic.v1.main
    written = main.smart_deepcopy

    def flat(value: Any) -> Any:
        if not isinstance(value, dict) or not all(isinstance(field, ModelField) for field in value.values()):
            return written(value)
        return {name: copied(field) for name, field in value.items()}

    def copied(field: ModelField) -> ModelField:
        own = copy(field)
        own.field_info = copy(field.field_info)
        own.field_info.extra = dict(field.field_info.extra)
        own.class_validators = dict(field.class_validators)
        own.default = smart_deepcopy(field.default)
        return own

    main.smart_deepcopy = flat
    try:
        yield
    finally:
        main.smart_deepcopy = written
