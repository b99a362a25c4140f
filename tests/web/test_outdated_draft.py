"""A unit corrects its return after the draft was made: whoever signs is told before reading the table, not after signing it."""

from __future__ import annotations

from typing import Any

from .conftest import AFTER_DUE

RANKING = "/ranking?period=2026-Q1"
SIGN = 'value="approved"'


def test_a_draft_that_returns_have_overtaken_says_so(make_portal: Any) -> None:
    portal = make_portal()
    for who, code in zip(("unit", "other", "third"), portal.units, strict=True):
        portal.upload(who, ("q1.csv", portal.good.replace(portal.units[0].encode(), code.encode())))
    portal.now[0] = AFTER_DUE
    portal.post("bureau", "/ranking/2026-Q1/close", RANKING)
    page = portal.client("bureau").get(RANKING).text
    assert SIGN in page and "已不是最新的数" not in page

    portal.upload("unit", ("q1.csv", portal.good.replace(b"1100", b"1150")))
    page = portal.client("bureau").get(RANKING).text
    assert "请先重新关账并编制初稿" in page and SIGN not in page
    assert 'value="returned"' in page, "it may still be sent back"
    leader = portal.client("leader").get(RANKING).text
    assert "待市统计局重新编制初稿" in leader and "请先重新关账" not in leader

    portal.post("bureau", "/ranking/2026-Q1/close", RANKING)
    page = portal.client("bureau").get(RANKING).text
    assert SIGN in page and "已不是最新的数" not in page and "1,150" in page
