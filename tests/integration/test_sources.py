"""Files from every kind of place, through real servers, into the archive and the ledger; what returns goes to `out/` there."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import asyncssh
import pytest

from pipelines.collect.open_source import open_source_client, scan
from pipelines.errors import SaimaError, Terminal, Transient
from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.process import process
from pipelines.flow.records.submission_status import status_document
from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.periods import Period
from pipelines.model.programme import Source
from pipelines.settings import Settings

pytestmark = pytest.mark.slow

NOW = datetime(2022, 7, 12, 4, tzinfo=UTC)
ARRIVED = datetime(2022, 7, 8, 2, tzinfo=UTC)
HEADER = "行政区划代码,单位名称,指标名称,计量单位,统计口径,本年累计,上年同期"


def unit_csv(code: str, name: str) -> bytes:
    rows = [
        f"{name}2022年1-6月制造业投资汇总表",
        "单位:万元",
        HEADER,
        f"{code},{name},制造业投资,万元,管理,1162800,760000",
    ]
    return "\n".join([*rows, ""]).encode()


GOOD = unit_csv("330481", "海宁市")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Context]:
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    yield context
    context.warehouse.close()


def with_sources(context: Context, *sources: Source) -> Context:
    return replace(context, programme=replace(context.programme, sources=sources))


@pytest.fixture
def conn(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, Any]], None]:
    def put(name: str, connection: dict[str, Any]) -> None:
        monkeypatch.setenv(f"SAIMA_CONN_{name.upper()}", json.dumps(connection))

    return put


def set_time(path: Path, moment: datetime = ARRIVED) -> None:
    os.utime(path, (moment.timestamp(), moment.timestamp()))


class SftpServer:
    """A real SSH server over a folder, in a thread of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.loop = asyncio.new_event_loop()
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.ready.wait(20)

    def _run(self) -> None:
        root = self.root

        class Checked(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("haining", "s3cret")

        class Rooted(asyncssh.SFTPServer):
            def __init__(self, channel: Any) -> None:
                super().__init__(channel, chroot=os.fsencode(root))

        async def serve() -> None:
            server = await asyncssh.create_server(
                Checked, "127.0.0.1", 0, server_host_keys=[self.key], sftp_factory=Rooted, allow_scp=False
            )
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()

        self.loop.run_until_complete(serve())
        self.loop.run_forever()

    @property
    def host_key(self) -> str:
        return " ".join(self.key.export_public_key().decode().split()[:2])

    def source(self, **options: str) -> Source:
        given = {"host_key": self.host_key, "settle_seconds": "0.1", **options}
        return Source("county", "sftp", f"sftp://127.0.0.1:{self.port}/in", given)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "sftp" / "in" / "2022-06").mkdir(parents=True)
    server = SftpServer(tmp_path / "sftp")
    yield server
    server.stop()


LOGIN = {"login": "haining", "password": "s3cret"}


def test_sftp_from_the_server_to_the_ledger_and_back(sftp, home, conn):
    conn("county", LOGIN)
    file = sftp.root / "in" / "2022-06" / "海宁市.csv"
    file.write_bytes(GOOD)
    set_time(file)
    (file.parent / "海宁市.csv.manifest.json").write_text('{"unit": "330481"}', encoding="utf-8")
    (file.parent / "half.csv.part").write_bytes(b"x")
    context = with_sources(home, sftp.source())
    first = collect(context, NOW)
    assert first.failures == ()
    (receipt,) = first.receipts
    assert (receipt.name, receipt.arrived_at, receipt.manifest) == ("2022-06/海宁市.csv", ARRIVED, {"unit": "330481"})
    assert context.archive.path(receipt.sha256).read_bytes() == GOOD
    second = collect(context, NOW)
    assert (second.receipts, second.known) == ((), 1)
    process(context, NOW)
    write_due_feedback(context)
    units = status_document(context, Period.parse("2022-06"), NOW)["units"]
    assert next(u["state"] for u in units if u["unit"] == "330481" and u["form"] == "unit_month").startswith("accepted")
    answer = sftp.root / "in" / "out" / "2022-06" / "海宁市.csv.receipt.json"
    assert json.loads(answer.read_text(encoding="utf-8"))["sha256"] == receipt.sha256
    assert answer.with_name("海宁市.csv.receipt.txt").exists()
    with open_source_client(context.programme.sources[0], home.settings.home, os.environ) as place:
        place.put("回执.xlsx", b"old")
        place.put("回执.xlsx", b"receipt")
        assert (sftp.root / "in" / "out" / "回执.xlsx").read_bytes() == b"receipt"
        place.remove("回执.xlsx")
        place.remove("回执.xlsx")
    assert not (sftp.root / "in" / "out" / "回执.xlsx").exists()
    assert collect(context, NOW).receipts == ()


