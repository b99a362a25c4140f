"""Every error is a page: Chinese first, English by switch, what to do, the headers of every answer, a line in the log."""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipelines.web import desk_pages, dispatch_pages
from pipelines.web.application import create_app
from pipelines.web.portal_state import PortalState

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def assert_is_page(answer: Any, status: int, said: str) -> None:
    """A page of ours with its headers; nothing the framework says."""
    assert answer.status_code == status, answer.text[:300]
    main = answer.text.split('<main id="main">')[1].split("</main>")[0]
    assert said in main and CHINESE.search(main), main
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"
    for foreign in ("Traceback", "Not Found", "Method Not Allowed", "Internal Server Error", "There was an error"):
        assert foreign not in answer.text


def test_what_nobody_expected(portal: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(desk_pages, "desk_month", broken)
    answer = portal.client("bureau").get("/desk")
    assert_is_page(answer, 500, "请告知数据工程师")
    assert "secret of the inside" not in answer.text
    number = answer.text.split("编号 ")[1][:10]
    assert any(number in r.getMessage() and r.exc_info for r in caplog.records), "the log has it under the same number"
    english = portal.client("bureau").get("/desk?lang=en")
    assert "tell the data engineer" in english.text and "请告知" not in english.text
    portal.client("bureau").cookies.delete("saima_language")


def test_a_mistake_of_the_question_is_logged(portal: Any, caplog: Any) -> None:
    with caplog.at_level(logging.INFO, "pipelines.web.error_pages"):
        answer = portal.post("bureau", "/desk/explanations", "/accounts", decision="accepted")
    assert_is_page(answer, 400, "没有选中说明")
    said = [r for r in caplog.records if "没有选中说明" in r.getMessage()]
    assert len(said) == 1 and said[0].levelno == logging.WARNING and "by bureau: 400" in said[0].getMessage()


@pytest.mark.parametrize(
    "method,path,status,said",
    [
        ("GET", "/nothing", 404, "地址有误"),
        ("PUT", "/desk", 405, "不接受这种请求"),
        ("GET", "/desk?period=yesterday", 422, "值不可用"),
        ("GET", "/desk/submissions/s00000000000000000000", 404, "没有这份报送"),
    ],
)
def test_words_of_ours_for_what_the_framework_refuses(
    portal: Any, caplog: Any, method: str, path: str, status: int, said: str
) -> None:
    with caplog.at_level(logging.INFO, "pipelines.web.error_pages"):
        answer = portal.client("bureau").request(method, path)
    assert_is_page(answer, status, said)
    assert len([r for r in caplog.records if f": {status} " in r.getMessage()]) == 1


def test_a_form_that_cannot_be_read(portal: Any) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = portal.client("unit").post("/unit/upload", content=b"--y\r\nnonsense", headers=headers)
    assert_is_page(answer, 400, "表单无法读取")


def test_too_large_and_too_often_are_pages(make_portal: Any, caplog: Any) -> None:
    portal = make_portal()
    client = portal.client("unit")
    assert_is_page(client.post("/password", content=b"x" * 300_000), 413, "内容超过 256 KB")

    def drops() -> Any:
        for _ in range(40):
            yield b"y" * 10_000

    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert_is_page(client.post("/password", content=drops(), headers=headers), 413, "请作为文件报送")
    stranger = portal.stranger()
    answers = [stranger.post("/sign-in", data={}) for _ in range(25)]
    assert_is_page(answers[-1], 429, "请求过于频繁")
    assert answers[-1].headers["retry-after"] == "10"
    assert any(": 429 " in r.getMessage() for r in caplog.records)


def test_a_programme_that_is_wrong_from_the_beginning(portal: Any, tmp_path: Path) -> None:
    copy = tmp_path / "quarters"
    shutil.copytree(portal.state.context.programme.path, copy)
    whole = (copy / "programme.toml").read_bytes()
    (copy / "programme.toml").write_bytes(whole + b"\nno_such_key = 1\n")
    settings = portal.state.settings.model_copy(update={"home": tmp_path / "home"})
    state = PortalState(settings, portal.state.now, str(copy), reload_seconds=0)
    begun: list[bool] = []
    state.begin = lambda: begun.append(True)  # type: ignore[method-assign]
    client = TestClient(create_app(state), base_url="http://saima.test", follow_redirects=False)
    answer = client.get("/sign-in")
    assert_is_page(answer, 503, "programme.toml")
    assert "no_such_key" in answer.text and "怎么办" in answer.text
    assert client.get("/healthz").status_code == 200 and client.get("/static/saima.css").status_code == 200
    (copy / "programme.toml").write_bytes(whole)
    try:
        assert client.get("/sign-in").status_code == 200, "mended: the pages follow without a new start"
        assert begun == [True]
    finally:
        state.context.warehouse.close()


def test_what_a_decision_is_about_is_quoted_in_the_address(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quarters have no dispatch returns; what `decide` gives back stands for a recorded decision."""
    monkeypatch.setattr(dispatch_pages, "decide", lambda context, request, now: request)
    fields = {"kind": "notice", "subject": "a&kind=x#项目", "document": "文〔2026〕1 号", "reason": "超期"}
    answer = portal.post("dispatch", "/dispatch/decisions", "/dispatch/decisions?kind=notice", **fields)
    assert answer.status_code == 303, answer.text[-900:]
    assert answer.headers["location"] == "/dispatch/decisions?subject=a%26kind%3Dx%23%E9%A1%B9%E7%9B%AE"
