"""The dispatch return gets phases, KPIs and needs; eight further forms of the dispatch loop get their tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipelines.warehouse.db.column_types import column

revision = "0070"
down_revision = "0060"
branch_labels = None
depends_on = None

ADDED = (
    "parent_code",
    "phase",
    "owner_name",
    "uscc",
    "site_code",
    "industry_code",
    "nature",
    "signed_actual",
    "start_on",
    "trial_on",
    "expected_output",
    "expected_tax",
    "automation_rate",
    "capacity_value",
    "capacity_unit",
    "land_area",
    "energy_use",
    "land_need",
    "energy_need",
    "funds_need",
    "stat_entry_ym",
    "lead_level",
    "themes",
    "updated_on",
)
_SYSTEM = ("submission_id", "load_id", "period", "unit_code", "sheet", "row_no", "row_status", "value_status")
_CARRIED = ("reported_unit_code", "reported_unit_name", "reported_period")
TABLES = {
    "current_project_plan": (
        "project_code",
        "project_name",
        "annual_plan",
        "plan_m01",
        "plan_m02",
        "plan_m03",
        "plan_m04",
        "plan_m05",
        "plan_m06",
        "plan_m07",
        "plan_m08",
        "plan_m09",
        "plan_m10",
        "plan_m11",
        "plan_m12",
        "doc_no",
        "explanation",
    ),
    "current_issue_log": (
        "issue_no",
        "project_code",
        "project_name",
        "owner_name",
        "uscc",
        "issue_class",
        "issue_scale",
        "issue_text",
        "issue_owner",
        "owner_kind",
        "raised_on",
        "accepted_on",
        "handled_on",
        "closed_on",
        "assessed_on",
        "due_on",
        "assessment",
        "helper_code",
        "team_code",
        "explanation",
    ),
    "current_service_memo": (
        "team_code",
        "team_name",
        "meeting_on",
        "meeting_note",
        "site_on",
        "site_note",
        "review_on",
        "review_note",
        "memo_no",
        "memo_on",
        "memo_note",
        "issues_raised",
        "issues_solved",
        "explanation",
    ),
    "current_leader_assignment": (
        "project_code",
        "project_name",
        "leader_code",
        "leader_name",
        "leader_post",
        "leader_level",
        "team_code",
        "team_name",
        "team_head",
        "valid_from",
        "valid_to",
        "explanation",
    ),
    "current_helper_roster": (
        "helper_code",
        "helper_name",
        "helper_level",
        "helper_post",
        "helper_department",
        "uscc",
        "owner_name",
        "valid_from",
        "valid_to",
        "explanation",
    ),
    "current_visit_log": (
        "visit_no",
        "visited_on",
        "visitor_kind",
        "helper_code",
        "leader_code",
        "team_code",
        "uscc",
        "owner_name",
        "project_code",
        "visit_kind",
        "issue_no",
        "visit_note",
        "explanation",
    ),
    "current_approval_list": (
        "survey_round",
        "project_code",
        "project_name",
        "owner_name",
        "uscc",
        "industry_code",
        "site_code",
        "plan_total",
        "approval_kind",
        "approved_on",
        "start_on",
        "survey_source",
        "newly_found",
        "explanation",
    ),
    "current_inspection_reply": (
        "inspection_id",
        "project_code",
        "project_name",
        "replied_on",
        "reply_status",
        "measure_note",
        "rectified_on",
        "next_due_on",
        "doc_no",
        "explanation",
    ),
}


def upgrade() -> None:
    """Columns as they were when this migration was written, whatever the register says later."""
    for name in ADDED:
        op.add_column("current_dispatch_month", column(name))
    for table, names in TABLES.items():
        op.create_table(
            table,
            *(column(name, primary_key=name in ("submission_id", "row_no")) for name in (*_SYSTEM, *_CARRIED, *names)),
            sa.PrimaryKeyConstraint("submission_id", "row_no", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_period_unit_code"), table, ["period", "unit_code"], unique=False)


def downgrade() -> None:
    """The rows stay in the lake and the archive."""
    for table in TABLES:
        op.drop_table(table)
    for name in ADDED:
        op.drop_column("current_dispatch_month", name)