@pytest.mark.parametrize(
    ("connection", "options", "words"),
    [
        ({}, {}, "no credentials"),
        ({"login": "haining", "password": "wrong-hush-hush"}, {}, "refuses the connection"),
        (LOGIN, {"host_key": asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()}, "refuses"),
        (LOGIN, {"host_key": ""}, "declares no host key"),
    ],
)
def test_sftp_trusts_nobody_by_default_and_tells_no_secret(sftp, home, conn, caplog, connection, options, words):
    conn("county", connection)
    done = collect(with_sources(home, sftp.source(**options)), NOW)
    assert len(done.failures) == 1
    assert words in done.failures[0]
    told = done.failures[0] + caplog.text
    assert not any(secret in told for secret in ("hush-hush", LOGIN["password"]))


def test_a_file_that_grows_between_two_looks_waits_for_the_next_run(sftp, home, conn):
    conn("county", LOGIN)
    growing, whole = sftp.root / "in" / "growing.csv", sftp.root / "in" / "whole.csv"
    for file in (growing, whole):
        file.write_bytes(GOOD[:40])

    def upload_goes_on(seconds: float) -> None:
        growing.write_bytes(GOOD[:80])

    source = sftp.source()
    with open_source_client(source, home.settings.home, os.environ) as place:
        fresh, _ = scan(place, source, lambda entry: False, wait=upload_goes_on)
    assert [entry.name for entry in fresh] == ["whole.csv"]


def test_marks_of_a_finished_upload(sftp, home, conn):
    conn("county", LOGIN)
    for name in ("a.csv", "b.csv", "b.csv.done"):
        (sftp.root / "in" / name).write_bytes(GOOD)
    done = collect(with_sources(home, sftp.source(settle="done")), NOW)
    assert [receipt.name for receipt in done.receipts] == ["b.csv"]


def test_a_file_over_the_limit_is_reported_and_stops_no_other(sftp, home, conn):
    conn("county", LOGIN)
    (sftp.root / "in" / "big.csv").write_bytes(b"x" * 5000)
    (sftp.root / "in" / "good.csv").write_bytes(GOOD)
    done = collect(with_sources(home, sftp.source(max_bytes="1000")), NOW)
    assert [receipt.name for receipt in done.receipts] == ["good.csv"]
    assert len(done.failures) == 1
    assert "big.csv" in done.failures[0]


