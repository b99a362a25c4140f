"""收集报送：每半小时从各来源取回新到文件，分批解析、审核、入库。

Collects what has arrived: lists the sources, archives and receipts new files, reads and judges them in batches of
SAIMA_BATCH_FILES (500), two at a time (one mapped task a batch, never one a county), then loads them as the only
writer, two batches a load, and writes and delivers what goes back to the senders. A bad file is a verdict, not a
failure; a lost batch fails the run after the others are loaded, and its files come back with the next run: after three
lost attempts one by one, after six as unreadable. Also validates again what a changed history has made stale. Safe to
run at any time.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronTriggerTimetable, TriggerRule, dag, task
from saima_airflow.register import LAKE_WRITER, TIME_ZONE, Tag, dag_arguments, deadline


@dag(
    deadline=deadline("collect_submissions"),
    schedule=CronTriggerTimetable("*/30 * * * *", timezone=TIME_ZONE),
    **dag_arguments("收集报送", __doc__, (Tag.RUN_COLLECTION, Tag.REVIEW_AND_VALIDATE)),
)
def collect_submissions() -> None:
    @task(task_display_name="取回新到文件", pool=LAKE_WRITER)
    def collect(params: Any) -> Any:
        from pipelines.flow import dagapi

        return dagapi.collect(params["now"])

    @task(
        task_display_name="解析审核",
        map_index_template="{{ task.op_kwargs['batch'] | length }} 个文件",
        max_active_tis_per_dagrun=2,
    )
    def process_batch(batch: Any, params: Any) -> Any:
        from pipelines.flow import dagapi

        return dagapi.process_batch(batch, params["now"])

    @task(task_display_name="入库", pool=LAKE_WRITER, trigger_rule=TriggerRule.ALL_DONE)
    def load(stage_dirs: Any, params: Any) -> Any:
        from pipelines.flow import dagapi

        return dagapi.load(list(stage_dirs or []), params["now"])

    @task(task_display_name="回执与通知", trigger_rule=TriggerRule.ALL_DONE)
    def feedback() -> Any:
        from pipelines.flow import dagapi

        return dagapi.feedback()

    @task(
        task_display_name="有批次失败则报警", trigger_rule=TriggerRule.ONE_FAILED, retries=0, on_failure_callback=None
    )
    def report_failure() -> Any:
        from saima_airflow.handover import fail_run

        return fail_run("有任务未完成，其余已入库 / a task did not finish; what was read is loaded")

    batches = collect()
    staged = process_batch.expand(batch=batches)
    loaded, told = load(staged), feedback()
    loaded >> told
    [batches, staged, loaded, told] >> report_failure()


collect_submissions()
