"""One Great Expectations run over one check frame, distrusted: a check that raised, says nothing of its rows, or looked at
another number of rows than it was given is broken, never passed (faults.md §1.3–1.4); so is one that reads a column of another
type than its Table Schema says.

Great Expectations is imported when the first frame is looked at, or by `prepare`: files refused for their structure never pay for it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from expectations.frame_types import mistyped
from expectations.late_imports import unused_put_off
from expectations.plan import columns_of
from expectations.rule import Check, Rule

from .frame_schema import column_types
from .validation_batch import Positions

_RESULT_FORMAT = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
"""COMPLETE lists every failing row on pandas; index columns would cost 200 times as much, the index query a text of all rows."""
_Checks = tuple[tuple[Rule, Check], ...]
_numbers = count(1)
_KEPT = 4
"""Suites of so many forms are kept."""
_kept: deque[tuple[_Checks, Any, Any]] = deque(maxlen=_KEPT)


@dataclass(frozen=True)
class Outcome:
    """Positions of the rows that fail a check, ascending; or why the check is broken."""

    positions: Positions
    broken: str = ""


def run(checks: Sequence[tuple[Rule, Check]], frame: pd.DataFrame) -> dict[str, Outcome]:
    """check id → outcome, one for every check. The frame has a RangeIndex and at least one row."""
    if not len(frame) or not checks:
        raise ValueError("an empty frame or suite would pass whatever it holds")
    wrong = mistyped(frame, column_types(frame.columns))
    result = validate(*_suite_of(tuple(checks)), frame)
    by_id: dict[str, Any] = {}
    for item in result.results:
        by_id[item.expectation_config.meta["id"]] = item
    return {check.id: _wrong_type(check, wrong) or _outcome(by_id.get(check.id), len(frame)) for _, check in checks}


def _suite_of(checks: _Checks) -> tuple[Any, Any]:
    """The suite of the checks and its cache: batches of one form and month share what Great Expectations derives from it alone."""
    suites = _suites()  # first: what it imports of Great Expectations is without what nobody uses
    from expectations.configuration_cache import SuiteCache

    for known, *found in tuple(_kept):  # threads of a server may add one meanwhile
        if known == checks:
            return found[0], found[1]
    made = suites.compose(f"saima-{next(_numbers)}", checks), SuiteCache()
    _kept.append((checks, *made))
    return made


def prepare() -> None:
    """What the first run of a process takes before it looks at a row: for whoever has to wait anyway."""
    _suites()
    _whole_dataframe()


def _suites() -> ModuleType:
    with unused_put_off():
        from expectations import suite

    return suite


def _wrong_type(check: Check, wrong: Mapping[str, str]) -> Outcome | None:
    """Texts compare, floats round: a check on a column of another type than its Table Schema says proves nothing."""
    found = [f"{name} {wrong[name]}" for name in columns_of(check) if name in wrong]
    return _broken("; ".join(found)) if found else None


def validate(suite: Any, left: Any, frame: pd.DataFrame) -> Any:
    """What Great Expectations says of the frame, and all that it does here. `left`: what earlier runs of the suite left for this one."""
    from expectations.configuration_cache import configurations_once
    from expectations.rows_on_demand import rows_on_demand

    with configurations_once(left), rows_on_demand():
        return _whole_dataframe().get_batch({"dataframe": frame}).validate(suite, result_format=_RESULT_FORMAT)


@cache
def _whole_dataframe() -> Any:
    """The batch definition of the process's one ephemeral context: nothing is stored, drawn or fingerprinted."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
    from great_expectations.execution_engine import pandas_execution_engine

    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    pandas_execution_engine.HASH_THRESHOLD = 0
    in_memory = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False))
    context = gx.get_context(mode="ephemeral", project_config=in_memory)
    context.variables.progress_bars = {"globally": False}
    return (
        context.data_sources.add_pandas("saima").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    )


def _outcome(item: Any, size: int) -> Outcome:
    if item is None:
        return _broken("没有结果 / no result")
    raised = _exception(item.exception_info)
    if raised:
        return _broken(raised)
    found = item.result or {}
    index, failed, seen = (found.get(k) for k in ("unexpected_index_list", "unexpected_count", "element_count"))
    if index is None or failed is None:
        return _broken("结果没有列出行 / the result lists no rows")
    if len(index) != failed:
        return _broken(f"列出 {len(index)} 行，计数 {failed} / lists {len(index)} rows, counts {failed}")
    if seen != size:
        return _broken(f"应看 {size} 行，只看了 {seen} 行 / looked at {seen} of {size} rows")
    return Outcome(np.sort(np.asarray(index, dtype=np.int64)))


def _broken(reason: str) -> Outcome:
    return Outcome(np.empty(0, dtype=np.int64), reason)


def _exception(info: Mapping[str, Any] | None) -> str:
    """The message of an exception, wherever Great Expectations put it: at the top, or by metric."""
    if not info:
        return ""
    if info.get("raised_exception"):
        return str(info.get("exception_message") or "exception")
    for nested in info.values():
        if isinstance(nested, Mapping) and nested.get("raised_exception"):
            return str(nested.get("exception_message") or "exception")
    return ""
