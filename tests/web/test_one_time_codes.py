"""Signing in in two steps: set up by the person or by command, each code once, wrong ones bar, the secret is never shown again."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy
import pyotp
import pytest
import zxingcpp
from typer.testing import CliRunner

from pipelines.cli.app import app as commands
from pipelines.errors import Refused
from pipelines.flow.portal import accounts
from pipelines.flow.portal.one_time_codes import SECONDS, encrypt, step_of
from pipelines.flow.portal.two_step_sign_in import begin_codes, confirm_codes, end_codes, set_codes


def code_at(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(int(at.timestamp()))


def person(portal: Any, username: str) -> Any:
    """A new account with the password of all."""
    accounts.add_account(
        portal.state.context, username, "某人", "viewer", None, "all", "setup", portal.now[0], portal.password, False
    )
    return portal.state.context


def decoded(page: str) -> str:
    """What a reader of QR codes other than the library that drew it makes of the picture, drawn as its SVG says: a path of rows, each
    a line a module high, in pixels of four a module."""
    path = page.split('class="qrline"')[1].split(' d="')[1].split('"')[0]
    size = int(page.split('<svg viewBox="0 0 ')[1].split()[0])
    modules = numpy.full((size, size), 255, dtype=numpy.uint8)
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        given = [float(number) for number in numbers.split()]
        if command == "h":
            modules[int(y), int(x) : int(x + given[0])] = 0
            x += given[0]
        elif command == "m":
            x, y = x + given[0], y + given[1]
        else:
            x, y = given
    (found,) = zxingcpp.read_barcodes(numpy.kron(modules, numpy.ones((4, 4), dtype=numpy.uint8)))
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    return str(found.text)


def try_to_sign_in(portal: Any, username: str, password: str, code: str = "") -> int:
    client = portal.stranger()
    fields = {"username": username, "password": password, "code": code}
    token = portal.token(client.get("/sign-in").text)
    return int(client.post("/sign-in", data={**fields, "form_token": token}).status_code)


def test_a_person_turns_it_on_signs_in_with_it_and_turns_it_off(portal: Any) -> None:
    context, now = person(portal, "twosteps"), portal.now[0]
    client, elsewhere = portal.sign_in("twosteps"), portal.sign_in("twosteps")

    def send(action: str, **fields: str) -> Any:
        token = portal.token(client.get("/password").text)
        return client.post("/password", data={"form_token": token, "action": action, **fields})

    assert send("totp-begin", old="not the password").status_code == 409
    shown = send("totp-begin", old=portal.password)
    secret = shown.text.split('class="secret">')[1].split("<")[0].replace(" ", "")
    link = urlsplit(shown.text.split('<a href="otpauth:')[1].split('"')[0].replace("&amp;", "&"))
    assert len(secret) == 32 and parse_qs(link.query)["secret"] == [secret]
    assert decoded(shown.text) == f"otpauth:{link.geturl()}", "what a telephone reads from the picture is the link"
    assert "style=" not in shown.text and 'fill="#fff"' in shown.text, (
        "the policy forbids inline styles; white in the dark too"
    )
    again = client.get("/password").text
    assert secret not in again and "<svg" not in again, "shown once"
    assert try_to_sign_in(portal, "twosteps", portal.password) == 303, "not in use before it is confirmed"
    assert send("totp-confirm", code="000000").status_code == 409
    done = send("totp-confirm", code=code_at(secret, now))
    assert done.status_code == 303 and done.headers["location"] == "/password"
    assert client.get("/editions").status_code == 200
    assert elsewhere.get("/editions").headers["location"].startswith("/sign-in"), "other sessions end"
    page = client.get("/password").text
    assert secret not in page and "停用两步验证" in page
    assert send("totp-begin", old=portal.password).status_code == 409, "in use already"
    assert send("nonsense").status_code == 422

    assert try_to_sign_in(portal, "twosteps", portal.password) == 401, "the password alone"
    assert try_to_sign_in(portal, "twosteps", portal.password, code_at(secret, now)) == 401, "used to confirm"
    later = code_at(secret, now + timedelta(seconds=SECONDS))
    assert try_to_sign_in(portal, "twosteps", "not the password", later) == 401
    assert try_to_sign_in(portal, "twosteps", portal.password, later) == 303
    assert try_to_sign_in(portal, "twosteps", portal.password, later) == 401, "a code is good once"

    with pytest.raises(Refused):
        end_codes(context, "twosteps", portal.password, later, now)
    off = end_codes(
        context, "twosteps", portal.password, code_at(secret, now + timedelta(minutes=2)), now + timedelta(minutes=2)
    )
    assert not off.two_step and off.totp_secret is None
    assert try_to_sign_in(portal, "twosteps", portal.password) == 303
    said = json.dumps([[e.action, e.detail] for e in context.warehouse.audit_entries()])
    assert secret not in said and {"account-totp-begin", "account-totp-on", "account-totp-off"} <= set(said.split('"'))


def test_wrong_codes_bar_an_account_as_wrong_passwords_do(portal: Any) -> None:
    context, now = person(portal, "guessed"), portal.now[0]
    _, secret = set_codes(context, "guessed", True, "engineer", now)
    for number in range(accounts.MOST_FAILURES):
        with pytest.raises(Refused):
            accounts.sign_in(context, "guessed", portal.password, now, f"00000{number}")
    right = code_at(secret, now)
    with pytest.raises(Refused):
        accounts.sign_in(context, "guessed", portal.password, now, right)
    assert portal.audited("account-barred").count("guessed") == 1
    after = now + accounts.BARRED_FOR + timedelta(seconds=1)
    assert accounts.sign_in(context, "guessed", portal.password, after, code_at(secret, after)).failures == 0


@pytest.mark.parametrize(
    "seconds, good", [(0, True), (SECONDS, True), (-SECONDS, True), (3 * SECONDS, False), (-3 * SECONDS, False)]
)
def test_a_clock_may_be_half_a_minute_off(portal: Any, seconds: int, good: bool) -> None:
    settings, now = portal.state.settings, portal.now[0]
    secret = pyotp.random_base32()
    code = code_at(secret, now + timedelta(seconds=seconds))
    assert (step_of(settings, encrypt(settings, secret), code, now, 0) is not None) is good
    assert step_of(settings, encrypt(settings, secret), f" {code[:3]} {code[3:]} ", now, 0) == step_of(
        settings, encrypt(settings, secret), code, now, 0
    ), "as the app groups it"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "１２３４５６", "12345a", "-12345", "²²²²²²"])
def test_what_is_no_code(portal: Any, code: str) -> None:
    settings = portal.state.settings
    assert step_of(settings, encrypt(settings, pyotp.random_base32()), code, portal.now[0], 0) is None


def test_the_secret_is_stored_encrypted_and_of_no_use_under_another_key(
    portal: Any, caplog: pytest.LogCaptureFixture
) -> None:
    context, now = person(portal, "sealed"), portal.now[0]
    account, secret = set_codes(context, "sealed", True, "engineer", now)
    assert account.totp_secret is not None and secret not in account.totp_secret and secret not in repr(account)
    assert account.totp_secret not in repr(account)
    other = portal.state.settings.model_copy(update={"web_secret": "another secret of another installation"})
    assert step_of(other, account.totp_secret, code_at(secret, now), now, 0) is None
    assert "saima users totp NAME --off" in caplog.text
    assert (portal.state.settings.home / "web.key").stat().st_mode & 0o077 == 0


def test_a_code_of_two_requests_at_once_lets_one_in(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have seen the account before either was let in."""
    context, now = person(portal, "racing"), portal.now[0]
    _, secret = set_codes(context, "racing", True, "engineer", now)
    before = context.warehouse.accounts.get("racing")
    accounts.sign_in(context, "racing", portal.password, now, code_at(secret, now))
    monkeypatch.setattr(context.warehouse.accounts, "get", lambda _: before)
    with pytest.raises(Refused):
        accounts.sign_in(context, "racing", portal.password, now, code_at(secret, now))


