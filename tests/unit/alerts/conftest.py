from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pipelines.model.notifications import MessageText, Notification

NOW = datetime(2022, 7, 11, 1, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def notice_to() -> Callable[..., Notification]:
    """A notice for an address; the key, and so the id, is the address and `key`."""

    def make(
        address: str, body: str = "海宁市 2022-06 尚未收到。", subject: str = "未报", key: str = "1", link: str = ""
    ) -> Notification:
        return Notification(
            key=f"{address}|{key}",
            kind="reminder",
            channel="x",
            address=address,
            audience="county",
            text=MessageText(subject, body),
            created_at=NOW,
            not_before=NOW,
            unit_code="330481",
            period="2022-06",
            form="unit_month",
            rung="T-1",
            link=link,
            facts={"ytd": "1234567"},
        )

    return make
