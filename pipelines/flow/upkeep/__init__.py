"""Proving the books and making them again."""
