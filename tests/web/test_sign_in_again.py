"""A session that ended while a page was open: the person is told that nothing was taken, and comes back to that page; to no other server's."""

from __future__ import annotations

from typing import Any

import pytest


def signed_in_from(portal: Any, address: str, username: str = "unit") -> Any:
    """Where somebody arrives who signs in on the page at this address."""
    client = portal.stranger()
    shown = client.get(address).text
    kept = shown.partition('name="next" value="')[2].partition('"')[0].replace("&amp;", "&")
    fields = {"username": username, "password": portal.password, "form_token": portal.token(shown), "next": kept}
    return client.post("/sign-in", data=fields).headers["location"]


def test_who_uploads_after_the_session_has_ended_is_told_that_nothing_was_taken(portal: Any) -> None:
    client = portal.stranger()
    sent = client.post(
        "/unit/upload",
        data={"form_token": "0" * 64},
        files={"files": ("q1.csv", portal.good)},
        headers={"Referer": "http://saima.test/unit?period=2026-Q1"},
    )
    assert sent.status_code == 303
    assert "刚才提交的内容没有收到" in client.get(sent.headers["location"]).text
    assert "was not taken" in client.get(f"{sent.headers['location']}&lang=en").text
    assert "没有收到" not in client.get("/sign-in").text
    assert signed_in_from(portal, sent.headers["location"]) == "/unit?period=2026-Q1"
    assert portal.versions(portal.units[0]) == []


def test_a_link_from_a_message_leads_to_its_page_after_the_sign_in(portal: Any) -> None:
    asked = portal.stranger().get("/desk/queries?period=2026-Q1").headers["location"]
    assert signed_in_from(portal, asked, "bureau") == "/desk/queries?period=2026-Q1"
    assert signed_in_from(portal, asked, "unit") == "/unit", "a page that this account may not see"
    client = portal.stranger()
    shown = client.get(asked).text
    wrong = client.post(
        "/sign-in", data={"username": "bureau", "password": "x", "form_token": portal.token(shown), "next": "/desk"}
    )
    assert wrong.status_code == 401 and 'name="next" value="/desk"' in wrong.text, "after a wrong password too"


@pytest.mark.parametrize(
    "asked",
    [
        "//evil.example/unit",
        "https://evil.example/unit",
        "/\\evil.example",
        "/%5Cevil.example",
        "javascript:alert(1)",
        "/unit\r\nSet-Cookie: x=1",
        "/sign-in",
        "/unit/upload",
        "/static/saima.css",
        "/unit?" + "x" * 600,
    ],
)
def test_no_page_of_another_server(portal: Any, asked: str) -> None:
    client = portal.stranger()
    fields = {"username": "unit", "password": portal.password, "form_token": portal.token(client.get("/sign-in").text)}
    answer = client.post("/sign-in", data={**fields, "next": asked})
    assert (answer.status_code, answer.headers["location"]) == (303, "/unit")
    assert "x=1" not in answer.headers.get("set-cookie", "")


def test_a_remedy_is_said_in_the_language_of_the_page(portal: Any) -> None:
    client = portal.client("unit")
    token = portal.token(client.get("/unit").text)
    for language, said, other in (("zh", "选择填好的工作簿", "choose the"), ("en", "choose the workbook", "选择")):
        text = client.post(f"/unit/upload?lang={language}", data={"form_token": token}).text
        assert said in text and other not in text.split("<main")[1]
