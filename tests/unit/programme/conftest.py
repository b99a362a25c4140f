from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.model.programme import Programme
from pipelines.programme.folder import find
from pipelines.programme.init import copy_to
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays

PERMITS = Path(__file__).resolve().parents[2] / "programmes/permits"


def load_folder(path: Path) -> Programme:
    return load(path, chinese_workdays(), code_lists())


@pytest.fixture(scope="session")
def jiaxing() -> Programme:
    return load_folder(find("jiaxing"))


@pytest.fixture(scope="session")
def permits() -> Programme:
    return load_folder(PERMITS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bundled programme to spoil."""
    return copy_to(tmp_path / "programme")


@pytest.fixture
def permits_folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PERMITS, tmp_path / "permits"))


@pytest.fixture
def loaded() -> Callable[[Path], Programme]:
    return load_folder
