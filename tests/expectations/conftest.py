"""The examples of the catalogue and those at its limits, as check frames: made once, with the plain evaluation beside them."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from expectations.plan import plan
from expectations.rule import Check, Rule
from pipelines.flow.runtime.context import load_programme
from pipelines.model.programme import Programme
from pipelines.validate.batch_run import form_setup
from pipelines.validate.published.example_files import ExampleFiles, example_files
from pipelines.validate.rows.check_frame import CheckFrame


def beside(name: str) -> ModuleType:
    """A module of this folder, which is no package."""
    known = f"expectations_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, Path(__file__).with_name(f"{name}.py"))
        assert spec and spec.loader
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


@dataclass(frozen=True)
class FormTable:
    """A form's example files, the checks its suite asks, and the frame with one row a row of the files."""

    made: ExampleFiles
    checks: tuple[tuple[Rule, Check], ...]
    frame: pd.DataFrame

    def own(self, check: Check) -> list[tuple[int, bool]]:
        """(position, must it fail) of the check's examples, and of the form's clean row."""
        first = self.made.batch().start[:-1].tolist()
        found = [(p, f.fails) for p, f in zip(first, self.made.files, strict=True) if _about(f, check)]
        return [*found, (next(p for p, f in zip(first, self.made.files, strict=True) if _clean(f)), False)]


def _about(file: object, check: Check) -> bool:
    """Whether the file's example is one of this check, or of the check that is repeated for this field (`Check.each`)."""
    asked = file.check  # type: ignore[attr-defined]
    if asked.each:
        return check.id == f"{asked.id}.{file.example.at}"  # type: ignore[attr-defined]
    return bool(asked.id == check.id)


def _clean(file: object) -> bool:
    example = file.example  # type: ignore[attr-defined]
    alone = example.previous is None and example.final is None and example.year_ago is None and not example.recent
    return (
        not file.fails
        and not example.passes
        and not example.beside
        and alone
        and example.period in ("2022-06", "2022-W26")
    )  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def jiaxing() -> Programme:
    return load_programme("jiaxing")


@pytest.fixture(scope="session")
def formulas() -> ModuleType:
    return beside("formulas")


@pytest.fixture(scope="session")
def tables(jiaxing: Programme) -> dict[str, FormTable]:
    parts = (beside("boundaries").BOUNDARIES, beside("shared_boundaries").SHARED_BOUNDARIES)
    more = {check: [e for part in parts for e in part.get(check, ())] for check in {c for part in parts for c in part}}
    found = {}
    for form in jiaxing.forms:
        made = example_files(form, jiaxing, more)
        asked = plan(form_setup(form, jiaxing, "2022-06"))
        found[form] = FormTable(made, asked.checks, CheckFrame(made.batch()).build(asked.columns))
    return found
