"""What somebody may try: other units' addresses, forms of other pages, sizes, paths, headers, zips, formulas."""

from __future__ import annotations

import asyncio
import io
import re
import socket
import zipfile
from typing import Any

import openpyxl
import pytest
import requests

from pipelines.web import request_limits
from pipelines.web.page_refusal import PageRefusal

from .request_schema import Seen, walk

OWN_PATHS = ("", "/workbook", "/print")


@pytest.fixture(scope="module")
def two_units(portal: Any) -> tuple[Any, str]:
    """A rejected version of the first unit, of which another one wants to know."""
    portal.upload("unit", ("q1.csv", portal.wrong))
    return portal, portal.versions(portal.units[0])[0]


@pytest.mark.parametrize("path", OWN_PATHS)
def test_another_units_version_is_not_there(two_units: tuple[Any, str], path: str) -> None:
    portal, version = two_units
    assert portal.client("unit").get(f"/unit/submissions/{version}{path}").status_code == 200
    answer = portal.client("other").get(f"/unit/submissions/{version}{path}")
    nothing = portal.client("other").get(f"/unit/submissions/s00000000000000000000{path}")
    assert answer.status_code == nothing.status_code == 404
    assert "一千一百" not in answer.text


@pytest.mark.parametrize(
    "action,fields",
    [("explain", {"rule": "F20", "reason": "其他", "text": "十个字以上的说明文字"}), ("withdraw", {"reason": "x"})],
)
def test_another_units_version_cannot_be_changed(
    two_units: tuple[Any, str], action: str, fields: dict[str, str]
) -> None:
    portal, version = two_units
    answer = portal.post("other", f"/unit/submissions/{version}/{action}", "/unit", **fields)
    assert answer.status_code == 404
    assert portal.state.context.warehouse.follow_ups.version(version).state == "rejected"


def test_another_units_upload_is_not_there(two_units: tuple[Any, str]) -> None:
    portal, _ = two_units
    upload = portal.upload("unit", ("again.csv", portal.wrong + b"\n")).headers["location"]
    assert portal.client("unit").get(upload).status_code == 200
    assert portal.client("other").get(upload).status_code == 404


def test_nobody_sends_for_another_unit(portal: Any) -> None:
    """The folder of the account says whose a file is: a title or rows of another unit are a contradiction, never its return."""
    portal.upload("other", ("pretend.csv", portal.good.replace(b"1100", b"1")))
    rows = portal.state.context.warehouse.submissions("2026-Q1")
    pretended = [r for r in rows if r.name.endswith("pretend.csv")]
    assert [(r.unit_code, r.word) for r in pretended] == [(portal.units[1], "rejected")]


def test_a_desk_for_statistics_sees_no_dispatch_form(portal: Any) -> None:
    from pipelines.flow.portal.unit_view import forms_of
    from pipelines.flow.runtime.context import Context, load_programme

    context = Context(portal.state.settings, load_programme("jiaxing"))
    unit = context.programme.roster.get("330481")
    stat, dispatch = ({f.domain for f in forms_of(context, unit, domain)} for domain in ("stat", "dispatch"))  # type: ignore[arg-type]
    assert stat == {"stat"} and dispatch == {"dispatch"}


def test_a_form_without_its_token_is_refused(portal: Any) -> None:
    client = portal.client("bureau")
    for token in ("", "0" * 64, portal.token(portal.client("bureau2").get("/accounts").text)):
        answer = client.post("/accounts", data={"action": "lock", "username": "viewer", "form_token": token})
        assert answer.status_code == 403 and "刷新" in answer.text
    assert not portal.state.context.warehouse.accounts.get("viewer").locked


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_a_form_of_another_server_is_refused(portal: Any, headers: dict[str, str]) -> None:
    client = portal.client("bureau")
    token = portal.token(client.get("/accounts").text)
    answer = client.post(
        "/accounts", data={"action": "lock", "username": "viewer", "form_token": token}, headers=headers
    )
    assert answer.status_code == 403 and "本站" in answer.text


