"""Rules of single rows: check frame, history columns, the Great Expectations run."""
