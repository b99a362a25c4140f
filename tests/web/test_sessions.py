"""Sessions end on the server: what a copied cookie is worth after its account signed out, was reset or locked."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.flow.portal import accounts


def test_signing_out_ends_the_session_on_the_server_and_copies_of_its_cookie(portal: Any) -> None:
    context, now = portal.state.context, portal.now[0]
    accounts.add_account(context, "leaves", "某人", "viewer", None, "all", "setup", now, portal.password, False)
    client, elsewhere = portal.sign_in("leaves"), portal.sign_in("leaves")
    copied, page = dict(client.cookies), client.get("/editions")
    assert page.status_code == 200

    def with_copy(path: str, **sent: Any) -> Any:
        thief = portal.stranger()
        thief.cookies.update(copied)
        return thief.post(path, data=sent) if sent else thief.get(path)

    assert with_copy("/editions").status_code == 200
    token = portal.token(page.text)
    assert client.post("/sign-out", data={"form_token": token}).headers["location"] == "/sign-in"
    for answer in (with_copy("/editions"), with_copy("/password", form_token=token, old="x"), client.get("/editions")):
        assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    assert elsewhere.get("/editions").status_code == 303, "every session of the account"
    assert portal.audited("account-sign-out") == ["leaves"]
    assert all(check.failed == 0 for check in context.warehouse.record_checks())
    assert portal.sign_in("leaves").get("/editions").status_code == 200


@pytest.mark.parametrize("ending", ["reset", "lock", "lock and unlock", "password"])
def test_what_ends_the_sessions_of_an_account(portal: Any, ending: str) -> None:
    context, now = portal.state.context, portal.now[0]
    name = "ends-" + ending.replace(" ", "")
    accounts.add_account(context, name, "某人", "viewer", None, "all", "setup", now, portal.password, False)
    client = portal.sign_in(name)
    assert client.get("/editions").status_code == 200
    if ending == "reset":
        accounts.reset_password(context, name, "bureau", now)
    elif ending == "password":
        accounts.change_password(context, name, portal.password, "another long one", now)
    else:
        accounts.set_locked(context, name, True, "bureau", now)
        if ending != "lock":
            accounts.set_locked(context, name, False, "bureau", now)
    assert client.get("/editions").headers["location"].startswith("/sign-in")
