"""The SHA-256 of every data file of the lake, recorded with the load that brought it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0200"
down_revision = "0190"
branch_labels = None
depends_on = None

TABLE = "lake_file"


def upgrade() -> None:
    """One table, empty: the next load notes what lies in the lake already, without a hash."""
    schema = _schema()
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("table_name", "file_path")),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "file_path", name=op.f(f"pk_{TABLE}")),
        schema=schema,
    )
    if schema and op.get_bind().scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = 'saima_publish'")):
        op.execute(f"GRANT SELECT, INSERT ON {schema}.{TABLE} TO saima_publish")  # as `saima db roles` gives it
    op.create_index(op.f(f"ix_{TABLE}_load_id"), TABLE, ["load_id"], unique=False, schema=schema)


def downgrade() -> None:
    """Hashes are lost; the lake stays."""
    op.drop_table(TABLE, schema=_schema())


def _schema() -> str | None:
    return "ledger" if op.get_bind().dialect.name == "postgresql" else None
