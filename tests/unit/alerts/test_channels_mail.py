"""Mail against a local SMTP server with STARTTLS and a certificate of our own (tests/alerts_receivers/mailbox.py)."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.alerts.channels import open_channels
from pipelines.model.notifications import Channel, Notification

MakeNotice = Callable[..., Notification]
TO = "tongji-330481@example.invalid"


@pytest.fixture(scope="module")
def certificates(receivers: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return receivers.make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def mailbox(receivers: SimpleNamespace, certificates: Any) -> Iterator[Any]:
    with receivers.Mailbox(certificates) as server:
        yield server


@pytest.fixture
def mail(mailbox: Any, tmp_path: Path) -> Channel:
    spec, environment = mailbox.channel()
    return open_channels([spec], environment, tmp_path)["mail"]


def parts(message: Any) -> tuple[str, str]:
    return tuple(message.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[return-value]


def test_a_mail_as_people_and_machines_read_it(
    mailbox: Any, mail: Channel, notice_to: MakeNotice, now: datetime
) -> None:
    notice = notice_to(
        TO, "海宁市:\n尚未收到。\n\n详情:https://saima.example.invalid/late?a=1&b=2", "【模拟】未报 / not received"
    )
    done = mail.send(notice, now)
    assert done.accepted, done
    [message] = mailbox.taken
    assert mailbox.envelopes == [("saima@example.invalid", [TO])]
    assert message["Subject"] == "【模拟】未报 / not received"
    assert (message["From"], message["To"]) == ("saima@example.invalid", TO)
    assert message["Message-ID"] == f"<{notice.message_id}@example.invalid>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == now.replace(microsecond=0)
    plain, html = parts(message)
    assert plain.strip().splitlines() == notice.text.body.splitlines()
    assert "<p>海宁市:<br>\n尚未收到。</p>" in html.replace("\r\n", "\n")
    assert (
        '<a href="https://saima.example.invalid/late?a=1&amp;b=2">https://saima.example.invalid/late?a=1&amp;b=2</a>'
        in html
    )
    assert mail.send(notice, now).accepted
    assert mailbox.ids() == [notice.message_id] * 2, "the receiver can tell a repeat by its id"
    assert mailbox.plain_commands == [], "nothing without TLS"


def test_the_html_part_runs_nothing(mailbox: Any, mail: Channel, notice_to: MakeNotice, now: datetime) -> None:
    nasty = (
        '<script>alert(1)</script> <img src=x onerror=alert(1)> "\' & https://a.example.invalid/"onmouseover="alert(1)'
    )
    assert mail.send(notice_to(TO, nasty), now).accepted
    plain, html = parts(mailbox.taken[0])
    assert plain.strip() == nasty
    inner = html.partition("<body>")[2].partition("</body>")[0]
    assert inner.count("<") == inner.count("<p") + inner.count("</p>") + inner.count("<a href=") + inner.count("</a>")
    assert '"onmouseover' not in html


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_no_line_end_enters_a_header(
    mailbox: Any, mail: Channel, notice_to: MakeNotice, now: datetime, end: str
) -> None:
    subject = f"未报{end}Bcc: all@example.invalid{end}{end}<h1>body</h1>"
    assert mail.send(notice_to(TO, subject=subject), now).accepted
    [message] = mailbox.taken
    assert message["Bcc"] is None
    assert mailbox.envelopes[0][1] == [TO]
    assert str(message["Subject"]).startswith("未报 Bcc: all@example.invalid")
    plain, _ = parts(message)
    assert plain.strip() == "海宁市 2022-06 尚未收到。"


@pytest.mark.parametrize(
    "address", ["a@b.invalid\r\nBcc: c@d.invalid", "a@b.invalid, c@d.invalid", "nobody", "", "a@b@c"]
)
def test_what_is_no_address_is_dead_at_once(
    mailbox: Any, mail: Channel, notice_to: MakeNotice, now: datetime, address: str
) -> None:
    done = mail.send(notice_to(address), now)
    assert (done.accepted, done.retry) == (False, False)
    assert mailbox.taken == []


@pytest.mark.parametrize(
    ("at", "reply", "retry"),
    [
        ("rcpt", "550 no such user", False),
        ("rcpt", "450 mailbox busy", True),
        ("data", "554", False),
        ("data", "451", True),
        ("data", "drop", True),
        ("data", "lost", True),
    ],
)
def test_four_is_tried_again_and_five_is_dead(
    mailbox: Any, mail: Channel, notice_to: MakeNotice, now: datetime, at: str, reply: str, retry: bool
) -> None:
    notice = notice_to(TO)
    if at == "rcpt":
        mailbox.refused = {TO: reply}
    else:
        mailbox.fault = lambda number: reply if number == 1 else None
    done = mail.send(notice, now)
    assert (done.accepted, done.retry) == (False, retry), done
    assert done.detail
    assert "mail-password" not in done.detail, "a server that repeats the password does not bring it into the record"
    mailbox.refused = {}
    assert mail.send(notice, now).accepted
    assert mailbox.ids() == [notice.message_id] * (2 if reply == "lost" else 1)


def test_a_certificate_that_is_not_trusted_gets_nothing(
    receivers: SimpleNamespace, mailbox: Any, notice_to: MakeNotice, now: datetime, tmp_path: Path
) -> None:
    others = receivers.make_certificates(tmp_path / "others")
    spec, environment = mailbox.channel(ca_file=str(others.authority))
    done = open_channels([spec], environment, tmp_path)["mail"].send(notice_to(TO), now)
    assert (done.accepted, done.retry) == (False, True)
    assert "CERTIFICATE_VERIFY_FAILED" in done.detail
    spec, environment = mailbox.channel(ca_file="nowhere.pem")
    done = open_channels([spec], environment, tmp_path)["mail"].send(notice_to(TO), now)
    assert "ca_file" in done.detail
    assert mailbox.taken == []


def test_a_certificate_for_another_host_gets_nothing(
    receivers: SimpleNamespace, notice_to: MakeNotice, now: datetime, tmp_path: Path
) -> None:
    with receivers.Mailbox(receivers.make_certificates(tmp_path / "c", "mail.example.invalid")) as mailbox:
        spec, environment = mailbox.channel(host="localhost")
        done = open_channels([spec], environment, tmp_path)["mail"].send(notice_to(TO), now)
        assert not done.accepted
        assert "CERTIFICATE_VERIFY_FAILED" in done.detail
        assert mailbox.taken == []


def test_a_server_without_tls_gets_nothing(
    receivers: SimpleNamespace, certificates: Any, notice_to: MakeNotice, now: datetime, tmp_path: Path
) -> None:
    with receivers.Mailbox(certificates, offers_tls=False) as mailbox:
        spec, environment = mailbox.channel()
        done = open_channels([spec], environment, tmp_path)["mail"].send(notice_to(TO), now)
        assert (done.accepted, done.retry) == (False, True)
        assert "STARTTLS" in done.detail
        assert mailbox.plain_commands == []


def test_a_wrong_password_is_the_houses_to_repair(
    mailbox: Any, notice_to: MakeNotice, now: datetime, tmp_path: Path
) -> None:
    spec, environment = mailbox.channel()
    wrong = {"SAIMA_CONN_MAIL": environment["SAIMA_CONN_MAIL"].replace("mail-password", "male-password")}
    done = open_channels([spec], wrong, tmp_path)["mail"].send(notice_to(TO), now)
    assert (done.accepted, done.retry) == (False, True)
    assert "535" in done.detail
    assert "male-password" not in done.detail


def test_nobody_listens(mailbox: Any, notice_to: MakeNotice, now: datetime, tmp_path: Path) -> None:
    spec, environment = mailbox.channel(port="1")
    done = open_channels([spec], environment, tmp_path)["mail"].send(notice_to(TO), now)
    assert (done.accepted, done.retry) == (False, True)
    assert "ConnectionRefusedError" in done.detail


def test_tls_from_the_start_is_spoken_where_it_is_asked_for(
    mailbox: Any, notice_to: MakeNotice, now: datetime, tmp_path: Path
) -> None:
    spec, environment = mailbox.channel(security="tls", seconds="1")
    done = open_channels([spec], environment, tmp_path)["mail"].send(notice_to(TO), now)
    assert (done.accepted, done.retry) == (False, True), "this server begins in plain text"
    assert "SSL" in done.detail or "timed out" in done.detail


@pytest.mark.parametrize(
    ("security", "first", "piece"),
    [
        ("starttls", b"", b"220-please wait\r\n"),
        ("starttls", b"220 m\r\n250-", b"x"),
        ("tls", b"\x16\x03\x03\x40\x00", b"\0"),
    ],
)
def test_a_server_that_slows_down_for_ever_holds_nobody(
    receivers: SimpleNamespace,
    mailbox: Any,
    notice_to: MakeNotice,
    now: datetime,
    tmp_path: Path,
    security: str,
    first: bytes,
    piece: bytes,
) -> None:
    """As tarpits do: a line every few seconds. Before, it held the sender, and with it all other messages."""
    with receivers.Dripping(first, piece) as server:
        spec, environment = mailbox.channel(port=str(server.port), seconds="0.1", security=security)
        started = time.monotonic()
        done = open_channels([spec], environment, tmp_path)["mail"].send(notice_to(TO), now)
        assert time.monotonic() - started < 0.95
    assert (done.accepted, done.retry) == (False, True)
    assert security == "tls" or done.detail == "0.6 秒内未办完 / not done in time"


def test_a_server_that_repeats_the_login_as_it_was_sent(mail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from base64 import b64encode

    sent = b64encode(b"\0saima\0mail-password-77aa").decode()
    said = mail._response(535, f"5.7.8 not accepted: {sent} {b64encode(b'mail-password-77aa').decode()}".encode())
    assert said == "SMTP 535 5.7.8 not accepted: *** ***"


def test_a_goodbye_that_fails_changes_nothing(
    mailbox: Any, mail: Channel, notice_to: MakeNotice, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: smtplib.SMTP) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "quit", broken)
    assert mail.send(notice_to(TO), now).accepted
    assert len(mailbox.taken) == 1
