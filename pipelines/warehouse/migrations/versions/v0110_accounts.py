"""Accounts of the people who sign in to the pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table."""
    op.create_table(
        "account",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("username", "name", "role")),
        sa.Column("unit_code", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("domain", "password_hash")),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("barred_until", sa.String(32), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("signed_in_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_account")),
        schema=_schema(),
    )


def downgrade() -> None:
    """The table goes, and with it everybody's account."""
    op.drop_table("account", schema=_schema())


def _schema() -> str | None:
    return "ops" if op.get_bind().dialect.name == "postgresql" else None
