"""Signing in, lockout, reset, the bureau's list of accounts, and what the commands say of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app as commands
from pipelines.errors import Refused, Terminal
from pipelines.flow.portal import accounts
from pipelines.model.accounts import Right


def try_to_sign_in(portal: Any, username: str, password: str) -> Any:
    client = portal.stranger()
    token = portal.token(client.get("/sign-in").text)
    return client.post("/sign-in", data={"username": username, "password": password, "form_token": token})


def test_wrong_name_and_wrong_password_read_the_same(portal: Any) -> None:
    nobody, wrong = (
        try_to_sign_in(portal, "nobody", "whatever it is"),
        try_to_sign_in(portal, "viewer", "whatever it is"),
    )
    assert (nobody.status_code, wrong.status_code) == (401, 401)

    def said(answer: Any) -> str:
        return str(answer.text.split('role="alert">')[1].split("<")[0])

    assert said(nobody) == said(wrong) and "账号或密码不对" in said(nobody)


def test_five_wrong_passwords_bar_an_account_for_a_while(portal: Any) -> None:
    context, now = portal.state.context, portal.now[0]
    accounts.add_account(context, "barred", "某人", "viewer", None, "all", "setup", now, portal.password, False)
    for _ in range(accounts.MOST_FAILURES):
        assert try_to_sign_in(portal, "barred", "not the password").status_code == 401
    assert try_to_sign_in(portal, "barred", portal.password).status_code == 401, "the right one is refused too"
    assert portal.audited("account-barred") == ["barred"]
    with pytest.raises(Refused):
        accounts.sign_in(context, "barred", portal.password, now + accounts.BARRED_FOR - timedelta(seconds=1))
    later = accounts.sign_in(context, "barred", portal.password, now + accounts.BARRED_FOR + timedelta(seconds=1))
    assert later.failures == 0 and later.barred_until is None


@pytest.fixture
def seen_before(portal: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes an account, does something to it, and lets every request from then on have seen it as it was before."""

    def see(username: str, then: Callable[[Any, datetime], None]) -> Any:
        context, now = portal.state.context, portal.now[0]
        accounts.add_account(context, username, "某人", "viewer", None, "all", "setup", now, portal.password, False)
        before = context.warehouse.accounts.get(username)
        then(context, now)
        monkeypatch.setattr(context.warehouse.accounts, "get", lambda _: before)
        return context

    return see


def test_of_many_wrong_passwords_at_once_the_bar_stands(portal: Any, seen_before: Any) -> None:
    """Those after the fifth neither lift it nor lengthen it, the right one among them is refused, and the log has it once."""
    context, now = seen_before("at-once", lambda *_: None), portal.now[0]
    for _ in range(accounts.MOST_FAILURES + 3):
        with pytest.raises(Refused):
            accounts.sign_in(context, "at-once", "not the password", now)
    with pytest.raises(Refused, match="暂时不能登录"):
        accounts.sign_in(context, "at-once", portal.password, now)
    [stored] = [one for one in context.warehouse.accounts.all() if one.username == "at-once"]
    assert stored.barred_until == now + accounts.BARRED_FOR
    assert portal.audited("account-barred").count("at-once") == 1


@pytest.mark.parametrize("done", ["reset", "locked", "changed"])
def test_a_password_that_was_right_a_moment_ago_lets_nobody_in(portal: Any, seen_before: Any, done: str) -> None:
    def then(context: Any, now: datetime) -> None:
        if done == "reset":
            accounts.reset_password(context, f"moment-{done}", "bureau", now)
        elif done == "locked":
            accounts.set_locked(context, f"moment-{done}", True, "bureau", now)
        else:
            accounts.change_password(context, f"moment-{done}", portal.password, "long enough it is", now)

    context, now = seen_before(f"moment-{done}", then), portal.now[0]
    with pytest.raises(Refused, match="暂时不能登录"):
        accounts.sign_in(context, f"moment-{done}", portal.password, now)
    with pytest.raises(Refused, match="暂时不能登录"):
        accounts.change_password(context, f"moment-{done}", portal.password, "another long one it is", now)


