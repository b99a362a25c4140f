"""The console script `saima`: parses arguments, calls flow, prints. No logic of its own."""
