"""PostgreSQL: the tables move into the schemas ledger, stat, dispatch, publish and ops. Both: receipts of delivered tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0080"
branch_labels = None
depends_on = None

_TABLES = {
    "ledger": (
        "home",
        "receipt",
        "load",
        "load_stage",
        "lake_pin",
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
    "stat": ("month_close", "period_finding"),
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
    ),
    "publish": ("edition", "edition_unit", "sign_off", "data_delivery"),
    "ops": ("outbox", "delivery", "alert_hold", "call_log", "deadline", "heartbeat"),
}
"""As they were when this migration was written; every other `current_…` table holds statistical data."""


def upgrade() -> None:
    """One table, append-only; on PostgreSQL five schemas, which connections search in this order."""
    op.create_table(
        "data_delivery",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("as_of", sa.String(32), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("destination", "delivered_by", "content_hash")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("row_counts", "files")),
        sa.Column("delivered_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_data_delivery")),
    )
    op.create_index(op.f("ix_data_delivery_period"), "data_delivery", ["period"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER data_delivery_no_{verb.lower()} BEFORE {verb} ON data_delivery "
                "BEGIN SELECT RAISE(ABORT, 'data_delivery is evidence and is kept'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER data_delivery_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON data_delivery "
        "FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_kept()"
    )
    placed = {name for names in _TABLES.values() for name in names}
    facts = [name for name in _tables_of("public") if name.startswith("current_") and name not in placed]
    for schema, names in _TABLES.items():
        op.execute(f"CREATE SCHEMA {schema}")
        for name in (*names, *(facts if schema == "stat" else ())):
            op.execute(f'ALTER TABLE public."{name}" SET SCHEMA {schema}')


def downgrade() -> None:
    """The table goes, the others move back. Receipts of deliveries are lost; the audit log still names them."""
    op.drop_table("data_delivery")
    if op.get_bind().dialect.name == "sqlite":
        return
    for schema in _TABLES:
        for name in _tables_of(schema):
            op.execute(f'ALTER TABLE {schema}."{name}" SET SCHEMA public')
        op.execute(f"DROP SCHEMA {schema}")


def _tables_of(schema: str) -> list[str]:
    query = sa.text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY tablename")
    return list(op.get_bind().execute(query, {"schema": schema}).scalars())