def test_a_forged_cookie_is_nobody(portal: Any) -> None:
    client = portal.stranger()
    good = portal.client("bureau").cookies["saima_session"]
    for value in ("x", good[:-2] + "xx", good.replace(".", "", 1)):
        client.cookies.set("saima_session", value)
        assert client.get("/accounts").status_code == 303


def test_a_new_session_at_every_sign_in(portal: Any) -> None:
    client = portal.stranger()
    before = client.get("/sign-in").cookies["saima_session"]
    token = portal.token(client.get("/sign-in").text)
    answer = client.post("/sign-in", data={"username": "viewer", "password": portal.password, "form_token": token})
    cookie = answer.headers["set-cookie"]
    assert before not in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_a_body_that_is_too_large_is_not_read(portal: Any) -> None:
    client = portal.client("unit")
    token = portal.token(client.get("/unit").text)
    large = client.post(
        "/unit/upload", data={"form_token": token}, files=[("files", ("x.csv", io.BytesIO(b"x" * 400_000)))]
    )
    assert large.status_code == 413
    assert client.post("/password", content=b"x" * 300_000).status_code == 413

    def drops() -> Any:
        for _ in range(40):
            yield b"y" * 10_000

    assert (
        client.post(
            "/password", content=drops(), headers={"content-type": "application/x-www-form-urlencoded"}
        ).status_code
        == 413
    )


def test_too_many_fields_and_files_are_refused(portal: Any) -> None:
    client = portal.client("unit")
    token = portal.token(client.get("/unit").text)
    files = [("files", (f"{n}.csv", io.BytesIO(b"x"))) for n in range(25)]
    assert client.post("/unit/upload", data={"form_token": token}, files=files).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2fapplication.py",
        "/static/../application.py",
        "/static/%2e%2e%2fpage_writer.py",
        "/static/saima.css%00",
    ],
)
def test_only_known_files_are_served(portal: Any, path: str) -> None:
    assert portal.stranger().get(path).status_code == 404


@pytest.mark.parametrize(
    "path,status",
    [
        ("/editions/2026-Q1-e1/../../x", 404),
        ("/editions/..%2f..%2fetc/passwd", 404),
        ("/editions/2026-Q1-e1/%2e%2e/manifest.json", 404),
        ("/dispatch/__class__", 404),
        ("/desk?period=2022-06'", 422),
        ("/desk?period=<b>", 422),
        ("/ranking?period=9999-Q9", 422),
        ("/ranking?period=2026-W00", 404),
    ],
)
def test_paths_and_periods_that_are_none(portal: Any, path: str, status: int) -> None:
    answer = portal.client("bureau").get(path)
    assert answer.status_code == status
    assert "<b>" not in answer.text.replace("<b>{", "")


def test_headers_of_every_answer(portal: Any) -> None:
    for client, path in (
        (portal.stranger(), "/sign-in"),
        (portal.stranger(), "/healthz"),
        (portal.client("bureau"), "/desk"),
        (portal.client("bureau"), "/nothing"),
    ):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert "server" not in headers and headers["cache-control"] == "no-store"
    one, two = (portal.client("bureau").get("/desk").headers["content-security-policy"] for _ in range(2))
    assert "nonce-" in one and one != two, "a nonce is used once"


@pytest.mark.parametrize("path", ["/healthz", "/static/saima.css", "/desk", "/nothing", "/editions/2026-Q1-e1"])
def test_head_is_get_without_the_content(portal: Any, path: str) -> None:
    """As monitors and proxies ask: it was 405 on every page."""
    client = portal.client("bureau")
    got, asked = client.get(path), client.head(path)
    assert (asked.status_code, asked.content) == (got.status_code, b"")
    same = ("content-type", "cache-control", "location", "x-content-type-options")
    assert [asked.headers.get(name) for name in same] == [got.headers.get(name) for name in same]
    assert portal.stranger().head("/desk").status_code == 303, "and opens nothing to whoever is not signed in"


def test_a_name_with_markup_stays_text(portal: Any) -> None:
    name = "<img src=x onerror=alert(1)>.csv"
    location = portal.upload("unit", (name, portal.wrong + b"\n\n")).headers["location"]
    page = portal.client("unit").get(location).text
    assert "&lt;img" in page and "<img" not in page
    assert "<img" not in portal.client("unit").get("/unit/history").text


