"""How the suite is spread over two workers: a file's tests stay together, and so do the files that share the Jiaxing home.

xdist's own `--dist loadgroup` writes the group into `item._nodeid`, which pytest 9.2 no longer reads: it then scatters the tests of
a file over the workers without a word. A scheduler of our own splits by what the node id says itself."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("saima", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(
    "saima"
)  # how fast a value was drawn says how busy the machine is, not whether the property holds

SHARED_HOME = {
    f"tests/integration/test_{name}.py"
    for name in (
        "after_publication",
        "aged_home",
        "answers",
        "commands",
        "dispatch_loop",
        "dispatch_pages",
        "jiaxing_months",
        "rank_what_if",
    )
}
"""Whoever asks for the fixture `jiaxing`: on two workers the home was built twice, 70 CPU-s each."""


class FilesTogether(LoadScopeScheduling):
    """A unit of work is a file, or the files of one shared home."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "jiaxing" if file in SHARED_HOME else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FilesTogether:
    config.option.loadscopereorder = False  # it would start the files with the fewest tests, which take longest, last
    return FilesTogether(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, so that no worker is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def _module(name: str) -> ModuleType:
    """A module of tests/alerts_receivers by path: tests are no package (tests/conventions)."""
    known = f"alerts_receivers_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, Path(__file__).parent / "alerts_receivers" / f"{name}.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


@pytest.fixture(scope="session")
def receivers() -> SimpleNamespace:
    """Local receivers that verify messages as DingTalk, WeCom, Feishu, a signed webhook and a mail server do, and one that never ends."""
    robots, mailbox = _module("robots"), _module("mailbox")
    return SimpleNamespace(
        robots=robots,
        Robots=robots.Robots,
        mailbox=mailbox,
        Mailbox=mailbox.Mailbox,
        make_certificates=_module("certificates").make,
        Dripping=_module("dripping").Dripping,
    )
