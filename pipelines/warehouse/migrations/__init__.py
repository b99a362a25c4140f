"""Alembic migrations of the SQL warehouse; run by `Database.upgrade` on a connection it hands over."""
