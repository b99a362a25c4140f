"""The SQL database: connection, schema, columns, locks, the audit log."""
