"""Parsing a DAG file must not load what only tasks need: the DAG processor re-parses every file all day."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HEAVY = ("great_expectations", "pandas", "pyarrow", "pyiceberg", "openpyxl", "python_calamine", "pipelines.flow")
PARSE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1] + "/plugins")
from saima_airflow.environment import configure_environment
configure_environment(Path(sys.argv[2]))
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1] + "/dags")
print(json.dumps({"dags": sorted(bag.dag_ids), "errors": len(bag.import_errors), "modules": sorted(sys.modules)}))
"""


def test_parsing_loads_no_heavy_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(REPOSITORY), str(tmp_path)], capture_output=True, text=True, check=True
    )
    parsed = json.loads(done.stdout.splitlines()[-1])
    assert parsed["errors"] == 0 and len(parsed["dags"]) == len(list((REPOSITORY / "dags").glob("*.py")))
    assert len(parsed["modules"]) > 100
    assert [name for name in HEAVY if name in parsed["modules"]] == []
