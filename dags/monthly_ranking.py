"""月度晾晒初稿：封账后计算指标与排名，经披露检查形成初稿。

Makes the draft of a month that has closed: indicators, ranking, disclosure check, draft edition. Starts on
`month_closed` (partition = the period) or by hand with the param `period`. Inputs that have not changed make no new
draft, unless a reviewer sent the newest one back: run by hand, it is drafted again and signed from the beginning. A
changed draft emits `edition_drafted`. Ends there: signing and publishing are `release_edition`.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task
from saima_airflow.register import EDITION_DRAFTED, LAKE_WRITER, MONTH_CLOSED, Tag, dag_arguments, deadline


@dag(
    deadline=deadline("monthly_ranking"),
    schedule=PartitionedAssetTimetable(assets=MONTH_CLOSED),
    **dag_arguments(
        "月度晾晒初稿", __doc__, (Tag.CALCULATE_AGGREGATES, Tag.PREPARE_DRAFT_OUTPUTS, Tag.DISCLOSURE_CONTROL)
    ),
)
def monthly_ranking() -> None:
    @task(task_display_name="报告期")
    def period(params: Any, dag_run: Any) -> Any:
        from saima_airflow.handover import period_of

        return period_of(dag_run, params)

    @task(task_display_name="计算并形成初稿", pool=LAKE_WRITER)
    def draft(period: Any, params: Any) -> Any:
        from pipelines.flow import dagapi

        return dagapi.draft(period, params["now"], reopen=True)

    @task(task_display_name="通知有新初稿", outlets=[EDITION_DRAFTED])
    def announce(period: Any, drafted: Any, outlet_events: Any) -> Any:
        from saima_airflow.handover import emit_drafted

        return emit_drafted(outlet_events[EDITION_DRAFTED], period, drafted)

    month = period()
    announce(month, draft(month))


monthly_ranking()
