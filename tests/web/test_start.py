"""What `saima web` costs before its first page, and what it leaves for the first file."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("great_expectations", "icalendar", "openpyxl", "pandas", "pyiceberg")


def test_the_pages_start_without_what_only_files_need() -> None:
    program = (
        f"import sys, pipelines.cli.app, pipelines.web.application; print(*sorted(sys.modules.keys() & set({HEAVY})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "", "imported before anybody has sent a file"
