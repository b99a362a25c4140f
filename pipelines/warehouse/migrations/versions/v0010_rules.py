"""History that more rules look at: the last accepted months (D06, D09) and the same month of the year before (F11, G)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Snapshots taken before have neither; they stay as they are, and their verdicts are judged again under the new rules."""
    op.add_column("history_snapshot", sa.Column("recent", sa.Text(), nullable=True))
    op.add_column("history_snapshot", sa.Column("year_ago", sa.Text(), nullable=True))


def downgrade() -> None:
    """Histories forget the months that more rules look at."""
    op.drop_column("history_snapshot", "year_ago")
    op.drop_column("history_snapshot", "recent")
