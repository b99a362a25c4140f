"""What must follow a load or a ruling is a row of the same transaction, done by whoever comes next; how often a file was tried."""

from __future__ import annotations

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three lists of what is due, the inputs of every month, and indexes for what is looked up by name, unit or receipt."""
    op.create_table(
        "feedback_due",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_feedback_due")),
    )
    op.create_table(
        "notification_due",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("status_before", sa.Text(), nullable=True),
        sa.Column("loaded_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_notification_due")),
    )
    op.create_table(
        "revalidation_due",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("unit_code", "period", "form", "mark")),
        sa.PrimaryKeyConstraint("unit_code", "period", "form", name=op.f("pk_revalidation_due")),
    )
    op.create_table(
        "period_inputs",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("inputs_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_period_inputs")),
    )
    op.add_column("receipt", sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_receipt_source_name"), "receipt", ["source", "name"], unique=False)
    op.create_index(op.f("ix_submission_unit_code_period"), "submission", ["unit_code", "period"], unique=False)
    op.create_index(
        op.f("ix_current_submission_form_unit_code_period"),
        "current_submission",
        ["form", "unit_code", "period"],
        unique=False,
    )
    _fill_period_inputs(op.get_bind())


def _fill_period_inputs(connection: sa.Connection) -> None:
    """The identity of each month's inputs, as `month_inputs.inputs_hash` makes it."""
    found: dict[str, list[tuple[str, str]]] = {
        period: [] for period in connection.scalars(sa.text("SELECT DISTINCT period FROM submission"))
    }
    for period, submission, verdict in connection.execute(
        sa.text("SELECT period, submission_id, verdict_id FROM current_submission")
    ):
        found.setdefault(period, []).append((submission, verdict))
    for period, pairs in found.items():
        text = "\n".join(f"{submission} {verdict}" for submission, verdict in sorted(pairs))
        values = {"period": period, "inputs_hash": sha256(text.encode()).hexdigest()}
        connection.execute(sa.text("INSERT INTO period_inputs VALUES (:period, :inputs_hash)"), values)


def downgrade() -> None:
    """What is due is forgotten: run `saima process` before."""
    op.drop_index(op.f("ix_current_submission_form_unit_code_period"), "current_submission")
    op.drop_index(op.f("ix_submission_unit_code_period"), "submission")
    op.drop_index(op.f("ix_receipt_source_name"), "receipt")
    op.drop_column("receipt", "attempts")
    for table in ("period_inputs", "revalidation_due", "notification_due", "feedback_due"):
        op.drop_table(table)
