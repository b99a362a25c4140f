"""A simulated month through the real DAGs, in a process of its own; prints what happened as one JSON document.

usage: run_chain.py HOME. 2022-05 is returned by the signers; 2022-06 is approved, published, and run a second time."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "plugins"))

from saima_airflow.demo import DAGS_OF_A_MONTH, DagEvent, Demonstration  # noqa: E402

from pipelines.flow.runtime.context import Context, open_context  # noqa: E402
from pipelines.model.periods import Period  # noqa: E402
from pipelines.sample.generate import generate  # noqa: E402
from pipelines.settings import Settings  # noqa: E402

RETURNED, PUBLISHED = "2022-05", "2022-06"


def told(event: DagEvent) -> dict[str, Any]:
    return {"dag": event.dag_id, "state": event.state, "tasks": dict(event.tasks)}


def books(context: Context) -> dict[str, Any]:
    """Rows of every table and the bytes of every edition: what a second run must leave as it is."""
    with sqlite3.connect(context.settings.home / "warehouse.db") as connection:
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        rows = {name: connection.execute(f'select count(*) from "{name}"').fetchone()[0] for name in names}
    files = sorted(path for path in context.settings.editions.rglob("*") if path.is_file())
    hashes = {
        str(path.relative_to(context.settings.home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    return {"rows": rows, "files": hashes}


def moments(context: Context, period: str) -> dict[str, str]:
    """The moment each DAG of the month acts as of: just past the freeze, and just past the embargo."""
    row = context.programme.calendar.row(context.programme.lead_form, Period.parse(period))
    assert row is not None and row.freeze is not None and row.publish is not None
    closing = (row.freeze + timedelta(minutes=5)).isoformat()
    return {
        **dict.fromkeys((*DAGS_OF_A_MONTH, "watch_deadlines", "audit_warehouse"), closing),
        "release_edition": (row.publish + timedelta(minutes=1)).isoformat(),
    }


def arrive(context: Context, simulated: Path, period: str) -> None:
    shutil.copytree(simulated / period, context.settings.inbox / period, copy_function=shutil.copy2)


def main(home: Path) -> dict[str, Any]:
    context = open_context(Settings.load(home), "jiaxing")
    simulated = home / "sample"
    generate(context.programme, simulated, [RETURNED, PUBLISHED])
    with Demonstration(home) as airflow:

        def run(dag_id: str, period: str, approve: bool = True) -> dict[str, Any]:
            return told(airflow.run_dag(dag_id, period, moments(context, period)[dag_id], approve))

        arrive(context, simulated, RETURNED)
        before_return = [run(dag_id, RETURNED) for dag_id in DAGS_OF_A_MONTH[:3]]
        assert [step["state"] for step in before_return] == ["success"] * 3, (before_return, airflow.log_file)
        returned = run("release_edition", RETURNED, approve=False)
        approved_after_return = run("release_edition", RETURNED)

        arrive(context, simulated, PUBLISHED)
        spine = [run(dag_id, PUBLISHED) for dag_id in DAGS_OF_A_MONTH]
        first = books(context)
        again = [
            told(event)
            for event in airflow.run_month(PUBLISHED, moments(context, PUBLISHED))
            if event.state != "running"
        ]
        second = books(context)
        refused_before = context.warehouse.editions.newest(RETURNED)
        watched, audited = run("watch_deadlines", PUBLISHED), run("audit_warehouse", PUBLISHED)
        reopened = run("monthly_ranking", RETURNED)
        edition_again = context.warehouse.editions.newest(RETURNED)
    edition = context.warehouse.editions.newest(PUBLISHED)
    assert edition is not None and refused_before is not None and edition_again is not None
    return {
        "before_return": before_return,
        "returned": returned,
        "state_after_return": refused_before.state,
        "reopened": reopened,
        "editions_of_return": [refused_before.edition_id, edition_again.edition_id],
        "same_content": refused_before.content_hash == edition_again.content_hash,
        "approved_after_return": approved_after_return,
        "spine": spine,
        "again": again,
        "watched": watched,
        "audited": audited,
        "first": first,
        "second": second,
        "edition": {"state": edition.state, "path": edition.published_path},
        "emitted": emitted(home / "airflow" / "airflow.db"),
    }


def emitted(metadata: Path) -> list[list[str]]:
    """Every asset event Airflow recorded: [asset, partition]."""
    with sqlite3.connect(metadata) as connection:
        query = "select a.name, e.partition_key from asset_event e join asset a on a.id = e.asset_id order by e.id"
        return [list(row) for row in connection.execute(query)]


if __name__ == "__main__":
    document = main(Path(sys.argv[1]))
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
