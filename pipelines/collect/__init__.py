"""Collect: what lies at the sources (`sources`) and the archive that keeps every byte once (`archive`)."""
