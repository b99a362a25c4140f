"""Rankings and editions with their signatures."""
