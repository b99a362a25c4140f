"""Files in and out: collecting from sources, the outbox of replies to them."""
