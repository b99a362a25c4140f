"""Saima (赛马): county submissions of manufacturing investment, from the file that arrives to the published ranking."""

import os

# Arrow's allocator (mimalloc) reads this once, when pyarrow is imported. By default memory that was let go goes back to the system after
# 10 ms, and the next batch pays for every page again: 2 of the 80 CPU seconds of a country's month.
os.environ.setdefault("MIMALLOC_PURGE_DELAY", "10000")
