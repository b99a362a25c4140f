"""Files without a unit are looked up by state and arrival, not among all that ever came."""

from __future__ import annotations

from alembic import op

revision = "0140"
down_revision = "0130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index."""
    op.create_index(op.f("ix_receipt_state_arrived_at"), "receipt", ["state", "arrived_at"], unique=False)


def downgrade() -> None:
    """It goes."""
    op.drop_index(op.f("ix_receipt_state_arrived_at"), "receipt")
