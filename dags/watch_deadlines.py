"""盯办时限：每十分钟推算应发的提醒并发送到期通知；已封账而无初稿的报告期、待签而无人受理的初稿，重新发出事件。

Watches what should have happened. Looks at the deadlines (which rungs of the ladder are due, what the bureau's digest says;
quiet hours and days off defer inside that decision, not in the schedule), then empties the outbox, which also carries what
earlier tasks and broken DAGs have put there: it is emptied even where the look failed. Neither touches the lake, so neither
waits for its writer. A closed month without a draft (its event was lost, or the ranking DAG was paused) gets its `month_closed`
partition again; a draft that can be signed and that no run of `release_edition` asks the signers about (also one whose block
was overruled) gets its `edition_drafted`. What closed or was drawn up within the quarter of an hour is left to its own event.
The ranking makes no second draft from the same inputs, and of two runs for one draft the second skips, so both are harmless.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronTriggerTimetable, TriggerRule, dag, task
from saima_airflow.register import EDITION_DRAFTED, MONTH_CLOSED, TIME_ZONE, Tag, dag_arguments, deadline


@dag(
    deadline=deadline("watch_deadlines"),
    schedule=CronTriggerTimetable("*/10 * * * *", timezone=TIME_ZONE),
    **dag_arguments("盯办时限", __doc__, (Tag.RUN_COLLECTION, Tag.QUALITY_MANAGEMENT)),
)
def watch_deadlines() -> None:
    @task(task_display_name="推算应发提醒")
    def look(params: Any) -> Any:
        from pipelines.flow import dagapi

        return dagapi.watch_deadlines(params["now"])

    @task(task_display_name="发送到期通知", trigger_rule=TriggerRule.ALL_DONE)
    def deliver(params: Any) -> Any:
        from pipelines.flow import dagapi

        return dagapi.deliver(params["now"])

    @task(task_display_name="已封账而无初稿")
    def waiting(params: Any) -> Any:
        from pipelines.flow import dagapi

        return dagapi.waiting(params["now"])

    @task(task_display_name="重新通知已封账", outlets=[MONTH_CLOSED])
    def announce(waiting: Any, outlet_events: Any) -> Any:
        from saima_airflow.handover import emit

        return emit(outlet_events[MONTH_CLOSED], waiting, {"reason": "no draft"})

    @task(task_display_name="待签而无人受理")
    def unsigned(ti: Any, params: Any) -> Any:
        from saima_airflow.handover import unannounced_drafts

        return unannounced_drafts(ti, params)

    @task(task_display_name="重新通知有初稿", outlets=[EDITION_DRAFTED])
    def announce_drafts(unsigned: Any, outlet_events: Any) -> Any:
        from saima_airflow.handover import emit

        return emit(outlet_events[EDITION_DRAFTED], unsigned, {"reason": "no run asks for signatures"})

    @task(
        task_display_name="有一步失败则报警", trigger_rule=TriggerRule.ONE_FAILED, retries=0, on_failure_callback=None
    )
    def report_failure() -> Any:
        from saima_airflow.handover import fail_run

        return fail_run("催报未推算或未发送 / the deadlines were not looked at, or the outbox was not emptied")

    looked, sent = look(), deliver()
    looked >> sent
    [looked, sent] >> report_failure()
    announce(waiting())
    announce_drafts(unsigned())


watch_deadlines()
