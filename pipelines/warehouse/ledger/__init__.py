"""Receipts, submissions, verdicts, closings, rulings."""