def test_what_cannot_be_confirmed_or_ended(portal: Any) -> None:
    context, now = person(portal, "neither"), portal.now[0]
    with pytest.raises(Refused, match="没有待确认"):
        confirm_codes(context, "neither", "123456", now)
    with pytest.raises(Refused, match="未启用"):
        end_codes(context, "neither", portal.password, "123456", now)
    secret = begin_codes(context, "neither", portal.password, now)
    again = begin_codes(context, "neither", portal.password, now)
    with pytest.raises(Refused, match="动态口令不对"):
        confirm_codes(context, "neither", code_at(secret, now), now)
    assert confirm_codes(context, "neither", code_at(again, now), now).two_step, "the secret that was shown last"


def test_an_open_session_does_not_guess_without_end(portal: Any) -> None:
    """Neither for a new secret nor to turn codes off."""
    context, now = person(portal, "left-alone"), portal.now[0]
    for _ in range(accounts.MOST_FAILURES):
        with pytest.raises(Refused, match="密码不对"):
            begin_codes(context, "left-alone", "not the password", now)
    with pytest.raises(Refused, match="暂时不能登录"):
        begin_codes(context, "left-alone", portal.password, now)
    _, secret = set_codes(context, "left-alone", True, "engineer", now)
    for _ in range(accounts.MOST_FAILURES):
        with pytest.raises(Refused, match="密码或动态口令不对"):
            end_codes(context, "left-alone", portal.password, "000000", now)
    with pytest.raises(Refused, match="暂时不能登录"):
        end_codes(context, "left-alone", portal.password, code_at(secret, now), now)


