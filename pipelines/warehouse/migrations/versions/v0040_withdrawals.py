"""A county may take a version back itself (撤回): recorded like a return of the bureau, and told apart from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everything recorded before was a return of the bureau."""
    op.add_column("submission_return", sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Withdrawals become returns."""
    op.drop_column("submission_return", "withdrawn")