class Files(BaseHTTPRequestHandler):
    """A listing and its files; every file name may misbehave in its own way."""

    listing: list[dict[str, Any]] = []
    seen: list[tuple[str, str]] = []
    stored: dict[str, bytes] = {}
    content = GOOD
    refuse_uploads = False

    def do_GET(self) -> None:  # the name http.server asks for
        Files.seen.append((self.path, self.headers.get("Authorization", "")))
        if self.headers.get("Authorization") != "Bearer t0ken":
            self._send(401, b"")
        elif self.path == "/api/files.json":
            self._send(200, json.dumps({"files": Files.listing}).encode())
        elif self.path == "/api/moved.csv":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()
        elif self.path == "/api/endless.csv":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return
        elif self.path == "/api/short.csv":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(GOOD[:10])
        elif self.path == "/api/slow.csv":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
            except OSError:
                return
        else:
            self._send(200, Files.content)

    def do_DELETE(self) -> None:
        self._send(204 if Files.stored.pop(self.path, None) else 404, b"")

    def do_PUT(self) -> None:
        if Files.refuse_uploads:
            self._send(503, b"")
            return
        Files.stored[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(201, b"")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return None


@pytest.fixture
def http() -> Iterator[str]:
    Files.listing, Files.seen, Files.stored, Files.content, Files.refuse_uploads = [], [], {}, GOOD, False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/files.json"
    server.shutdown()
    server.server_close()


def listed(name: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "modified": "2022-07-08T10:00:00+08:00", "size": len(GOOD), **changes}


def test_an_http_endpoint_to_the_archive_and_back(http, home, conn):
    conn("portal", {"password": "t0ken"})
    Files.listing = [listed("海宁/六月.csv", url="files/1", manifest={"unit": "330481"})]
    context = with_sources(home, Source("portal", "http", http, {"insecure": "yes"}))
    (receipt,) = collect(context, NOW).receipts
    assert (receipt.name, receipt.arrived_at, receipt.manifest) == ("海宁/六月.csv", ARRIVED, {"unit": "330481"})
    assert context.archive.path(receipt.sha256).read_bytes() == GOOD
    assert Files.seen == [("/api/files.json", "Bearer t0ken"), ("/api/files/1", "Bearer t0ken")]
    process(context, NOW)
    write_due_feedback(context)
    stored = {unquote(path): data for path, data in Files.stored.items()}
    assert json.loads(stored["/api/out/海宁/六月.csv.receipt.json"])["sha256"] == receipt.sha256


def test_answers_wait_for_a_place_that_is_down_and_void_ones_go(http, home, conn):
    """The county corrects its file under the same name: the workbook with the old findings must not stay there."""
    conn("portal", {"password": "t0ken"})
    Files.content = GOOD.replace(b"1162800", "很多".encode())
    Files.listing = [listed("六月.csv", size=len(Files.content))]
    context = with_sources(home, Source("portal", "http", http, {"insecure": "yes"}))
    Files.refuse_uploads = True
    assert collect(context, NOW).failures == ()
    process(context, NOW)
    done = write_due_feedback(context)
    assert Files.stored == {}
    assert len(done.failures) == 1
    assert "portal" in done.failures[0]
    Files.refuse_uploads = False
    assert collect(context, NOW).failures == ()
    endings = {unquote(path).removeprefix("/api/out/六月.csv") for path in Files.stored}
    assert endings == {".receipt.txt", ".receipt.json", ".verdict.xlsx"}
    assert not any(p.is_file() for p in (home.settings.home / "undelivered").rglob("*"))
    Files.content, Files.listing = GOOD, [listed("六月.csv", modified="2022-07-09T10:00:00+08:00")]
    collect(context, NOW)
    process(context, NOW)
    assert write_due_feedback(context).failures == ()
    endings = {unquote(path).removeprefix("/api/out/六月.csv") for path in Files.stored}
    assert endings == {".receipt.txt", ".receipt.json"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (listed("x.csv", url="http://169.254.169.254/latest/meta-data"), "not allowed"),
        (listed("x.csv", url="file:///etc/passwd"), "not allowed"),
        (listed("x.csv", url="http://127.0.0.1:1/x"), "not allowed"),
        (listed("moved.csv"), "redirects"),
        (listed("endless.csv"), "larger than 100000 bytes"),
        (listed("slow.csv"), "took more than 1 s"),
        (listed("short.csv"), "cannot be reached now"),
        (listed("x.csv", size=len(GOOD) + 1), "being written"),
        (listed("x.csv", size="many"), "entry 1 is wrong"),
        (listed("x.csv", modified="yesterday"), "entry 1 is wrong"),
        (listed("x.csv", modified="2022-07-08T10:00:00"), "entry 1 is wrong"),
    ],
)
def test_what_an_http_listing_may_not_do_to_us(http, home, conn, entry, words):
    conn("portal", {"password": "t0ken"})
    Files.listing = [entry, listed("good.csv")]
    options = {"insecure": "yes", "max_bytes": "100000", "seconds": "1"}
    done = collect(with_sources(home, Source("portal", "http", http, options)), NOW)
    assert [receipt.name for receipt in done.receipts] == ["good.csv"]
    assert len(done.failures) == 1
    assert words in done.failures[0]


