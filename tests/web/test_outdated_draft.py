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


@pytest.mark.parametrize("form", ["sign", "publish"])
def test_a_form_of_another_month_signs_and_publishes_nothing(drafted: Any, form: str) -> None:
    editions = drafted.state.context.warehouse.editions
    edition = editions.newest("2026-Q1")
    fields = {"edition": edition.edition_id, "content_hash": edition.content_hash, "role": "statistics"}
    answer = drafted.post("bureau", f"/ranking/2026-Q2/{form}", RANKING, **fields, decision="approved")
    assert answer.status_code == 409 and f"{edition.edition_id} 不是 2026-Q2 的版次" in answer.text
    assert editions.signatures(edition.edition_id) == [] and editions.newest("2026-Q1").state == "draft"


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


def test_what_was_signed_and_then_overtaken_is_not_published_and_says_what_to_do(drafted: Any) -> None:
    edition = drafted.state.context.warehouse.editions.newest("2026-Q1")
    fields = {"edition": edition.edition_id, "content_hash": edition.content_hash}
    for role in drafted.state.context.programme.method.signatures:
        sign = drafted.post("bureau", "/ranking/2026-Q1/sign", RANKING, **fields, role=role, decision="approved")
        assert sign.status_code == 303, sign.text
    drafted.upload("unit", ("q1.csv", drafted.good.replace(b"1100", b"1175")))
    answer = drafted.post("bureau", "/ranking/2026-Q1/publish", RANKING, **fields)
    assert answer.status_code == 409 and "不能发布：须重新关账、编制初稿，再签发" in answer.text
