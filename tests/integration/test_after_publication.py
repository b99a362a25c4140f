"""What follows a publication is the same whoever publishes: the command, the month in one go, the desk, the DAG."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.flow import dagapi
from pipelines.flow.dispatch.documents import LibraryDocument
from pipelines.flow.dispatch.documents_of import dispatch_document
from pipelines.flow.month.follow_publication import FOLLOW_UPS
from pipelines.flow.portal import accounts
from pipelines.flow.portal.accounts import add_account
from pipelines.flow.upkeep.deliver import deliver_month
from pipelines.model.dispatch_tables import DISPATCH_TABLES
from pipelines.model.periods import Period
from pipelines.warehouse.db.schema import DISPATCH_TABLE_ROW
from pipelines.web.application import create_app
from pipelines.web.portal_state import PortalState

from .conftest import Jiaxing

pytestmark = pytest.mark.slow
NOW = datetime(2022, 7, 25, 3, tzinfo=UTC)
LATER = timedelta(days=47)
"""To 18 July, when every return is in and nothing is published."""
PASSWORD = "correct horse battery"
Publish = Callable[[Jiaxing, pytest.MonkeyPatch], None]


def by_command(*words: str) -> Publish:
    def run(jiaxing: Jiaxing, _: pytest.MonkeyPatch) -> None:
        home = ["--home", str(jiaxing.context.settings.home), "--now", NOW.isoformat(), "--json"]
        done = CliRunner().invoke(app, [*words, *home])
        assert done.exit_code == 0, f"{done.exception!r} {done.output}"

    return run


def by_month(jiaxing: Jiaxing, patch: pytest.MonkeyPatch) -> None:
    incoming = jiaxing.context.settings.home / "incoming" / "2022-06"
    by_command("month", "2022-06", "--from", str(incoming))(jiaxing, patch)


def by_desk(jiaxing: Jiaxing, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    add_account(jiaxing.context, "publisher", "发布员", "bureau", None, "all", "setup", NOW, PASSWORD, False)
    client = TestClient(
        create_app(PortalState(jiaxing.context.settings, lambda: NOW)),
        base_url="http://saima.test",
        follow_redirects=False,
    )

    def token(page: str) -> str:
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', client.get(page).text)
        assert found
        return found[1]

    signed_in = {"username": "publisher", "password": PASSWORD, "form_token": token("/sign-in")}
    assert client.post("/sign-in", data=signed_in).status_code == 303
    edition = jiaxing.context.warehouse.editions.newest("2022-06")
    assert edition is not None
    shown = {"edition": edition.edition_id, "content_hash": edition.content_hash}
    done = client.post("/ranking/2022-06/publish", data={**shown, "form_token": token("/ranking?period=2022-06")})
    assert done.status_code == 303, done.text


def by_dag(jiaxing: Jiaxing, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("SAIMA_HOME", str(jiaxing.context.settings.home))
    tasks = {"site": dagapi.build_site, "dispatch": lambda now: dagapi.dispatch_step("2022-06", now)}
    assert tasks.keys() == FOLLOW_UPS.keys()
    for task in tasks.values():
        assert task(NOW.isoformat())["reason"] == ""


def laid_down(jiaxing: Jiaxing) -> tuple[dict[str, bytes], int, bool]:
    """(tables as CSV, rows in SQL, whether the site has the month)."""
    home, database = jiaxing.context.settings.home, jiaxing.context.warehouse.database
    folder = home / "dispatch" / "2022-06" / "data"
    with database.read() as connection:
        rows = connection.execute(sa.select(sa.func.count()).select_from(DISPATCH_TABLE_ROW)).scalar_one()
    return (
        {file.name: file.read_bytes() for file in sorted(folder.glob("*.csv"))},
        rows,
        (jiaxing.context.settings.site / "2022-06" / "index.html").is_file(),
    )


@pytest.fixture
def bare(own_jiaxing: Jiaxing) -> Jiaxing:
    """The published June without anything that follows a publication."""
    shutil.rmtree(own_jiaxing.context.settings.home / "dispatch", ignore_errors=True)
    shutil.rmtree(own_jiaxing.context.settings.site, ignore_errors=True)
    with own_jiaxing.context.warehouse.database.write() as connection:
        connection.execute(sa.delete(DISPATCH_TABLE_ROW))
    return own_jiaxing


@pytest.mark.parametrize(
    "publish",
    [by_command("publish", "2022-06"), by_month, by_desk, by_dag],
    ids=["saima publish", "saima month", "desk", "DAG"],
)
def test_tables_slips_and_site_follow_every_publication(
    bare: Jiaxing, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(bare, monkeypatch)
    files, rows, site = laid_down(bare)
    assert len(files) == 18 and files["dispatch_library.csv"].count(b"\r\n") > 80 and rows > 200 and site
    slips = [
        d for d in bare.context.warehouse.decisions.all() if d.kind == "notice" and d.detail["period"] == "2022-06"
    ]
    assert len(slips) == len({d.subject for d in slips}) > 0, "a slip a warned project, however often it is published"


def test_a_step_that_fails_is_told_and_keeps_no_other_from_running(bare: Jiaxing) -> None:
    (bare.context.settings.home / "dispatch").write_text("a file where the folder belongs", encoding="utf-8")
    home = ["--home", str(bare.context.settings.home), "--now", NOW.isoformat()]
    done = CliRunner().invoke(app, ["publish", "2022-06", *home])
    (bare.context.settings.home / "dispatch").unlink()
    assert done.exit_code == 1 and "调度各表未更新" in done.output and "saima publish 2022-06" in done.output
    assert (bare.context.settings.site / "2022-06" / "index.html").is_file()


def test_a_delivery_holds_the_eighteen_tables_of_the_loop(bare: Jiaxing, tmp_path: Path) -> None:
    """As Parquet and CSV with their types, described and receipted as every other table; of the instant that is asked for."""
    done = deliver_month(bare.context, Period(2022, 6), NOW, "王", str(tmp_path))
    folder = tmp_path / "2022-06-d1"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    described = {one["path"]: [f["name"] for f in one["schema"]["fields"]] for one in package["resources"]}
    for table in DISPATCH_TABLES:
        rows = pq.read_table(folder / f"dispatch_{table.name}.parquet")
        assert rows.column_names == [c.name for c in table.columns] == described[f"dispatch_{table.name}.csv"]
        assert (
            rows.num_rows
            == done.rows[f"dispatch_{table.name}"]
            == manifest["files"][f"dispatch_{table.name}.csv"]["rows"]
        )
    library = dispatch_document(bare.context, "library", Period(2022, 6), NOW)
    assert isinstance(library, LibraryDocument)
    rows = pq.read_table(folder / "dispatch_library.parquet")
    assert pa.compute.sum(rows["plan_total"]).as_py() == library.plan_total and rows.num_rows == library.total > 80
    assert rows.schema.field("plan_total").metadata[b"unit"] == "万元".encode()
    assert pq.read_table(folder / "dispatch_snails.parquet").schema.field("exempt_until").type == pa.date32()
    with (folder / "dispatch_flags.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == done.rows["dispatch_flags"] > 0
    early = deliver_month(
        bare.context, Period(2022, 6), NOW, "王", str(tmp_path), datetime(2022, 6, 1, tzinfo=UTC) + LATER
    )
    assert early.rows["dispatch_stages"] == 6 and early.edition is None