def test_plain_http_is_refused_unless_allowed(http, home, conn):
    conn("portal", {"password": "t0ken"})
    done = collect(with_sources(home, Source("portal", "http", http, {})), NOW)
    assert "not allowed" in done.failures[0]
    assert Files.seen == []


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/moto-api/", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield address
    server.terminate()
    server.wait(10)


def test_a_bucket_to_the_archive_and_back(s3, home, conn):
    import pyarrow.fs as pafs

    store = pafs.S3FileSystem(
        access_key="key",
        secret_key="s3cret",
        endpoint_override=s3.removeprefix("http://"),
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
    )
    store.create_dir("counties")
    for name, data in (("in/六月/海宁.csv", GOOD), ("in/六月/海宁.csv.manifest.json", b'{"period": "2022-06"}')):
        with store.open_output_stream(f"counties/{name}") as stream:
            stream.write(data)
    conn("bucket", {"login": "key", "password": "s3cret"})
    source = Source("bucket", "s3", "s3://counties/in", {"endpoint": s3})
    context = with_sources(home, source)
    done = collect(context, NOW)
    assert done.failures == ()
    (receipt,) = done.receipts
    assert (receipt.name, receipt.manifest) == ("六月/海宁.csv", {"period": "2022-06"})
    assert context.archive.path(receipt.sha256).read_bytes() == GOOD
    process(context, NOW)
    write_due_feedback(context)
    answer = store.open_input_stream("counties/in/out/六月/海宁.csv.receipt.json").read()
    assert json.loads(answer)["sha256"] == receipt.sha256
    with open_source_client(source, home.settings.home, os.environ) as place:
        assert place.put("回执.xlsx", b"receipt") == "s3://counties/in/out/回执.xlsx"
        assert store.open_input_stream("counties/in/out/回执.xlsx").read() == b"receipt"
        place.remove("回执.xlsx")
        place.remove("回执.xlsx")
    assert store.get_file_info("counties/in/out/回执.xlsx").type == pafs.FileType.NotFound
    again = collect(context, NOW)
    assert (again.receipts, again.known) == ((), 1)


def test_a_bucket_that_is_not_there_is_reported(s3, home, conn):
    conn("bucket", {"login": "key", "password": "s3cret"})
    done = collect(with_sources(home, Source("bucket", "s3", "s3://nowhere/in", {"endpoint": s3})), NOW)
    assert len(done.failures) == 1
    assert "s3cret" not in done.failures[0]


def mail(*attachments: tuple[str, bytes], date: str = "Fri, 08 Jul 2022 10:00:00 +0800") -> bytes:
    """A mail that the last server received at `date`, whatever its sender says in Date."""
    message = EmailMessage()
    message["Received"] = f"from relay.example.cn by mx.saima.example.cn with ESMTPS id 4; {date}"
    message["Received"] = "from haining by relay.example.cn; Mon, 04 Jul 2022 10:00:00 +0800"
    message["From"], message["To"], message["Subject"] = "haining@example.cn", "saima@example.cn", "海宁市6月报表"
    message["Date"] = "Fri, 01 Jul 2022 10:00:00 +0800"
    message.set_content("请查收。单位:平湖市")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def split_project_csv(first: int, count: int) -> bytes:
    header = "基层表编码,项目代码,项目名称,建设性质,期末项目建设状态,开工时间,计划总投资,自开始建设累计完成投资,本年完成投资,本月完成投资"
    rows = [
        f"3304811032{n:04d},2021-330481-38-03-{n:06d},年产{n}万件精密部件项目,新建,在建,2021-03,6000,3000,1000,100"
        for n in range(first, first + count)
    ]
    return "\n".join(["海宁市2022年1-6月制造业投资项目月报", "单位:万元", header, *rows, ""]).encode("gb18030")


