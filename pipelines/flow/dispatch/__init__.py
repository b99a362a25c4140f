"""The dispatch loop of a home: what the returns and decisions say as of an instant, as documents, pages and messages."""
