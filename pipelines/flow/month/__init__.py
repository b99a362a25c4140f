"""From the closed month to the published edition."""