def test_mails_are_one_receipt_each_with_all_their_attachments(home):
    folder = home.settings.home / "mail"
    folder.mkdir()
    content = mail(("汇总.csv", GOOD), ("206-1.csv", split_project_csv(0, 3)), ("206-2.csv", split_project_csv(3, 2)))
    (folder / "1.eml").write_bytes(content)
    (folder / "notes.txt").write_text("not a mail", encoding="utf-8")
    context = with_sources(home, Source("mail", "mail", "mail", {"settle": "none"}))
    (receipt,) = collect(context, NOW).receipts
    assert (receipt.name, receipt.arrived_at) == ("1.eml", ARRIVED)
    process(context, NOW)
    write_due_feedback(context)
    units = status_document(context, Period.parse("2022-06"), NOW)["units"]
    rows = {u["form"]: u for u in units if u["unit"] == "330481"}
    assert rows["unit_month"]["state"].startswith("accepted")
    assert rows["project_month"]["rows"]["received"] == 5 + 2 * 3
    assert not any(u["unit"] == "330482" and u["state"].startswith("accepted") for u in units)
    assert json.loads((folder / "out" / "1.eml.receipt.json").read_text(encoding="utf-8"))["sha256"] == receipt.sha256
    assert collect(context, NOW).receipts == ()


@pytest.mark.parametrize("date", ["", "next Friday", "Fri, 08 Jul 2099 10:00:00 +0800", "Fri, 08 Jul 2022 10:00:00"])
def test_a_date_that_cannot_be_true_gives_way_to_the_files_own(home, date):
    folder = home.settings.home / "mail"
    folder.mkdir()
    (folder / "1.eml").write_bytes(mail(("a.csv", GOOD), date="x").replace(b"id 4; x", f"id 4; {date}".encode()))
    set_time(folder / "1.eml", NOW)
    (receipt,) = collect(with_sources(home, Source("mail", "mail", "mail", {})), NOW).receipts
    assert receipt.arrived_at == NOW


@pytest.mark.parametrize("ahead", [timedelta(hours=8), timedelta(days=117)])
def test_a_clock_that_is_ahead_makes_nobody_late(home, ahead):
    """The same entry is not received again when our own clock reaches its time, nor as a version newer than its correction."""
    inbox = home.settings.home / "inbox"
    inbox.mkdir()
    (inbox / "a.csv").write_bytes(GOOD)
    set_time(inbox / "a.csv", NOW + ahead)
    context = with_sources(home, Source("inbox", "folder", "inbox", {"settle": "none"}))
    (receipt,) = collect(context, NOW).receipts
    assert receipt.arrived_at == receipt.seen_at == NOW
    for moment in (NOW + timedelta(minutes=30), NOW + ahead, NOW + 2 * ahead):
        assert collect(context, moment).receipts == ()
    (inbox / "a.csv").write_bytes(GOOD.replace(b"1", b"2", 1))
    set_time(inbox / "a.csv", NOW + 3 * ahead)
    (corrected,) = collect(context, NOW + 2 * ahead).receipts
    assert corrected.arrived_at == NOW + 2 * ahead


def test_a_source_that_is_down_is_reported_and_blocks_no_other(home, conn):
    conn("down", LOGIN)
    conn("away", {"password": "t0ken"})
    inbox = home.settings.home / "inbox"
    inbox.mkdir()
    (inbox / "good.csv").write_bytes(GOOD)
    set_time(inbox / "good.csv")
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    sources = (
        Source("down", "sftp", "sftp://127.0.0.1:1/in", {"host_key": key}),
        Source("away", "http", "https://127.0.0.1:1/files.json", {}),
        Source("missing", "folder", str(home.settings.home / "no-such-mount"), {}),
        Source("inbox", "folder", "inbox", {}),
    )
    done = collect(with_sources(home, *sources), NOW)
    assert [receipt.name for receipt in done.receipts] == ["good.csv"]
    assert [failure.split(":")[0] for failure in done.failures] == ["down", "away", "missing"]


def test_a_fetch_that_fails_once_is_tried_again(http, home, conn):
    conn("portal", {"password": "t0ken"})
    source = Source("portal", "http", http, {"insecure": "yes"})
    Files.listing = [listed("a.csv")]
    with open_source_client(source, home.settings.home, os.environ) as place:
        calls: list[int] = []
        listing = place.listing

        def flaky(on_error: Any) -> Any:
            calls.append(1)
            if len(calls) == 1:
                raise Transient("断", "broken")
            return listing(on_error)

        place.listing = flaky
        fresh, _ = scan(place, source, lambda entry: False)
    assert (len(calls), [entry.name for entry in fresh]) == (2, ["a.csv"])


