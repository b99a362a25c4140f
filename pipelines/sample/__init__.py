"""Simulated submissions of the Jiaxing programme: what counties would send, reproducing the published totals."""
