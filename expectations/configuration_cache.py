"""Great Expectations writes the configuration of an expectation anew whenever it asks for one of its arguments, some 180 times a check,
and makes the expectation anew from it for every metric: two fifths of a run. Within one run neither changes.

Importing this imports Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

_one_run = RLock()


@contextmanager
def configurations_once() -> Iterator[None]:
    """Within it every expectation has one configuration, and every configuration one expectation. One thread at a time."""
    written, made = Expectation.configuration, ExpectationConfiguration.to_domain_obj
    # by identity; the object is kept beside its value, so that no other can take its number meanwhile
    configurations: dict[int, tuple[Any, Any]] = {}
    expectations: dict[int, tuple[Any, Any]] = {}

    def configuration(self: Any) -> Any:
        if id(self) not in configurations:
            configurations[id(self)] = (self, written.fget(self))
        return configurations[id(self)][1]

    def to_domain_obj(self: Any) -> Any:
        if id(self) not in expectations:
            expectations[id(self)] = (self, made(self))
        return expectations[id(self)][1]

    with _one_run:
        Expectation.configuration = property(configuration)
        ExpectationConfiguration.to_domain_obj = to_domain_obj
        try:
            yield
        finally:
            Expectation.configuration = written
            ExpectationConfiguration.to_domain_obj = made
