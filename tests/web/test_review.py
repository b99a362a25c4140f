"""三审 on the pages: three people of the bureau sign one after the other, one of them returns the draft with an opinion."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.flow.month.release import signatures_in_order
from pipelines.flow.portal.accounts import add_account
from pipelines.flow.portal.doctor import examine

AFTER_DUE = datetime(2026, 4, 10, 2, tzinfo=UTC)
RANKING = "/ranking?period=2026-Q1"


def reviewed_programme(folder: Path) -> str:
    """The quarters with three reviewers in place of the one signature."""
    from pipelines.settings import REPOSITORY

    copy = folder / "reviewed"
    shutil.copytree(REPOSITORY / "tests" / "programmes" / "quarters", copy)
    method = copy / "method.toml"
    text = method.read_text(encoding="utf-8")
    assert 'signatures = ["statistics"]' in text
    signatures = 'signatures = ["author", "reviewer", "approver"]'
    method.write_text(text.replace('signatures = ["statistics"]', signatures), encoding="utf-8")
    return str(copy)


@pytest.fixture(scope="module")
def drafted(make_portal: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A closed quarter with a draft; `bureau`, `bureau2` and `bureau3` are three people of the bureau."""
    portal = make_portal(reviewed_programme(tmp_path_factory.mktemp("programme")))
    outcome = {c.check: c for c in examine(portal.state.settings, portal.state.context, portal.now[0]).checks}["roles"]
    assert outcome.outcome == "warning" and "bureau × 3" in outcome.zh, "two people cannot be three reviewers"
    add_account(
        portal.state.context,
        "bureau3",
        "统计局丙",
        "bureau",
        None,
        "all",
        "setup",
        portal.now[0],
        portal.password,
        False,
    )
    outcome = {c.check: c for c in examine(portal.state.settings, portal.state.context, portal.now[0]).checks}["roles"]
    assert outcome.outcome == "ok"
    for username, code, ytd in (("unit", "980101", "1100"), ("other", "990101", "1050"), ("third", "990102", "900")):
        content = portal.good.replace(b"980101", code.encode()).replace(b"1100", ytd.encode())
        assert portal.upload(username, ("q1.csv", content)).status_code == 303
    portal.now[0] = AFTER_DUE
    assert portal.post("bureau", "/ranking/2026-Q1/close", RANKING).status_code == 303
    return portal


def sign(portal: Any, who: str, role: str, decision: str = "approved", **more: str) -> Any:
    edition = portal.state.context.warehouse.editions.newest("2026-Q1")
    shown = {"edition": edition.edition_id, "content_hash": edition.content_hash}
    fields = {**shown, "role": role, "decision": decision, **more}
    return portal.post(who, "/ranking/2026-Q1/sign", RANKING, **fields)


def offered(portal: Any, who: str) -> list[str]:
    page = portal.client(who).get(RANKING).text
    return [part.split('"')[0] for part in page.split('name="role" value="')[1:]]


