"""签发与发布：统计、经信分别签发初稿（三审的方案依次编制、审核、签发），过了发布时点后发布。

Releases the newest draft of a month. Each role is asked in the UI (browse → required actions) and only its assigned
users may answer, the three reviewers one after the other where SAIMA_SIGNERS_AUTHOR, _REVIEWER and _APPROVER name them; who returns
a draft says why. The decision is copied to the warehouse with the content hash that was signed. After the embargo the
edition is published; a hash other than the signed one is refused. A newer draft supersedes a waiting one, whose
run then ends without publishing. After publication the public site is built again (its failure undoes nothing) and the dispatch
step records reminder slips and lays down its tables.
Several months may wait at a time, therefore `max_active_runs` is not one.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task
from saima_airflow.handover import rebuild_site
from saima_airflow.register import EDITION_DRAFTED, LAKE_WRITER, Tag, dag_arguments
from saima_airflow.signoff import ask_signatures


@dag(
    schedule=PartitionedAssetTimetable(assets=EDITION_DRAFTED),
    **dag_arguments(
        "签发与发布", __doc__, (Tag.FINALISE_OUTPUTS, Tag.MANAGE_RELEASE), max_active_runs=24, dagrun_timeout=None
    ),
)
def release_edition() -> None:
    @task(task_display_name="待签发的版本", pool=LAKE_WRITER)
    def edition(params: Any, dag_run: Any, ti: Any) -> Any:
        from saima_airflow.handover import newest_draft

        return newest_draft(dag_run, ti, params)

    @task
    def record(edition: Any, role: Any, ti: Any) -> Any:
        from saima_airflow.signoff import record

        return record(edition, role, ti)

    @task.sensor(task_display_name="等到发布时点", mode="reschedule", poke_interval=600, timeout=90 * 86400)
    def embargo(edition: Any, params: Any) -> Any:
        from saima_airflow.handover import may_publish

        return may_publish(edition, params)

    @task(task_display_name="发布", pool=LAKE_WRITER)
    def publish(edition: Any, params: Any) -> Any:
        from saima_airflow.handover import publish

        return publish(edition, params)

    @task(task_display_name="发布后调度")
    def dispatch(published: Any, edition: Any, params: Any) -> Any:
        from pipelines.flow import dagapi

        return dagapi.dispatch_step(edition["period"], params["now"]) if published else None

    drafted = edition()
    released = embargo(drafted)
    ask_signatures(drafted, record) >> released
    published = publish(drafted)
    released >> published
    task(task_id="site", task_display_name="更新网站")(rebuild_site)(published)
    dispatch(published, drafted)


release_edition()
