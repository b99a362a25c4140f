"""The register of what all DAGs share: tags, default arguments, params, assets, pool, time zone. Data, no logic.

Tags name the GSBPM v5.1 sub-process a DAG carries out (UNECE, Generic Statistical Business Process Model, 2019)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from airflow.sdk import Asset, ExceptionRetryPolicy, Param, RetryAction, RetryRule
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from saima_airflow.environment import run_limit
from saima_airflow.handover import refuse_unknown_conf
from saima_airflow.paging import run_failed, run_overdue, task_failed

TIME_ZONE = "Asia/Shanghai"
"""Zone of the clock-driven schedules. What is due when is the programme's calendar, not these."""

OWNER = "saima"
LAKE_WRITER = "lake_writer"
"""Pool of one slot: whoever writes the warehouse from a DAG holds it (the CLI shares the lock file, DESIGN §5)."""
LAKE_WRITER_SLOTS = 1

MONTH_CLOSED = Asset("month_closed", uri="x-saima://month-closed")
"""Partition = the period; emitted once per inputs_hash of a closed month."""
EDITION_DRAFTED = Asset("edition_drafted", uri="x-saima://edition-drafted")
"""Partition = the period; emitted once per changed draft."""


class Tag(StrEnum):
    """Tags a DAG may carry."""

    SAIMA = "saima"
    RUN_COLLECTION = "GSBPM 4.3 开展采集"
    FINALISE_COLLECTION = "GSBPM 4.4 采集收尾"
    REVIEW_AND_VALIDATE = "GSBPM 5.3 审核验证"
    CALCULATE_AGGREGATES = "GSBPM 5.7 汇总计算"
    FINALISE_DATA_FILES = "GSBPM 5.8 定稿数据"
    PREPARE_DRAFT_OUTPUTS = "GSBPM 6.1 编制初稿"
    DISCLOSURE_CONTROL = "GSBPM 6.4 披露控制"
    FINALISE_OUTPUTS = "GSBPM 6.5 定稿成果"
    MANAGE_RELEASE = "GSBPM 7.3 发布管理"
    QUALITY_MANAGEMENT = "GSBPM 质量管理"


RUN_LIMITS: dict[str, timedelta] = {
    "collect_submissions": timedelta(hours=2),
    "close_month": timedelta(hours=1),
    "monthly_ranking": timedelta(hours=1),
    "watch_deadlines": timedelta(minutes=30),
    "audit_warehouse": timedelta(hours=5),
    "weekly_dispatch": timedelta(minutes=30),
}
"""How long a run may take, from the moment it is queued, before engineers are told (it goes on); the environment may say
otherwise (SAIMA_RUN_LIMIT_<DAG>). A release waits for people and dates, therefore it has none."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": OWNER,
    "on_failure_callback": [task_failed],
    "pre_execute": refuse_unknown_conf,
    "retries": 2,
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception="pipelines.errors.Terminal", action=RetryAction.FAIL, reason="重试无用 / will fail again"
            ),
            RetryRule(
                exception="pipelines.errors.Refused", action=RetryAction.FAIL, reason="答案为否 / the answer is no"
            ),
        ]
    ),
}
"""The delay between tries is `[core] default_task_retry_delay`, so a demonstration need not wait five minutes."""


def params() -> dict[str, Param]:
    """The form of a manual run: both empty means what the schedule would do now."""
    return {
        "period": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]|W(0[1-9]|[1-4]\d|5[0-3])|\d{2}-\d{2}))?$",
            title="报告期",
            description="YYYY-MM、YYYY-Q1、YYYY-W26 等；空=由事件或日历决定 / empty: the partition or the calendar decides",
        ),
        "now": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$",
            title="以此刻为准",
            description="ISO 8601；空=当前时间 / act as of this moment; empty: the clock",
        ),
    }


def deadline(dag_id: str) -> DeadlineAlert | None:
    """Engineers are told when a run of this DAG takes longer than its limit; None for a DAG that has none.

    The callback runs in the triggerer: the executor may be what is stuck."""
    longest = run_limit(dag_id, RUN_LIMITS.get(dag_id))
    if longest is None:
        return None
    return DeadlineAlert(
        name="运行超时",
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=longest,
        callback=AsyncCallback(run_overdue),
    )


def dag_arguments(display_name: str, doc_md: str | None, tags: tuple[Tag, ...], **different: Any) -> dict[str, Any]:
    """Arguments of `@dag`: what is common, and what this DAG has differently."""
    return {
        "dag_display_name": display_name,
        "doc_md": doc_md,
        "tags": [str(Tag.SAIMA), *(str(tag) for tag in tags)],
        "default_args": DEFAULT_ARGS,
        "on_failure_callback": run_failed,
        "params": params(),
        "start_date": datetime(2021, 1, 1, tzinfo=UTC),
        "catchup": False,
        "max_active_runs": 1,
        "dagrun_timeout": timedelta(hours=6),
        **different,
    }
