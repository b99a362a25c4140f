"""A verdict names the version of the same month that its submission takes the place of (A12)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Verdicts made before were not compared with any."""
    op.add_column("history_snapshot", sa.Column("replaces", sa.Text()))


def downgrade() -> None:
    """Verdicts no longer name the version they replace."""
    op.drop_column("history_snapshot", "replaces")
