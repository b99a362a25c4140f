"""The bulletin: each sentence recomputed from the figures of the document, and the Word file as its own reader finds it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from docx import Document

from pipelines.model.measures import MEASURES
from pipelines.model.periods import Period
from pipelines.publish import rank_document
from pipelines.publish.bulletin import BulletinChart, BulletinFrame, bulletin
from pipelines.publish.bulletin_charts import bulletin_charts
from pipelines.publish.bulletin_text import BulletinNames, bulletin_text, summary_rows
from pipelines.publish.edition_context import BilingualText
from pipelines.publish.edition_texts import headline
from pipelines.publish.figures import display
from pipelines.publish.participation import Participant, faster_than, groups, late_units, of_document, of_ranking

from .small_editions import HOSTILE, JUNE, METHOD, edition, ranking, units

D = Decimal
NAMES = BulletinNames(
    BilingualText("制造业投资", "Manufacturing investment"),
    BilingualText("全市", "the whole city"),
    BilingualText("全省", "the province"),
    display(MEASURES["wan_yuan"]),
)


def document(names: tuple[str, str, str, str] = ("东县", "西区", "南市", "北镇"), **changed: Any) -> dict[str, Any]:
    """The small edition's document; `changed`: other inputs of the first unit."""
    found = units(names)
    found[0] = replace(found[0], **changed)
    made: Any = rank_document(ranking(found), edition(found=found))
    return made


def tenth(rate: object) -> Decimal:
    return (D(str(rate)) * 100).quantize(D("0.1"), rounding=ROUND_HALF_UP)


def test_every_sentence_is_recomputed_from_the_document() -> None:
    doc = document()
    text = bulletin_text(doc, JUNE, NAMES)
    first, second = doc["units"][:2]
    city, (a, b) = doc["city"], (tenth(u["growth_official"]) for u in (first, second))
    yi = (D(city["ytd"]) / 10000).quantize(D("0.01"), rounding=ROUND_HALF_UP)
    whole = tenth(city["growth_official"])
    assert [t.zh for t in text.overall] == [
        f"1—6月，全市制造业投资{yi}亿元，同比增长{whole}%，总量居全省第4位，增速居全省第2位。"
    ]
    assert text.places[0].zh == f"按得分，东县（{first['score']}分）居第1位，西区（{second['score']}分）居第2位。"
    assert text.places[1].zh == (
        f"4个地区中，1个增长、1个下降，2个未列增速；增速最高的东县增长{a}%，最低的西区下降{abs(b)}%，相差{a - b}个百分点。"
    )
    assert text.places[2].zh == f"1个地区快于全市：东县快{a - whole}个百分点。"
    assert [u["movement"] for u in (first, second)] == [1, -1]
    assert text.moves[0].zh == "与上期相比，东县升1位，居第1位；西区降1位，居第2位。"
    up, down = D(first["growth_change_pp"]), D(second["growth_change_pp"])
    assert (up, down) == (a - D("10.0"), b - D("30.5"))
    assert (
        text.moves[1].zh == f"东县增速比上月提高{up:.1f}个百分点，提高最多，西区回落{abs(down):.1f}个百分点，回落最多。"
    )
    assert [t.zh for t in text.returns] == [
        "应报4个单位，参加排名2个。",
        "迟报1个：西区。",
        "未报1个：南市。",
        "不予公布1个：北镇。",
    ]
    assert text.summary.zh.startswith(f"【模拟数据】【演示签字】{text.overall[0].zh}") and text.summary.zh.endswith(
        "（初步数）"
    )
    assert text.moves[1].zh in text.summary.zh


