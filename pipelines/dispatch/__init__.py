"""Pure: what follows from the ranking (seed L1–L40), computed from dispatch returns, a policy and an as-of instant. No I/O."""
