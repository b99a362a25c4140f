"""Rules across units and submissions, run when a month closes."""