@pytest.mark.parametrize(
    ("own", "whole", "said"),
    [
        (0.856, 0.125, "东县快73.1个百分点"),
        (0.85649, 0.1254, "东县快73.1个百分点"),
        (0.3, 0.1, "东县快20.0个百分点"),
        (0.126, 0.125, "东县快0.1个百分点"),
        (0.125, -0.049, "东县快17.4个百分点"),
        (12.345, 0.1, "东县快1224.5个百分点"),
    ],
    ids=["tenths", "of the printed figures", "round", "one tenth", "of a falling whole", "large"],
)
def test_points_are_written_with_one_decimal_and_of_the_printed_figures(own: float, whole: float, said: str) -> None:
    """Floats, as a published ranking.json carries them."""
    doc = document()
    doc["units"][0]["growth_official"] = own
    doc["city"]["growth_official"] = whole
    text = bulletin_text(doc, JUNE, NAMES)
    assert text.places[2].zh.startswith("1个地区快于全市：") and text.places[2].zh.endswith(f"{said}。")
    lowest = tenth(doc["units"][1]["growth_official"])
    assert f"，相差{tenth(own) - lowest}个百分点。" in text.places[1].zh
    figures = re.findall(r"([\d.,-]+)个百分点", "".join(t.zh for t in (*text.places, *text.moves, text.summary)))
    assert len(figures) >= 4 and all(re.fullmatch(r"\d+\.\d", figure) for figure in figures), figures


def test_english_says_the_same_figures() -> None:
    doc = document()
    text = bulletin_text(doc, JUNE, NAMES)
    for both in (*text.overall, *text.places, *text.moves):
        zh, en = (set(re.findall(r"\d+\.\d+", said)) for said in (both.zh, both.en))
        if both in text.overall:
            assert "亿元" in both.zh and f"CNY {D(zh.intersection({'27.00'}).pop()) / 10:.3f} billion" in both.en
            zh.remove("27.00")
        assert en >= zh, both


@pytest.mark.parametrize(
    ("rate", "said"),
    [("0.0004", "1个持平"), ("-0.0006", "最低的西区下降5.0%"), ("0.30", "1个增长、1个下降")],
    ids=["flat", "both fall", "one each"],
)
def test_words_follow_the_printed_decimal(rate: str, said: str) -> None:
    text = bulletin_text(document(growth_official=D(rate)), JUNE, NAMES)
    assert said in text.places[1].zh
    assert ("增长" in text.places[1].zh.split("；")[0]) is (rate == "0.30")


def test_of_units_that_are_all_withheld_nothing_is_compared() -> None:
    """“No unit grew faster than the whole” was said of units whose growth nobody may know."""
    doc = document()
    for unit in doc["units"]:
        unit |= {"growth": None, "growth_official": None, "rank": None, "state": "unranked", "remarks": ["不予公布"]}
    text = bulletin_text(doc, JUNE, NAMES)
    assert not [said for said in text.places if "快于" in said.zh or "faster" in said.en]


def test_a_tie_is_named_together_and_nobody_ahead_is_said() -> None:
    doc = document()
    doc["units"][1]["rank"] = 1
    doc["city"]["growth_official"] = 0.9
    text = bulletin_text(doc, JUNE, NAMES)
    assert "东县（" in text.places[0].zh and "并列居第1位" in text.places[0].zh and "第2位" not in text.places[0].zh
    assert text.places[2].zh == "没有地区快于全市（90.0%）。"


def test_sentences_without_figures_are_left_out() -> None:
    doc = document()
    for unit in doc["units"]:
        unit |= {"movement": None, "growth_change_pp": None, "growth": None, "growth_official": None}
    doc["city"] |= {"ytd": None, "growth": None, "growth_official": None}
    text = bulletin_text(doc, JUNE, NAMES)
    assert (text.overall, text.moves) == ((), ()) and len(text.places) == 1
    quarter = bulletin_text(document(), Period.parse("2022-Q2"), NAMES)
    assert "上季" in quarter.moves[1].zh


def frame() -> BulletinFrame:
    marks = ("模拟数据：不是统计数据",)
    return BulletinFrame("关于小城市情况的通报", "各有关单位：", marks, ("示例方案", "2022年7月25日"), "数据来源：e1")