def test_a_header_cannot_be_injected_by_a_file_name(portal: Any) -> None:
    location = portal.upload("unit", ("a\r\nSet-Cookie: x=1.csv", portal.wrong + b"\n\n\n")).headers["location"]
    version = portal.versions(portal.units[0])[-1]
    answer = portal.client("unit").get(f"/unit/submissions/{version}/workbook")
    assert location and answer.status_code == 200
    assert "set-cookie" not in answer.headers and "\n" not in answer.headers["content-disposition"]


def test_a_zip_that_unpacks_to_too_much_or_elsewhere(portal: Any) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("q.csv", b"0" * 120_000_000)
    assert len(bomb.getvalue()) < 150_000
    slip = io.BytesIO()
    with zipfile.ZipFile(slip, "w") as archive:
        archive.writestr("../../../../tmp/saima-slipped.csv", portal.good)
    refused = (("bomb.zip", bomb.getvalue(), "文件压缩比异常"), ("slip.zip", slip.getvalue(), "文件内部件名称不安全"))
    for name, content, said in refused:
        before = len(portal.state.context.warehouse.submissions("2026-Q1"))
        location = portal.upload("third", (name, content)).headers["location"]
        page = portal.client("third").get(location)
        assert page.status_code == 200 and "无法读取" in page.text and said in page.text
        assert len(portal.state.context.warehouse.submissions("2026-Q1")) == before, "no version of anything"
    from pathlib import Path

    assert not Path("/tmp/saima-slipped.csv").exists()


def test_a_formula_comes_back_as_text(portal: Any) -> None:
    content = portal.wrong.replace("一千一百整左右".encode(), b"=cmd|'/c calc'!A1")
    portal.upload("unit", ("formula.csv", content))
    version = portal.versions(portal.units[0])[-1]
    answer = portal.client("unit").get(f"/unit/submissions/{version}/workbook")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any("cmd" in str(cell.value) for cell in cells)
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []


def test_sign_ins_and_requests_have_a_rate(make_portal: Any) -> None:
    portal = make_portal()
    client = portal.stranger()
    answers = [client.post("/sign-in", data={}).status_code for _ in range(25)]
    assert answers[0] == 403 and answers[-1] == 429
    assert client.get("/healthz").status_code == 200, "reading is counted by itself"


def test_a_session_has_one_rate_whatever_is_sent_beside_it() -> None:
    async def taken(*_: Any) -> None:
        return None

    limited = request_limits.RequestRate(taken, reads=3)

    def ask(cookie: str) -> None:
        headers = [(b"cookie", cookie.encode())]
        scope = {"type": "http", "method": "GET", "path": "/unit", "client": ("192.0.2.1", 1), "headers": headers}
        asyncio.run(limited(scope, None, None))  # type: ignore[arg-type]

    for number in range(3):
        ask(f"other{number}=x; saima_session=one")
    with pytest.raises(PageRefusal):
        ask("other3=x; saima_session=one")
    ask("saima_session=two")


def test_every_cookie_is_for_https_alone_where_the_page_is(portal: Any) -> None:
    client = portal.stranger()
    client.base_url = "https://saima.test"
    cookies = client.get("/sign-in?lang=en").headers.get_list("set-cookie")
    assert len(cookies) == 2 and all("Secure" in one and "HttpOnly" in one for one in cookies)


def test_who_claims_that_a_page_asks_again_by_itself_is_entered_for_what_is_new(portal: Any) -> None:
    client = portal.client("bureau2")
    before = portal.audited("view").count("bureau2")
    for period in ("2026-Q1", "2026-Q2", "2026-Q2"):
        assert client.get(f"/desk/queries?period={period}", headers={"HX-Request": "true"}).status_code == 200
    assert portal.audited("view").count("bureau2") == before + 2


