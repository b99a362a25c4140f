"""What the proofs of the alert ladder share: the scenarios, receivers that fail, homes, and senders in processes of their own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pipelines.flow.runtime.context import Context, open_context
from pipelines.settings import REPOSITORY, Settings

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from receiving import Receivers  # noqa: E402
from scenario import Scenario, programme_folder  # noqa: E402

JIAXING = REPOSITORY / "pipelines" / "programmes" / "jiaxing"


@pytest.fixture(scope="session")
def cases() -> ModuleType:
    """Judged submissions of real shape (tests/unit/warehouse/cases.py)."""
    known = "warehouse_cases"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE.parent / "unit" / "warehouse" / "cases.py")
        assert spec
        assert spec.loader
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


@pytest.fixture(scope="session")
def home_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Scenario, Receivers], Context]:
    """An empty home whose programme leads to the given receivers."""

    def make(scenario: Scenario, receivers: Receivers) -> Context:
        folder = tmp_path_factory.mktemp(scenario.name)
        programme = programme_folder(scenario, JIAXING, folder / "programme", receivers.specs)
        return open_context(Settings(home=folder / "home"), str(programme))

    return make
