"""月度封账：每小时检查哪些报告期可以封账，逐期执行跨单位审核，封账后发出 month_closed。

Closes the months that can be closed: those whose freeze has passed, or whose units are all accepted with the due hour
past, and, where the bureau supplies the base, whose city_month is there. Runs the rules that look across units, and
emits one `month_closed` partition a period, only when the month closed with a new inputs_hash. A month that cannot
close stays open and the task says what is missing; one that was asked for by hand (param `period`) fails the run.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task
from saima_airflow.register import LAKE_WRITER, MONTH_CLOSED, TIME_ZONE, Tag, dag_arguments, deadline


@dag(
    deadline=deadline("close_month"),
    schedule=CronTriggerTimetable("5 * * * *", timezone=TIME_ZONE),
    **dag_arguments("月度封账", __doc__, (Tag.FINALISE_COLLECTION, Tag.FINALISE_DATA_FILES)),
)
def close_month() -> None:
    @task(task_display_name="可封账的报告期")
    def closable(params: Any) -> Any:
        from pipelines.flow import dagapi

        return [params["period"]] if params["period"] else dagapi.closable(params["now"])

    @task(task_display_name="封账", pool=LAKE_WRITER, map_index_template="{{ task.op_kwargs['period'] }}")
    def close(period: Any, params: Any) -> Any:
        from pipelines.flow import dagapi

        return dagapi.close(period, params["now"])

    @task(task_display_name="通知已封账", outlets=[MONTH_CLOSED])
    def announce(closed: Any, params: Any, outlet_events: Any) -> Any:
        from saima_airflow.handover import emit_closed

        return emit_closed(outlet_events[MONTH_CLOSED], closed, by_hand=bool(params["period"]))

    announce(close.expand(period=closable()))


close_month()
