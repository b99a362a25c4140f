"""Homes that the integration tests share: the simulated Jiaxing from December 2021 to June 2022, run once a session."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from pipelines.flow.month.run_month import MonthRun, run_month
from pipelines.flow.runtime.context import Context, load_programme, open_context
from pipelines.model.periods import Period
from pipelines.sample.generate import generate
from pipelines.settings import Settings

HISTORY = "2021-12"
MONTHS = ("2022-02", "2022-03", "2022-04", "2022-05", "2022-06")


@dataclass
class Jiaxing:
    """The home, the simulated files it was fed with, and what each month's run reported."""

    context: Context
    sample: Path
    truth: dict[str, Any]
    runs: dict[str, MonthRun]
    before_its_hour: MonthRun | None = None
    """The last month, run and signed when it might not be published yet."""

    def run(self, period: str, from_dir: Path | None = None, after: timedelta = timedelta(minutes=1)) -> MonthRun:
        """The month, as a person would run it a minute after the hour of publication."""
        row = self.context.programme.calendar.row("unit_month", Period.parse(period))
        assert row is not None and row.publish is not None
        return run_month(
            self.context,
            Period.parse(period),
            row.publish + after,
            from_dir or self.sample / period,
            history=period == HISTORY,
            sign_off_as="演示签署人",
        )


@pytest.fixture(autouse=True)
def _no_logging_of_another_program() -> None:
    """Airflow, where a test of the same process has started it, has structlog print to stdout; a command prints its JSON alone."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    generate(load_programme("jiaxing"), out, [HISTORY, *MONTHS])
    return out


@pytest.fixture(scope="session")
def jiaxing(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jiaxing]:
    home = tmp_path_factory.mktemp("jiaxing")
    context = open_context(Settings(home=home), "jiaxing")
    found = Jiaxing(context, sample, json.loads((sample / "truth.json").read_text(encoding="utf-8")), {})
    for period in (HISTORY, *MONTHS):
        incoming = _without_late(sample / period, home / "incoming" / period)
        if period == MONTHS[-1]:
            found.before_its_hour = found.run(period, incoming, timedelta(minutes=-1))
        found.runs[period] = found.run(period, incoming)
    yield found
    context.warehouse.close()


def copy_home(home: Path, to: Path, *left_out: str) -> None:
    """Copies a home that this process has open, by another process: to open and close the files of SQLite beside its connections drops
    their locks (POSIX), and the next program that ends takes the log away from under them."""
    program = "import shutil, sys; shutil.copytree(*sys.argv[1:3], ignore=shutil.ignore_patterns(*sys.argv[3:]))"
    subprocess.run([sys.executable, "-c", program, str(home), str(to), *left_out], check=True)


@pytest.fixture(scope="module")
def own_jiaxing(jiaxing: Jiaxing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jiaxing]:
    """A copy of that home, for tests that publish in it: what follows a publication records decisions."""
    home = tmp_path_factory.mktemp("own") / "home"
    copy_home(jiaxing.context.settings.home, home)
    found = replace(jiaxing, context=open_context(Settings(home=home), "jiaxing"))
    yield found
    found.context.warehouse.close()


def _without_late(source: Path, target: Path) -> Path:
    """The month's files without those that turn up later (the folder `late`); file times are arrival times."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("late"))
    return target


@pytest.fixture(scope="session")
def upkeep_module() -> Any:
    """`test_upkeep.py`, whose small months other tests send too."""
    path = Path(__file__).with_name("test_upkeep.py")
    spec = importlib.util.spec_from_file_location("upkeep_months", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