def made(doc: dict[str, Any], charts: list[BulletinChart]) -> bytes:
    head, rows = summary_rows(doc, NAMES.display)
    return bulletin(frame(), bulletin_text(doc, JUNE, NAMES), head, rows, charts)


def test_word_reads_as_an_official_document_with_table_and_two_charts() -> None:
    doc = document(HOSTILE)
    charts = bulletin_charts(doc, "全市")
    assert len(charts) == 2 and all(chart.png.startswith(b"\x89PNG") for chart in charts)
    content = made(doc, charts)
    assert content == made(doc, charts)
    word = Document(io.BytesIO(content))
    section = word.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert round(section.top_margin.mm) == 37 and len(word.inline_shapes) == 2
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if "thumbnail" in name], "a picture of another document"
    assert (word.core_properties.title, word.core_properties.author) == ("关于小城市情况的通报", "")
    texts = [p.text for p in word.paragraphs]
    assert texts[:3] == ["模拟数据：不是统计数据", "关于小城市情况的通报", "各有关单位："]
    assert [t for t in texts if t[:2] in ("一、", "二、", "三、", "四、")] == [
        "一、总体情况",
        "二、各地排名",
        "三、变化情况",
        "四、报送情况",
    ]
    pictured = [p for p in word.paragraphs if p._p.xpath(".//pic:pic")]
    assert [p.paragraph_format.line_spacing for p in pictured] == [1.0, 1.0], "an exact line height cuts a picture"
    (table,) = word.tables
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert cells[0] == ["位次", "地区", "累计完成（亿元）", "同比增长（%）", "序时完成率（%）", "得分", "备注"]
    first = doc["units"][0]
    assert cells[1][:4] == ["1", HOSTILE[0], "13.00", "30.0"] and cells[1][5] == first["score"]
    assert [row[1] for row in cells[1:]] == list(HOSTILE), "hostile names stay text"


def test_the_bulletin_says_what_its_total_covers_and_what_a_draft_is() -> None:
    doc = document()
    doc["city"] = {**doc["city"], "coverage": {"units": 3, "of": 4}}
    doc |= {"state": "draft", "demonstration": False, "figures": "final"}
    text = bulletin_text(doc, JUNE, NAMES)
    assert (
        "亿元（仅为已报的3个单位合计，应报4个），同比增长" in text.overall[0].zh
        and "(3 of 4 units)" in text.overall[0].en
    )
    assert text.summary.zh.startswith("【草稿】【模拟数据】") and text.summary.zh.endswith("（正式数）")
    doc["city"] = {**doc["city"], "ytd": None, "growth_official": None, "growth": None, "growth_mark": "suppressed"}
    assert "制造业投资，不予公布，总量居" in bulletin_text(doc, JUNE, NAMES).overall[0].zh


def test_one_count_of_late_and_faster_units_in_every_text() -> None:
    """A rate that prints as the whole's is not faster; who sent nothing, or in time, is not late."""
    found = units(("东县", "西区", "南市", "北镇"))
    found[0] = replace(found[0], growth_official=D("0.1254"))
    found[2] = replace(found[2], workdays_late=5, late=True)
    found[3] = replace(found[3], workdays_late=3)
    made = ranking(found)
    doc: Any = rank_document(made, edition(found=found))
    assert "没有地区快于全市（12.5%）。" in [t.zh for t in bulletin_text(doc, JUNE, NAMES).places]
    lead = headline(made, edition(found=found))
    assert (
        "0个地区增速快于全市（未列增速的2个地区不计）" in lead[1].zh
        and "(not counting 2 without a printed rate)" in lead[1].en
    )
    assert "迟报1个（西区）；未报1个（南市）；不予公布1个（北镇）。" in lead[2].zh
    assert late_units(of_ranking(made)) == late_units(of_document(doc)) == 1
    eligible = Participant("甲", "A", "scored", ("基数过小",), False)
    assert [group.zh for group in groups([eligible])] == ["不符合排名条件"]
    assert faster_than([("a", D("0.1254")), ("b", None), ("c", D("0.126"))], D("0.1249")) == [("c", D("0.126"))]
    assert faster_than([("a", D(1))], None) == []