def test_figures_for_the_monitor_need_its_token(make_portal: Any) -> None:
    portal = make_portal()
    portal.state.settings = portal.state.settings.model_copy(update={"web_metrics_token": "a token for the monitor"})
    stranger = portal.stranger()
    assert stranger.get("/metrics").status_code == 303
    assert stranger.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 303
    text = stranger.get("/metrics", headers={"Authorization": "Bearer a token for the monitor"}).text
    assert 'saima_forms{period="2026-Q1",state="expected"} 3.0' in text


def test_no_address_of_a_unit_is_there_for_another(office: Any) -> None:
    """Every address of a unit with an id that its pages name, whether a page offers it today or not, asked by the two others: as if it
    did not exist."""
    found = Seen(office.routes)
    session, _ = office.visitor("unit")
    walk(
        found,
        ["/unit", "/unit/history", *office.uploads[::3]],
        lambda address: session.get(office.address + address).text,
        9,
    )
    named: dict[str, set[str]] = {"submission_id": set(), "upload_id": set()}
    for (_, name), values in found.known.items():
        named.get(name, set()).update(values)
    own = [
        (method, route.path.replace(f"{{{name}}}", value))
        for name, values in named.items()
        for route in office.routes
        if route.path.startswith("/unit/") and re.findall(r"{(\w+)}", route.path) == [name]
        for method in sorted(route.methods)
        for value in sorted(values)
    ]
    assert len(own) > 6 and {method for method, _ in own} == {"GET", "POST"}
    for who in ("other", "third"):
        session, token = office.visitor(who)
        for method, path in own:
            sent = {"form_token": token, "rule": "C01", "reason": "其他", "text": "十个字以上的说明文字"}
            answer = session.request(
                method, office.address + path, data=sent if method == "POST" else None, allow_redirects=False
            )
            assert answer.status_code == 404 and "一千一百" not in answer.text, (who, method, path, answer.status_code)


@pytest.mark.parametrize(
    "trick",
    [
        "/unit/submissions/{own}/../{foreign}",
        "/unit/submissions/{own}%2f..%2f{foreign}",
        "/unit/submissions/{foreign};x={own}",
        "/unit//submissions/{foreign}",
        "/unit/submissions/{foreign}%00",
        "/unit/submissions/{foreign}/",
        "/UNIT/submissions/{foreign}",
        "/unit/submissions/%2573{foreign}",
    ],
)
def test_no_way_of_writing_an_address_leads_to_another_units_version(office: Any, trick: str) -> None:
    own, foreign = (office.portal.versions(code)[-1] for code in (office.portal.units[1], office.portal.units[0]))
    session, _ = office.visitor("other")
    path = trick.format(own=own, foreign=foreign)
    prepared = requests.Request("GET", office.address, cookies=session.cookies).prepare()
    prepared.url = office.address + path  # as it is written: the library would tidy the dots away
    answer = session.send(prepared)
    assert answer.status_code in (400, 404) and "一千一百" not in answer.text, (path, answer.status_code)


FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-User": "bureau",
    "X-Original-URL": "/accounts",
    "X-Rewrite-URL": "/accounts",
    "X-HTTP-Method-Override": "DELETE",
    "Forwarded": "for=127.0.0.1;host=evil.example",
}


