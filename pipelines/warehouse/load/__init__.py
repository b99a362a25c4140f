"""The one loader: planned, committed to the lake, committed to the ledger."""
