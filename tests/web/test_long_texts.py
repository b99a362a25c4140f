"""A text that is too long for its field, and a table pasted into a form for a few words: nothing is taken or cut, and the person is
told what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from pipelines.errors import Refused
from pipelines.flow.portal.accounts import add_account, sign_in
from pipelines.web.guards import MOST_CHARACTERS

from .random_requests import Office, look_around
from .request_schema import TOKEN

PASTED = "330481\t制造业投资\t1000\n"


@pytest.fixture(scope="module")
def rejected(portal: Any) -> Any:
    """A return with a page of its own."""
    portal.upload("unit", ("q1.csv", portal.wrong))
    portal.page = f"/unit/submissions/{portal.versions(portal.units[0])[0]}"
    return portal


@pytest.mark.parametrize("rows,status,said", [(100_000, 413, "作为文件报送"), (2_000, 400, "64 KB")])
def test_a_table_pasted_into_an_explanation(rejected: Any, rows: int, status: int, said: str) -> None:
    text = PASTED * rows
    answer = rejected.post("unit", f"{rejected.page}/explain", rejected.page, rule="B01", reason="其他", text=text)
    assert answer.status_code == status and said in answer.text
    assert rejected.state.context.warehouse.rulings.explanations("2026-Q1") == []


def test_a_form_of_parts_says_how_long_a_text_may_be(rejected: Any) -> None:
    client = rejected.client("unit")
    token = rejected.token(client.get("/unit").text)
    answer = client.post(
        "/unit/upload", data={"form_token": token, "note": PASTED * 5_000}, files={"files": ("a.csv", b"a")}
    )
    assert answer.status_code == 400 and "64 KB" in answer.text


WRITTEN = ("", "text", "password", "datetime-local", "date")
"""Types of the fields that people write in."""


USUAL = {"datetime-local": "2026-04-12T18:00", "date": "2026-04-12", "file": ""}


def usual_answers(fields: Mapping[str, Any]) -> dict[str, str]:
    """What a person might choose or write, by the name of the field."""
    return {
        name: (one["values"] or [USUAL.get(one.get("type", ""), "逐项核对过的说明")])[0] for name, one in fields.items()
    }


def test_no_field_takes_or_cuts_a_text_that_is_too_long(office: Office) -> None:
    """Every field that people write in, of every form of every role, over HTTP: between its limit and that of a whole form."""
    audit = office.state.context.warehouse.audit_entries
    seen, looked = look_around(office, "2026-Q1", 4), set()
    for address, fields in sorted(seen.forms.items()):
        route = seen.operation("POST", address)
        others = usual_answers(fields)
        for name, one in fields.items():
            if one["values"] or one.get("type", "") not in WRITTEN:
                continue
            looked.add((route.path, name))
            for text in ("字" * (MOST_CHARACTERS + 1), "<b>长的文字" * 2_500, "=cmd()" * 10_000):
                session, token = office.visitor(office.may(route)[0])
                before, sent = len(audit()), {**others, name: text, "form_token": token}
                answer = session.post(office.address + address, sent, allow_redirects=False)
                assert answer.status_code != 303, (address, name, len(text), answer.headers)
                main = answer.text.split('<main id="main">')[1]
                secret = one.get("type") == "password" and answer.status_code == 409
                said = ("密码须有", "密码不对") if secret else ("最多 2,000 字；未保存", "不超过 64 KB")
                assert answer.status_code == (409 if secret else 400), (address, name, answer.status_code, main)
                assert any(words in main for words in said) and (secret or "写明要点后重新提交" in main), main
                assert "<b>长" not in main and (secret or len(audit()) == before), "nothing is recorded"
    assert len(looked) > 15, sorted(looked)
    assert {"/accounts", "/password", "/dispatch/decisions", "/ranking/{period}/sign"} <= {path for path, _ in looked}


def test_a_text_of_just_that_length_is_kept_whole(office: Office) -> None:
    session, token = office.visitor("bureau")
    text = "一字不差" * (MOST_CHARACTERS // 4)
    fields = {"period": "2026-Q1", "unit": "980101", "form": "unit_quarter", "action": "call", "answer": f" {text}\r\n"}
    answer = session.post(f"{office.address}/desk/calls", {**fields, "form_token": token}, allow_redirects=False)
    assert answer.status_code == 303
    assert [call.answer for call in office.state.context.warehouse.alerts.calls()] == [text]


def test_a_password_is_compared_whole(office: Office) -> None:
    """Not its first two hundred characters; and a name or code of any length is a wrong one."""
    stranger = requests.Session()
    page = stranger.get(f"{office.address}/sign-in").text
    token = TOKEN.findall(page)[0]
    for username, password, code in (
        ("viewer", "x" * 60_000, ""),
        ("v" * 60_000, "x", ""),
        ("viewer", "x", "1" * 60_000),
    ):
        fields = {"username": username, "password": password, "code": code, "form_token": token}
        answer = stranger.post(f"{office.address}/sign-in", fields, allow_redirects=False)
        assert answer.status_code == 401 and "账号" in answer.text
    longest = "longest password that may be " * 7
    context, now = office.state.context, office.state.now()
    add_account(context, "longpass", "长密码", "viewer", None, "all", "setup", now, longest[:200], False)
    assert sign_in(context, "longpass", longest[:200], now).username == "longpass"
    with pytest.raises(Refused):
        sign_in(context, "longpass", longest[:200] + "x", now)
