"""Rules of one file as a whole, and what follows from all findings: the verdict."""
