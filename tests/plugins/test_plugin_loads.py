"""The plugins folder holds one plugin; the package beside it is imported, never scanned."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LOAD = """
import calendar, json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1] + "/plugins")
from saima_airflow.environment import configure_environment
configure_environment(Path(sys.argv[2]))
from airflow import plugins_manager
plugins, errors = plugins_manager._get_plugins()
print(json.dumps({
    "plugins": [plugin.name for plugin in plugins], "errors": errors, "modules": sorted(sys.modules),
    "calendar": calendar.__file__,
}))
"""


def test_exactly_one_plugin_and_no_module_by_its_bare_stem(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(REPOSITORY), str(tmp_path)], capture_output=True, text=True, check=True
    )
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert loaded["plugins"] == ["saima"]
    assert loaded["errors"] == {}
    stems = {file.stem for file in (REPOSITORY / "plugins" / "saima_airflow").glob("*.py")}
    assert len(stems) > 5
    assert stems & set(loaded["modules"]) == set()
    assert "__init__" not in loaded["modules"]
    assert "site-packages" not in loaded["calendar"]
    heavy = {"pandas", "pyarrow", "great_expectations", "pyiceberg"} & set(loaded["modules"])
    assert heavy == set(), "the API server and every task process load plugins"
