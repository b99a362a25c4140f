"""Bytes become raw tables, every cell with its address. Runs inside a limited child process that flow starts."""