def test_without_levels_the_bulletin_has_none() -> None:
    method = replace(METHOD, show_levels=False)
    from pipelines.publish.without_levels import without_levels

    doc: Any = rank_document(without_levels(ranking(method=method)), edition(method))
    head, rows = summary_rows(doc, NAMES.display)
    assert head == ("位次", "地区", "同比增长（%）", "得分", "备注") and len(rows) == 4
    assert "亿元" not in "".join(t.zh for t in bulletin_text(doc, JUNE, NAMES).overall)


def test_of_equal_units_none_is_the_highest_alone() -> None:
    doc = document()
    for unit, change in zip(doc["units"], (5.0, 5.0, -1.0, -1.0), strict=True):
        rate = "0.2" if change > 0 else "0.1"
        unit |= {
            "state": "scored",
            "growth": rate,
            "growth_official": None,
            "growth_mark": None,
            "growth_change_pp": change,
        }
    text = bulletin_text(doc, JUNE, NAMES)
    spread, changed = text.places[1], text.moves[-1]
    assert spread.zh == (
        "4个地区中，4个增长；增速最高的东县、西区增长20.0%，最低的南市、北镇增长10.0%，相差10.0个百分点。"
    )
    assert "fastest " in spread.en and spread.en.count(", ") >= 3
    assert changed.zh == "东县、西区增速比上月提高5.0个百分点，提高最多，南市、北镇回落1.0个百分点，回落最多。"


def test_a_rate_on_too_small_a_base_is_nobody_s_yardstick() -> None:
    """A base of 900 万元 made a unit's 16344.4 % the headline of the bulletin, beside the remark that no rate can be told from it."""
    doc = document()
    rates = {"东县": ("163.4444", ["基数过小"], 9000.0), "西区": ("0.2", [], 3.0), "南市": ("0.1", [], -1.0)}
    for unit in doc["units"]:
        rate, remarks, change = rates.get(unit["name"], ("0.05", [], -2.0))
        unit |= {"state": "scored", "growth": rate, "growth_official": None, "growth_mark": None}
        unit |= {"growth_change_pp": change, "remarks": remarks}
    doc["city"] |= {"growth": "0.15", "growth_official": None}
    text = bulletin_text(doc, JUNE, NAMES)
    assert text.places[1].zh == (
        "4个地区中，4个增长；增速最高的西区增长20.0%，最低的北镇增长5.0%，相差15.0个百分点（基数过小的1个地区不计）。"
    )
    assert text.places[2].zh == "1个地区快于全市：西区快5.0个百分点（基数过小的1个地区不计）。"
    assert text.places[2].en.endswith("(not counting 1 with too small a base).")
    assert text.moves[-1].zh == "西区增速比上月提高3.0个百分点，提高最多，北镇回落2.0个百分点，回落最多。"
    doc["city"] |= {"growth": "0.25"}
    nobody = bulletin_text(doc, JUNE, NAMES).places[2]
    assert nobody.zh == "没有地区快于全市（25.0%）（基数过小的1个地区不计）。"


def test_units_that_rose_or_fell_alike_are_named_together() -> None:
    """Two units fell four places each; one of them was named."""
    doc = document()
    for unit, by in zip(doc["units"], (3, -4, -4, None), strict=True):
        unit["movement"] = by
    moves = bulletin_text(doc, JUNE, NAMES).moves[0]
    assert moves.zh == "与上期相比，东县升3位，居第1位；西区、南市均降4位。"
    assert moves.en.count("fell 4") == 1 and "to no. 1" in moves.en
