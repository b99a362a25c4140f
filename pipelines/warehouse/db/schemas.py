"""Schemas of PostgreSQL: which table lies where. SQLite has none; table names are the same on both.

No query names a schema: every connection searches all of them (`SEARCH_PATH`), rights are given by schema (`roles`). A
migration that adds a table says where (`op.create_table(…, schema=…)` on PostgreSQL): the first schema searched would get it.
"""

from __future__ import annotations

from collections.abc import Mapping

STAT_FORMS = ("project_month", "unit_month", "city_month")
"""Registered forms of the statistical system; the others are administrative data of the dispatch loop (DESIGN §3)."""

TABLES: Mapping[str, tuple[str, ...]] = {
    "ledger": (
        "home",
        "receipt",
        "load",
        "load_stage",
        "lake_pin",
        "lake_file",
        "submission",
        "resend",
        "history_snapshot",
        "verdict",
        "finding_summary",
        "rule_run",
        "current_submission",
        "submission_return",
        "waiver",
        "explanation",
        "feedback_due",
        "notification_due",
        "revalidation_due",
        "period_inputs",
        "audit_log",
    ),
    "stat": (*(f"current_{form}" for form in STAT_FORMS), "month_close", "period_finding"),
    "dispatch": (
        "current_dispatch_month",
        "current_project_plan",
        "current_issue_log",
        "current_service_memo",
        "current_leader_assignment",
        "current_helper_roster",
        "current_visit_log",
        "current_approval_list",
        "current_inspection_reply",
        "dispatch_decision",
        "dispatch_table_row",
    ),
    "publish": ("edition", "edition_unit", "sign_off", "release_run", "data_delivery"),
    "ops": ("outbox", "delivery", "alert_hold", "call_log", "deadline", "heartbeat", "account"),
}

MEANINGS: Mapping[str, tuple[str, str]] = {
    "ledger": (
        "账簿：收件、报送、审核结论、核定、审计日志",
        "the ledger: receipts, submissions, verdicts, rulings, audit log",
    ),
    "stat": ("统计调查数据", "data of the statistical surveys"),
    "dispatch": ("调度数据（行政记录）", "data of the dispatch loop (administrative)"),
    "publish": ("版次、签发与交付", "editions, signatures and deliveries of tables"),
    "ops": ("催报和网页账号：通知、提醒、电话、时限", "reminders and accounts: notifications, calls, deadlines"),
    "bureau": (
        "统计局只读视图：实际单位，只含现行数据",
        "read-only views for the bureau: real units, current rows alone",
    ),
}

VIEWS = "bureau"
"""Schema of the views; on SQLite the prefix of their names (`bureau_project_month`)."""

READER = "bureau_ro"
"""The account that reads the views and nothing else."""

FURTHER_FORMS = "stat"
"""Where the tables of forms lie that only a programme knows."""

SEARCH_PATH = ",".join((*TABLES, "public"))
