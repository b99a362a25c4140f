"""Who made an edition, where its figures come from and whom a reader asks (L40): in every file where a reader looks, as text."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from docx import Document

from pipelines.model.publication import Imprint
from pipelines.publish import rank_document, render
from pipelines.publish.bulletin import BulletinFrame, bulletin
from pipelines.publish.bulletin_text import BulletinText
from pipelines.publish.edition_context import EditionContext
from pipelines.publish.edition_marks import marks_of
from pipelines.publish.imprint_lines import imprint_lines
from pipelines.publish.site import SiteSource, build_tree, number_revisions, read_published

from . import published_year
from .small_editions import HOSTILE, edition, ranking

FORMULA, SCRIPT = HOSTILE[:2]
IMPRINT = Imprint(
    source="小城市统计局",
    source_en="Small bureau",
    author=FORMULA,
    co_authors=(SCRIPT, "北镇统计站"),
    editor="综合科",
    mail="a&b?c@stats.example",
    hotline="0573-00000000",
)
PLAIN = (
    "来源 / Source: 小城市统计局 Small bureau",
    f"撰稿 / Author: {FORMULA}",
    f"通讯员 / Co-authors: {SCRIPT}、北镇统计站 {SCRIPT}, 北镇统计站",
    "责编 / Editor: 综合科",
    "联系邮箱 / Mail: a&b?c@stats.example",
    "热线电话 / Hotline: 0573-00000000",
)


def told(imprint: Imprint = IMPRINT) -> EditionContext:
    made = edition()
    return replace(made, programme=replace(made.programme, imprint=imprint))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("imprint")
    render(ranking(), told(), folder)
    return folder


def test_the_page_carries_the_imprint_as_text_and_a_mailbox_to_click(out: Path) -> None:
    page = (out / "index.html").read_text(encoding="utf-8")
    part = page.split('class="imprint"')[1].split("</ul>")[0]
    assert part.count("<li>") == 6 and "&lt;script&gt;alert(1)&lt;/script&gt;、北镇统计站" in part
    assert "<script" not in page and 'href="mailto:a%26b%3Fc@stats.example">a&amp;b?c@stats.example</a>' in part
    assert part.index("来源") < part.index("撰稿") < part.index("通讯员") < part.index("责编") < part.index("热线电话")


def test_cover_and_notes_of_the_workbook_carry_it_and_no_cell_is_a_formula(out: Path) -> None:
    book = openpyxl.load_workbook(out / "ranking.xlsx")
    cover = [row[0].value for row in book["封面 Cover"].iter_rows()]
    assert [text for text in cover if text in PLAIN] == list(PLAIN)
    notes = [[cell.value for cell in row[:2]] for row in book["说明 Notes"].iter_rows()]
    assert ["来源：小城市统计局", "Source: Small bureau"] in notes and [
        f"撰稿：{FORMULA}",
        f"Author: {FORMULA}",
    ] in notes
    assert all(
        cell.data_type in ("s", "n") for sheet in book for row in sheet.iter_rows() for cell in row if cell.value
    )


def test_notes_and_metadata_of_the_data_files_carry_it(out: Path) -> None:
    assert (out / "notes.txt").read_text(encoding="utf-8").splitlines()[-6:] == list(PLAIN)
    read: Any = {name: json.loads((out / name).read_bytes()) for name in ("datapackage.json", "dataset.jsonld")}
    package, dataset = read.values()
    assert package["sources"] == [{"title": "小城市统计局"}]
    assert [(one["role"], one["title"]) for one in package["contributors"]] == [
        ("publisher", "示例方案"),
        ("author", FORMULA),
        ("contributor", SCRIPT),
        ("contributor", "北镇统计站"),
        ("maintainer", "综合科"),
    ]
    assert package["contributors"][0]["email"] == IMPRINT.mail
    assert dataset["creditText"] == "；".join(PLAIN[1:4]) and dataset["sourceOrganization"]["name"] == "小城市统计局"
    contact = {"@type": "ContactPoint", "email": IMPRINT.mail, "telephone": IMPRINT.hotline}
    assert dataset["publisher"]["contactPoint"] == contact
    assert b"</script>" not in (out / "dataset.jsonld").read_bytes()
    assert json.loads((out / "ranking.jsonstat.json").read_bytes())["source"] == "小城市统计局"
    about = pq.read_schema(out / "ranking.parquet").metadata
    assert (about[b"source"].decode(), about[b"hotline"].decode()) == ("小城市统计局", "0573-00000000")


def test_the_bulletin_ends_with_it() -> None:
    document: Any = rank_document(ranking(), told())
    lines = tuple(line.said for line in imprint_lines(document["imprint"]))
    text = BulletinText((), (), (), (), marks_of(told()))
    content = bulletin(
        BulletinFrame("通报", "各单位：", (), ("甲", "乙"), "数据来源：e1", lines), text, ["名"], [["值"]], []
    )
    read = [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]
    assert tuple(read[-6:]) == lines == PLAIN and read[-7] == "数据来源：e1"


def test_it_is_not_what_is_signed_and_an_edition_without_one_says_nothing_of_it(tmp_path: Path) -> None:
    """A new hotline between signature and publication is no other content; nor does it make the books of old editions false."""
    document, without = rank_document(ranking(), told()), rank_document(ranking(), told(Imprint()))
    assert document["content_hash"] == without["content_hash"] and "imprint" not in without
    render(ranking(), told(Imprint()), tmp_path)
    assert 'class="imprint"' not in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "来源 / Source" not in (tmp_path / "notes.txt").read_text(encoding="utf-8")
    assert "creditText" not in json.loads((tmp_path / "dataset.jsonld").read_bytes())


def test_a_page_of_the_site_shows_the_imprint_of_its_edition(tmp_path: Path) -> None:
    """As it was when the edition was published, whatever the programme says now."""
    programme = published_year.publish_year(tmp_path, (4,), imprint=IMPRINT)
    editions = number_revisions(read_published(one) for one in (tmp_path / "editions").glob("*/*/published"))
    tree = dict(build_tree(SiteSource(replace(programme, imprint=Imprint(editor="新人")), editions)))
    page = tree["2022-04/index.html"].decode()
    part = page.split("imprint")[1].split("</ul>")[0]
    assert "综合科" in part and "新人" not in page and "&lt;script&gt;" in part and part.count("<li>") == 6
