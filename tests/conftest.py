"""How the suite is spread over two workers: a file's tests stay together, and so do the files that share the Jiaxing home."""

from __future__ import annotations

import pytest

SHARED_HOME = ("tests/integration/test_jiaxing_months.py", "tests/integration/test_commands.py")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        file = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group("jiaxing" if file in SHARED_HOME else file))
