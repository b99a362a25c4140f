"""Decisions of the dispatch loop: exemptions, inspections, budgets, leaders, permits; only ever added to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, and the triggers that keep it."""
    op.create_table(
        "dispatch_decision",
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "subject", "unit_code")),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("decided_by", "document", "reason", "detail")),
        sa.Column("recorded_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_dispatch_decision")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_dispatch_decision_decision_id")),
    )
    op.create_index(op.f("ix_dispatch_decision_kind_subject"), "dispatch_decision", ["kind", "subject"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER dispatch_decision_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON dispatch_decision "
            "FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_kept()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER dispatch_decision_no_{verb.lower()} BEFORE {verb} ON dispatch_decision "
            "BEGIN SELECT RAISE(ABORT, 'dispatch_decision is evidence and is kept'); END"
        )


def downgrade() -> None:
    """The decisions are lost; the audit log still names them."""
    op.drop_table("dispatch_decision")
