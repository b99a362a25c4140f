"""What every DAG owes its operators: an owner, tags, retries, words in two languages; and that it is wiring only."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from saima_airflow.register import OWNER, Tag

DAGS = Path(__file__).resolve().parents[2] / "dags"
FILES = sorted(DAGS.glob("*.py"))
MAX_LINES = 80
TOLD_ALREADY = {"report_failure": "the task that failed before it has told; it only makes the run fail"}
WITHOUT_A_LIMIT = {"release_edition": "waits for people and for the publication date"}
SEVERAL_AT_A_TIME = {"release_edition": "each run waits for people and dates; one a month may be waiting"}
CHINESE = re.compile(r"[一-鿿]")


@pytest.fixture(params=[file.stem for file in FILES])
def dag(request: Any, dag_bag: Any) -> Any:
    return dag_bag.dags[request.param]


def test_there_are_dags() -> None:
    assert len(FILES) >= 6


def test_owner_tags_and_limits(dag: Any) -> None:
    assert dag.tags - {str(tag) for tag in Tag} == set()
    assert str(Tag.SAIMA) in dag.tags
    assert any(tag.startswith("GSBPM") for tag in dag.tags)
    assert dag.catchup is False
    assert dag.max_active_runs == 1 or dag.dag_id in SEVERAL_AT_A_TIME
    assert len(dag.tasks) > 0
    assert {task.owner for task in dag.tasks} == {OWNER}


def test_tasks_retry_what_may_succeed(dag: Any) -> None:
    looked_at = 0
    for task in dag.tasks:
        looked_at += 1
        assert task.retry_policy is not None
        assert task.retries >= 1 or task.task_id == "report_failure"
    assert looked_at, "nothing was looked at"


def test_every_task_refuses_a_conf_that_it_does_not_know(dag: Any) -> None:
    from saima_airflow.handover import ASKED, refuse_unknown_conf

    assert set(dag.params) == set(ASKED)
    for task in dag.tasks:
        asked = task.partial_kwargs["pre_execute"] if task.is_mapped else task._pre_execute_hook
        assert asked is refuse_unknown_conf, task.task_id


def test_engineers_are_told_of_failed_tasks_and_failed_runs(dag: Any) -> None:
    from saima_airflow.paging import run_failed, task_failed

    assert dag.on_failure_callback is run_failed
    for task in dag.tasks:
        assert list(task.on_failure_callback) == ([] if task.task_id in TOLD_ALREADY else [task_failed]), task.task_id


def test_a_run_is_not_green_because_its_last_task_ran_regardless(dag: Any) -> None:
    """Airflow judges a run by its leaves: what a follower runs in spite of must lead to a leaf that fails as well."""
    looked_at = 0
    for task in dag.tasks:
        looked_at += 1
        if task.trigger_rule == "all_done":
            for before in task.upstream_list:
                assert "report_failure" in before.downstream_task_ids, before.task_id
    assert looked_at, "nothing was looked at"


def test_engineers_are_told_of_a_run_that_takes_too_long(dag: Any) -> None:
    """As the scheduler will see it: serialised, the callback a path that the triggerer can import."""
    from airflow.sdk._shared.module_loading import import_string
    from airflow.serialization.encoders import encode_deadline_alert
    from saima_airflow.paging import run_overdue

    if dag.dag_id in WITHOUT_A_LIMIT:
        assert not dag.deadline
        return
    (alert,) = dag.deadline
    encoded = encode_deadline_alert(alert)
    assert import_string(encoded["callback"]["__data__"]["path"]) is run_overdue
    assert encoded["reference"]["reference_type"] == "DagRunQueuedAtDeadline"
    assert 600 < alert.interval.total_seconds() < dag.dagrun_timeout.total_seconds()


def test_chinese_names_and_two_sentences_of_documentation(dag: Any) -> None:
    assert CHINESE.search(dag.dag_display_name)
    assert len([part for part in re.split(r"[.。!?]\s", dag.doc_md + " ") if part.strip()]) >= 2
    assert CHINESE.search(dag.doc_md)
    assert re.search(r"[A-Za-z]{3,} [a-z]{2,} ", dag.doc_md)
    for task in dag.tasks:
        assert CHINESE.search(task.task_display_name), task.task_id
        assert task.task_id.isascii()


def test_params_of_a_manual_run(dag: Any) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    assert dict(dag.params) == {"period": None, "now": None}
    period, now = dag.params.get_param("period"), dag.params.get_param("now")
    assert period.resolve("2022-06") == "2022-06"
    assert now.resolve("2022-07-18T12:05:00+08:00") == "2022-07-18T12:05:00+08:00"
    for param, wrong in ((period, "2022-13"), (period, "2022-06; drop"), (now, "yesterday")):
        with pytest.raises(ParamValidationError):
            param.resolve(wrong)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_wiring_only(file: Path) -> None:
    """Imports, one decorated function, one call; a task is one import from flow or the plugin package and a return."""
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    docstring, *body = ast.parse(text).body
    assert isinstance(docstring, ast.Expr)
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    rest = [node for node in body if not isinstance(node, ast.ImportFrom)]
    assert all(node.level == 0 for node in imports), "absolute imports only"
    assert {(node.module or "").split(".")[0] for node in imports} <= {
        "__future__",
        "airflow",
        "saima_airflow",
        "typing",
    }
    assert any(node.module == "airflow.sdk" for node in imports), "a file without the word is silently skipped"
    assert [type(node) for node in rest] == [ast.FunctionDef, ast.Expr]
    factory = rest[0]
    assert isinstance(factory, ast.FunctionDef) and factory.name == file.stem
    tasks = [node for node in factory.body if isinstance(node, ast.FunctionDef)]
    assert tasks
    for task in tasks:
        assert [type(node) for node in task.body] == [ast.ImportFrom, ast.Return], task.name
        imported = task.body[0]
        assert isinstance(imported, ast.ImportFrom)
        assert imported.module in {"pipelines.flow", "saima_airflow.handover", "saima_airflow.signoff"}
