"""The public site: what readers find, that nothing published changes, and that nothing hostile or secret comes through."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from statistics import mean
from xml.etree import ElementTree

import pytest

from pipelines.errors import Refused
from pipelines.publish.edition_context import BilingualText
from pipelines.publish.figures import display as display_of
from pipelines.publish.preview_server import preview_server
from pipelines.publish.release_calendar import Release, ReleaseCalendar, ReleaseChange
from pipelines.publish.site import KeptDrawings, SiteSource, build_tree, number_revisions, read_published, write_tree
from pipelines.publish.site.chart_svg import Chart, ChartDrawer
from pipelines.publish.site.edition_page import score_rows
from pipelines.publish.site.lead_story import brought_points, tell
from pipelines.publish.site.quality_measures import RuleFailures, period_quality
from pipelines.publish.site.share_card import card_drawing, writes_chinese
from pipelines.publish.site.site_catalogue import SiteCatalogue
from pipelines.publish.site.sparkline import sparkline
from tests.integration.published_search import texts_of

from . import published_year

SCALES = (
    ("SAIMA-1", "功效分在下限为40、中值80、上限100", "锚点"),
    ("rank_step", "每低一位少5分", ""),
    ("minmax_60_40", "最差的地区得60分", ""),
    ("target_gate", "达到目标得100分", "目标"),
    ("ratio_cap", "比值最高计1.2", "目标"),
    ("point_rules", "每低一个百分点扣0.1分", "目标"),
)
PAYLOAD = "<script>alert(1)</script>"
HOSTILE = (
    PAYLOAD,
    '"><img src=x onerror=alert(1)>',
    "'</script><svg/onload=alert(1)>",
    '=HYPERLINK("http://x")',
    "</title>甲",
    "{{7*7}}乙",
    "javascript:alert(1)",
    "\u202e丙",
    "丁\x08\x1b[31m",
)


WHOLE = BilingualText("全市", "the whole city")


@cache
def drawings(home: Path) -> KeptDrawings:
    """What was drawn for one test is not drawn for the next."""
    return KeptDrawings(home / "charts", {})


def tree_of(home: Path, programme) -> dict[str, bytes]:
    editions = number_revisions(read_published(f) for f in sorted((home / "editions").glob("*/*/published")))
    return dict(build_tree(SiteSource(programme, editions, drawings=drawings(home))))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("year")


@pytest.fixture(scope="module")
def tree(home: Path) -> dict[str, bytes]:
    return tree_of(home, published_year.publish_year(home, corrected=6))


class Page(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script":
            self.scripts.append(data)
        self.text += data


def pages_of(tree: dict[str, bytes]) -> dict[str, Page]:
    found = {path: Page(content) for path, content in tree.items() if path.endswith(".html") and "/files/" not in path}
    assert len(found) > 10
    return found


def test_every_kind_of_page_has_its_permanent_address(tree):
    assert {"index.html", "2022-06/index.html", "2022-06/r0/index.html", "2022-06/r1/index.html"} <= set(tree)
    assert {f"units/{published_year.code_of(n)}/index.html" for n in range(9)} <= set(tree)
    assert {"2022-06/r1/files/ranking.json", "2022-06/r1/files/manifest.json"} <= set(tree)


def test_the_period_shows_the_newest_revision_and_the_old_one_says_so(tree):
    pages = pages_of(tree)
    assert "r1 · 2022-06-e2" in pages["2022-06/index.html"].text
    assert "本版已被更正" in pages["2022-06/r0/index.html"].text
    assert "本版已被更正" not in pages["2022-06/r1/index.html"].text
    assert "更正了什么" in pages["2022-06/r1/index.html"].text and "83.29" in pages["2022-06/r1/index.html"].text
    changed = json.loads(tree["2022-06/r1/files/ranking.json"])["changes"]
    listed = tree["2022-06/r1/index.html"].decode().split('id="changes"')[1].split("</table>")[0]
    assert len(changed) > 15 and listed.count("<tr><th") - 1 == len(changed), "every cell of the list, below one head"


def test_first_screen_tells_who_leads_who_moved_and_why(home):
    editions = number_revisions(read_published(f) for f in sorted((home / "editions").glob("*/*/published")))
    by_id = {edition.edition_id: edition for edition in editions}
    june, may = by_id["2022-06-e2"], by_id["2022-05-e1"]
    display = published_year.programme().measure("wan_yuan")
    story = tell(june, may, display_of(display), WHOLE, BilingualText("投资", "Investment"))
    first = next(unit for unit in june.units if unit["rank"] == 1)
    assert first["name"] in story.lead.zh and f"得{first['score']}分" in story.lead.zh
    risen = max(june.units, key=lambda unit: unit["movement"] or 0)
    texts = " ".join(point.zh for point in story.points)
    assert f"{risen['name']}升{risen['movement']}位，居第{risen['rank']}位，" in texts
    assert "领先最多的是" in texts
    assert len(story.key_figures) == 4


def printed_scores(edition) -> dict[str, dict[str, float]]:
    """What the table of scores prints: by unit, what each indicator brings."""
    keys = [anchor["zh"] for anchor in edition.document["parameters"]["anchors"]]
    names = {unit["name"]: unit["unit"] for unit in edition.units}
    return {
        names[row["name"]]: {key: float(cell["brought"]) for key, cell in zip(keys, row["cells"], strict=True)}
        for row in score_rows(edition)
        if all(cell["brought"] for cell in row["cells"])
    }


def test_the_reasons_of_the_story_recompute_from_the_tables(home):
    """Lead and move: the indicator, the unit's change and the mean of the units, from the tables of scores of the two months."""
    editions = number_revisions(read_published(f) for f in sorted((home / "editions").glob("*/*/published")))
    by_id = {edition.edition_id: edition for edition in editions}
    june, may = by_id["2022-06-e1"], by_id["2022-05-e1"]
    story = tell(june, may, display_of(published_year.programme().measure("wan_yuan")), WHOLE, WHOLE)
    texts = [point.zh for point in story.points]
    now, then = printed_scores(june), printed_scores(may)
    leader = next(unit for unit in june.units if unit["rank"] == 1)
    gaps = {key: now[leader["unit"]][key] - mean(one[key] for one in now.values()) for key in now[leader["unit"]]}
    best = max(gaps, key=lambda key: gaps[key])
    assert any(f"领先最多的是{best}，折合得分比各地区平均多{gaps[best]:.1f}分" in text for text in texts)
    both = [u["unit"] for u in june.units if u["rank"] and may.by_code[u["unit"]]["rank"]]
    looked_at = 0
    for text in texts:
        found = re.search(
            r"(.+?)[升降]\d+位，居第\d+位，变动最大的是(.+?)：折合得分比上期(.+?)分，各地区平均(.+?)分", text
        )
        if not found or found[2] not in gaps:
            continue
        looked_at += 1
        code = next(u["unit"] for u in june.units if u["name"] == found[1])
        change = {key: {u: now[u][key] - then[u][key] for u in both} for key in gaps}
        assert change[found[2]][code] == pytest.approx(float(found[3]), abs=0.051)
        assert mean(change[found[2]].values()) == pytest.approx(float(found[4]), abs=0.051)
        ahead = {key: change[key][code] - mean(change[key].values()) for key in gaps}
        assert abs(ahead[found[2]]) >= max(abs(a) for a in ahead.values() if (a > 0) == ("升" in text)) - 0.02
    assert looked_at


