"""A unit corrects its return after the draft was made: whoever signs is told before reading the table, not after signing it. And whatever
the pages of a draft link to is there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .conftest import AFTER_DUE

RANKING = "/ranking?period=2026-Q1"
SIGN = 'value="approved"'


@pytest.fixture(scope="module")
def drafted(make_portal: Any) -> Any:
    """Three returns and a draft of them."""
    portal = make_portal()
    for who, code in zip(("unit", "other", "third"), portal.units, strict=True):
        portal.upload(who, ("q1.csv", portal.good.replace(portal.units[0].encode(), code.encode())))
    portal.now[0] = AFTER_DUE
    portal.post("bureau", "/ranking/2026-Q1/close", RANKING)
    return portal


def test_every_file_that_the_page_of_an_edition_links_to_is_there(drafted: Any) -> None:
    page = drafted.client("bureau").get("/editions/2026-Q1-e1/index.html").text
    names = {link for link in re.findall(r'href="([^"#?:]+)"', page) if "/" not in link}
    assert {"dataset.jsonld", "verify.py", "ranking.csv"} <= names
    found = {name: drafted.client("bureau").get(f"/editions/2026-Q1-e1/{name}") for name in names}
    assert {name: answer.status_code for name, answer in found.items() if answer.status_code != 200} == {}
    assert found["verify.py"].headers["content-type"].startswith("text/plain"), "nothing that a browser would run"


def test_a_draft_that_returns_have_overtaken_says_so(drafted: Any) -> None:
    page = drafted.client("bureau").get(RANKING).text
    assert SIGN in page and "已不是最新的数" not in page

    drafted.upload("unit", ("q1.csv", drafted.good.replace(b"1100", b"1150")))
    page = drafted.client("bureau").get(RANKING).text
    assert "请先重新关账并编制初稿" in page and SIGN not in page
    assert 'value="returned"' in page, "it may still be sent back"
    leader = drafted.client("leader").get(RANKING).text
    assert "待市统计局重新编制初稿" in leader and "请先重新关账" not in leader

    drafted.post("bureau", "/ranking/2026-Q1/close", RANKING)
    page = drafted.client("bureau").get(RANKING).text
    assert SIGN in page and "已不是最新的数" not in page and "1,150" in page
