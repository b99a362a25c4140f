"""Which run asks for the signatures of a draft: a draft that no run asks for is found by looking, not by an event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row a content that was put before its signers."""
    on_server = op.get_bind().dialect.name != "sqlite"
    op.create_table(
        "release_run",
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["publish.edition.edition_id" if on_server else "edition.edition_id"],
            name=op.f("fk_release_run_edition_id"),
        ),
        sa.PrimaryKeyConstraint("edition_id", "content_hash", name=op.f("pk_release_run")),
        schema="publish" if on_server else None,
    )


def downgrade() -> None:
    """Which run asked is forgotten: drafts that wait are announced once more."""
    op.drop_table("release_run", schema="publish" if op.get_bind().dialect.name != "sqlite" else None)