def test_the_audit_knows_the_secret_and_lets_codes_be_used(portal: Any) -> None:
    """A used code changes the account and no book; a secret that another put there is found."""
    import sqlalchemy as sa

    from pipelines.flow.upkeep.audit import audit
    from pipelines.warehouse.db.schema import ACCOUNT

    context, now = person(portal, "audited"), portal.now[0]
    _, secret = set_codes(context, "audited", True, "engineer", now)
    accounts.sign_in(context, "audited", portal.password, now, code_at(secret, now))

    def red() -> set[str]:
        return {c["id"] for c in audit(context, now)["checks"] if c["failed"]}

    before = red()
    kept = context.warehouse.accounts.get("audited").totp_secret
    for put, found in ((encrypt(context.settings, pyotp.random_base32()), True), (kept, False)):
        with context.warehouse.database.write() as connection:
            connection.execute(
                ACCOUNT.update().where(ACCOUNT.c.username == sa.literal("audited")).values(totp_secret=put)
            )
        assert bool(red() - before) is found
    assert before == set(), "the books agree after a code was used"


def test_the_command_sets_codes_up_and_resets_them(portal: Any) -> None:
    context = person(portal, "by-command")
    client = portal.sign_in("by-command")
    home = ["--home", str(portal.state.settings.home), "--now", "2026-04-02T09:00"]
    run = CliRunner().invoke
    made = json.loads(run(commands, ["users", "totp", "by-command", "--json", *home]).stdout)
    secret = parse_qs(urlsplit(made["totp_uri"]).query)["secret"][0]
    assert made["two_step"] and made["totp_uri"].startswith("otpauth://totp/Saima:by-command?")
    assert client.get("/editions").headers["location"].startswith("/sign-in")
    assert try_to_sign_in(portal, "by-command", portal.password, code_at(secret, portal.now[0])) == 303
    listed = run(commands, ["users", "list", "--json", *home[:2]]).stdout
    assert secret not in listed and made["username"] in listed
    assert [one["two_step"] for one in json.loads(listed)["accounts"] if one["username"] == "by-command"] == [True]
    spoken = run(commands, ["users", "totp", "by-command", "--off", *home])
    assert spoken.exit_code == 0 and "已停用" in spoken.output
    assert try_to_sign_in(portal, "by-command", portal.password) == 303
    again = run(commands, ["users", "totp", "by-command", *home])
    assert "otpauth://" in again.output and "仅显示一次" in again.output
    assert run(commands, ["users", "totp", "nobody-here", *home]).exit_code == 1
    assert portal.audited("account-totp-set").count("engineer") >= 2 and portal.audited("account-totp-reset")
    assert context.warehouse.accounts.get("by-command").two_step
