"""Airflow of these tests: a database and logs of their own, chosen before the first `import airflow`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "plugins"))

from saima_airflow.environment import configure_environment  # noqa: E402

# of each process its own: workers of a parallel run inherit the environment
_MARK = f"saima-test-airflow-{os.getpid()}-"
if _MARK not in os.environ.get("AIRFLOW_HOME", ""):
    _own_home = os.environ.get("SAIMA_HOME")
    configure_environment(
        Path(tempfile.mkdtemp(prefix=_MARK)),
        AIRFLOW__API_AUTH__JWT_SECRET="a secret of the tests, of sixty-four characters at least, says RFC 7518",
    )
    if _own_home is None:
        del os.environ["SAIMA_HOME"]
    else:
        os.environ["SAIMA_HOME"] = _own_home


@pytest.fixture(scope="session")
def dag_bag() -> Any:
    """The DAG files of the checkout, parsed as the DAG processor does."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=REPOSITORY / "dags")


@pytest.fixture(scope="session", autouse=True)
def _airflow_home() -> Iterator[None]:
    yield
    shutil.rmtree(Path(os.environ["AIRFLOW_HOME"]).parent, ignore_errors=True)
