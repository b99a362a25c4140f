"""Versions of a form are found by their period, decisions by when they end or were recorded: a dispatch table looks at a year of returns
and at what holds, not at all there ever was."""

from __future__ import annotations

from alembic import op

revision = "0190"
down_revision = "0180"
branch_labels = None
depends_on = None

INDEXES = (
    ("submission", ("form", "period", "unit_code")),
    ("dispatch_decision", ("subject",)),
    ("dispatch_decision", ("kind", "valid_to")),
    ("dispatch_decision", ("kind", "recorded_at")),
)


def upgrade() -> None:
    """Four indexes."""
    for table, columns in INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)


def downgrade() -> None:
    """They go."""
    for table, columns in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
