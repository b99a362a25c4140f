"""Reminders, escalation, pages and digests: who is notified of what, and the sending of it."""