@pytest.mark.parametrize("name", ["../x", "a/../b", "/etc/x", "a//b", "", ".", "..", "a\0b", "a\\b", "长" * 100])
def test_what_returns_cannot_leave_out(home, name):
    (home.settings.home / "inbox").mkdir(exist_ok=True)
    with (
        open_source_client(Source("inbox", "folder", "inbox", {}), home.settings.home, {}) as place,
        pytest.raises(Terminal),
    ):
        place.put(name, b"x")


def test_a_connection_in_the_environment_is_json_or_a_url_and_never_shown(monkeypatch):
    from pipelines.model.connections import connection_of

    url = {"AIRFLOW_CONN_MY_COUNTY": "sftp://han:p%40ss@10.0.0.1:2222/?known_hosts=x"}
    found = connection_of("my-county", url)
    assert (found.login, found.password, found.host, found.port, dict(found.extra)) == (
        "han",
        "p@ss",
        "10.0.0.1",
        2222,
        {"known_hosts": "x"},
    )
    assert "p@ss" not in repr(found)
    with pytest.raises(SaimaError) as error:
        connection_of("a", {"SAIMA_CONN_A": '{"password": "p@ss", broken'})
    assert "p@ss" not in str(error.value)


def test_the_archive_streams_what_a_place_opens(home):
    from pipelines.collect.entries import Entry

    assert home.warehouse.pending_receipts() == [], "the ledger is there before the archive, as in every run"
    entry = Entry("x", "a.csv", None, ARRIVED, 3, opener=lambda: io.BytesIO(b"abc"))
    (stored,) = home.archive.store_many([entry]).stored
    assert home.archive.path(stored.sha256).read_bytes() == b"abc"


def test_a_drop_folder_elsewhere_has_its_answers_beside_it_and_the_inbox_in_the_home(home, tmp_path):
    county, inbox = tmp_path / "drop", home.settings.inbox
    for folder in (county / "海宁", inbox):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "6月.csv").write_bytes(GOOD)
        set_time(folder / "6月.csv")
    (county / "out").symlink_to(tmp_path / "home", target_is_directory=True)
    context = with_sources(home, Source("inbox", "folder", "inbox", {}), Source("drop", "folder", str(county), {}))
    assert len(collect(context, NOW).receipts) == 2
    process(context, NOW)
    done = write_due_feedback(context)
    assert len(done.failures) >= 1, "a link leads out of the folder: nothing is written through it"
    assert (home.settings.out / "inbox" / "6月.csv.receipt.json").exists()
    (county / "out").unlink()
    assert collect(context, NOW).failures == ()
    assert (county / "out" / "海宁" / "6月.csv.receipt.json").exists()
    assert not (inbox / "out").exists()


def test_a_sidecar_that_cannot_be_read_refuses_the_file_in_words(home):
    """It may have said that this is half of a return."""
    home.settings.inbox.mkdir(exist_ok=True)
    file = home.settings.inbox / "6月.csv"
    file.write_bytes(GOOD)
    file.with_name("6月.csv.manifest.json").write_text('{"unit": 330481}', encoding="utf-8")
    set_time(file)
    (receipt,) = collect(home, NOW).receipts
    process(home, NOW)
    write_due_feedback(home)
    text = (home.settings.out / "6月.csv.receipt.txt").read_text(encoding="utf-8")
    assert "manifest.json 读不出" in text
    assert receipt.sha256[:8] in text


def test_the_home_has_a_limit_of_its_own_for_every_file(tmp_path):
    context = open_context(Settings(home=tmp_path / "home", file_max_bytes=len(GOOD)), "jiaxing")
    context.settings.inbox.mkdir(exist_ok=True)
    for name, data in (("good.csv", GOOD), ("big.csv", GOOD + b"\n")):
        (context.settings.inbox / name).write_bytes(data)
        set_time(context.settings.inbox / name)
    done = collect(context, NOW)
    assert [receipt.name for receipt in done.receipts] == ["good.csv"]
    assert len(done.failures) == 1
    assert "big.csv" in done.failures[0]
    context.warehouse.close()
