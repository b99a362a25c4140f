"""National reference data: workdays and code lists. They reach the other rooms as values."""
