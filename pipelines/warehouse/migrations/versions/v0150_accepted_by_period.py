"""What counted in the last two years is found by form and period, not among all that ever counted of a form."""

from __future__ import annotations

from alembic import op

revision = "0150"
down_revision = "0140"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index."""
    op.create_index(op.f("ix_current_submission_form_period"), "current_submission", ["form", "period"], unique=False)


def downgrade() -> None:
    """It goes."""
    op.drop_index(op.f("ix_current_submission_form_period"), "current_submission")
