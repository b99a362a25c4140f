"""A month in the browser as its people do it: three clerks send, one explains nothing and corrects, the bureau closes, signs, publishes."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.flow.month.prerelease import accesses

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AFTER_DUE = datetime(2026, 4, 10, 2, tzinfo=UTC)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(portal: Any) -> Iterator[str]:
    """The application behind a real server on the loopback."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(portal.app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up = time.monotonic() + 20
    while not server.started and time.monotonic() < give_up:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("SAIMA_REQUIRE_SYSTEM_PACKAGES"):
            pytest.fail("no chromium")
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def visit(browser: Any, address: str, portal: Any, username: str, phone: bool = False) -> Any:
    """A page of somebody who has signed in; what the console complains of is kept in `complaints`."""
    size = {"width": 390, "height": 844} if phone else {"width": 1366, "height": 860}
    page = browser.new_context(viewport=size, locale="zh-CN").new_page()
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.goto(f"{address}/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", portal.password)
    page.click("form.stack button")
    page.wait_for_url("**/unit" if username in ("unit", "other", "third") else "**/desk")
    return page


def send(page: Any, address: str, file: Path) -> None:
    page.goto(f"{address}/unit")
    page.set_input_files("[name=files]", str(file))
    page.click("text=上传并审核")
    page.wait_for_selector(".tiles", timeout=30_000)


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_from_upload_to_publication(portal: Any, address: str, browser: Any, tmp_path: Path) -> None:
    clerk = visit(browser, address, portal, "unit", phone=True)
    (tmp_path / "一季度.csv").write_bytes(portal.wrong)
    send(clerk, address, tmp_path / "一季度.csv")
    marked = clerk.locator("td.err")
    assert marked.count() == 1 and "一千一百整左右" in marked.inner_text() and "C4" in marked.inner_text()
    assert "退回更正" in clerk.inner_text("main") and fits(clerk), "on a phone nothing but the table scrolls"
    with clerk.expect_download(timeout=120_000) as download:
        clerk.click("text=下载标注的工作簿", timeout=120_000)  # it is written after the verdict is shown
    assert download.value.suggested_filename.endswith(".verdict.xlsx")
    portal.now[0] = portal.now[0].replace(minute=5)
    (tmp_path / "一季度.csv").write_bytes(portal.good)
    send(clerk, address, tmp_path / "一季度.csv")
    assert "没有发现问题" in clerk.inner_text("main")
    for username, code, ytd in (("other", "990101", "1050"), ("third", "990102", "900")):
        other = visit(browser, address, portal, username)
        content = portal.good.replace(b"980101", code.encode()).replace(b"1100", ytd.encode())
        (tmp_path / "q1.csv").write_bytes(content)
        send(other, address, tmp_path / "q1.csv")
        assert "通过" in other.inner_text("main .chip >> nth=0")
        assert other.complaints == []
    portal.now[0] = AFTER_DUE
    bureau = visit(browser, address, portal, "bureau")
    bureau.goto(f"{address}/ranking?period=2026-Q1")
    bureau.click("text=关账并编制初稿 >> nth=-1")
    bureau.wait_for_selector("text=2026-Q1-e1")
    places = bureau.locator("tbody tr th[scope=row]").all_inner_texts()
    assert len(places) == 3 and places[0].startswith("新区")
    bureau.check("form:has([name=role]) input[type=checkbox]")
    bureau.click("text=以「统计」签发")
    bureau.wait_for_selector("text=同意")
    bureau.click("button:text-is('发布')")
    bureau.wait_for_selector(".chip:text-is('已发布')")
    assert fits(bureau) and bureau.complaints == [], "the policy lets everything of ours through and nothing is missing"
    edition = portal.state.context.warehouse.editions.newest("2026-Q1")
    assert {(one.by, one.how) for one in accesses(portal.state.context, "2026-Q1").accesses} == {("bureau", "web")}
    assert edition.state == "published"
    assert [(s.role, s.name) for s in portal.state.context.warehouse.editions.signatures(edition.edition_id)] == [
        ("statistics", "bureau 一")
    ]
    assert (portal.state.settings.home / "site" / "index.html").is_file(), "the site follows the publication"
    public = portal.client("viewer").get("/editions/2026-Q1-e1/index.html")
    assert public.status_code == 200 and "2026年一季度" in public.text


def test_pages_work_without_a_script_and_in_the_dark(portal: Any, address: str, browser: Any) -> None:
    page = browser.new_context(java_script_enabled=False, color_scheme="dark").new_page()
    page.goto(f"{address}/sign-in")
    page.fill("[name=username]", "bureau2")
    page.fill("[name=password]", portal.password)
    page.click("form.stack button")
    page.goto(f"{address}/desk?period=2026-Q1")
    assert "报送状态" in page.inner_text("h1")
    assert page.locator("table").count() >= 1