def test_from_the_draft_to_publication(drafted: Any) -> None:
    page = drafted.client("bureau").get(RANKING).text
    assert "待签署" in page and page.count("待前一审签署") == 2
    assert offered(drafted, "bureau") == ["author"] and offered(drafted, "dispatch") == []
    early = sign(drafted, "bureau2", "approver")
    assert early.status_code == 409 and "尚未经「编制」签署" in early.text
    assert sign(drafted, "dispatch", "author").status_code == 403
    assert sign(drafted, "leader", "approver").status_code == 403, "leaders read the draft"
    both = sign(drafted, "bureau", "author", opinion="海口径再核一次")
    assert both.status_code == 409 and "写了退回意见，未签发" in both.text, "what was written is not dropped"
    assert sign(drafted, "bureau", "author").status_code == 303
    assert offered(drafted, "bureau") == [] and offered(drafted, "bureau2") == ["reviewer"]
    twice = sign(drafted, "bureau", "reviewer")
    assert twice.status_code == 409 and "两个角色须由两人签发" in twice.text
    silent = sign(drafted, "bureau2", "reviewer", "returned")
    assert silent.status_code == 400 and "退回须写明意见" in silent.text
    assert sign(drafted, "bureau2", "reviewer", "returned", opinion="海口径再核一次").status_code == 303
    page = drafted.client("bureau").get(RANKING).text
    assert (
        f"{drafted.state.context.warehouse.editions.newest('2026-Q1').edition_id} 已被退回：统计局乙（" in page
        and "）：海口径再核一次</p>" in page
    ), "the block says who sent which edition back, and why"
    assert 'role="status"' in page and "重新起草得到下一版次，须重新签发。" in page and "待签署" not in page
    assert 'action="/ranking/2026-Q1/close"' in page and 'name="decision" value="approved"' not in page
    read = drafted.client("leader").get(RANKING).text
    assert "）：海口径再核一次</p>" in read and "重新起草" not in read, "who may not draft is told, without the button"
    edition = drafted.state.context.warehouse.editions.newest("2026-Q1")
    fields = {"edition": edition.edition_id, "content_hash": edition.content_hash}
    returned = drafted.post("bureau", "/ranking/2026-Q1/publish", RANKING, **fields)
    assert returned.status_code == 409 and "退回" in returned.text

    content = drafted.good.replace(b"980101", b"990102").replace(b"1100", b"905")
    drafted.upload("third", ("q1.csv", content))
    assert drafted.post("bureau", "/ranking/2026-Q1/close", RANKING).status_code == 303
    newest = drafted.state.context.warehouse.editions.newest("2026-Q1")
    assert newest.edition_id != edition.edition_id, "the next draft starts anew"
    page = drafted.client("bureau").get(RANKING).text
    assert (
        f"{edition.edition_id} 已被退回：统计局乙（" in page
        and "海口径再核一次。这是重新起草的一版，须重新签发。" in page
    )
    for who, role in (("bureau", "author"), ("bureau2", "reviewer"), ("bureau3", "approver")):
        assert offered(drafted, who) == [role]
        assert sign(drafted, who, role).status_code == 303
    fields = {"edition": newest.edition_id, "content_hash": newest.content_hash}
    assert drafted.post("bureau", "/ranking/2026-Q1/publish", RANKING, **fields).status_code == 303
    published = drafted.state.context.warehouse.editions.newest("2026-Q1")
    signatures = signatures_in_order(drafted.state.context, published)
    assert published.state == "published"
    assert "须重新签发" not in drafted.client("bureau").get(RANKING).text, "what is published is not to be signed again"
    assert [(s.role, s.name) for s in signatures] == [
        ("author", "bureau 一"),
        ("reviewer", "统计局乙"),
        ("approver", "统计局丙"),
    ]

    printed = drafted.client("bureau").get(f"/editions/{published.edition_id}/index.html").text
    places = [printed.rindex(name) for name in ("bureau 一", "统计局乙", "统计局丙")]
    assert places == sorted(places), (
        "the printed edition names them in the order in which they sign, all at one instant"
    )


def test_lists_read_no_document_of_an_edition(drafted: Any) -> None:
    import sqlalchemy as sa

    warehouse = drafted.state.context.warehouse
    assert warehouse.editions.newest("2026-Q1") is not None, "there is an edition whose document could be read"
    said: list[str] = []
    engine = warehouse.database.engine

    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    sa.event.listen(engine, "before_cursor_execute", listen)
    try:
        assert "2026-Q1-e2" in drafted.client("bureau").get("/editions").text
        assert drafted.client("bureau").get("/metrics").status_code == 200
        assert "2026-Q1-e2" not in drafted.client("bureau").get("/editions?period=2025-Q4").text
    finally:
        sa.event.remove(engine, "before_cursor_execute", listen)
    assert any("FROM edition" in one for one in said) and not [one for one in said if "edition.document" in one]
