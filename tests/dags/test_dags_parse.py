"""Every file in dags/ is a DAG that parses, in a bundle of dags/ and in a bundle of the whole checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag

from pipelines.flow.month.follow_publication import FOLLOW_UPS

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted((REPOSITORY / "dags").glob("*.py"))


def test_every_file_is_one_dag_of_its_name(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    assert len(FILES) > 0
    assert sorted(dag_bag.dag_ids) == [file.stem for file in FILES]


def test_a_bundle_of_the_whole_checkout_finds_the_same_dags() -> None:
    bag = DagBag(dag_folder=REPOSITORY)
    assert bag.import_errors == {}
    assert sorted(bag.dag_ids) == [file.stem for file in FILES]


def test_dags_are_chained_by_partitioned_assets(dag_bag: Any) -> None:
    def emitted(dag_id: str) -> set[str]:
        return {asset.name for task in dag_bag.dags[dag_id].tasks for asset in task.outlets}

    def awaited(dag_id: str) -> set[str]:
        return {dag_bag.dags[dag_id].timetable.asset_condition.name}

    assert emitted("close_month") == awaited("monthly_ranking") == {"month_closed"}
    assert emitted("monthly_ranking") == awaited("release_edition") == {"edition_drafted"}
    assert emitted("watch_deadlines") == {"month_closed", "edition_drafted"}, "what was lost is announced again"


def test_one_writer_of_the_lake(dag_bag: Any) -> None:
    from saima_airflow.register import LAKE_WRITER

    writers = {
        (dag.dag_id, task.task_id) for dag in dag_bag.dags.values() for task in dag.tasks if task.pool == LAKE_WRITER
    }
    assert writers == {
        ("collect_submissions", "collect"),
        ("collect_submissions", "load"),
        ("close_month", "close"),
        ("monthly_ranking", "draft"),
        ("release_edition", "edition"),
        ("release_edition", "publish"),
        ("audit_warehouse", "audit"),
    }


def test_sign_off_is_assigned_and_leads_to_publication_only_when_approved(dag_bag: Any) -> None:
    dag = dag_bag.dags["release_edition"]
    for role in ("statistics", "dispatch"):
        asked = dag.get_task(f"sign_off_{role}")
        assert asked.assigned_users
        assert asked.options == ["批准发布", "退回修改"]
        assert asked.downstream_task_ids == {f"approve_{role}", f"return_{role}"}
        assert dag.get_task(f"approve_{role}").downstream_task_ids == {"embargo"}
        assert dag.get_task(f"return_{role}").downstream_task_ids == set()
    assert dag.get_task("embargo").trigger_rule == "all_success"
    assert dag.get_task("publish").upstream_task_ids == {"embargo", "edition"}


def test_what_follows_a_publication_is_one_task_a_step(dag_bag: Any) -> None:
    """The commands and the desk run the same steps in one go."""
    assert dag_bag.dags["release_edition"].get_task("publish").downstream_task_ids == FOLLOW_UPS.keys()


def test_tasks_are_mapped_over_batches_and_periods_never_over_units(dag_bag: Any) -> None:
    """Whatever the number of units, the tasks of a run are these, and as many of the mapped ones as there are batches or periods."""
    mapped = {(dag.dag_id, task.task_id) for dag in dag_bag.dags.values() for task in dag.tasks if task.is_mapped}
    assert mapped == {("collect_submissions", "process_batch"), ("close_month", "close")}
