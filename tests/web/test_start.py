"""What `saima --help` and `saima web` cost before their first answer, and what they leave for the first file."""

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


def test_the_commands_are_listed_without_the_rooms_they_call() -> None:
    """`saima --help` is 0.2 s; with the templates of the editions, which one command imported for a file it might write, it was 0.4 s."""
    program = (
        "import sys, pipelines.cli.app; here = {m.split('.')[1] for m in sys.modules if m.startswith('pipelines.')};"
        "print(*sorted(here - {'cli', 'errors', 'model'}), *sorted({'jinja2', 'numpy', 'pyarrow', 'sqlalchemy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "", "imported by every command"
