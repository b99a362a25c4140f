"""A received file on its way to a verdict: dry run, validation by batch, processing, re-validation."""
