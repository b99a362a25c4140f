"""Great Expectations writes the configuration of an expectation anew whenever it asks for one of its arguments, some 180 times a check,
makes the expectation anew from it for every metric, and hashes the same arguments twenty times: half of a run. Within one run none of
them changes.

Importing this imports Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from great_expectations.core.id_dict import IDDict
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

_one_run = RLock()
_PLAIN = frozenset({str, int, float, bool, type(None)})


@contextmanager
def configurations_once() -> Iterator[None]:
    """Within it every expectation has one configuration, and every configuration one expectation. One thread at a time."""
    written, made, hashed = Expectation.configuration, ExpectationConfiguration.to_domain_obj, IDDict.to_id
    # by identity; the object is kept beside its value, so that no other can take its number meanwhile
    configurations: dict[int, tuple[Any, Any]] = {}
    expectations: dict[int, tuple[Any, Any]] = {}
    names: dict[Any, tuple[Any, Any]] = {}

    def configuration(self: Any) -> Any:
        if id(self) not in configurations:
            configurations[id(self)] = (self, written.fget(self))
        return configurations[id(self)][1]

    def to_domain_obj(self: Any) -> Any:
        if id(self) not in expectations:
            expectations[id(self)] = (self, made(self))
        return expectations[id(self)][1]

    def to_id(self: Any, id_keys: Any = None, id_ignore_keys: Any = None) -> Any:
        if id_keys is not None or id_ignore_keys is not None or self._id_ignore_keys:
            return hashed(self, id_keys, id_ignore_keys)
        # lists by identity; True is not 1 here, though they are equal
        key = tuple((name, type(v), v if type(v) in _PLAIN else id(v)) for name, v in self.items())
        if key not in names:
            names[key] = (tuple(self.values()), hashed(self))
        return names[key][1]

    with _one_run:
        IDDict.to_id = to_id
        Expectation.configuration = property(configuration)
        ExpectationConfiguration.to_domain_obj = to_domain_obj
        try:
            yield
        finally:
            IDDict.to_id = hashed
            Expectation.configuration = written
            ExpectationConfiguration.to_domain_obj = made
