"""`make mutants`: break the code of every rule on purpose, and run the table tests of the rules against each.

The tests are collected once; every mutant is a forked process that swaps the code of one function, runs the tests until one
fails, and is gone. Great Expectations is replaced by the plain evaluation that tests/expectations proves equal to it on every
check, so that a mutant costs a fraction of a second. Survivors must be listed in tests/expectations/SURVIVORS.md.

    python -m tests.mutants [FILE …] [--jobs N]
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from .operators import CodeMutant, mutants

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = ROOT / "tests" / "expectations" / "SURVIVORS.md"
TABLES = "tests/unit/validate"
MONTH = (f"{TABLES}/test_period.py", f"{TABLES}/test_period_limits.py")
FILES = (f"{TABLES}/test_file_limits.py", f"{TABLES}/test_history_and_file_rules.py", f"{TABLES}/test_drift_rules.py")
COLUMNS = (
    "tests/expectations/test_columns.py",
    f"{TABLES}/test_history_and_file_rules.py",
    f"{TABLES}/test_drift_rules.py",
    f"{TABLES}/test_row_rules.py",
)
"""Which table tests judge a mutant, the cheapest first."""
BROKEN = {
    "pipelines/validate/explanations.py": (f"{TABLES}/test_file_limits.py",),
    "pipelines/validate/verdicts.py": FILES,
    **{f"pipelines/validate/files/{name}.py": FILES for name in ("file_counts", "file_rules")},
    "pipelines/validate/rows/unit_scale.py": (
        f"{TABLES}/test_file_limits.py",
        f"{TABLES}/test_drift_rules.py",
        f"{TABLES}/test_row_rules.py",
    ),
    **{
        f"pipelines/validate/period/{name}.py": MONTH
        for name in ("cross_submission_rules", "closing_rules", "priority_project_rules", "ledger_rules", "unit_rules")
    },
}
"""Files that evaluate rules → tests that judge their mutants."""
UNSORTED = {
    "expectations/codes.py": ("tests/expectations/test_catalogue.py",),
    "expectations/edits.py": ("tests/expectations/test_catalogue.py", *COLUMNS),
    **{
        f"pipelines/validate/rows/{name}.py": COLUMNS
        for name in ("exact_decimals", "check_frame", "history_index", "row_columns", "history_columns")
    },
}
"""Files whose survivors have not all been told apart yet: broken only where they are named."""
JUDGES = {**BROKEN, **UNSORTED}
SECONDS = 60


def live(module: ModuleType, function: str) -> FunctionType:
    """The function object that runs, by its qualified name."""
    found: Any = module
    for name in function.split("."):
        found = found.__dict__[name]
    if isinstance(found, cached_property):
        found = found.func
    if isinstance(found, property):
        found = found.fget
    found = getattr(found, "__wrapped__", found)
    assert isinstance(found, FunctionType), function
    return found


def plain_run() -> Any:
    """`gx_run.run` without Great Expectations."""
    spec = importlib.util.spec_from_file_location("formulas", ROOT / "tests" / "expectations" / "formulas.py")
    assert spec and spec.loader
    formulas = importlib.util.module_from_spec(spec)
    sys.modules["formulas"] = formulas
    spec.loader.exec_module(formulas)
    import numpy as np

    from pipelines.validate.rows.gx_run import Outcome

    def run(checks: Any, frame: Any) -> dict[str, Outcome]:
        return {
            c.id: Outcome(np.flatnonzero(formulas.failing(c.expectation, c.kwargs, frame)).astype("int64"))
            for _, c in checks
        }

    return run


def cache_of(rows_table: Any) -> Any:
    """Tables of the same rows are made once, before any process is forked."""
    made: dict[tuple[str, ...], Any] = {}

    def table(rows: Any, schema: Any) -> Any:
        key = (repr(rows), *schema.names)
        if key not in made:
            made[key] = rows_table(rows, schema)
        return made[key]

    return table


class Breaking:
    """Runs the collected tests against every mutant of its share."""

    def __init__(self, files: Sequence[str], share: int, jobs: int, only: str) -> None:
        self._files, self._share, self._jobs = files, share, jobs
        self._only = {line.partition(": ")[2] for line in only.splitlines()}
        self.survivors: list[str] = []
        self.count = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        from pipelines.validate import batch_run

        batch_run.run = plain_run()  # type: ignore[assignment]
        failed = self._run(session, session.items)
        if failed:
            raise pytest.UsageError(f"the tests fail before anything is broken: {failed}")
        for file in self._files:
            if not self._survives(session, file, None):
                raise pytest.UsageError(f"{file}: the tests fail though nothing was broken")
        for number, (file, mutant) in enumerate(self._mutants()):
            if number % self._jobs == self._share:
                self.count += 1
                if self._survives(session, file, mutant):
                    self.survivors.append(f"{Path(file).name} {mutant.name}")
                    sys.stdout.write(f"survives: {self.survivors[-1]}\n")
                    sys.stdout.flush()
        return True

    def _mutants(self) -> Iterator[tuple[str, CodeMutant]]:
        for file in self._files:
            for mutant in mutants((ROOT / file).read_text(encoding="utf-8"), file):
                if not self._only or f"{Path(file).name} {mutant.name}" in self._only:
                    yield file, mutant

    def _survives(self, session: pytest.Session, file: str, mutant: CodeMutant | None) -> bool:
        function = None
        if mutant is not None:
            function = live(importlib.import_module(file.removesuffix(".py").replace("/", ".")), mutant.function)
        child = os.fork()
        if child == 0:
            noticed = True
            try:
                signal.alarm(SECONDS)
                if function is not None and mutant is not None:
                    function.__code__ = mutant.code
                order = {name: place for place, name in enumerate(JUDGES[file])}
                items = [i for i in session.items if i.nodeid.partition("::")[0] in order]
                items.sort(key=lambda i: order[i.nodeid.partition("::")[0]])
                noticed = bool(self._run(session, items))
            finally:
                os._exit(int(noticed))
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def _run(self, session: pytest.Session, items: Sequence[pytest.Item]) -> str:
        """Node id of a failing test, "" for none. What earlier tests left standing is taken down first."""
        session._setupstate.teardown_exact(items[0])
        for item, following in zip(items, (*items[1:], items[0]), strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return item.nodeid
        return ""


def listed() -> set[str]:
    part = SURVIVORS.read_text(encoding="utf-8").partition("## Code\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^- ``(.+?)`` — .+$", part, re.MULTILINE))


def share(files: Sequence[str], number: int, jobs: int, report: Path, only: str) -> None:
    tests = sorted({str(ROOT / test) for file in files for test in JUDGES[file]})
    from pipelines.validate.published import example_files as examples

    examples.rows_table = cache_of(examples.rows_table)
    breaking = Breaking(files, number, jobs, only)
    code = pytest.main(
        [
            "-o",
            "addopts=--import-mode=importlib",
            "-p",
            "no:terminal",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(ROOT),
            *tests,
        ],
        plugins=[breaking],
    )
    if code:
        raise SystemExit(f"pytest ended with {code}")
    report.write_text("\n".join([str(breaking.count), *breaking.survivors]), encoding="utf-8")


def main() -> int:
    ask = argparse.ArgumentParser(prog="python -m tests.mutants")
    ask.add_argument("files", nargs="*", help="files to break, by default all that evaluate rules")
    ask.add_argument("--only", type=Path, help="break only what this file lists, such as the output of an earlier run")
    ask.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = ask.parse_args()
    files = [file for file in JUDGES if any(wanted in file for wanted in given.files)] if given.files else list(BROKEN)
    only = given.only.read_text(encoding="utf-8") if given.only else ""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        children = []
        for number in range(given.jobs):
            child = os.fork()
            if child == 0:
                failed = True
                try:
                    share(files, number, given.jobs, Path(folder) / str(number), only)
                    failed = False
                finally:
                    os._exit(int(failed))
            children.append(child)
        for child in children:
            if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
                return 2
        reports = [(Path(folder) / str(n)).read_text(encoding="utf-8").split("\n") for n in range(given.jobs)]
    survivors = {name for report in reports for name in report[1:]}
    count = sum(int(report[0]) for report in reports)
    asked = {line.partition(": ")[2] for line in only.splitlines()}
    known = {n for n in listed() if n.partition(" ")[0] in {Path(f).name for f in files} and (not asked or n in asked)}
    lines = [
        f"{count} mutants of {len(files)} files, {len(survivors)} survive, {time.monotonic() - began:.0f} s",
        *(f"not listed: {name}" for name in sorted(survivors - known)),
        *(f"listed, but noticed now: {name}" for name in sorted(known - survivors)),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if survivors != known else 0


if __name__ == "__main__":
    sys.exit(main())
