"""What readers, signers and spreadsheets meet in an edition folder."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipelines.errors import Terminal
from pipelines.model.calendar import ReportingCalendar, Workdays
from pipelines.model.forms import FormLayout, Indicator
from pipelines.model.periods import Period
from pipelines.model.programme import CodeLists, Method, Programme, ScoredIndicator
from pipelines.model.ranking import INDICATORS, CityFigures, Ratio, UnitInputs
from pipelines.model.units import UnitRoster
from pipelines.publish import (
    EditionContext,
    InputUsed,
    PreviousPlace,
    PrintedSignature,
    content_hash,
    rank_document,
    render,
)
from pipelines.publish.edition_context import (
    BilingualText,
    MonthCorrection,
    Overruling,
    PartialReturn,
    PlanDeviation,
    Restatement,
    Told,
)
from pipelines.publish.edition_texts import notes
from pipelines.ranking import rank

D = Decimal
NOW = datetime(2022, 7, 20, 2, tzinfo=UTC)
ANCHORS = {
    "growth": (30, "-0.10", "0.16", "0.40"),
    "excess_pull": (15, "-27", "0", "45"),
    "schedule_completion": (15, "0.70", "1.00", "1.20"),
    "major_projects": (15, "0.60", "1.00", "1.30"),
    "new_starts": (10, "0.60", "0.90", "1.00"),
    "stage_punctuality": (10, "0.60", "0.90", "1.00"),
    "service": (5, "0.80", "0.95", "1.00"),
}
METHOD = Method(
    name="SAIMA-1",
    indicator="investment",
    base_source="bureau",
    signatures=("statistics", "dispatch"),
    public_ranking=True,
    show_levels=True,
    indicators=tuple(ScoredIndicator(k, k, k, D(w), D(lo), D(mid), D(hi)) for k, (w, lo, mid, hi) in ANCHORS.items()),
)
CITY = CityFigures("990000", "嘉兴市", "Jiaxing", D(5400000), D(4351330), D("0.241"), D("0.112"), 1, 3)


def programme(method: Method = METHOD, measure: str = "wan_yuan", **more) -> Programme:
    form = FormLayout(
        name="unit_month",
        zh="",
        en="",
        domain="stat",
        grain="indicator",
        measure=measure,
        amount_units={},
        columns=(),
        role="level",
        indicators=(Indicator("investment", (), measure, "制造业投资", "Manufacturing investment"),),
    )
    values = {
        "name": "x",
        "zh": "示例方案",
        "en": "Example",
        "path": Path("x"),
        "version": "f" * 64,
        "time_zone": "Asia/Shanghai",
        "city_code": "990000",
        "city_zh": "嘉兴市",
        "city_en": "Jiaxing",
        "simulated": False,
        "roster": UnitRoster(()),
        "members": (),
        "calendar": ReportingCalendar((), Workdays({})),
        "seasonal": {},
        "targets": (),
        "lists": (),
        "sources": (),
        "method": method,
        "forms": {"unit_month": form},
        "codes": CodeLists({}, {}),
    }
    return Programme(**{**values, **more})


def edition(**more) -> EditionContext:
    values = {
        "edition_id": "x-2022-06-1",
        "period": Period(2022, 6),
        "programme": programme(),
        "rules_version": "1",
        "drafted_at": NOW,
    }
    return EditionContext(**{**values, **more})


def unit(code: str, name: str, base, ytd, **more) -> UnitInputs:
    def whole(x):
        return Ratio(D(x), D(1))

    values = {
        "annual_target": D(1000000),
        "growth_official": None if base is None or ytd is None else D(ytd) / D(base) - 1,
        "major_projects": whole("1.02"),
        "new_starts": whole("0.9"),
        "stage_punctuality": whole("0.88"),
        "service": whole("0.97"),
    }
    return UnitInputs(code, name, D(base), None if ytd is None else D(ytd), **{**values, **more})


UNITS = [
    unit("990001", "东县", 420000, 512400),
    unit("990002", "西区", 455000, 427800, late=True, workdays_late=2),
    unit("990003", "南市", 520000, None, state="missing"),
]


def ranked(units=UNITS, method=METHOD, month=6):
    return rank(units, CITY, method, D("0.58"), Period(2022, month))


class Page(HTMLParser):
    """Tags with attributes, and the text of every table row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(" ".join("".join(self.cell).split()))
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data + " ")


