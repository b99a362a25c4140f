"""The store of notifications: outbox, deliveries, acknowledgements, calls."""
