"""The Jiaxing programme and its simulated city, built once."""

from __future__ import annotations

import pytest

from pipelines.model.programme import Programme
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays
from pipelines.sample.world import World


@pytest.fixture(scope="session")
def jiaxing() -> Programme:
    return load(find("jiaxing"), chinese_workdays(), code_lists())


@pytest.fixture(scope="session")
def world(jiaxing: Programme) -> World:
    return World(jiaxing)
