"""What makes Great Expectations quicker changes nothing of what it says, and nothing outside of a run."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

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
