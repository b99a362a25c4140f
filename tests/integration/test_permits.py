"""Real county returns (US building permits): who reported, who is missing, growth and rank equal the truth: four months running, and a
fifth through the DAGs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.flow.month.run_month import run_month
from pipelines.flow.runtime.context import open_context
from pipelines.model.periods import Period
from pipelines.settings import REPOSITORY, Settings

REALDATA = REPOSITORY.parent / "shared" / "realdata" / "building_permits"
PROGRAMME = REPOSITORY / "tests" / "programmes" / "permits"
MONTHS = ("2023-02", "2023-03", "2023-04", "2023-05", "2023-06")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs_realdata,
    pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}"),
]


@pytest.fixture(scope="module")
def permits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("permits")
    for month in MONTHS:
        command = [sys.executable, str(REALDATA / "as_submissions.py"), month, str(out / month)]
        subprocess.run([*command, *(["--gb18030"] if month == "2023-04" else [])], check=True, capture_output=True)
    return out


def test_four_months_running_equal_the_truth(permits: Path, tmp_path: Path) -> None:
    context = open_context(Settings(home=tmp_path / "home"), str(PROGRAMME))
    looked_at = 0
    for month in MONTHS[:-1]:
        looked_at += 1
        truth = json.loads((permits / f"truth_{month}.json").read_text())
        run = run_month(
            context, Period.parse(month), datetime(2023, 8, 1, tzinfo=UTC), permits / month, sign_off_as="demo"
        )
        assert run.state == "published", run.reason
        assert run.units["received"] == truth["reported"] and run.units["expected"] == truth["roster"]
        edition = context.warehouse.editions.newest(month)
        assert edition is not None
        document = json.loads((Path(edition.published_path).parent / "ranking.json").read_text(encoding="utf-8"))
        units = {unit["unit"]: unit for unit in document["units"]}
        assert len(units) == truth["roster"]
        assert {code for code, unit in units.items() if unit["state"] == "missing"} == set(truth["silent"])
        assert {code: unit["rank"] for code, unit in units.items() if unit["rank"] is not None} == truth["rank"]
        growth = {code: units[code]["growth"] for code in truth["growth"]}
        assert growth == pytest.approx(truth["growth"], abs=1e-12)
    assert looked_at, "nothing was looked at"
    context.warehouse.close()


def test_a_month_through_the_dags_equals_the_truth(permits: Path, tmp_path: Path) -> None:
    month = MONTHS[-1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "SAIMA"))}
    script = Path(__file__).parent / "run_permits_dags.py"
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "home"), str(permits / month), month],
        capture_output=True,
        text=True,
        env=environment,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert {dag["state"] for dag in told["dags"]} == {"success"} and told["state"] == "published"
    truth = json.loads((permits / f"truth_{month}.json").read_text())
    document = json.loads((Path(told["path"]).parent / "ranking.json").read_text(encoding="utf-8"))
    ranked = {unit["unit"]: unit["rank"] for unit in document["units"] if unit["rank"] is not None}
    missing = {unit["unit"] for unit in document["units"] if unit["state"] == "missing"}
    assert ranked == truth["rank"] and missing == set(truth["silent"])
