"""Rules asked of submissions: check frame, Great Expectations run, findings, verdicts, and the rules across units at closing."""
