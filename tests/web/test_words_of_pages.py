"""Pages speak the language of their people: no code of the program stands where a word should, in tables, choices and refusals."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from pipelines.flow.portal.doctor import examine
from pipelines.model.notifications import Kind, NotificationState
from pipelines.model.programme import MethodName
from pipelines.model.rulings import REASONS, REASONS_EN
from pipelines.web.page_templates import half, remedy_half
from pipelines.web.page_writer import METHODS, NOTIFICATIONS, STATES

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_kind_and_state_of_a_notification_has_its_words() -> None:
    assert set(get_args(Kind)) == set(NOTIFICATIONS)
    assert set(get_args(NotificationState)) <= set(STATES)
    assert all(CHINESE.search(zh) for zh, _ in NOTIFICATIONS.values())


def test_every_method_of_a_ranking_is_named() -> None:
    assert set(get_args(MethodName)) == set(METHODS)


def test_every_check_of_the_installation_is_named(portal: Any) -> None:
    state = portal.state
    checks = [one.check for one in examine(state.settings, state.context, state.now()).checks]
    page = portal.client("engineer").get("/operation/sources").text
    named = re.findall(r'<th scope="row" data-label="检查">(.*?)</th>', page)
    assert len(named) == len(checks) > 8 and all(CHINESE.search(word) for word in named), named
    assert '<td data-label="类型">目录</td>' in page
    english = portal.sign_in("engineer").get("/operation/sources?lang=en").text
    assert all(f">{check}</th>" in english for check in checks)


@pytest.mark.parametrize(
    "kind,name,words",
    [
        ("exemption", "cause", {"force_majeure": "不可抗力", "public_factor": "公共要素未到位"}),
        ("factor_accepted", "factor", {"land": "土地", "funds": "资金"}),
        ("factor_budget", "subject", {"energy": "能耗"}),
        ("inspection_opened", "step", {"slip": "提醒单", "talk": "约谈"}),
        ("publication_permit", "purpose", {"showcase": "成果晾晒", "snail": "蜗牛项目"}),
    ],
)
def test_what_takes_one_of_a_few_values_is_chosen_by_its_name(
    portal: Any, kind: str, name: str, words: dict[str, str]
) -> None:
    page = portal.client("dispatch").get(f"/dispatch/decisions?kind={kind}").text
    choice = page.split(f'<select name="{name}">')[1].split("</select>")[0]
    assert dict(re.findall(r'<option value="(\w+)">(.*?)</option>', choice)).items() >= words.items()
    assert f'<input name="{name}"' not in page


def test_a_month_that_cannot_close_says_who_is_not_in_by_name(portal: Any) -> None:
    token = portal.token(portal.client("bureau").get("/ranking?period=2026-Q1").text)
    said = {}
    for language in ("zh", "en"):
        answer = portal.client("bureau").post(f"/ranking/2026-Q1/close?lang={language}", data={"form_token": token})
        assert answer.status_code == 409
        said[language] = answer.text.split('role="alert">')[1].split("</p>")[0]
    assert "未通过：" in said["zh"] and "新区" in said["zh"] and "980101" not in said["zh"] and " / " not in said["zh"]
    assert "not accepted: " in said["en"] and "未通过" not in said["en"] and "980101" not in said["en"]


def test_a_wrong_password_is_said_in_the_language_of_the_page(portal: Any) -> None:
    client = portal.stranger()
    token = portal.token(client.get("/sign-in").text)
    fields = {"username": "viewer", "password": "wrong", "form_token": token}
    said = [
        client.post(f"/sign-in?lang={language}", data=fields).text.split('role="alert">')[1].split("</p>")[0]
        for language in ("zh", "en")
    ]
    assert CHINESE.search(said[0]) and not re.search("[a-z]{4}", said[0]) and not CHINESE.search(said[1]), said


@pytest.mark.parametrize(
    "text,zh,en",
    [
        ("尚未关账 / the month is not closed yet", "尚未关账", "the month is not closed yet"),
        ("金额万元 / amounts in 万元", "金额万元", "amounts in 万元"),
        ("土地 / 能耗 / 资金", "土地 / 能耗 / 资金", "土地 / 能耗 / 资金"),
        ("本年累计 / 上年同期", "本年累计 / 上年同期", "本年累计 / 上年同期"),
        ("ytd / base", "ytd / base", "ytd / base"),
        ("", "", ""),
    ],
)
def test_of_a_text_in_both_languages_a_page_says_one(text: str, zh: str, en: str) -> None:
    assert (half(text, False), half(text, True)) == (zh, en)


def test_the_other_language_shows_the_same_page(portal: Any) -> None:
    client = portal.sign_in("bureau")
    assert 'href="?period=2026-Q1&amp;lang=en"' in client.get("/ranking?period=2026-Q1").text
    fields = {"form_token": portal.token(client.get("/accounts").text), "decision": "accepted"}
    refused = client.post("/desk/explanations", data=fields)
    assert refused.status_code == 400 and 'href="/?lang=en"' in refused.text, "what answers a form has no address"
    moved = portal.sign_in("bureau").get("/?lang=en")
    assert (moved.status_code, moved.headers["location"]) == (303, "/desk?lang=en")


def test_reasons_and_fields_have_words_in_both_languages(portal: Any) -> None:
    assert set(REASONS_EN) == set(REASONS) and not CHINESE.search("".join(REASONS_EN.values()))
    portal.upload("unit", ("q1.csv", portal.wrong))
    page = f"/desk/submissions/{portal.versions(portal.units[0])[-1]}"
    proposed = portal.post("bureau", f"{page}/waive", page, rule="C01", row="4", reason="口头核对过的豁免")
    assert proposed.status_code == 303
    for path in (page, "/desk/waivers?period=2026-Q1"):
        shown = re.sub(r'value="\w+"', "", portal.sign_in("bureau").get(path).text.split("<main")[1])
        assert "本年完成投资" in shown and "ytd" not in shown, path


@pytest.mark.parametrize(
    "referer,back",
    [
        ("http://saima.test/desk/queries?period=2026-Q1", "/desk/queries?period=2026-Q1"),
        ("http://evil.example/desk", None),
        ("http://saima.test//evil.example/", None),
        ("", None),
    ],
)
def test_a_refused_form_leads_back_to_where_it_was_filled_in(portal: Any, referer: str, back: str | None) -> None:
    client = portal.sign_in("bureau")
    token = portal.token(client.get("/accounts").text)
    fields = {"form_token": token, "decision": "accepted"}
    text = client.post("/desk/explanations", data=fields, headers={"Referer": referer}).text
    assert ("返回填写页" in text) == (back is not None)
    assert back is None or f'href="{back}"' in text


def test_no_option_of_a_command_is_a_remedy_of_a_page(portal: Any) -> None:
    client = portal.sign_in("bureau")
    fields = {"form_token": portal.token(client.get("/accounts").text), "decision": "returned", "explanation": "e1"}
    text = client.post("/desk/explanations", data=fields).text
    assert "退回说明须写明原因" in text and "--remark" not in text and "怎么办" not in text


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("更正后重新报送 / correct and send again", "更正后重新报送", "correct and send again"),
        ("写成 / write it like 2022-Q2", "写成 / write it like 2022-Q2", "write it like 2022-Q2"),
        (
            "先定额度 / set the budget first: saima dispatch decide budget",
            "先定额度 / set the budget first: saima dispatch decide budget",
            "set the budget first: saima dispatch decide budget",
        ),
        ("用 --field 指定一处 / name one cell", "用 --field 指定一处", "用 --field 指定一处 / name one cell"),
    ],
)
def test_what_is_typed_as_it_stands_is_in_the_remedy_of_both_languages(text: str, zh: str, en: str) -> None:
    assert (remedy_half(text, False), remedy_half(text, True)) == (zh, en)
