"""The ways out that need no network, and the pace of all."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.alerts.channels import open_channels
from pipelines.alerts.channels.sizing import content_of
from pipelines.alerts.pace import next_free
from pipelines.model.notifications import BulkChannel, MessageText, Notification
from pipelines.model.programme import ChannelSpec

MakeNotice = Callable[..., Notification]
OUTBOX = ChannelSpec("outbox", "file", None, {"path": "alerts/outbox.jsonl"})


def test_the_file_holds_one_line_a_message(tmp_path: Path, notice_to: MakeNotice, now: datetime) -> None:
    channel = open_channels([OUTBOX], {}, tmp_path)["outbox"]
    notices = [notice_to("a@example.invalid", "一\n二"), notice_to("b@example.invalid")]
    assert all(channel.send(notice, now).accepted for notice in notices)
    path = tmp_path / "alerts/outbox.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == [notice.message_id for notice in notices]
    assert lines[0]["text"] == "一\n二"
    assert (lines[0]["to"], lines[0]["rung"], lines[0]["unit"], lines[0]["channel"]) == (
        "a@example.invalid",
        "T-1",
        "330481",
        "outbox",
    )
    assert "1234567" not in path.read_text(encoding="utf-8"), "facts stay at home"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_that_a_crash_cut_off_spoils_no_other(tmp_path: Path, notice_to: MakeNotice, now: datetime) -> None:
    path = tmp_path / "alerts/outbox.jsonl"
    path.parent.mkdir()
    path.write_text('{"id": "torn', encoding="utf-8")
    channel = open_channels([OUTBOX], {}, tmp_path)["outbox"]
    assert channel.send(notice_to("a"), now).accepted
    assert channel.send(notice_to("b"), now).accepted
    torn, *whole = path.read_text(encoding="utf-8").splitlines()
    assert torn == '{"id": "torn'
    assert [json.loads(line)["to"] for line in whole] == ["a", "b"]


def test_many_go_in_one_write_and_what_a_killed_sender_wrote_is_not_written_again(
    tmp_path: Path, notice_to: MakeNotice, now: datetime
) -> None:
    channel = open_channels([OUTBOX], {}, tmp_path)["outbox"]
    assert isinstance(channel, BulkChannel)
    notices = [notice_to(name) for name in "abcd"]
    assert all(answer.accepted for answer in channel.send_many(notices[:2], now))
    answers = channel.send_many(notices, now)
    assert len(answers) == 4 and all(answer.accepted for answer in answers)
    lines = (tmp_path / "alerts/outbox.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["to"] for line in lines] == ["a", "b", "c", "d"]


def test_senders_at_once_write_whole_lines(tmp_path: Path, notice_to: MakeNotice, now: datetime) -> None:
    def send(name: str) -> None:
        channel = open_channels([OUTBOX], {}, tmp_path)["outbox"]
        for number in range(25):
            assert channel.send(notice_to(name, "长" * 5000, key=str(number)), now).accepted

    threads = [threading.Thread(target=send, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (tmp_path / "alerts/outbox.jsonl").read_text(encoding="utf-8").splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == 100


@pytest.mark.skipif(os.geteuid() != 0 and not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_no_yes(tmp_path: Path, notice_to: MakeNotice, now: datetime) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts/outbox.jsonl").symlink_to("/dev/full")
    done = open_channels([OUTBOX], {}, tmp_path)["outbox"].send(notice_to("a"), now)
    assert (done.accepted, done.retry) == (False, True)
    (tmp_path / "file").write_text("")
    blocked = ChannelSpec("outbox", "file", None, {"path": "file/outbox.jsonl"})
    done = open_channels([blocked], {}, tmp_path)["outbox"].send(notice_to("a"), now)
    assert "cannot write" in done.detail


def test_the_terminal_shows_it_on_stderr_and_obeys_nothing(
    tmp_path: Path, notice_to: MakeNotice, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = open_channels([ChannelSpec("screen", "console")], {}, tmp_path)["screen"]
    notice = notice_to("岗位", "红\x1b[31m\r字")
    assert channel.send(notice, now).accepted
    out, err = capsys.readouterr()
    assert out == ""
    assert notice.message_id in err
    assert "岗位" in err
    assert not {"\x1b", "\r"} & set(err)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=3000), st.text(max_size=300), st.integers(400, 5000))
def test_any_text_fits_and_keeps_its_id_and_link(body: str, subject: str, most: int) -> None:
    moment = datetime.fromisoformat("2022-07-11T09:00:00+08:00")
    notice = Notification(
        "k", "digest", "x", "group", "bureau", MessageText(subject, body), moment, moment, link="https://a.invalid/x"
    )
    content = content_of(notice, most, "@13900000000 ", lambda text: text.replace("<", "＜"))
    assert len(content.encode()) <= most
    assert content.startswith("@13900000000 ")
    assert content.endswith(f"编号 / id: {notice.message_id}")
    assert notice.link in content
    assert "<" not in content
    whole = f"@13900000000 {subject}\n\n{body}".replace("<", "＜").encode(errors="replace").decode()
    assert content.startswith(whole) or "过长" in content


def test_the_pace_keeps_to_the_minute_and_to_the_second(now: datetime) -> None:
    assert next_free([], 20, now) == now
    assert next_free([now] * 500, None, now) == now
    twenty = [now + timedelta(seconds=number) for number in range(20)]
    assert next_free(twenty, 20, now + timedelta(seconds=25)) == now + timedelta(seconds=60)
    assert next_free(twenty[:19], 20, now + timedelta(seconds=25)) == now + timedelta(seconds=25)
    assert next_free([now] * 4, 90, now) == now + timedelta(seconds=1), "Feishu: five a second"
    assert next_free([now] * 3, 90, now) == now


@given(st.integers(1, 120), st.lists(st.floats(0, 3), max_size=150))
def test_whoever_asks_the_pace_never_exceeds_a_window(per_minute: int, gaps: list[float]) -> None:
    clock = datetime.fromisoformat("2022-07-11T09:00:00+08:00")
    sent: list[datetime] = []
    for gap in gaps:
        clock = next_free(sent, per_minute, clock + timedelta(seconds=gap))
        sent.append(clock)
    for most, seconds in ((per_minute, 60), (max(1, per_minute // 20), 1)):
        for first, last in zip(sent, sent[most:], strict=False):
            assert last - first >= timedelta(seconds=seconds)