def test_forged_headers_change_nothing(office: Any) -> None:
    session, token = office.visitor("other")
    cookie = {"Cookie": f"saima_session={session.cookies['saima_session']}"}  # the library sends none to another host
    for name, value in FORGED.items():
        forged = {**cookie, name: value}
        page = requests.get(f"{office.address}/unit", headers=forged)
        main = page.text.split("<main")[1]
        assert page.status_code == 200 and "evil" not in page.text and "上传报表" in main, name
        moved = requests.get(f"{office.address}/", headers=forged, allow_redirects=False)
        assert moved.headers["location"] == "/unit", (name, "an address without a server")
        slashed = requests.get(f"{office.address}/unit/", headers=forged, allow_redirects=False)
        assert slashed.status_code == 404 and "location" not in slashed.headers, name
        assert requests.get(f"{office.address}/accounts", headers=forged).status_code == 403, name
    cross = {**cookie, "Origin": "https://evil.example", "Host": "evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = requests.post(f"{office.address}/sign-out", {"form_token": token}, headers=cross)
    assert answer.status_code == 403


def test_whose_form_it_is_is_not_said_by_the_form(office: Any) -> None:
    """A field of the form, a second token or another kind of body make nobody send for another unit, nor without a token."""
    session, token = office.visitor("other")
    first = office.portal.units[0]
    before = office.portal.versions(first)
    files = {"files": ("q1.csv", office.portal.good.replace(b"1100", b"9999"))}
    fields = {"form_token": token, "unit": first, "unit_code": first, "username": "unit"}
    address = f"{office.address}/unit/upload"
    answer = session.post(address, fields, files=files, allow_redirects=False)
    assert answer.status_code == 303 and office.state.queue.wait_until_done(60)
    assert office.portal.versions(first) == before
    assert session.post(address, {"form_token": ["0" * 64, "1" * 64]}, files=files).status_code == 403
    assert session.post(address, json={"form_token": token}).status_code == 403, "no body but a form's is read"
    assert session.post(address, f"form_token={token}", headers={"Content-Type": "text/plain"}).status_code == 403
    assert session.get(f"{office.address}/sign-out").status_code == 405


def test_what_a_clerk_writes_runs_nowhere(office: Any) -> None:
    """Formulas and markup in the name of a file, of a sheet and in the texts that the bureau reads afterwards, in pages and workbooks."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "<img src=x onerror=1>"
    for line in ("2026年第一季度利润季报", "单位：万元"):
        sheet.append([line])
    sheet.append(["区划代码", "指标名称", "本年累计", "上年同期"])
    sheet.append([office.portal.units[0], "利润总额", "{{7*7}}<script>alert(1)</script>", 1000])
    content = io.BytesIO()
    book.save(content)
    name = '=HYPERLINK("evil","x")<script>{{7*7}}.xlsx'
    office.upload("unit", name, content.getvalue())
    version = office.portal.versions(office.portal.units[0])[-1]
    bureau, token = office.visitor("bureau")
    reason = "=cmd|'/c calc'!A1 <script>{{7*7}}</script>"
    sent = {"form_token": token, "reason": reason, "deadline": "2026-04-20T18:00"}
    page = f"{office.address}/desk/submissions/{version}"
    assert bureau.post(f"{page}/return", sent, allow_redirects=False).status_code == 303
    unit, _ = office.visitor("unit")
    shown = [bureau.get(page).text, bureau.get(f"{office.address}/desk?period=2026-Q1").text]
    shown += [
        unit.get(f"{office.address}{path}").text
        for path in ("/unit?period=2026-Q1", "/unit/history", office.uploads[-1])
    ]
    assert any("evil" in text for text in shown) and any("calc" in text for text in shown)
    for text in shown:
        main = text.split('<main id="main">')[1]
        assert "<script" not in main and "<img" not in main and "49" not in re.sub(r"[0-9a-f]{16,}|\d{3,}", "", main)
    returned = openpyxl.load_workbook(io.BytesIO(bureau.get(f"{page}/workbook").content))
    cells = [cell for one in returned for row in one.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 8 and [cell.coordinate for cell in cells if cell.data_type == "f"] == []


def test_a_body_that_stands_still_holds_no_connection(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_limits, "SILENT_SECONDS", 0.3)
    host, port = office.address.removeprefix("http://").split(":")
    head = f"POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\n"
    with socket.create_connection((host, int(port)), 10) as line:
        line.sendall(f"{head}username=".encode())
        line.settimeout(10)
        answer = b""
        while part := line.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 408") and "等候过久" in answer.decode(), "and the connection is closed"


@pytest.mark.parametrize("kind", ["workbook", "nested"])
def test_more_bombs_are_refused_before_they_open(portal: Any, kind: str) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        if kind == "workbook":
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml" if kind == "workbook" else "q.csv", b"0" * 100_000_000)
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip", inner.getvalue())
    name, content = ("bomb.xlsx", inner.getvalue()) if kind == "workbook" else ("nested.zip", outer.getvalue())
    before = portal.versions(portal.units[2])
    page = portal.client("third").get(portal.upload("third", (name, content)).headers["location"])
    assert page.status_code == 200 and "无法读取" in page.text and portal.versions(portal.units[2]) == before
