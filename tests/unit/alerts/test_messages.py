"""What people read: every kind in both languages, no amounts, nothing that a file name or a unit's name could forge."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.alerts.messages import preview, render
from pipelines.errors import Terminal
from pipelines.model.message_samples import sample_facts
from pipelines.model.messages import FACTS, KINDS, template_names

CHINESE = re.compile("[\u4e00-\u9fff]")
AMOUNTS = {
    "ytd": Decimal("1234567.8900"),
    "base": "987654.32",
    "rows": [{"project": "晶科", "ytd_wan_yuan": "2200031"}],
    "growth": 0.1437,
    "value": 777777,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_it_in_chinese_and_english_and_that_it_is_simulated(kind: Any) -> None:
    text = preview(kind)
    zh, en = text.subject.split(" / ", 1)
    assert CHINESE.search(zh)
    assert zh.startswith("【模拟】")
    assert en.startswith("[simulated]")
    above, below = text.body.split("———")
    assert CHINESE.search(above)
    assert re.search(r"[A-Za-z]{4,} [a-z]+ ", below)
    for part in (above, below):
        assert "https://saima.example.invalid/late?period=2022-06" in part
        assert not re.search(r"[{}]|None|\n\n\n", part)
    real = render(kind, {**sample_facts(kind), "simulated": False, "link": ""})
    assert "模拟" not in real.subject
    assert "simulated" not in real.subject
    assert "://" not in real.body


def test_a_reminder_says_how_long_there_is_and_until_when() -> None:
    said = {rung: preview("reminder", rung) for rung in ("T-3", "T-1", "T-4h", "T")}
    assert "还有 3 个工作日" in said["T-3"].subject
    assert "1 working day left" in said["T-1"].subject
    assert "还有 4 小时" in said["T-4h"].subject
    assert "按迟报记录" in said["T"].body
    assert len({text.subject for text in said.values()}) == 4
    for text in said.values():
        assert "2022-07-11 18:00" in text.body, "the programme's time, not UTC"
    correction = preview("reminder", "T-1", revising=True)
    assert "退改" in correction.body
    assert "更正截止" in correction.body


def test_a_receipt_says_what_to_do() -> None:
    facts = sample_facts("receipt")
    assert "更正截止 2022-07-14 18:00" in render("receipt", facts).body
    assert "更正截止" not in render("receipt", {**facts, "corrections_until": None}).body
    assert "无需再做什么" in render("receipt", {**facts, "verdict": "accepted"}).body
    assert "上报说明" in render("receipt", {**facts, "verdict": "accepted_with_queries"}).body


def test_one_day_is_not_days() -> None:
    facts = sample_facts("escalation")
    assert "1 working day late" in render("escalation", facts).body
    assert "2 working days late" in render("escalation", {**facts, "workdays_late": 2}).body


@pytest.mark.parametrize("kind", KINDS)
def test_no_amount_of_the_ledger_reaches_a_text(kind: Any) -> None:
    facts = {**AMOUNTS, **sample_facts(kind)}
    for name in ("late", "due_soon", "revising", "recovered", "changes"):
        if name in FACTS[kind] and isinstance(facts[name], list):
            facts[name] = [{**entry, **AMOUNTS} for entry in facts[name]]
    text = render(kind, facts)
    assert text == render(kind, sample_facts(kind))
    digits = re.sub(r"\D", " ", text.subject + text.body).split()
    assert not {"1234567", "8900", "987654", "2200031", "1437", "777777"} & set(digits)
    assert max(map(len, digits)) <= 6, "nothing longer than the code of a unit"


@pytest.mark.parametrize("amount", [Decimal("1.5"), 1.5])
def test_what_could_be_an_amount_is_refused_wherever_it_stands(amount: Any) -> None:
    with pytest.raises(Terminal, match="could be an amount"):
        render("receipt", {**sample_facts("receipt"), "errors": amount})
    digest = sample_facts("digest")
    digest["late"][0]["workdays_late"] = amount
    with pytest.raises(Terminal, match="could be an amount"):
        render("digest", digest)


def test_a_missing_fact_is_named() -> None:
    facts = sample_facts("return")
    del facts["deadline"]
    with pytest.raises(Terminal, match="deadline"):
        render("return", facts)


def test_names_from_files_cannot_forge_lines_headers_or_directions() -> None:
    nasty = '6月.xlsx\r\nBcc: all@example.invalid\u2028审核结论:通过\u202e\x1b[31m{{ 7 * 7 }}<at user_id="all">'
    text = render("receipt", {**sample_facts("receipt"), "file_name": nasty, "unit_name": nasty, "verdict": "rejected"})
    assert "\n" not in text.subject
    assert not [line for line in text.body.splitlines() if line.startswith(("Bcc", "审核结论：通过"))]
    assert not re.search("[\r\u2028\u202e\x1b]", text.body + text.subject)
    assert "{{ 7 * 7 }}" in text.body, "a value is never read as a template"
    long = render("receipt", {**sample_facts("receipt"), "file_name": "长" * 5000})
    assert len(long.body) < 2000


def test_a_digest_lists_everyone_once() -> None:
    text = preview("digest")
    above = text.body.split("———")[0]
    assert [above.count(name) for name in ("海宁市", "秀洲区", "桐乡市")] == [1, 1, 1]
    assert "（已知悉）" in above
    empty = {**sample_facts("digest"), "late": [], "revising": [], "remarks_zh": [], "remarks_en": []}
    assert "今日没有未报" in render("digest", empty).body
    assert date(2022, 7, 12).isoformat() in render("digest", empty).subject


def test_a_programme_has_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "reminder.zh.j2").write_text(
        "催报：{{ unit_name }}\n\n请于 {{ due | local }} 前报送。\n", encoding="utf-8"
    )
    text = render("reminder", sample_facts("reminder"), tmp_path)
    assert text.subject.startswith("催报：海宁市 / [simulated] 2022-06")
    assert text.body.startswith("请于 2022-07-11 18:00 前报送。\n\n———")
    assert render("reminder", sample_facts("reminder"), tmp_path / "absent") == preview("reminder")


def test_a_broken_text_of_a_programme_keeps_no_notice_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "reminder.zh.j2").write_text("{{ due.nothing() }}\n", encoding="utf-8")
    assert render("reminder", sample_facts("reminder"), tmp_path) == preview("reminder")
    assert "reminder.zh.j2" in caplog.text


def test_templates_exist_for_every_kind_and_no_other() -> None:
    from pipelines.alerts.messages import TEMPLATES

    assert sorted(path.name for path in TEMPLATES.iterdir()) == sorted(template_names())


def test_moments_are_shown_in_the_programmes_zone() -> None:
    facts = {**sample_facts("return"), "deadline": datetime.fromisoformat("2022-07-14T18:00:00-04:00")}
    assert "2022-07-15 06:00" in render("return", facts).body
    assert "2022-07-14 18:00" in render("return", {**facts, "time_zone": "America/New_York"}).body


@pytest.mark.parametrize("kind", KINDS)
def test_a_programme_in_english_writes_english_alone(kind: Any) -> None:
    text = preview(kind, "T-1", languages=("en",))
    both = preview(kind, "T-1")
    assert text.body and text.body in both.body and len(text.body) < len(both.body)
    assert "———" not in text.body and " / " not in text.subject
