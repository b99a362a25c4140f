"""Robots and webhook against a local server that verifies as the vendors do (tests/alerts_receivers/robots.py)."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.alerts.channels import open_channels
from pipelines.alerts.channels.posting import retry_after
from pipelines.model.notifications import Channel, Notification
from pipelines.model.programme import ChannelSpec

VENDORS = ("dingtalk", "wecom", "feishu", "webhook")
ROBOTS = ("dingtalk", "wecom", "feishu")
MakeNotice = Callable[..., Notification]


@pytest.fixture
def robots(receivers: SimpleNamespace, now: datetime) -> Iterator[Any]:
    with receivers.Robots(clock=lambda: now, slow_seconds=1.6) as server:
        yield server


@pytest.fixture
def channels(robots: Any, tmp_path: Path) -> dict[str, Channel]:
    specs, environment = robots.channels(seconds="1")
    return dict(open_channels(specs, environment, tmp_path))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_message_arrives_with_its_signature_and_its_id(
    robots: Any, channels: dict[str, Channel], notice_to: MakeNotice, now: datetime, vendor: str
) -> None:
    notice = notice_to("group", link="https://saima.example.invalid/late")
    done = channels[vendor].send(notice, now)
    assert done.accepted, done
    [taken] = robots.taken[vendor]
    assert taken.id == notice.message_id
    assert "海宁市 2022-06 尚未收到。" in taken.text
    again = channels[vendor].send(notice, now + timedelta(seconds=90))
    assert again.accepted
    assert robots.ids(vendor) == [notice.message_id] * 2, "the receiver can tell a repeat by its id"
    assert "1234567" not in json.dumps(taken.document), "facts stay at home"


@pytest.mark.parametrize(
    ("vendor", "address", "mention"),
    [
        ("dingtalk", "13900000000", {"atMobiles": ["13900000000"], "isAtAll": False}),
        ("dingtalk", "all", {"atMobiles": [], "isAtAll": True}),
        ("dingtalk", "group", {"atMobiles": [], "isAtAll": False}),
        ("wecom", "13900000000", ["13900000000"]),
        ("wecom", "all", ["@all"]),
        ("wecom", "group", []),
        ("feishu", "ou_18eac8", ["ou_18eac8"]),
        ("feishu", "all", ["all"]),
        ("feishu", "group", []),
        ("webhook", "duty officer", "duty officer"),
    ],
)
def test_who_is_mentioned(
    robots: Any,
    channels: dict[str, Channel],
    notice_to: MakeNotice,
    now: datetime,
    vendor: str,
    address: str,
    mention: Any,
) -> None:
    assert channels[vendor].send(notice_to(address), now).accepted
    assert robots.taken[vendor][0].to == mention


def test_nothing_in_a_text_mentions_or_formats(
    robots: Any, channels: dict[str, Channel], notice_to: MakeNotice, now: datetime
) -> None:
    nasty = '<at user_id="all"></at> <@zhangsan> [点此](https://bad.example.invalid) # 大字 **粗**\n# 标题 <font color="warning">'
    for vendor in ROBOTS:
        body = nasty if vendor != "wecom" else nasty + "长" * 900
        assert channels[vendor].send(notice_to("group", body), now).accepted
    assert robots.taken["feishu"][0].to == []
    assert not set("<>[]") & set(robots.taken["feishu"][0].text)
    assert channels["wecom"].send(notice_to("group", "文件：<@all>.xlsx"), now).accepted
    assert robots.taken["wecom"].pop().document["text"]["content"].count("＜@all＞") == 1
    markdown = robots.taken["wecom"][0]
    assert markdown.document["msgtype"] == "markdown"
    assert not set("<>[]*`") & set(markdown.text)
    assert not [line for line in markdown.text.splitlines() if line.startswith("#")]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("piece", "times"), [("嘉", 500), ("嘉", 1100), ("嘉", 20_000), ('"', 30_000), ("<", 30_000)])
def test_long_texts_fit_and_say_that_they_were_cut(
    robots: Any, channels: dict[str, Channel], notice_to: MakeNotice, now: datetime, vendor: str, piece: str, times: int
) -> None:
    notice = notice_to("group", piece * times, link="https://saima.example.invalid/late?period=2022-06")
    done = channels[vendor].send(notice, now)
    assert done.accepted, done
    [taken] = robots.taken[vendor]
    assert taken.id == notice.message_id
    assert "\ufffd" not in taken.text
    kept = taken.text.count(piece) + taken.text.count("＜")
    if vendor == "webhook":
        assert kept == times, "a webhook takes all"
        return
    assert taken.text.count(notice.link) == 1
    assert ("过长" in taken.text) == (kept < times)
    assert kept == times or len(taken.text.encode()) > 0.9 * {"wecom": 4096}.get(vendor, 9_500), "as much as fits"
    if vendor == "wecom":
        assert taken.document["msgtype"] == ("text" if times == 500 else "markdown")


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("fault", "retry", "wait", "says"),
    [
        ("busy", True, None, ""),
        ("429", True, 7.0, "HTTP 429"),
        ("500", True, None, "HTTP 500"),
        ("drop", True, None, "RemoteProtocolError"),
        ("lost", True, None, "RemoteProtocolError"),
        ("redirect", True, None, "HTTP 302"),
        ("huge", True, None, "longer than"),
        ("400", False, None, "HTTP 400"),
        ("401", True, None, "HTTP 401"),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_is_raised(
    robots: Any,
    channels: dict[str, Channel],
    notice_to: MakeNotice,
    now: datetime,
    vendor: str,
    fault: str,
    retry: bool,
    wait: float | None,
    says: str,
) -> None:
    robots.fault = lambda number: fault if number == 1 else None
    notice = notice_to("group")
    failed = channels[vendor].send(notice, now)
    assert not failed.accepted
    assert (failed.retry, failed.retry_after) == (retry, wait)
    assert says in failed.detail
    assert failed.detail
    assert [s for s in robots_secrets(robots) if s in failed.detail] == []
    if fault == "redirect":
        assert len(robots.seen) == 1, "a redirect is not followed"
    assert len(robots.taken[vendor]) == (fault == "lost")
    assert channels[vendor].send(notice, now).accepted, "the next attempt is not disturbed by the last"
    assert set(robots.ids(vendor)) == {notice.message_id}


@pytest.mark.parametrize("vendor", [*ROBOTS, "webhook"])
def test_a_login_page_is_no_yes(
    robots: Any, channels: dict[str, Channel], notice_to: MakeNotice, now: datetime, vendor: str
) -> None:
    robots.fault = lambda number: "garbage"
    done = channels[vendor].send(notice_to("group"), now)
    assert (done.accepted, done.retry) == (False, True)


@pytest.mark.parametrize("fault", ["slow", "trickle", "tarpit", "unended"])
def test_a_slow_receiver_is_given_up_in_time(
    robots: Any, notice_to: MakeNotice, now: datetime, tmp_path: Path, fault: str
) -> None:
    specs, environment = robots.channels(seconds="0.6")
    channel = open_channels(specs, environment, tmp_path)["webhook"]
    robots.fault = lambda number: fault if number == 2 else None
    assert channel.send(notice_to("group"), now).accepted
    started = time.monotonic()
    done = channel.send(notice_to("group"), now)  # over the connection that was kept
    assert (done.accepted, done.retry) == (False, True)
    assert done.detail == "0.6 秒内无答复 / no answer in time"
    assert 0.5 < time.monotonic() - started < 1.4, "the receiver takes longer"
    assert len(robots.taken["webhook"]) == 2, "it was taken: the next attempt is a repeat, told by its id"
    assert channel.send(notice_to("group"), now).accepted, "the next attempt has a connection of its own"


def test_a_handshake_that_never_ends_holds_nobody(
    receivers: SimpleNamespace, notice_to: MakeNotice, now: datetime, tmp_path: Path
) -> None:
    with receivers.Dripping(b"\x16\x03\x03\x40\x00") as server:
        spec = ChannelSpec("oa", "webhook", None, {"url": f"https://127.0.0.1:{server.port}/", "seconds": "0.3"})
        channel = open_channels([spec], {"SAIMA_CONN_OA": '{"password": "shared"}'}, tmp_path)["oa"]
        started = time.monotonic()
        done = channel.send(notice_to("group"), now)
    assert done.detail == "0.3 秒内无答复 / no answer in time"
    assert time.monotonic() - started < 0.9


@pytest.mark.parametrize(
    ("said", "accepted"),
    [
        ({"code": "00000"}, True),
        ({"code": "SUCCESS", "message": "ok"}, True),
        ({"errCode": 0, "error": None}, True),
        ({"error": "signature expired"}, False),
        ({"errCode": 40035, "errMsg": "no such group"}, False),
        ({"Success": "false", "msg": "closed"}, False),
        ({"code": "E1001"}, False),
    ],
)
def test_what_a_gateway_says_inside_of_200(
    robots: Any,
    channels: dict[str, Channel],
    notice_to: MakeNotice,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    said: dict[str, Any],
    accepted: bool,
) -> None:
    monkeypatch.setattr(robots, "_webhook", lambda *_: (200, said, {}))
    done = channels["webhook"].send(notice_to("group"), now)
    assert (done.accepted, done.retry) == (accepted, True)
    assert all(str(value) in done.detail for value in said.values()) or accepted


def test_what_a_receiver_answers_writes_nothing_to_a_terminal(
    robots: Any, channels: dict[str, Channel], notice_to: MakeNotice, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robots, "_webhook", lambda *_: (500, {"message": "no\x1b]0;owned\x07\u202emoc.live\u200b"}, {}))
    assert channels["webhook"].send(notice_to("group"), now).detail == "HTTP 500 no ]0;owned moc.live"


def robots_secrets(robots: Any) -> tuple[str, ...]:
    return ("d1ngt0ken", "SEC0123", "feishu-hook-0a1b", "feishuSecret", "wecom-key", "webhook-secret")


WRONG = [
    ("dingtalk", "SAIMA_CONN_DINGTALK", "secret=SEC", "secret=SECx", "errcode 310000: sign not match"),
    ("dingtalk", "SAIMA_CONN_DINGTALK", "access_token=d1", "access_token=d2", "errcode 300005"),
    ("wecom", "SAIMA_CONN_WECOM", "key=wecom", "key=xecom", "errcode 93000"),
    ("feishu", "SAIMA_CONN_FEISHU", "secret=feishu", "secret=xeishu", "code 19021"),
    ("feishu", "SAIMA_CONN_FEISHU", "hook/feishu", "hook/xeishu", "code 19001"),
    ("webhook", "SAIMA_CONN_WEBHOOK", ":webhook-", ":xebhook-", "HTTP 401 bad signature"),
]


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(("vendor", "variable", "old", "new", "says"), WRONG)
def test_a_wrong_secret_gets_the_vendors_code_and_may_be_repaired(
    robots: Any,
    notice_to: MakeNotice,
    now: datetime,
    tmp_path: Path,
    vendor: str,
    variable: str,
    old: str,
    new: str,
    says: str,
    status: int,
) -> None:
    robots.error_status = status
    specs, environment = robots.channels()
    assert old in environment[variable]
    wrong = {**environment, variable: environment[variable].replace(old, new)}
    done = open_channels(specs, wrong, tmp_path)[vendor].send(notice_to("group"), now)
    assert not done.accepted
    assert done.retry, "the message is right, the house is not"
    assert says in done.detail
    assert robots.taken[vendor] == []


@pytest.mark.parametrize("vendor", ["dingtalk", "feishu", "webhook"])
def test_a_stale_signature_is_refused(
    robots: Any, channels: dict[str, Channel], notice_to: MakeNotice, now: datetime, vendor: str
) -> None:
    done = channels[vendor].send(notice_to("group"), now - timedelta(hours=2))
    assert not done.accepted
    assert done.retry


@pytest.mark.parametrize(
    ("vendor", "most", "wait"), [("dingtalk", 20, 600.0), ("wecom", 20, 60.0), ("feishu", 5, 60.0)]
)
def test_the_vendors_limit_says_how_long_to_wait(
    robots: Any, channels: dict[str, Channel], notice_to: MakeNotice, now: datetime, vendor: str, most: int, wait: float
) -> None:
    for number in range(most):
        assert channels[vendor].send(notice_to("group", key=str(number)), now).accepted
    done = channels[vendor].send(notice_to("group", key="too many"), now)
    assert (done.accepted, done.retry, done.retry_after) == (False, True, wait)


def test_no_secret_reaches_a_log(
    robots: Any, channels: dict[str, Channel], notice_to: MakeNotice, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    details = []
    # Airflow, where a test before this one has loaded it, keeps httpx to warnings
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="httpx"):
        for fault in (None, "busy", "500", "drop", "redirect"):
            robots.fault = lambda number, fault=fault: fault
            details += [channels[vendor].send(notice_to("group"), now).detail for vendor in VENDORS]
    assert "HTTP Request: POST http://127.0.0.1" in caplog.text, "httpx did log the request"
    everything = caplog.text + "".join(map(repr, details)) + repr(channels)
    assert [secret for secret in robots.channels()[1].values() if secret in everything] == []
    assert [secret for secret in robots_secrets(robots) if secret in everything] == []


def test_certificates_are_verified(
    receivers: SimpleNamespace, notice_to: MakeNotice, now: datetime, tmp_path: Path
) -> None:
    ours = receivers.make_certificates(tmp_path / "ours")
    receivers.make_certificates(tmp_path / "others")
    with receivers.Robots(clock=lambda: now, tls=ours.server_context()) as robots:
        for ca_file, accepted in (("ours/root.pem", True), ("others/root.pem", False), (None, False)):
            specs, environment = robots.channels(**({"ca_file": ca_file} if ca_file else {}))
            done = open_channels(specs, environment, tmp_path)["dingtalk"].send(notice_to("group"), now)
            assert done.accepted == accepted, done
            assert accepted or "CERTIFICATE_VERIFY_FAILED" in done.detail
        assert len(robots.taken["dingtalk"]) == 1


def test_what_cannot_be_opened_says_so_and_stops_no_other(
    robots: Any, notice_to: MakeNotice, now: datetime, tmp_path: Path
) -> None:
    specs, environment = robots.channels()
    specs = (
        *specs,
        ChannelSpec("plain", "webhook", None, {"url": "http://oa.example.invalid/"}),
        ChannelSpec("odd", "webhook", None, {"url": "https://oa.example.invalid:x/"}),
    )
    broken = {
        **environment,
        "SAIMA_CONN_DINGTALK": "{broken",
        "SAIMA_CONN_WECOM": "",
        "SAIMA_CONN_PLAIN": '{"password": "abcd"}',
        "SAIMA_CONN_ODD": '{"password": "abcd"}',
    }
    channels = open_channels(specs, broken, tmp_path)
    for vendor, says in (
        ("dingtalk", "SAIMA_CONN_DINGTALK"),
        ("wecom", "SAIMA_CONN_WECOM"),
        ("plain", "must be https"),
        ("odd", "must be https"),
    ):
        done = channels[vendor].send(notice_to("group"), now)
        assert (done.accepted, done.retry) == (False, True)
        assert says in done.detail
        assert "broken" not in done.detail
    assert channels["dingtalk"].per_minute == 18
    assert channels["feishu"].send(notice_to("group"), now).accepted


def test_other_ways_to_write_a_connection(robots: Any, notice_to: MakeNotice, now: datetime, tmp_path: Path) -> None:
    secrets = robots.channels()[1]
    token = secrets["SAIMA_CONN_DINGTALK"].split("access_token=")[1].split("&")[0]
    sign = secrets["SAIMA_CONN_DINGTALK"].split("secret=")[1]
    environment = {
        "AIRFLOW_CONN_DINGTALK": json.dumps({"host": robots.origin, "password": token, "extra": {"secret": sign}}),
        "AIRFLOW_CONN_WECOM": json.dumps(
            {"host": robots.origin, "password": secrets["SAIMA_CONN_WECOM"].split("key=")[1]}
        ),
        "SAIMA_CONN_FEISHU": json.dumps(
            {"host": robots.origin, "password": "feishu-hook-0a1b2c3d", "extra": '{"secret": "feishuSecret0123"}'}
        ),
        "SAIMA_CONN_WEBHOOK": json.dumps({"password": "webhook-secret-5f5f"}),
    }
    specs = tuple(
        ChannelSpec(s.name, s.kind, s.per_minute, {**s.options, "url": f"{robots.origin}/oa/saima"})
        if s.kind == "webhook"
        else s
        for s in robots.channels()[0]
    )
    channels = open_channels(specs, environment, tmp_path)
    looked_at = 0
    for vendor in VENDORS:
        looked_at += 1
        done = channels[vendor].send(notice_to("group"), now)
        assert done.accepted, (vendor, done)
    assert looked_at, "nothing was looked at"


def test_vendors_are_where_they_are_unless_a_connection_says_otherwise() -> None:
    from pipelines.alerts.channels.posting import address_of
    from pipelines.model.connections import connection_of

    url = "https://oapi.dingtalk.com/robot/send?access_token=abc"
    assert address_of(connection_of("d", {"SAIMA_CONN_D": url}), "x", "/robot/send") == url.partition("?")[0]
    only = connection_of("d", {"SAIMA_CONN_D": '{"password": "abc"}'})
    assert address_of(only, "oapi.dingtalk.com", "/robot/send") == url.partition("?")[0]
    private = connection_of("d", {"SAIMA_CONN_D": '{"password": "abc", "host": "ding.gov.invalid", "port": 8443}'})
    assert address_of(private, "oapi.dingtalk.com", "/robot/send") == "https://ding.gov.invalid:8443/robot/send"


def test_the_published_signatures() -> None:
    """Worked out by hand from the vendors' sample code with openssl, so that a mistake made twice would show."""
    from pipelines.alerts.channels import dingtalk, feishu, webhook

    at = datetime.fromtimestamp(1_599_360_473, UTC)
    assert dingtalk.signature("this is secret", at) == {"timestamp": "1599360473000", "sign": DING}
    assert feishu.signature("this is secret", at) == {"timestamp": "1599360473", "sign": FEISHU}
    assert webhook.signature("this is secret", b'{"a":1}', at) == {
        "X-Saima-Timestamp": "1599360473",
        "X-Saima-Signature": f"sha256={HOOK}",
    }


DING = "hXZTWifRGHclNuZSKxoXc//sh51SWfVfRIhcdeKs63I="
FEISHU = "/eYKrXQBzTjUZJ3s6NX16VxGbTwmK7AEs8/FnvC1CSw="
HOOK = "90d5e38ebfc52949619d95ece8c817f03e52ca6fdffa95edfb3a98748cd20216"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("12", 12.0),
        ("999999999", 3600.0),
        ("1.5", None),
        ("Mon, 11 Jul 2022 01:02:00 +99999999999999", None),
        ("Mon, 11 Jul 99999 01:02:00 GMT", None),
        (format_datetime(datetime(2022, 7, 11, 1, 2, 0, tzinfo=UTC)), 119.75),
        (format_datetime(datetime(2021, 7, 11, 1, 2, 0, tzinfo=UTC)), 0.0),
    ],
)
def test_retry_after(header: str | None, seconds: float | None, now: datetime) -> None:
    assert retry_after(header, now) == seconds
