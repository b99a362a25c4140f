"""盯办时限:每十分钟查找已封账但没有初稿的报告期,重新发出 month_closed。

Watches what should have happened: a closed month without a draft (its event was lost, or the ranking DAG was paused)
gets its `month_closed` partition again. The ranking makes no second draft from the same inputs, so that is harmless.
"""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task
from saima_airflow.register import MONTH_CLOSED, TIME_ZONE, Tag, dag_arguments


@dag(
    schedule=CronTriggerTimetable("*/10 * * * *", timezone=TIME_ZONE),
    **dag_arguments("盯办时限", __doc__, (Tag.QUALITY_MANAGEMENT,)),
)
def watch_deadlines():
    @task(task_display_name="已封账而无初稿")
    def waiting(params):
        from pipelines.flow import dagapi

        return dagapi.waiting(params["now"])

    @task(task_display_name="重新通知已封账", outlets=[MONTH_CLOSED])
    def announce(waiting, outlet_events):
        from saima_airflow.handover import emit

        return emit(outlet_events[MONTH_CLOSED], waiting, {"reason": "no draft"})

    announce(waiting())


watch_deadlines()
