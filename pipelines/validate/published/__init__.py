"""The suites and example frames that are shipped for use without Saima."""
