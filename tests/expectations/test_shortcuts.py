"""What makes Great Expectations quicker changes nothing of what it says, and nothing outside of a run."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from great_expectations.exceptions import InvalidMetricAccessorDomainKwargsKeyError

from expectations.catalogue import RULES
from pipelines.validate.rows import gx_run

LATE = """
import sys
from expectations.late_imports import unused_put_off
with unused_put_off():
    import scipy.stats
    from scipy import stats
assert "scipy.stats._stats_py" not in sys.modules, "loaded at once"
assert stats.norm.cdf(0) == 0.5
assert "scipy.stats._stats_py" in sys.modules
import altair
assert altair.Chart
"""


@pytest.fixture
def frame() -> pd.DataFrame:
    columns = {"cum_total": [5, 3, None, 7], "ytd": [4, 4, 4, 8], "plan_total": [10, 2, 1, None]}
    return pd.DataFrame({name: pd.array(values, dtype="Int64") for name, values in columns.items()})


def test_one_configuration_an_expectation_gives_the_same_outcomes(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import nullcontext

    from great_expectations.expectations.expectation import Expectation

    import expectations.configuration_cache as cache

    checks = [(RULES[name], RULES[name].checks[0]) for name in ("C05", "C08")]
    before = Expectation.configuration
    quick = gx_run.run(checks, frame)
    assert Expectation.configuration is before
    monkeypatch.setattr(cache, "configurations_once", nullcontext)
    own = gx_run.run(checks, frame)
    assert [one.positions.tolist() for one in quick.values()] == [[1, 3], [1]]
    assert {i: (o.positions.tolist(), o.broken) for i, o in quick.items()} == {
        i: (o.positions.tolist(), o.broken) for i, o in own.items()
    }


def test_unused_packages_load_at_the_first_touch_and_no_sooner() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_rows_taken_on_demand_are_those_that_pandas_takes() -> None:
    """Every way of leaving rows out, over columns with gaps: the same rows fail, and the rest of the frame is not looked at."""
    import great_expectations as gx
    import great_expectations.expectations as stock

    import expectations.rows_on_demand as on_demand
    from expectations.configuration_cache import configurations_once

    frame = pd.DataFrame(
        {
            "a": pd.array([1, None, 3, 4, None, 9], dtype="Int64"),
            "b": pd.array([2, 2, None, 1, None, 9], dtype="Int64"),
            "text": pd.array(["x", None, "yy", "zzz", "", "x"], dtype="str"),
            "other": pd.array([True, None, False, True, None, None], dtype="boolean"),
        }
    )
    several = ("all_values_are_missing", "any_value_is_missing", "never")
    pairs = ("both_values_are_missing", "either_value_is_missing", "neither")
    wanted = [
        stock.ExpectColumnValuesToNotBeNull(column="text"),
        stock.ExpectColumnValuesToBeNull(column="a"),
        stock.ExpectColumnValuesToBeBetween(column="a", min_value=3),
        stock.ExpectColumnValuesToMatchRegex(column="text", regex="^.{1,2}$"),
        stock.ExpectColumnValuesToBeUnique(column="text"),
        stock.ExpectColumnValuesToBeInSet(column="b", value_set=[2, 9]),
        *(stock.ExpectCompoundColumnsToBeUnique(column_list=["a", "text"], ignore_row_if=how) for how in several),
        *(
            stock.ExpectSelectColumnValuesToBeUniqueWithinRecord(column_list=["a", "b"], ignore_row_if=how)
            for how in several
        ),
        *(stock.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b", ignore_row_if=how) for how in pairs),
    ]

    def run() -> list[tuple[object, ...]]:
        batch = gx_run._whole_dataframe().get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name="rows", expectations=[one.copy() for one in wanted])
        found = batch.validate(suite, result_format=gx_run._RESULT_FORMAT).results
        fields = ("element_count", "unexpected_count", "unexpected_index_list", "unexpected_list", "missing_count")
        return [
            (r.expectation_config.type, r.success, str(r.exception_info), *(text_of(r.result.get(f)) for f in fields))
            for r in found
        ]

    def text_of(value: object) -> str:
        """A whole number is one, of whatever type."""
        values = value if isinstance(value, list) else [value]
        return str([int(one) if isinstance(one, np.integer) else one for one in values])

    with configurations_once():
        own = run()
    before = on_demand.PandasExecutionEngine.get_domain_records, on_demand.util.get_dbms_compatible_column_names
    with configurations_once(), on_demand.rows_on_demand():
        quick = run()
    after = on_demand.PandasExecutionEngine.get_domain_records, on_demand.util.get_dbms_compatible_column_names
    assert after == before
    assert len(own) == len(wanted)
    assert sum(one[5] not in ("[]", "[None]") for one in own) >= 6, "hardly a row failed"
    assert quick == own


def test_a_column_that_is_not_there_is_missed_with_the_shortcuts_too() -> None:
    """Names in other spellings are found, and unknown ones refused, as Great Expectations does it."""
    from expectations.rows_on_demand import rows_on_demand, util

    with rows_on_demand():
        assert util.get_dbms_compatible_column_names(["a", "B"], ["A", "b", "a"]) == ["A", "b"]
        assert util.get_dbms_compatible_column_names("a", ["b", "a"]) == "a"
        with pytest.raises(InvalidMetricAccessorDomainKwargsKeyError):
            util.get_dbms_compatible_column_names("c", ["a", "b"])


def test_a_mask_of_other_rows_is_refused_as_pandas_refuses_it() -> None:
    from expectations.rows_on_demand import RowsOnDemand

    frame = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})
    rows = RowsOnDemand(frame)[pd.Series([True, False, True])]
    assert (len(rows), rows["b"].tolist(), rows.index.tolist(), rows.shape) == (2, [4, 6], [0, 2], (2, 2))
    with pytest.warns(UserWarning), pytest.raises(pd.errors.IndexingError):
        rows[pd.Series([True, False])]


def test_a_suite_asked_again_judges_the_rows_it_is_given(frame: pd.DataFrame) -> None:
    """What one run leaves for the next is derived from the suite alone: other rows fail in another frame, and in the first once more."""
    checks = [(RULES[name], RULES[name].checks[0]) for name in ("C05", "C08")]
    other = frame.iloc[::-1].reset_index(drop=True)
    sound = frame.assign(cum_total=frame["plan_total"], ytd=frame["plan_total"])
    told = [[o.positions.tolist() for o in gx_run.run(checks, one).values()] for one in (frame, other, sound, frame)]
    assert told == [[[1, 3], [1]], [[0, 2], [2]], [[], []], [[1, 3], [1]]]
    fewer = gx_run.run(checks, frame.drop(columns=["plan_total"]))
    assert [bool(one.broken) for one in fewer.values()] == [False, True], "a column that is missing this time is missed"
    again = gx_run.run(checks, frame)
    assert [(one.positions.tolist(), one.broken) for one in again.values()] == [([1, 3], ""), ([1], "")]


def test_flags_of_pandas_choose_rows_as_those_of_numpy() -> None:
    from expectations.rows_on_demand import RowsOnDemand

    frame = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})
    mask = pd.Series(pd.array([True, False, True], dtype="boolean"))
    rows = RowsOnDemand(frame)[["b"]][mask]
    assert (rows.index.tolist(), rows.shape, rows["b"].tolist()) == ([0, 2], (2, 1), [4, 6])
    assert rows.to_dict("records") == frame[["b"]][mask].to_dict("records") == [{"b": 4}, {"b": 6}]
    with pytest.raises(KeyError):
        rows["a"]
    with pytest.raises(KeyError):
        RowsOnDemand(frame)[["a", "c"]]


def test_the_first_run_of_a_process_loads_no_charts() -> None:
    """A third of a second that every clerk's check waited for."""
    program = (
        "import sys\nfrom pipelines.validate.rows import gx_run\nfrom expectations.catalogue import RULES\n"
        "gx_run._suite_of(((RULES['C05'], RULES['C05'].checks[0]),))\n"
        "print(sorted(n for n in sys.modules if n.startswith(('altair.', 'boto3.'))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
