"""三审 in Airflow: author, reviewer and approver are asked one after the other; a return carries its opinion to the warehouse."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import REPOSITORY


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("review")
    programme = folder / "reviewed"
    shutil.copytree(REPOSITORY / "tests" / "programmes" / "quarters", programme)
    method = programme / "method.toml"
    text = method.read_text(encoding="utf-8")
    changed = text.replace('signatures = ["statistics"]', 'signatures = ["author", "reviewer", "approver"]')
    assert changed != text
    method.write_text(changed, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "SAIMA"))}
    command = [sys.executable, Path(__file__).parent / "run_review.py", folder / "home", programme]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
def test_who_comes_later_is_not_asked_about_what_was_returned(review: dict[str, Any]) -> None:
    tasks = review["returned"]["tasks"]
    assert tasks["sign_off_author"] == tasks["return_author"] == "success"
    assert tasks["approve_author"] == tasks["sign_off_reviewer"] == tasks["publish"] == "skipped"
    assert review["opinions"] == [["author", "演示：退回修改"]]


@pytest.mark.slow
def test_three_reviewers_sign_and_the_edition_is_published(review: dict[str, Any]) -> None:
    assert review["approved"]["state"] == "success" and review["edition"] == "published"
    tasks = review["approved"]["tasks"]
    assert {tasks[f"approve_{role}"] for role in ("author", "reviewer", "approver", "statistics")} == {"success"}
    assert review["signatures"] == [["approver", True], ["author", True], ["reviewer", True]]


def test_a_programme_whose_reviewers_nobody_named_says_which_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    from saima_airflow.environment import signing_roles

    assert signing_roles() == ("statistics", "dispatch")
    monkeypatch.setenv("SAIMA_SIGNERS_AUTHOR", "4=张三")
    monkeypatch.setenv("SAIMA_SIGNERS_APPROVER", "6=王五")
    assert signing_roles() == ("author", "approver", "statistics", "dispatch")


def test_a_return_without_an_opinion_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator itself: an answer that returns and says nothing is no answer."""
    from saima_airflow.signoff import OPINION, RETURN, SignoffOperator

    asked: list[object] = []
    operator = SignoffOperator(task_id="x", role="statistics", edition={}, approve_task="a", return_task="r")
    assert list(operator.serialized_params) == [OPINION], "the form has a field for the opinion"
    monkeypatch.setattr(SignoffOperator, "execute", lambda self, context: asked.append(context))
    for opinion in ("", "  ", "不行"):
        event = {"chosen_options": [RETURN], "params_input": {OPINION: opinion}, "responded_by_user": None}
        assert operator.execute_complete({"k": 1}, event) is None
    assert asked == [{"k": 1}] * 3
