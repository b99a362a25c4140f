"""Returns, waivers and explanations; the rulings a verdict's history held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

_CELL = ("unit_code", "form", "rule", "row_key", "field", "value", "period", "until", "reason", "submission_id")


def upgrade() -> None:
    """Three tables and one column."""
    op.add_column("history_snapshot", sa.Column("rulings", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "submission_return",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("deadline", sa.String(32), nullable=True),
        sa.Column("returned_by", sa.Text(), nullable=False),
        sa.Column("returned_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_submission_return")),
    )
    op.create_table(
        "waiver",
        sa.Column("waiver_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _CELL),
        sa.Column("first_by", sa.Text(), nullable=False),
        sa.Column("first_at", sa.String(32), nullable=False),
        sa.Column("second_by", sa.Text(), nullable=True),
        sa.Column("second_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("waiver_id", name=op.f("pk_waiver")),
    )
    op.create_index(op.f("ix_waiver_form_period"), "waiver", ["form", "period"], unique=False)
    op.create_table(
        "explanation",
        sa.Column("explanation_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _CELL),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.String(32), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.String(32), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("explanation_id", name=op.f("pk_explanation")),
    )
    op.create_index(op.f("ix_explanation_form_period"), "explanation", ["form", "period"], unique=False)


def downgrade() -> None:
    """Returns, waivers and explanations are lost; the audit log still names them."""
    for table in ("explanation", "waiver", "submission_return"):
        op.drop_table(table)
    op.drop_column("history_snapshot", "rulings")
