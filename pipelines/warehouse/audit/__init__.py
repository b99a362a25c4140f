"""The checks that prove the warehouse from its own records."""