def test_an_open_session_does_not_try_passwords_without_end(portal: Any) -> None:
    context, now = portal.state.context, portal.now[0]
    accounts.add_account(context, "left-open", "某人", "viewer", None, "all", "setup", now, portal.password, False)
    for _ in range(accounts.MOST_FAILURES):
        with pytest.raises(Refused, match="原密码不对"):
            accounts.change_password(context, "left-open", "not the password", "long enough it is", now)
    with pytest.raises(Refused, match="暂时不能登录"):
        accounts.change_password(context, "left-open", portal.password, "long enough it is", now)
    later = now + accounts.BARRED_FOR + timedelta(seconds=1)
    assert accounts.change_password(context, "left-open", portal.password, "long enough it is", later).failures == 0


def test_a_reset_ends_sessions_and_asks_for_a_new_password(portal: Any) -> None:
    context, now = portal.state.context, portal.now[0]
    accounts.add_account(context, "resets", "某人", "viewer", None, "all", "setup", now, portal.password, False)
    client = portal.sign_in("resets")
    assert client.get("/editions").status_code == 200
    shown = portal.post("bureau", "/accounts", "/accounts", action="reset", username="resets")
    first = shown.text.split('class="secret">')[1].split("<")[0]
    assert client.get("/editions").headers["location"].startswith("/sign-in"), "the old session is over"
    client = portal.sign_in("resets", first)
    assert client.get("/editions").headers["location"] == "/password", "a first password opens nothing else"
    fields = {"form_token": portal.token(client.get("/password").text), "old": first}
    short = client.post("/password", data={**fields, "new": "short", "again": "short"})
    differ = client.post("/password", data={**fields, "new": "long enough it is", "again": "long enough it was"})
    assert (short.status_code, differ.status_code) == (409, 409)
    done = client.post("/password", data={**fields, "new": "long enough it is", "again": "long enough it is"})
    assert done.status_code == 303 and client.get("/editions").status_code == 200
    assert first not in json.dumps([e.detail for e in context.warehouse.audit_entries()]), "no secret in the log"


def test_a_locked_account_is_out_at_once(portal: Any) -> None:
    context, now = portal.state.context, portal.now[0]
    accounts.add_account(context, "locks", "某人", "leader", None, "all", "setup", now, portal.password, False)
    client = portal.sign_in("locks")
    assert portal.post("bureau", "/accounts", "/accounts", action="lock", username="locks").status_code == 200
    assert client.get("/editions").status_code == 303
    assert try_to_sign_in(portal, "locks", portal.password).status_code == 401
    assert portal.post("bureau", "/accounts", "/accounts", action="unlock", username="locks").status_code == 200
    assert try_to_sign_in(portal, "locks", portal.password).status_code == 303


def clerk(portal: Any, username: str, domain: str = "stat") -> dict[str, str]:
    """The form that makes an account of a unit."""
    unit = {"role": "unit", "unit": portal.units[2], "domain": domain}
    return {"action": "add", "username": username, "name": "新来的", **unit}


def test_who_signs_for_one_office_takes_over_no_account_of_the_other(portal: Any) -> None:
    store, now = portal.state.context.warehouse.accounts, portal.now[0]
    accounts.add_account(
        portal.state.context, "office", "经信乙", "dispatch", None, "all", "setup", now, portal.password
    )
    before = store.get("office")
    changes: list[dict[str, str]] = [
        {"action": "reset", "username": "office"},
        {"action": "add", "username": "second", "name": "另一人", "role": "dispatch", "domain": "all"},
        {"action": "add", "username": "fourth-one", "name": "另一人", "role": "bureau", "domain": "all"},
    ]
    for change in changes:
        answer = portal.post("bureau", "/accounts", "/accounts", **change)
        assert answer.status_code == 409 and "saima users" in answer.text, change
    assert store.get("office") == before and store.get("second") is None and store.get("fourth-one") is None
    assert portal.post("bureau", "/accounts", "/accounts", action="lock", username="office").status_code == 200
    assert portal.post("bureau", "/accounts", "/accounts", action="unlock", username="office").status_code == 409
    assert store.get("office").locked


