"""One month of real county returns through the real DAGs, in a process of its own. usage: run_permits_dags.py HOME FILES PERIOD"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def main(home: Path, files: Path, period: str) -> None:
    sys.path.insert(0, str(REPOSITORY / "plugins"))
    from saima_airflow.demo import DAGS_OF_A_MONTH, Demonstration

    from pipelines.flow.runtime.context import open_context
    from pipelines.settings import Settings

    context = open_context(Settings.load(home), str(REPOSITORY / "tests" / "programmes" / "permits"))
    shutil.copytree(files, context.settings.inbox / period, copy_function=shutil.copy2)
    now = datetime(2023, 8, 1, tzinfo=UTC).isoformat()
    with Demonstration(home) as airflow:
        events = list(airflow.run_month(period, dict.fromkeys(DAGS_OF_A_MONTH, now)))
    edition = context.warehouse.editions.newest(period)
    assert edition is not None
    done = [{"dag": e.dag_id, "state": e.state, "seconds": e.seconds} for e in events if e.state != "running"]
    sys.stdout.write(json.dumps({"dags": done, "state": edition.state, "path": edition.published_path}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
