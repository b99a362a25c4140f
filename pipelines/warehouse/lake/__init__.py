"""Iceberg tables: facts of every version, raw rows, findings."""
