"""每周调度：周一九点看上周的专班备忘、领导动作、服务频次和督查期限，提醒该知道的人。

Looks at the week before on Monday at nine: memos of the service teams (missing, late, not 4/4), issues overdue, helpers beyond their
cadence, silent or missing leaders, inspections overdue, snails that wait for one. One message a recipient and unit goes into the
outbox, counts alone; it is sent by the watch of the deadlines, which also knows the quiet hours.
"""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task
from saima_airflow.register import TIME_ZONE, Tag, dag_arguments, deadline


@dag(
    deadline=deadline("weekly_dispatch"),
    schedule=CronTriggerTimetable("0 9 * * 1", timezone=TIME_ZONE),
    **dag_arguments("每周调度", __doc__, (Tag.RUN_COLLECTION, Tag.QUALITY_MANAGEMENT)),
)
def weekly_dispatch():
    @task(task_display_name="看上周")
    def look(params):
        from pipelines.flow import dagapi

        return dagapi.weekly_dispatch(params["now"])

    look()


weekly_dispatch()
