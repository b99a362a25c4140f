"""Two people, or one who clicks twice, decide at the same moment: one decision stands, the other person is told, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from pipelines.model.rulings import PUBLICATION

from .open_matters import BLOCKED, COLLECTED, SECOND, SIGNED, UNSIGNED, OpenMatters, office_of_open_matters
from .random_requests import cheap_passwords

pytestmark = pytest.mark.slow
AT_ONCE = 4
"""Requests at the same moment."""


@pytest.fixture(scope="module")
def matters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with cheap_passwords():
        office = office_of_open_matters(tmp_path_factory.mktemp("races"))
        with office.served():
            made = OpenMatters(office)
            made.open_again()
            yield made
        office.state.context.warehouse.close()


@pytest.fixture
def at_once(matters: Any) -> Callable[..., list[int]]:
    """Sends a form of a page as several people at the same moment, each with fields of their own; the statuses, in order."""
    import requests

    office = matters.office

    def send(people: list[str], page: str, ending: str, fields: list[dict[str, Any]]) -> list[int]:
        together = Barrier(len(people))
        prepared = []
        for who, own in zip(people, fields, strict=True):
            try:
                action, hidden = matters.form(who, page, ending)
            except StopIteration:  # what is settled has no form any more; somebody may have it open
                action, hidden = page + ending, {"form_token": office.visitor(who)[1]}
            prepared.append((office.visitor(who)[0].cookies, action, hidden | own))

        def post(one: tuple[Any, str, dict[str, Any]]) -> int:
            cookies, action, body = one
            together.wait(20)
            answer = requests.post(office.address + action, body, cookies=cookies, allow_redirects=False, timeout=60)
            return answer.status_code

        with ThreadPoolExecutor(len(people)) as pool:
            return sorted(pool.map(post, prepared))

    return send


def warehouse(matters: Any) -> Any:
    return matters.office.state.context.warehouse


def test_one_explanation_of_one_who_clicks_often(matters: Any, at_once: Any) -> None:
    version, text = matters.version("unit"), "与企业逐笔核对，上半年集中退税"
    answers = at_once(
        ["unit"] * AT_ONCE, version, "/explain", [{"reason": "其他", "text": text, "rule": "F17"}] * AT_ONCE
    )
    assert answers == [303] * AT_ONCE, "a second click is told what the first one is"
    given = [e for e in warehouse(matters).rulings.explanations(COLLECTED) if e.text == text]
    assert len(given) == 1 and given[0].state == "given"


def test_two_of_the_bureau_decide_differently_on_an_explanation(matters: Any, at_once: Any) -> None:
    rulings = warehouse(matters).rulings
    waiting = next(e for e in rulings.explanations(COLLECTED) if e.given_by == "other 某")
    fields = [
        {"explanation": waiting.explanation_id, "decision": decision, "remark": "口径再核一次"}
        for decision in ("accepted", "returned")
    ]
    assert at_once(["bureau", SECOND], f"/desk/queries?period={COLLECTED}", "/explanations", fields) == [303, 409]
    [settled] = [e for e in rulings.explanations(COLLECTED) if e.explanation_id == waiting.explanation_id]
    done = [e for e in warehouse(matters).audit_entries() if e.action.startswith("explanation-")]
    assert len(done) == 1 and done[0].actor == settled.decided_by


def test_the_words_that_were_returned_are_not_taken_again(matters: Any, at_once: Any) -> None:
    rulings = warehouse(matters).rulings
    page, text = f"/desk/queries?period={COLLECTED}", "与企业核对，金额确认无误"
    told = {"reason": "其他", "text": text, "rule": "F17"}
    assert at_once(["unit"], matters.version("unit"), "/explain", [told]) == [303]
    otherwise = {**told, "reason": "季节或气候"}
    assert at_once(["unit"], matters.version("unit"), "/explain", [otherwise]) == [409], "it would change nothing"
    given = next(e for e in rulings.explanations(COLLECTED) if e.text == text)
    sent_back = {"explanation": given.explanation_id, "decision": "returned", "remark": "写明退税金额"}
    early = {**sent_back, "decision": "accepted", "until": "2026-03"}
    assert at_once(["bureau"], page, "/explanations", [early]) == [400], "it would hold for nothing"
    assert at_once(["bureau"], page, "/explanations", [sent_back]) == [303]
    assert at_once(["unit"], matters.version("unit"), "/explain", [told]) == [409]
    more = {**told, "text": f"{text}，退税三百万元"}
    assert at_once(["unit"], matters.version("unit"), "/explain", [more]) == [303]


def test_the_second_signature_is_one(matters: Any, at_once: Any) -> None:
    page = f"/desk{matters.version('third').removeprefix('/unit')}"
    fields = {"rule": "C01", "row": "4", "reason": "与企业口头核对过"}
    answers = at_once(["bureau"] * AT_ONCE, page, "/waive", [fields] * AT_ONCE)
    assert answers == [303, *[409] * (AT_ONCE - 1)]
    [waiver] = warehouse(matters).rulings.waivers(COLLECTED)
    assert (waiver.first_by, waiver.second_by) == (f"{SECOND} 某", "bureau 某")


def test_a_draft_is_approved_or_sent_back(matters: Any, at_once: Any) -> None:
    fields: list[dict[str, str]] = [{"decision": "approved"}, {"decision": "returned", "opinion": "口径再核一次"}]
    assert at_once(["bureau", SECOND], f"/ranking?period={UNSIGNED}", "/sign", fields) == [303, 409]
    edition = warehouse(matters).editions.newest(UNSIGNED)
    assert len(warehouse(matters).editions.signatures(edition.edition_id)) == 1


def test_nothing_chosen_is_nothing_overruled(matters: Any, at_once: Any) -> None:
    page, reason = f"/ranking?period={BLOCKED}", {"reason": "与企业逐项核对，按现数发布"}
    assert at_once(["bureau"], page, "/overrule", [reason]) == [400]
    decisions = warehouse(matters).rulings.explanations(BLOCKED)
    assert [e for e in decisions if e.cell.form == PUBLICATION] == []


def test_an_edition_is_published_once(matters: Any, at_once: Any) -> None:
    answers = at_once(["bureau", SECOND] * 2, f"/ranking?period={SIGNED}", "/publish", [{}] * 4)
    assert answers == [303] * 4
    done = [e for e in warehouse(matters).audit_entries() if e.action == "publish" and e.subject.startswith(SIGNED)]
    assert len(done) == 1


def test_dead_letters_are_sent_again_once(matters: Any, at_once: Any) -> None:
    store = warehouse(matters).alerts
    dead = [row.notice.message_id for row in store.rows(states=("dead",))]
    assert len(dead) > 3, "nobody listens at the address of the channel"
    answers = at_once(["bureau", "engineer"], "/operation/outbox", "/outbox", [{"message": dead}] * 2)
    assert answers == [303, 409]
    assert len([e for e in warehouse(matters).audit_entries() if e.action == "alert-retry"]) == 1


def test_a_return_is_withdrawn_or_sent_back_once(matters: Any, at_once: Any) -> None:
    version = matters.version("unit")
    answers = at_once(["unit"] * AT_ONCE, version, "/withdraw", [{"reason": "发现错误"}] * AT_ONCE)
    assert answers == [303, *[409] * (AT_ONCE - 1)]
    other = f"/desk{matters.version('other').removeprefix('/unit')}"
    answers = at_once(["bureau", SECOND], other, "/return", [{"reason": "口径有误"}, {"reason": "单位有误"}])
    assert answers == [303, 409]
    returns = warehouse(matters).rulings.returns(period=COLLECTED)
    assert [one.withdrawn for one in returns.values()].count(True) == 1 and len(returns) == 2


def test_a_correction_is_shown_beside_what_was_published(matters: Any) -> None:
    """Not beside the draft of it that its own overruling replaced, from which nothing differs."""
    matters.open_again()
    session, _ = matters.office.visitor("bureau")
    page = session.get(f"{matters.office.address}/ranking?period={SIGNED}").text
    assert f"与 {SIGNED}-e1 比较" in page and "共 0 处变动" not in page and '<span class="was">' in page
    assert "已核定" in page and 'name="reason"' not in page, "nothing is left to be overruled"
