"""A month from files to the published edition through the real DAGs, sign-off answered as a person would, twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.flow.portal.accounts import add_account
from pipelines.flow.runtime.context import open_context
from pipelines.settings import Settings

pytestmark = pytest.mark.slow
RETURNED, PUBLISHED = "2022-05", "2022-06"
SIGNED = {"sign_off_statistics": "success", "sign_off_dispatch": "success"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chain")


@pytest.fixture(scope="module")
def chain(home: Path) -> dict[str, Any]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "SAIMA"))}
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / "run_chain.py", str(home)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_collect_close_and_rank(chain: dict[str, Any]) -> None:
    assert [(run["dag"], run["state"]) for run in chain["spine"]] == [
        ("collect_submissions", "success"),
        ("close_month", "success"),
        ("monthly_ranking", "success"),
        ("release_edition", "success"),
    ]
    collected, closed, ranked, _ = (run["tasks"] for run in chain["spine"])
    assert "success" in collected["process_batch"] and collected["load"] == "success"
    assert collected["report_failure"] == "skipped"
    assert closed["announce"] == ranked["announce"] == "success"


def test_events_carry_the_month_and_are_emitted_once(chain: dict[str, Any]) -> None:
    assert chain["emitted"] == [
        *([asset, period] for period in (RETURNED, PUBLISHED) for asset in ("month_closed", "edition_drafted")),
        ["edition_drafted", RETURNED],
    ], "the last: what was returned, drafted again"


def test_a_returned_draft_is_not_published(chain: dict[str, Any]) -> None:
    tasks = chain["returned"]["tasks"]
    assert chain["returned"]["state"] == "success"
    assert {**tasks, **SIGNED} == tasks
    assert tasks["return_statistics"] == tasks["return_dispatch"] == "success"
    assert tasks["approve_statistics"] == tasks["embargo"] == tasks["publish"] == "skipped"
    assert chain["state_after_return"] == "draft"


def test_what_was_returned_cannot_be_published_by_approving_it_afterwards(chain: dict[str, Any]) -> None:
    assert chain["approved_after_return"]["state"] == "failed"
    assert chain["approved_after_return"]["tasks"]["publish"] in ("failed", "upstream_failed")


def test_a_returned_draft_is_drafted_again_by_running_the_ranking(chain: dict[str, Any]) -> None:
    assert set(chain["reopened"]["tasks"].values()) == {"success"}
    assert chain["editions_of_return"] == [f"{RETURNED}-e1", f"{RETURNED}-e2"] and chain["same_content"]


def test_an_approved_draft_is_published(chain: dict[str, Any]) -> None:
    tasks = chain["spine"][3]["tasks"]
    assert {**tasks, **SIGNED} == tasks
    assert tasks["approve_statistics"] == tasks["approve_dispatch"] == tasks["embargo"] == tasks["publish"] == "success"
    assert tasks["return_statistics"] == tasks["return_dispatch"] == "skipped"
    assert chain["edition"]["state"] == "published"
    assert Path(chain["edition"]["path"]).stat().st_size > 1000


def test_nobody_is_asked_for_a_signature_that_is_there(
    chain: dict[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that was cleared, or whose role had signed on the pages, asked for ever: the answer could only be refused."""
    from airflow.sdk.exceptions import TaskAwaitingInput
    from saima_airflow.signoff import SignoffOperator

    monkeypatch.setenv("SAIMA_HOME", str(home))
    monkeypatch.setattr(SignoffOperator, "do_branch", lambda self, context, branch: branch)
    context = open_context(Settings.load(home))

    def asking(period: str) -> SignoffOperator:
        newest = context.warehouse.editions.newest(period)
        assert newest is not None
        edition = {"edition": newest.edition_id, "content_hash": newest.content_hash}
        return SignoffOperator(
            task_id="x",
            role="statistics",
            edition={**edition, "signatures_needed": ["statistics"]},
            approve_task="approve",
            return_task="return",
        )

    signed = asking(PUBLISHED)
    assert signed.execute({}) == signed.execute_complete({}, {"error_type": "timeout"}) == "approve"
    with pytest.raises(TaskAwaitingInput):
        asking(RETURNED).execute_complete({}, {"error_type": "timeout"})
    returned = {**asking(RETURNED).edition, "edition": f"{RETURNED}-e1"}
    signed.edition = returned
    assert signed.execute_complete({}, {"error_type": "timeout"}) is None
    context.warehouse.close()


def test_the_second_time_nothing_changes(chain: dict[str, Any]) -> None:
    assert [run["state"] for run in chain["again"]] == ["success"] * 4
    assert chain["again"][0]["tasks"]["process_batch"] == "skipped"
    assert set(chain["again"][3]["tasks"].values()) == {"skipped"}
    assert sum(chain["first"]["rows"].values()) > 100 and len(chain["first"]["files"]) > 3
    assert chain["second"] == chain["first"]


def test_nothing_waits_and_the_books_balance(chain: dict[str, Any]) -> None:
    assert chain["watched"]["tasks"] == {
        "look": "success",
        "deliver": "success",
        "waiting": "success",
        "announce": "skipped",
        "unsigned": "success",
        "announce_drafts": "skipped",
        "report_failure": "skipped",
    }
    assert chain["audited"]["tasks"] == {"audit": "success"}


def test_drafts_are_shown_to_those_who_may_sign(
    chain: dict[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.api_fastapi.app import create_app, get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.utils import db
    from fastapi.testclient import TestClient

    monkeypatch.setenv("SAIMA_HOME", str(home))
    context = open_context(Settings.load(home))
    add_account(context, "user", "市统计局甲", "bureau", None, "all", "saima", datetime(2022, 7, 1, tzinfo=UTC))
    context.warehouse.close()
    db.initdb()
    with TestClient(create_app(apps="core")) as client:

        def status(path: str, role: str) -> int:
            token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=role, role=role))
            return int(client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code)

        published, draft = (f"/saima/editions/{period}-e1" for period in (PUBLISHED, RETURNED))
        assert (status(published, "viewer"), status(draft, "viewer")) == (200, 404)
        assert (status(published, "user"), status(draft, "user")) == (200, 200)
