"""Great Expectations writes the configuration of an expectation anew whenever it asks for one of its arguments, some 180 times a check,
makes the expectation anew from it for every metric, and hashes the same arguments twenty times: half of a run. Within one run none of
them changes. The graph of metrics that it derives from a suite is the same for every batch that is asked the same suite: it knows the
batch by the name of its asset alone.

Importing this imports Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from great_expectations.core.id_dict import IDDict
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.validator.validator import Validator

_one_run = RLock()
_PLAIN = frozenset({str, int, float, bool, type(None)})


@dataclass
class SuiteCache:
    """What one suite leaves for its next run, by identity; the object is kept beside its value, so that no other can take its number
    meanwhile. `graphs`: of which batch id, and what the validator answers."""

    configurations: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    expectations: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    graphs: tuple[str, Any] | None = None


@contextmanager
def configurations_once(kept: SuiteCache | None = None) -> Iterator[None]:
    """Within it every expectation has one configuration, and every configuration one expectation. One thread at a time. `kept`: of
    the one suite that is run in it."""
    written, made, hashed = Expectation.configuration, ExpectationConfiguration.to_domain_obj, IDDict.to_id
    derived = Validator._generate_metric_dependency_subgraphs_for_each_expectation_configuration
    cache = kept or SuiteCache()
    configurations, expectations = cache.configurations, cache.expectations
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

    def graphs(self: Any, expectation_configurations: Any, processed_configurations: Any, **more: Any) -> Any:
        batch = self.active_batch_id
        if cache.graphs is None or cache.graphs[0] != batch:
            found = derived(
                self,
                expectation_configurations=expectation_configurations,
                processed_configurations=processed_configurations,
                **more,
            )
            if found[1] or not batch:  # a check that could not be planned says so in every run
                return found
            cache.graphs = (batch, found)
        of_checks, _, processed = cache.graphs[1]
        return of_checks, [], list(processed)

    with _one_run:
        IDDict.to_id = to_id
        Expectation.configuration = property(configuration)
        ExpectationConfiguration.to_domain_obj = to_domain_obj
        Validator._generate_metric_dependency_subgraphs_for_each_expectation_configuration = graphs
        try:
            yield
        finally:
            IDDict.to_id = hashed
            Expectation.configuration = written
            ExpectationConfiguration.to_domain_obj = made
            Validator._generate_metric_dependency_subgraphs_for_each_expectation_configuration = derived
