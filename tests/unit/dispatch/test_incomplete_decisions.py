"""A decision that would decide nothing is not recorded: every kind says what it lacks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipelines.errors import Refused
from pipelines.flow.dispatch.decision_request import DecisionRequest, refuse_incomplete

DAY = date(2022, 7, 1)
UNTIL = date(2022, 12, 31)
SNAIL = {"purpose": "snail", "notified_on": "2022-06-20", "reply": "已回复"}


def request(kind: Any, detail: dict[str, str]) -> DecisionRequest:
    return DecisionRequest(kind, "P1", "市经信局", "嘉经信〔2022〕1号", "理由充分", DAY, UNTIL, detail)


@pytest.mark.parametrize(
    ("kind", "detail", "lacks"),
    [
        ("leader_assigned", {}, "领导代码"),
        ("leader_assigned", {"leader_code": " "}, "领导代码"),
        ("factor_accepted", {"factor": "land"}, "period"),
        ("factor_refused", {"period": "2022-06"}, "factor"),
        ("publication_permit", {}, "purpose"),
        ("publication_permit", {**SNAIL, "reply": ""}, "reply"),
        ("publication_permit", {"purpose": "snail"}, "告知日期、陈述申辩"),
        ("publication_permit", {"purpose": "parade"}, "parade"),
        ("permit_withdrawn", {}, "purpose"),
        ("permit_withdrawn", {"purpose": "parade"}, "parade"),
    ],
)
def test_what_is_lacking_is_named(kind: str, detail: dict[str, str], lacks: str) -> None:
    with pytest.raises(Refused, match=lacks):
        refuse_incomplete(request(kind, detail), DAY)


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("leader_assigned", {"leader_code": "L-330411-20"}),
        ("factor_accepted", {"factor": "land", "period": "2022-06"}),
        ("publication_permit", {"purpose": "showcase"}),
        ("publication_permit", SNAIL),
        ("permit_withdrawn", {"purpose": "snail"}),
    ],
)
def test_what_is_whole_passes(kind: str, detail: dict[str, str]) -> None:
    refuse_incomplete(request(kind, detail), DAY)
