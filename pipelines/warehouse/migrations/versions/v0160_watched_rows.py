"""What a look at the deadlines asks every half hour is found by period or sender, not among all that was ever said or held."""

from __future__ import annotations

from alembic import op

revision = "0160"
down_revision = "0150"
branch_labels = None
depends_on = None

INDEXES = (("outbox", "leased_by"), ("alert_hold", "period"), ("call_log", "period"), ("deadline", "period"))


def upgrade() -> None:
    """One index a table."""
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    """They go."""
    for table, column in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
