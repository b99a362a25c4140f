"""Alembic's entry: runs the revisions on the connection, and inside the transaction, of `Database.upgrade`."""

from __future__ import annotations

from alembic import context

from pipelines.warehouse.db.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
