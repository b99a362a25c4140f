"""The sign-off of a programme with three reviewers through `release_edition`; prints what happened as one JSON document.

usage: run_review.py HOME PROGRAMME. The first draft is returned by its author, the second is signed by all three and published."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "plugins"))

from saima_airflow.demo import Demonstration  # noqa: E402
from saima_airflow.environment import DEMONSTRATION_SIGNER  # noqa: E402

from pipelines.flow.exchange.collect import collect  # noqa: E402
from pipelines.flow.month.close import close  # noqa: E402
from pipelines.flow.month.draft import draft  # noqa: E402
from pipelines.flow.month.prerelease import opinions  # noqa: E402
from pipelines.flow.portal.uploads import process_receipts  # noqa: E402
from pipelines.flow.runtime.context import open_context  # noqa: E402
from pipelines.model.periods import Period  # noqa: E402
from pipelines.settings import Settings  # noqa: E402

PERIOD = Period.parse("2026-Q1")
SENT = datetime(2026, 4, 2, 1, tzinfo=UTC)
CLOSED = datetime(2026, 4, 10, 2, tzinfo=UTC)
FILE = "2026年第一季度利润季报\n单位:万元\n区划代码,指标名称,本年累计,上年同期\n{unit},利润总额,{ytd},1000\n"


def main(home: Path, programme: str) -> dict[str, Any]:
    context = open_context(Settings.load(home), programme)

    def send(unit: str, ytd: int, name: str) -> None:
        file = context.settings.inbox / unit / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(FILE.format(unit=unit, ytd=ytd), encoding="utf-8")
        os.utime(file, (SENT.timestamp(), SENT.timestamp()))

    def drafted(at: datetime) -> str:
        found = collect(context, at)
        process_receipts(context, [r.receipt_id for r in found.receipts], at)
        assert close(context, PERIOD, at).closed
        return draft(context, PERIOD, at).edition.edition_id

    for unit, ytd in (("980101", 1100), ("990101", 1050), ("990102", 900)):
        send(unit, ytd, "q1.csv")
    at = CLOSED + timedelta(days=1)
    with Demonstration(home) as airflow:
        first = drafted(CLOSED)
        returned = airflow.run_dag("release_edition", str(PERIOD), at.isoformat(), approve=False)
        send("990102", 905, "q1-again.csv")
        second = drafted(CLOSED + timedelta(hours=1))
        approved = airflow.run_dag("release_edition", str(PERIOD), at.isoformat())
    edition = context.warehouse.editions.by_id(second)
    return {
        "returned": {"state": returned.state, "tasks": dict(returned.tasks)},
        "opinions": [[o.role, o.opinion] for o in opinions(context, (first,))],
        "approved": {"state": approved.state, "tasks": dict(approved.tasks)},
        "edition": edition.state,
        "signatures": sorted([s.role, s.demonstration] for s in context.warehouse.editions.signatures(second)),
    }


if __name__ == "__main__":
    for role in ("AUTHOR", "REVIEWER", "APPROVER"):
        os.environ[f"SAIMA_SIGNERS_{role}"] = f"{DEMONSTRATION_SIGNER}=演示签署人"
    document = main(Path(sys.argv[1]), sys.argv[2])
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
