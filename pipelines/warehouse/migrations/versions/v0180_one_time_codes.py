"""One-time codes of people who sign in in two steps: the encrypted secret and the newest code that was used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0180"
down_revision = "0170"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns; nobody has codes yet."""
    op.add_column("account", sa.Column("totp_secret", sa.Text(), nullable=True), schema=_schema())
    op.add_column("account", sa.Column("totp_step", sa.BigInteger(), nullable=True), schema=_schema())


def downgrade() -> None:
    """They go; whoever had codes signs in with the password alone."""
    op.drop_column("account", "totp_step", schema=_schema())
    op.drop_column("account", "totp_secret", schema=_schema())


def _schema() -> str | None:
    return "ops" if op.get_bind().dialect.name == "postgresql" else None