def page(out: Path) -> str:
    return (out / "index.html").read_text(encoding="utf-8")


def test_page_reads_alone_without_network_or_script(tmp_path):
    render(ranked(), edition(), tmp_path)
    parsed = Page(page(tmp_path))
    names = [tag for tag, _ in parsed.tags]
    assert "table" in names and "script" not in names and "link" not in names and "img" not in names
    references = [a[k] for _, a in parsed.tags for k in ("href", "src", "srcset", "action") if k in a]
    assert sorted(references) == sorted(p.name for p in tmp_path.iterdir() if p.name != "index.html")
    assert all((tmp_path / name).is_file() for name in references)
    assert "http" not in page(tmp_path).replace("http-equiv", "") and "url(" not in page(tmp_path)
    assert not [a for _, a in parsed.tags if "style" in a or any(name.startswith("on") for name in a)]


def test_content_security_policy_allows_this_style_sheet_and_nothing_else(tmp_path):
    render(ranked(), edition(), tmp_path)
    text = page(tmp_path)
    style = re.search(r"<style>(.*?)</style>", text, re.S)[1]
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    policy = next(a["content"] for tag, a in Page(text).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'") and f"'sha256-{digest}'" in policy and "unsafe" not in policy


def test_table_begins_with_the_whole_city_and_carries_the_figures(tmp_path):
    render(
        ranked(), edition(previous={"990001": PreviousPlace(2, D("0.2")), "990002": PreviousPlace(1, None)}), tmp_path
    )
    rows = Page(page(tmp_path)).rows
    head, city, first, second, missing = rows[:5]
    assert len({len(head), len(city), len(first)}) == 1
    assert city[1].startswith("全市") and city[2:4] == ["540.00", "24.1"]
    assert first[1:4] == ["东县", "51.24", "22.0"] and "+2.0" in first and "↑升1 up 1" in first
    assert second[3] == "-6.0" and second[-1].startswith("迟报")
    assert missing[1:4] == ["南市", "—", "—"] and missing[-1].startswith("未报")


def test_calculation_table_carries_every_value_point_and_weight(tmp_path):
    ranking = ranked()
    render(ranking, edition(), tmp_path)
    text = page(tmp_path)
    for row in rank_document(ranking, edition())["units"]:
        for indicator in row["indicators"].values():
            for figure in indicator.values():
                if figure is not None:
                    assert f">{D(figure).normalize():f}<" in text or f">{figure}<" in text
    assert "表2" in text and "锚点" in text


def test_hostile_names_stay_text(tmp_path):
    bad = unit("990004", "<script>alert(1)</script>\"'&", 500000, 600000)
    render(ranked([*UNITS, bad]), edition(signatures=(PrintedSignature("statistics", "<b onx=1>王", NOW),)), tmp_path)
    text = page(tmp_path)
    assert "<script" not in text and "&lt;script&gt;" in text and "<b onx" not in text
    assert json.loads((tmp_path / "ranking.json").read_text(encoding="utf-8"))["units"][0]["name"] == bad.name


@pytest.mark.parametrize("name", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff20x"])
def test_no_cell_of_the_csv_is_a_formula(tmp_path, name):
    render(ranked([*UNITS, unit("990004", name, 500000, 600000)]), edition(), tmp_path)
    raw = (tmp_path / "ranking.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    row = next(r for r in rows if r["unit_code"] == "990004")
    assert row["unit_name"] == f"'{name}"
    west = next(r for r in rows if r["unit_code"] == "990002")
    assert D(west["growth"]) == D("-0.05978022") and west["ytd"] == "427800" and west["remarks"] == "迟报"


def test_json_has_the_shape_of_saima_rank(tmp_path):
    render(ranked(), edition(), tmp_path)
    document = json.loads((tmp_path / "ranking.json").read_text(encoding="utf-8"))
    assert {"period", "edition", "method", "units", "city"} <= set(document)
    assert document["city"] | {"ytd": "5400000", "base": "4351330", "growth_official": 0.241} == document["city"]
    first, second, missing = document["units"]
    assert {
        "unit",
        "name",
        "rank",
        "score",
        "ytd",
        "base",
        "growth",
        "growth_official",
        "indicators",
        "deductions",
        "remarks",
    } <= set(first)
    assert (first["unit"], first["rank"], first["ytd"], first["growth"]) == ("990001", 1, "512400", 0.22)
    assert list(first["indicators"]) == list(INDICATORS)
    assert sum(D(i["weight"]) for i in first["indicators"].values()) == 100
    assert second["deductions"] == {"late": "1", "unanswered_queries": "0"} and second["remarks"] == ["迟报"]
    assert missing["rank"] is missing["score"] is missing["ytd"] is missing["growth"] is None
    assert missing["indicators"]["growth"] == {"value": None, "points": None, "weight": "0"}
    for row in (first, second):
        assert re.fullmatch(r"-?\d+\.\d{2}", row["score"])
        assert all(
            len(i["value"].split(".")[1]) >= 6 and len(i["points"].split(".")[1]) >= 4
            for i in row["indicators"].values()
        )


def test_signers_approve_the_content_and_signing_does_not_change_it(tmp_path):
    draft = edition()
    signed = edition(
        state="published",
        published_at=NOW,
        number=2,
        edition_id="other",
        signatures=(PrintedSignature("statistics", "王", NOW),),
    )
    ranking = ranked()
    manifest = render(ranking, signed, tmp_path)
    assert content_hash(ranking, draft) == content_hash(ranking, signed) == manifest.content_hash
    changed = ranked([replace(UNITS[0], ytd=D(512401)), *UNITS[1:]])
    assert content_hash(changed, draft) != manifest.content_hash


def test_manifest_lists_files_inputs_and_versions_and_is_deterministic(tmp_path):
    context = edition(inputs=(InputUsed("s1", "990001", "unit_month", 3),))
    manifest = render(ranked(), context, tmp_path / "a")
    document = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert {n: e["sha256"] for n, e in document["files"].items()} == {
        p.name: sha256(p.read_bytes()).hexdigest() for p in (tmp_path / "a").iterdir() if p.name != "manifest.json"
    }
    assert document["inputs"] == [{"submission": "s1", "unit": "990001", "form": "unit_month", "version": 3}]
    assert document["programme"]["version"] == "f" * 64 and document["rules_version"] == "1"
    assert render(ranked(list(reversed(UNITS))), context, tmp_path / "b") == manifest
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "a").iterdir()}
    render(ranked(), context, tmp_path / "a")
    assert before == {p.name: p.stat().st_mtime_ns for p in (tmp_path / "a").iterdir()}


@pytest.mark.parametrize(
    ("more", "shown", "hidden"),
    [
        ({}, ["草稿", "DRAFT", "未签发"], ["模拟数据", "演示签字"]),
        ({"programme": programme(simulated=True)}, ["草稿", "模拟数据", "SIMULATED"], ["演示签字"]),
        (
            {"state": "published", "published_at": NOW, "signatures": (PrintedSignature("dispatch", "乙", NOW, True),)},
            ["演示签字", "DEMONSTRATION SIGNATURE", "乙"],
            ["草稿", "模拟数据"],
        ),
    ],
)
def test_banners_say_what_the_edition_is(tmp_path, more, shown, hidden):
    render(ranked(), edition(**more), tmp_path)
    assert all(word in page(tmp_path) for word in shown)
    assert not [word for word in hidden if word in page(tmp_path)]


def test_half_year_sentence_of_june(tmp_path):
    render(ranked(), edition(), tmp_path)
    text = page(tmp_path)
    assert "1—6月，全市制造业投资540.00亿元，同比增长24.1%，总量居全省第1位" in text
    assert "CNY 54.000 billion, up 24.1 % on the same period of last year" in text
    assert "2022年上半年" in text and "first half of 2022" in text


def test_negative_and_flat_growth_read_as_bureaus_write():
    from pipelines.publish.figures import grew_zh

    assert [grew_zh(D(x)) for x in ("0.241", "-0.05", "0.0004")] == ["同比增长24.1%", "同比下降5.0%", "同比持平"]


def test_notes_say_scope_freeze_version_method_and_signers(tmp_path):
    context = edition(
        programme=programme(replace(METHOD, unit_scope="管理")),
        freeze=datetime(2022, 7, 18, 4, tzinfo=UTC),
        signatures=(PrintedSignature("statistics", "王", NOW),),
        number=2,
        told=Told(
            restatements=(Restatement("东县", "East County", "剔除重复项目", date(2022, 5, 3)),),
            corrections=(MonthCorrection("西区", "West District", "核查核减", 2, D(-20000)),),
            partial=(PartialReturn("西区", "West District", "项目月报", "Project return", 1, 10),),
            plans=(
                PlanDeviation("西区", "West District", 154, 1, 0, 1),
                PlanDeviation("东县", "East County", 0, 0, 0, 0, advanced=True),
            ),
            decisions=(
                Overruling(BilingualText("东县没有可比基数。", "East: no base."), "新设单位，无上年数", "李", NOW),
            ),
        ),
    )
    west = replace(UNITS[1], growth_official=D("-0.0508"), official_ytd=D(427900))
    render(ranked([UNITS[0], west, UNITS[2]]), context, tmp_path)
    for text in (page(tmp_path), (tmp_path / "notes.txt").read_text(encoding="utf-8")):
        for words in (
            "统计口径：管理",
            "可比口径",
            "初步",
            "四舍五入",
            "符号",
            "SAIMA-1 v1",
            "2022-07-18 12:00 Asia/Shanghai",
            "第2版",
            "王",
            "西区：市统计局核定的增速为-5.08%，按累计与可比基数直接计算为-5.98%，表中列前者。",
            "西区：表中为本地区上报的42.78亿元，市统计局核定的总量为42.79亿元。",
            "东县的可比基数已调整：剔除重复项目，2022-05-03批准。",
            "西区本期累计含对已公布月份的更正（核查核减）：2个项目，合计-2.00亿元。",
            "西区的项目月报部分采用：10行中有1行未通过审核，未计入。",
            "1 of 10 rows failed validation",
            "西区：154个环节的计划时间、1个项目的计划投资、1个已不在库中的项目在年初计划冻结后有改动，均按冻结的计划计分。",
            "东县：未列入分月计划的重大项目，序时计划合计低于按冻结的年度计划推进值的九成，这些项目按推进值计分。",
            "its major projects without a plan by month is below nine tenths",
            "154 stage dates, the planned investment of 1 project, 1 project no longer in the library changed",
            "东县没有可比基数。 经李于2022-07-20 10:00 Asia/Shanghai核定，按现数发布，理由：新设单位，无上年数。",
        ):
            assert words in text
        assert "F12" not in text and "工作表" not in text
    document = json.loads((tmp_path / "ranking.json").read_text(encoding="utf-8"))
    assert document["decisions"][0]["by"] == "李" and any("-5.08" in note["zh"] for note in document["notes"])
    assert content_hash(ranked(), edition()) != content_hash(ranked(), replace(edition(), told=context.told))


def test_a_private_ranking_is_never_published_but_may_be_drafted(tmp_path):
    private = programme(replace(METHOD, public_ranking=False))
    with pytest.raises(Terminal, match="public_ranking"):
        render(ranked(), edition(programme=private, state="published", published_at=NOW), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    render(ranked(), edition(programme=private), tmp_path / "draft")


def test_without_levels_nothing_a_level_could_be_recomputed_from_is_printed(tmp_path):
    method = replace(METHOD, show_levels=False)
    ranking = ranked(method=method)
    context = edition(
        programme=programme(method),
        state="published",
        published_at=NOW,
        told=Told(corrections=(MonthCorrection("东县", "East County", "核查核减", 1, D(512400)),)),
    )
    manifest = render(ranking, context, tmp_path)
    texts = [
        p for p in sorted(tmp_path.iterdir()) if p.suffix not in (".xlsx", ".parquet")
    ]  # those: test_data_files.py
    everything = "".join(p.read_text(encoding="utf-8") for p in texts)
    first = next(u for u in ranking.units if u.unit_code == "990001")
    assert "核查核减" in everything
    assert first.pull_pp is not None and first.schedule_completion is not None
    for secret in (
        "512400",
        "51.24",
        "420000",
        "1000000",
        str(first.pull_pp)[:6],
        str(first.schedule_completion)[:6],
        str(first.indicators["growth"].points),
        str(first.indicators["excess_pull"].points),
    ):
        assert secret not in everything
    assert str(first.score) in everything and "22.0" in everything and "455000" not in everything
    assert manifest.content_hash == content_hash(ranking, context)
    assert json.loads((tmp_path / "ranking.json").read_text(encoding="utf-8"))["content_hash"] == manifest.content_hash


def test_a_country_ranked_by_growth_makes_one_readable_page(tmp_path):
    """3,030 units, US dollars, no bureau: one table, no calculation table, no figure."""
    method = replace(METHOD, name="growth_rank", base_source="submission", min_base=D(1000000), indicators=())
    units = [
        unit(f"{k:05d}", f"County {k}", 1_000_000 + 7 * k, 900_000 + 11 * k, annual_target=None, growth_official=None)
        for k in range(3030)
    ]
    country = CityFigures(None, "全国", "Country", D(10**12), D(10**12) + 5, None)
    ranking = rank(units, country, method, None, Period(2023, 5))
    context = edition(
        period=Period(2023, 5), programme=programme(method, "USD", city_code=None, city_zh="全国", city_en="Country")
    )
    render(ranking, context, tmp_path)
    rows = Page(page(tmp_path)).rows
    assert len(rows) == 3030 + 2 and rows[1][1].startswith("全国")
    assert "百万美元" in page(tmp_path) and "表2" not in page(tmp_path) and "<svg" not in page(tmp_path)
    assert "得分" not in rows[0] and "年度目标" not in "".join(rows[0])


def test_before_april_the_page_says_that_growth_alone_ranks(tmp_path):
    render(ranked(month=3), edition(period=Period(2022, 3)), tmp_path)
    assert "本期按增速排名" in page(tmp_path) and "1—3月" in page(tmp_path) and "表2" not in page(tmp_path)


def before(*places: tuple[str, int | None, str | None], method: str = "SAIMA-1", basis: str = "score"):
    """An edition compared with one of the month before."""
    return edition(
        previous={code: PreviousPlace(rank, None if rate is None else D(rate)) for code, rank, rate in places},
        previous_edition="x-2022-05-1",
        previous_method=(method, basis),
    )


def test_a_neighbour_that_was_missing_moves_nobody(tmp_path):
    """South was third and is missing now; East and West keep their order, so neither moved."""
    units = [UNITS[0], UNITS[1], replace(UNITS[2], ytd=None)]
    context = before(("990003", 1, "0.3"), ("990001", 2, "0.2"), ("990002", 3, "-0.01"))
    document = rank_document(ranked(units), context)
    assert [(u["unit"], u["movement"], u["growth_change_pp"]) for u in document["units"]] == [
        ("990001", 0, "2"),
        ("990002", 0, "-5"),
        ("990003", None, None),
    ]
    render(ranked(units), context, tmp_path)
    assert "升" not in page(tmp_path) and "持平" in page(tmp_path)


def test_decisions_alike_about_several_figures_are_one_sentence() -> None:
    """The official rates of two indicators, settled together, were two sentences that nobody could tell apart."""
    about = BilingualText("核定的增速与总量不符。", "Official growth disagrees.")
    alike = tuple(Overruling(about, "凭证属实，按现数发布", "李", NOW) for _ in range(2))
    other = Overruling(about, "凭证属实，按现数发布", "王", NOW)
    context = replace(edition(), told=Told(decisions=(*alike, other)))
    told = [text.zh for text in notes(ranked(), context) if "核定的增速" in text.zh]
    assert [text.partition(" 经")[0] for text in told] == ["核定的增速与总量不符（2项）。", "核定的增速与总量不符。"]
    assert "经李于" in told[0] and "经王于" in told[1]
    english = [text.en for text in notes(ranked(), context) if "Official growth" in text.en]
    assert english[0].startswith("Official growth disagrees (2 figures). Decided by 李 on ")


@pytest.mark.parametrize(("method", "basis"), [("SAIMA-1", "growth"), ("growth_rank", "growth")])
def test_places_of_another_method_are_not_compared_and_the_break_is_told(tmp_path, method, basis):
    context = before(("990001", 2, "0.2"), ("990002", 1, "0.1"), method=method, basis=basis)
    document = rank_document(ranked(), context)
    assert document["compared_with"] == {
        "edition": "x-2022-05-1",
        "method": method,
        "basis": basis,
        "same_method": False,
    }
    assert {u["movement"] for u in document["units"]} == {None}
    assert [u["growth_change_pp"] for u in document["units"]] == ["2", "-16", None], "growth is compared all the same"
    render(ranked(), context, tmp_path)
    assert "位次变化</th>" not in page(tmp_path) and "排名方法有变：上期按增速" in page(tmp_path)
    assert "Break of method" in (tmp_path / "notes.txt").read_text(encoding="utf-8")


def test_movement_change_target_completion_and_what_was_counted_stand_in_json_and_csv(tmp_path):
    city = replace(CITY, annual_target=D(9000000))
    west = replace(UNITS[1], unanswered_queries=3, data_rows=12, unanswered_share=D("0.25"))
    ranking = rank([UNITS[0], west, UNITS[2]], city, METHOD, D("0.58"), Period(2022, 6))
    context = before(("990001", 2, "0.2"), ("990002", 1, "0.1"))
    render(ranking, context, tmp_path)
    document = json.loads((tmp_path / "ranking.json").read_text(encoding="utf-8"))
    assert document["city"]["annual_target"] == "9000000"
    assert document["city"]["schedule_completion"] == pytest.approx(5400000 / (9000000 * 0.58))
    second = document["units"][1]
    assert second["unanswered"] == {"queries": 3, "rows": 12, "share": "0.25000000"}
    assert second["counts"]["service"] == {"numerator": "0.97", "denominator": "1"}
    rows = list(csv.DictReader(io.StringIO((tmp_path / "ranking.csv").read_bytes().decode("utf-8-sig"), newline="")))
    assert len({len(row) for row in rows}) == 1 and [row["state"] for row in rows] == [
        "scored",
        "scored",
        "missing",
        "city",
    ]
    first, last = rows[0], rows[-1]
    assert (first["movement"], first["growth_change_pp"]) == ("1", "2") and first["rank"] == "1"
    assert (rows[1]["unanswered_queries"], rows[1]["data_rows"]) == ("3", "12")
    assert (first["service_numerator"], first["service_denominator"]) == ("0.97", "1")
    assert (last["unit_code"], last["rank"], last["annual_target"]) == ("990000", "", "9000000")
    assert "3/12" in page(tmp_path) and "0.97/1" in page(tmp_path)
    assert content_hash(ranking, context) != content_hash(ranking, before(("990001", 1, "0.2"), ("990002", 2, "0.1")))


def test_a_draft_shows_what_keeps_it_from_being_signed(tmp_path):
    stopped = edition(blocking=(BilingualText("东县没有可比基数。", "East County has no comparable base."),))
    render(ranked(), stopped, tmp_path)
    assert "不得签发" in page(tmp_path) and "东县没有可比基数。" in page(tmp_path)
    assert rank_document(ranked(), stopped)["blocking"][0]["zh"] == "东县没有可比基数。"
