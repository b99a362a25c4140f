"""Who is late, by the calendar and the ledger alone (domain_decisions §3)."""
