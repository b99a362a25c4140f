"""What pages and the half hour ask of receipts, editions and the log is found by an index, however old the home is: the newest file of a
source, files of one upload, files seen lately without a unit, drafts that wait, opinions on an edition."""

from __future__ import annotations

from alembic import op

revision = "0170"
down_revision = "0160"
branch_labels = None
depends_on = None

INDEXES = (
    ("receipt", ("source", "arrived_at")),
    ("receipt", ("state", "seen_at")),
    ("edition", ("state", "period")),
    ("outbox", ("state", "ordinal")),
    ("audit_log", ("action", "subject")),
)


def upgrade() -> None:
    """The index over sources alone goes: the new one begins with it. On PostgreSQL names are found by their beginning."""
    for table, columns in INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)
    op.drop_index(op.f("ix_receipt_source"), "receipt")
    _names({"name": "text_pattern_ops"})


def downgrade() -> None:
    """As it was."""
    _names({})
    op.create_index(op.f("ix_receipt_source"), "receipt", ["source"], unique=False)
    for table, columns in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)


def _names(order: dict[str, str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(op.f("ix_receipt_source_name"), "receipt")
        op.create_index(op.f("ix_receipt_source_name"), "receipt", ["source", "name"], postgresql_ops=order)
