"""夜间核账：重算账目，核对档案校验和与入库数据，有差异即失败。

Proves the books every night: every row of every file is in exactly one place, archived bytes have their checksums, and
the warehouse agrees with the archive. Fails, without retrying, when a check finds a difference, and names the check.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task
from saima_airflow.register import LAKE_WRITER, TIME_ZONE, Tag, dag_arguments, deadline


@dag(
    deadline=deadline("audit_warehouse"),
    schedule=CronTriggerTimetable("30 2 * * *", timezone=TIME_ZONE),
    **dag_arguments("夜间核账", __doc__, (Tag.QUALITY_MANAGEMENT,)),
)
def audit_warehouse() -> None:
    @task(task_display_name="核账", pool=LAKE_WRITER)
    def audit(params: Any) -> Any:
        from saima_airflow.handover import audit

        return audit(params["now"])

    audit()


audit_warehouse()