def test_no_reason_is_told_where_a_scored_indicator_is_not_published(tmp_path):
    published_year.publish_year(tmp_path, (4, 5, 6), show_levels=False)
    _, may, june = (read_published(f) for f in sorted((tmp_path / "editions").glob("*/*/published")))
    display = display_of(published_year.programme().measure("wan_yuan"))
    texts = " ".join(point.zh for point in tell(june, may, display, WHOLE, WHOLE).points)
    assert re.search(r"升\d+位", texts) and "领先最多" not in texts and "变动最大" not in texts
    assert brought_points(june.units[0]) is None
    for movement, told in ((0, True), (None, False)):  # who was compared with nothing has not kept a place
        units = [{**unit, "movement": movement} for unit in june.document["units"]]
        still = replace(june, document={**june.document, "units": units})
        points = [point.zh for point in tell(still, may, display, WHOLE, WHOLE).points]
        assert ("各地区位次与上期相同。" in points) is told


def test_state_and_standing_are_called_what_they_are(home, tree, tmp_path):
    """Final figures are nowhere called preliminary; who is withheld has not failed to give a figure."""
    shutil.copytree(home / "editions" / "2022-04", tmp_path / "editions" / "2022-04")
    folder = tmp_path / "editions" / "2022-04" / "2022-04-e1" / "published"
    document = json.loads((folder / "ranking.json").read_bytes())
    document["figures"] = "final"
    document["units"][0] |= {"state": "unranked", "rank": None, "remarks": ["不予公布"]}
    document["units"][1] |= {"state": "unranked", "rank": None, "remarks": ["无排名指标"]}
    (folder / "ranking.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"]["ranking.json"]["sha256"] = sha256((folder / "ranking.json").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    shown = Page(tree_of(tmp_path, published_year.programme())["2022-04/r0/index.html"]).text.split("发布稿与说明")[0]
    assert "数据为正式数" in shown and "初步" not in shown and "preliminary" not in shown
    names = [document["units"][n]["name"] for n in (0, 1)]
    assert f"不予公布1个（{names[0]}）；已报而无可排名数据1个（{names[1]}），不参加排名" in shown
    assert "数据为初步数" in Page(tree["2022-04/r0/index.html"]).text


def test_scores_of_the_page_add_up(home):
    june = read_published(home / "editions" / "2022-06" / "2022-06-e2" / "published")
    rows = score_rows(june)
    assert len(rows) == 9
    for row in rows:
        total = sum(float(cell["brought"]) for cell in row["cells"]) - float(row["deducted"])
        assert total == pytest.approx(float(row["score"]), abs=0.04), row["name"]


def test_pages_hold_no_outside_address_inline_style_or_handler(tree):
    looked_at = 0
    for path, page in pages_of(tree).items():
        for tag, attributes in page.elements:
            looked_at += 1
            assert "style" not in attributes and tag != "style", path
            assert not [name for name in attributes if name.startswith("on")], path
            for name in ("href", "src"):
                address = attributes.get(name) or ""
                assert not re.match(r"(?i)[a-z][a-z0-9+.-]*:|//", address), f"{path}: {address}"
            if tag == "script" and "src" not in attributes:
                assert attributes["type"] in ("application/json", "application/ld+json")
        policy = next(a["content"] for t, a in page.elements if t == "meta" and a.get("http-equiv"))
        assert "unsafe" not in policy and "default-src 'none'" in policy
    assert looked_at > 1000


def test_every_link_leads_to_a_file_of_the_site(tree):
    looked_at = 0
    for path, page in pages_of(tree).items():
        for tag, attributes in page.elements:
            address = attributes.get("href") or attributes.get("src") or ""
            if not address or address.startswith("#") or tag not in ("a", "link", "script"):
                continue
            looked_at += 1
            target = (Path("/") / path).parent / address.partition("#")[0]
            assert target.resolve().relative_to("/").as_posix() in tree, f"{path}: {address}"
    assert looked_at > 100


def test_pages_of_nine_units_are_light(tree):
    heavy = {path: len(content) for path, content in tree.items() if path.endswith(".html") and len(content) > 300_000}
    assert heavy == {}
    scripts = [content for path, content in tree.items() if path.startswith("assets/race.")]
    assert len(scripts) == 1 and len(scripts[0]) < 8192


def test_charts_have_names_and_their_figures_beside_them(tree):
    page = pages_of(tree)["2022-06/r1/index.html"]
    drawings = [
        attributes for tag, attributes in page.elements if tag == "svg" and "chart" in (attributes.get("class") or "")
    ]
    assert len(drawings) >= 6
    assert all(drawing["role"] == "img" and drawing["aria-labelledby"] for drawing in drawings)
    named = {attributes.get("id") for _, attributes in page.elements}
    assert all(set(drawing["aria-labelledby"].split()) <= named for drawing in drawings)
    assert sum(tag == "details" for tag, _ in page.elements) == len(drawings)


def test_the_funnel_of_the_library_is_drawn_and_told_stage_by_stage(tree):
    page = tree["2022-06/r1/index.html"].decode()
    figure = page[page.index('id="figure-funnel"') :]
    figure = figure[: figure.index("</section>")]
    assert "44个项目中，30个已开工、5个已达产；逾期最多的是开工（4个）" in figure
    assert ["<text" in figure and f"{done}/" in figure for done in (44, 38, 37, 30, 12, 5)] == [True] * 6
    assert re.findall(r">(准入|供地|审批|开工|竣工|达产) ", figure)[-6:] == [
        "准入",
        "供地",
        "审批",
        "开工",
        "竣工",
        "达产",
    ]
    assert "开工（六环节）：逾期 3 → 4" in page, "a corrected edition says which stage changed"


def test_quality_is_measured_from_what_was_published(home):
    editions = number_revisions(read_published(f) for f in sorted((home / "editions").glob("*/*/published")))
    programme = published_year.programme()
    of = {
        month: period_quality(programme, [e for e in editions if str(e.period) == month], {})
        for month in ("2022-05", "2022-06")
    }
    june, may = of["2022-06"], of["2022-05"]
    assert (june.expected, june.late, june.missing, june.ranked, june.revisions) == (9, 1, 0, 9, 1)
    assert june.mean_revision_pp is not None and f"{june.mean_revision_pp:.4f}" == "0.5556", (
        "5 points of one in nine units"
    )
    assert (may.missing, may.ranked, may.revisions, may.mean_revision_pp) == (1, 8, 0, None)
    assert (june.lag_days, june.delay_minutes) == (25, 0)
    assert june.in_time_share == may.in_time_share


def test_rules_that_failed_are_told_by_their_rate(home):
    editions = number_revisions(read_published(f) for f in sorted((home / "editions").glob("*/*/published")))
    rules = {e.edition_id: (RuleFailures("C01", 200, 3), RuleFailures("D07", 40, 0)) for e in editions}
    tree = dict(build_tree(SiteSource(published_year.programme(), editions, drawings=drawings(home), rules=rules)))
    page = Page(tree["quality/index.html"])
    assert re.search(r"C01\s*1,000\s*15\s*1\.50", page.text) and "D07" not in page.text


def test_the_quality_page_says_whether_contributors_are_known(home, tree):
    assert "参与企业数不明，发布前不作参与企业数的检查" in Page(tree["quality/index.html"]).text
    editions = number_revisions([read_published(home / "editions" / "2022-04" / "2022-04-e1" / "published")])
    programme = published_year.programme()
    detail = replace(next(iter(programme.forms.values())), name="project_month", role="detail")
    for required, says in ((False, "照常公布，并在该期说明中写明"), (True, "参与企业数不明的，同样不予公布")):
        method = replace(programme.method, disclosure=replace(programme.method.disclosure, require_counts=required))
        told = replace(programme, method=method, forms={**programme.forms, "project_month": detail})
        tree = dict(build_tree(SiteSource(told, editions, drawings=drawings(home))))
        assert says in Page(tree["quality/index.html"]).text


def test_calendar_announces_what_is_not_published(tree):
    page = Page(tree["calendar/index.html"])
    coming, passed = page.text.split("实际发布")
    assert "2022-07" in coming and "2022-11" in coming and "2022-06" not in coming
    assert "2022-06" in passed and "2022-07-25 10:00" in passed


def test_moved_hours_and_subscriptions_stand_on_their_pages(home):
    moved = ReleaseChange(
        period="2022-07",
        before=datetime(2022, 8, 25, 2, tzinfo=UTC),
        after=datetime(2022, 8, 26, 2, tzinfo=UTC),
        announced_at=datetime(2022, 8, 1, 1, tzinfo=UTC),
        reason="系统 <b>维护",
    )
    announced = Release(
        period="2022-07",
        title_zh="七月",
        title_en="July",
        at=datetime(2022, 8, 26, 2, tzinfo=UTC),
        state="announced",
        edition=None,
    )
    calendar = ReleaseCalendar(
        programme="year",
        time_zone="Asia/Shanghai",
        months_ahead=12,
        complete_until=None,
        releases=[announced],
        changes=[moved],
    )
    files = {
        "calendar/calendar.json": calendar.model_dump_json().encode(),
        "calendar/calendar.ics": b"BEGIN:VCALENDAR",
        "feed.atom": b"<feed/>",
    }
    editions = number_revisions([read_published(home / "editions" / "2022-04" / "2022-04-e1" / "published")])
    tree = dict(build_tree(SiteSource(published_year.programme(), editions, drawings=drawings(home), more_files=files)))
    page = Page(tree["calendar/index.html"])
    coming, changes = page.text.split("时点变动")
    assert re.search(r"2022-07\s*2022-08-26 10:00\s*原定 moved from 2022-08-25 10:00", coming), (
        "as announced, not as planned"
    )
    assert "2022-08-25 10:00" in changes and "2022-08-26 10:00" in changes and "系统 <b>维护" in changes
    assert ("a", {"href": "../calendar/calendar.ics"}) in page.elements
    assert ("a", {"href": "../feed.atom"}) in Page(tree["downloads/index.html"]).elements


def test_catalogue_lists_every_edition_with_its_checksums(tree):
    catalogue = SiteCatalogue.model_validate_json(tree["editions.json"])
    assert [(e.period, e.revision, e.newest) for e in catalogue.editions][-2:] == [
        ("2022-06", 0, False),
        ("2022-06", 1, True),
    ]
    looked_at = 0
    for edition in catalogue.editions:
        for name, checksum in edition.files.items():
            looked_at += 1
            assert sha256(tree[f"{edition.address}files/{name}"]).hexdigest() == checksum
    assert looked_at > 20


def test_method_page_explains_every_scored_indicator(tree):
    page = Page(tree["method/index.html"])
    assert all(zh in page.text for zh, *_ in published_year.ANCHORS.values())
    assert "迟报每个工作日扣0.5分，最多2分" in page.text and "功效分在下限为40" in page.text and "mid = 80" in page.text
    assert "每条不少于" not in page.text and "蜗牛" not in page.text


@pytest.mark.parametrize(("method", "says", "heads"), SCALES, ids=[row[0] for row in SCALES])
def test_other_methods_and_options_are_told_with_their_numbers(tmp_path, method, says, heads):
    numbers = {"queries_each": Decimal("0.3"), "snail_points": Decimal("0.7"), "new_major_points": Decimal("0.4")}
    programme = published_year.publish_year(tmp_path, (4, 5), name=method, **numbers)
    tree = tree_of(tmp_path, programme)
    page = Page(tree["method/index.html"]).text.split("口径与说明")[0]
    assert (
        says in page and "每条不少于0.3分" in page and "每个蜗牛项目扣0.7分，最多3分" in page and "每个加0.4分" in page
    )
    assert ("下限为40" in page) is ("lo = 40" in page) is (method == "SAIMA-1")
    assert ("目标target" in page) is (heads == "目标")
    signed = (tmp_path / "editions" / "2022-05" / "2022-05-e1" / "published" / "index.html").read_text(encoding="utf-8")
    assert says in signed and ("mid = 80" in signed) is (method == "SAIMA-1") and "蜗牛项目" in signed
    edition = Page(tree["2022-05/r0/index.html"]).text
    assert ("40—100" in edition) is (method == "SAIMA-1") and ("80 points" in edition) is (method == "SAIMA-1")
    document = json.loads(tree["2022-05/r0/files/ranking.json"])
    assert document["parameters"]["numbers"]["snail_points"] == "0.7"
    assert "deduction_snails" in tree["2022-05/r0/files/ranking.csv"].decode("utf-8-sig").splitlines()[0]


def test_a_shared_link_has_a_picture_where_the_address_is_known(home, tree):
    if not writes_chinese():
        if os.environ.get("SAIMA_REQUIRE_SYSTEM_PACKAGES"):
            pytest.fail("no Chinese fonts")
        pytest.skip("no Chinese fonts on this machine: no pictures (the next two tests)")
    pictures = {path: content for path, content in tree.items() if path.endswith("card.png")}
    assert len(pictures) == 6 == len(set(pictures.values())), "each edition has its own"
    for content in pictures.values():
        assert content.startswith(b"\x89PNG") and struct.unpack(">II", content[16:24]) == (1200, 630)
        assert len(content) > 10_000, "a blank picture is smaller"
    assert b"og:image" not in tree["2022-06/index.html"], "an address is absolute or none"
    tags, page = shared_link(home)
    assert tags["og:url"] == "https://example.org/race/2022-06/r1/"
    assert tags["og:image"] == "https://example.org/race/2022-06/r1/card.png"
    (data,) = (json.loads(text) for text in page.scripts if text.startswith('{"@context'))
    assert data["url"] == "https://example.org/race/2022-06/r1/"


def shared_link(home: Path) -> tuple[dict[str | None, str | None], Page]:
    """What the newest page of June says to whoever shares it, with the page."""
    editions = number_revisions(read_published(f) for f in sorted((home / "editions" / "2022-06").glob("*/published")))
    source = SiteSource(published_year.programme(), editions, "https://example.org/race/", drawings(home))
    made = dict(build_tree(source))
    page = Page(made["2022-06/index.html"])
    tags = {a.get("property"): a.get("content") for tag, a in page.elements if tag == "meta"}
    assert ("og:image" in tags) is ("2022-06/r1/card.png" in made)
    return tags, page


def test_without_chinese_fonts_there_is_no_picture_rather_than_one_of_boxes(home, monkeypatch):
    monkeypatch.setattr("pipelines.publish.site.share_card.writes_chinese", lambda: False)
    tags, _ = shared_link(home)
    assert "og:image" not in tags and tags["og:url"] == "https://example.org/race/2022-06/r1/"


@pytest.mark.parametrize("name", ["东县", PAYLOAD, "丁\x08\x1b[31m", "很" * 40])
def test_the_picture_says_title_leader_and_growth_whatever_the_names(home, name):
    (june,) = number_revisions([read_published(home / "editions" / "2022-06" / "2022-06-e2" / "published")])
    document = json.loads(json.dumps(june.document))
    leader = next(unit for unit in document["units"] if unit["rank"] == 1)
    leader["name"] = name
    told = replace(june, document=document)
    story = tell(told, None, display_of(published_year.programme().measure("wan_yuan")), WHOLE, WHOLE)
    drawing = ElementTree.fromstring(card_drawing(told, story, "小城月度晾晒"))
    texts = ["".join(element.itertext()) for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "小城月度晾晒" and "".join(texts[1:3]).startswith(june.title.zh[:48])
    growth = f"{Decimal(str(june.document['city']['growth_official'])) * 100:.1f}%"
    assert any(growth in text for text in texts), (growth, texts)
    shown = name[:3] if name.isprintable() else "丁"
    assert any(text.startswith(shown) for text in texts), texts
    assert "模拟数据" in texts[-1] and texts[-1].startswith("2022-06 r1")
    longest = max(sum(1 if letter > "\u2e80" else 0.58 for letter in text) * size for text, size in sized(drawing))
    assert longest <= 1200 - 64, "nothing runs over the edge"


def sized(drawing: ElementTree.Element) -> list[tuple[str, float]]:
    found = drawing.iter("{http://www.w3.org/2000/svg}text")
    return [("".join(element.itertext()), float(element.attrib["font-size"])) for element in found]


def test_squares_stand_where_the_programme_says(home):
    editions = number_revisions(read_published(f) for f in sorted((home / "editions").glob("*/*/published")))
    squares = {published_year.code_of(n): (n % 3 + 1, n // 3 + 1) for n in range(9)}
    programme = replace(published_year.programme(), tiles=squares)
    tree = dict(build_tree(SiteSource(programme, editions, drawings=drawings(home))))
    assert "方格图" in tree["2022-06/index.html"].decode() and "方格图" not in tree["units/990001/index.html"].decode()


def test_two_builds_are_byte_identical(home, tree, tmp_path):
    again = shutil.copytree(home / "editions", tmp_path / "editions").parent
    assert tree_of(again, published_year.programme()) == tree


def test_a_later_month_changes_no_page_that_was_published_before(home, tree, tmp_path):
    for month in ("02", "03", "04", "05"):
        shutil.copytree(home / "editions" / f"2022-{month}", tmp_path / "editions" / f"2022-{month}")
    earlier = tree_of(tmp_path, published_year.programme())
    kept = [path for path in earlier if re.match(r"2022-\d\d/r0/", path)]
    assert len(kept) > 8
    assert [path for path in kept if earlier[path] != tree[path]] == []


def test_a_revision_keeps_its_number_whichever_editions_are_at_hand(home):
    june = home / "editions" / "2022-06"
    (second,) = number_revisions([read_published(june / "2022-06-e2" / "published")])
    assert (second.revision, second.address) == (1, "2022-06/r1"), "its first edition is not shown here"
    both = [read_published(june / name / "published") for name in ("2022-06-e1", "2022-06-e2")]
    old = [replace(e, document={k: v for k, v in e.document.items() if k != "revision"}) for e in both]
    assert [e.revision for e in number_revisions(old)] == [0, 1], "documents of earlier code carry none"


def test_a_chart_whose_writing_was_cut_off_is_drawn_again(tmp_path, monkeypatch):
    spec = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {}}
    kept = KeptDrawings(tmp_path, {})
    drawer, chart = ChartDrawer(kept), Chart("one", "题", "说明", spec)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", cut)
    with pytest.raises(KeyboardInterrupt):
        drawer.draw(chart)
    monkeypatch.undo()
    assert list(tmp_path.glob("*.svg")) == [], "half a picture never has the name of a whole one"
    genuine = drawer.draw(chart)
    (file,) = tmp_path.glob("*.svg")
    assert drawer.draw(chart) == genuine and kept.used == {file.name: sha256(file.read_bytes()).hexdigest()}
    for noted in (kept.used, {}):
        file.write_text(file.read_text("utf-8").replace("<path", "<path data-forged='1'", 1), "utf-8")
        assert ChartDrawer(KeptDrawings(tmp_path, noted)).draw(chart) == genuine, "an exchanged picture is not shown"


def test_writing_touches_only_what_changed_and_takes_away_what_is_gone(tmp_path):
    def written(*files: tuple[str, bytes]) -> tuple[list[str], int]:
        digests, count = write_tree(iter(files), tmp_path)
        assert digests == {path: sha256(content).hexdigest() for path, content in files}
        return sorted(digests), count

    assert written(("a/x.html", b"1"), ("b.html", b"2")) == (["a/x.html", "b.html"], 2)
    stamp = (tmp_path / "a/x.html").stat().st_mtime_ns
    assert written(("a/x.html", b"1"), ("c.html", b"3")) == (["a/x.html", "c.html"], 1)
    assert (tmp_path / "a/x.html").stat().st_mtime_ns == stamp
    assert not (tmp_path / "b.html").exists()
    assert written(("c.html", b"3")) == (["c.html"], 0)
    assert not (tmp_path / "a").exists()


def test_hostile_names_are_text_on_every_page(tmp_path):
    tree = tree_of(tmp_path, published_year.publish_year(tmp_path, (4, 5), HOSTILE))
    for path, page in pages_of(tree).items():
        tags = {tag for tag, _ in page.elements}
        assert not tags & {"img", "iframe", "object", "embed", "base", "form"}, path
        assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")], path
        assert all(
            "src" in attributes or "json" in (attributes["type"] or "")
            for tag, attributes in page.elements
            if tag == "script"
        ), path
    text = pages_of(tree)["2022-05/r0/index.html"].text
    assert PAYLOAD in text and "{{7*7}}乙" in text
    race = Page(tree["2022-05/r0/index.html"]).scripts
    assert any(
        json.loads(script).get("units", [{}])[0].get("name") in HOSTILE for script in race if script.startswith("{")
    )


def test_without_levels_no_level_reaches_a_page_or_a_file(tree: dict[str, bytes], tmp_path: Path):
    """Containers opened and tables read; the same search finds the levels of a year that does publish them."""
    public, programme = tree, published_year.publish_year(tmp_path, (4, 5, 6), show_levels=False)
    tree = tree_of(tmp_path, programme)
    page = tree["2022-06/r0/index.html"].decode()
    assert "图1" in page and "race-data" not in page and "序时完成率</span>" not in page
    amounts = {
        amount
        for place in range(9)
        for u in (published_year._unit(place, "", 6, 1),)
        for amount in (u.ytd, u.annual_target)
    }
    assert len(amounts) == 18
    spelled = {text for amount in amounts for text in (str(amount), f"{amount:,}", f"{amount * 10_000:.0f}")}
    secret = re.compile(rf"(?<![\d.])({'|'.join(sorted(map(re.escape, spelled), key=len, reverse=True))})(?!\d)")
    kinds = set()
    for path, content in tree.items():
        text = texts_of(path, content)
        found = secret.search(text)
        assert found is None, f"{path}: {found}"
        assert not re.search(r"<t[dh][^>]* class=\"c-(ytd|pull|completion)", text), path
        kinds.add(Path(path).suffix)
    told = {Path(path).suffix for path, content in public.items() if secret.search(texts_of(path, content))}
    assert told >= {".html", ".json", ".csv", ".xlsx", ".parquet"} and told <= kinds


def test_a_changed_file_of_an_edition_is_never_shown(tmp_path):
    published_year.publish_year(tmp_path, (4,))
    folder = tmp_path / "editions" / "2022-04" / "2022-04-e1" / "published"
    content = (folder / "ranking.json").read_text(encoding="utf-8")
    (folder / "ranking.json").write_text(content.replace("东县", "东省"), encoding="utf-8")
    with pytest.raises(Refused, match=r"ranking\.json"):
        read_published(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    changed = (folder / "ranking.json").read_bytes().replace(b'"state": "published"', b'"state": "draft"')
    (folder / "ranking.json").write_bytes(changed)
    manifest["files"]["ranking.json"]["sha256"] = sha256(changed).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(Refused, match=r"ranking\.json"):
        read_published(folder)
    (folder / "notes.txt").unlink()
    with pytest.raises(Refused, match="not whole"):
        read_published(folder)


def test_nothing_published_is_a_page_that_says_so():
    tree = dict(build_tree(SiteSource(published_year.programme(), ())))
    assert "尚未发布任何一期" in tree["index.html"].decode()


def test_a_chart_is_the_same_however_many_were_drawn_before():
    spec = {
        "data": {"values": [{"a": "x", "b": 1}]},
        "mark": {"type": "bar", "cornerRadiusEnd": 3},
        "encoding": {"x": {"field": "b", "type": "quantitative"}, "y": {"field": "a"}},
    }
    drawer = ChartDrawer()
    first, second = (drawer.draw(Chart("one", "题 <b>", "说明", spec)) for _ in range(2))
    assert first == second and "&lt;b&gt;" in first and "<script" not in first


def test_a_line_needs_two_values():
    assert sparkline([None, 1.0], "x") == ""
    assert 'aria-label="&lt;b&gt;"' in sparkline([1.0, None, 2.0], "<b>")


@pytest.fixture(scope="module")
def address(tree, tmp_path_factory) -> Iterator[tuple[str, int]]:
    folder = tmp_path_factory.mktemp("served") / "site"
    write_tree(iter(tree.items()), folder)
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    with preview_server(folder, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield "127.0.0.1", server.server_address[1]
        server.shutdown()
        thread.join()


def asked(address, path: str, method: str = "GET"):
    connection = HTTPConnection(*address, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def test_preview_sends_strict_headers(address):
    status, headers, body = asked(address, "/2022-06/")
    assert status == 200 and "text/html" in headers["Content-Type"] and body
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert asked(address, "/2022-06/r1/files/ranking.csv")[1]["Content-Disposition"] == "attachment"
    assert asked(address, "/2022-06")[1]["Location"] == "/2022-06/"
    status, _, body = asked(address, "/", "HEAD")
    assert (status, body) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/units/..%2f..%2f..%2fsecret.txt",
        "//etc/passwd",
        "/..%5csecret.txt",
        "/link.txt",
        "/2022-06/r1/files/../../../../secret.txt",
        "/%00",
    ],
)
def test_preview_leads_nowhere_else(address, path):
    status, _, body = asked(address, path)
    assert status == 404 and b"secret" not in body
