"""Read by every Airflow component at start (`config/` of AIRFLOW_HOME, or PYTHONPATH).

The scheduler forks the workers of its LocalExecutor: what it has imported, its tasks need not import again (Great
Expectations alone is seconds a process). No other component loads it, and DAG files never do."""

from __future__ import annotations

import sys

if sys.argv[1:2] == ["scheduler"]:
    import great_expectations  # noqa: F401
    import pyarrow.parquet  # noqa: F401