def test_a_domain_that_is_none_makes_no_account(portal: Any) -> None:
    fields = clerk(portal, "odd", domain="both")
    assert portal.post("bureau", "/accounts", "/accounts", **fields).status_code == 422
    assert portal.state.context.warehouse.accounts.get("odd") is None


def test_nobody_changes_the_own_account_in_the_list(portal: Any) -> None:
    answer = portal.post("bureau", "/accounts", "/accounts", action="lock", username="bureau")
    assert answer.status_code == 409 and "自己的账号" in answer.text


def test_the_bureau_makes_an_account(portal: Any) -> None:
    fields = clerk(portal, "newcomer")
    answer = portal.post("bureau", "/accounts", "/accounts", **fields)
    assert answer.status_code == 200 and 'class="secret"' in answer.text
    made = portal.state.context.warehouse.accounts.get("newcomer")
    assert (made.role, made.unit_code, made.domain, made.must_change) == ("unit", portal.units[2], "stat", True)
    assert made.password_hash.startswith("$argon2id$")
    again = portal.post("bureau", "/accounts", "/accounts", **fields)
    assert again.status_code == 409 and "已存在" in again.text


@pytest.mark.parametrize(
    "change",
    [
        {"username": "UPPER"},
        {"username": "../x"},
        {"role": "root"},
        {"role": "unit", "unit": None},
        {"role": "viewer", "unit": "980101"},
        {"name": " "},
        {"role": "unit", "unit": "999999"},
    ],
)
def test_an_account_that_cannot_be(portal: Any, change: dict[str, Any]) -> None:
    fields = {"username": "maybe", "name": "某", "role": "viewer", "unit": None, **change}
    with pytest.raises(Terminal) as said:
        accounts.add_account(portal.state.context, domain="all", by="x", now=portal.now[0], **fields)
    assert "/" in str(said.value)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "viewer-viewer-1", "x" * 300])
def test_a_password_that_is_too_simple(portal: Any, password: str) -> None:
    with pytest.raises(Refused):
        accounts.reset_password(portal.state.context, "viewer", "x", portal.now[0], password)


def test_the_commands_make_list_and_lock(portal: Any) -> None:
    home = ["--home", str(portal.state.settings.home), "--now", "2026-04-02T09:00"]
    run = CliRunner().invoke
    made = run(
        commands, ["users", "add", "clerk", "--role", "unit", "--unit", "东县", "--name", "张三", "--json", *home]
    )
    assert made.exit_code == 0, made.output
    document = json.loads(made.stdout)
    assert (document["role"], document["unit"]) == ("unit", portal.units[2]) and len(document["password"]) == 19
    listed = json.loads(run(commands, ["users", "list", "--json", *home[:2]]).stdout)["accounts"]
    assert {"clerk", "bureau"} <= {one["username"] for one in listed}
    assert all(one["password"] is None for one in listed)
    assert json.loads(run(commands, ["users", "lock", "clerk", "--json", *home]).stdout)["locked"] is True
    assert json.loads(run(commands, ["users", "unlock", "clerk", "--json", *home]).stdout)["locked"] is False
    given = run(
        commands, ["users", "reset", "clerk", "--password-stdin", "--json", *home], input="a password of mine\n"
    )
    assert json.loads(given.stdout)["password"] is None, "what was given is not repeated"
    assert accounts.sign_in(portal.state.context, "clerk", "a password of mine", portal.now[0]).may(Right.OWN_RETURNS)
    assert run(commands, ["users", "lock", "nobody-here", *home]).exit_code != 0
