"""The tables of the dispatch loop in SQL: their rows, over which views stand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0130"
down_revision = "0120"
branch_labels = None
depends_on = None

TABLE = "dispatch_table_row"


def upgrade() -> None:
    """One table; on PostgreSQL in the schema dispatch."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "dispatch"
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("period", "table_name")),
        sa.Column("row_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", "table_name", "row_no", name=op.f(f"pk_{TABLE}")),
        schema=schema,
    )


def downgrade() -> None:
    """The rows are derived: the next step after a publication would write them again."""
    op.drop_table(TABLE)
