"""The dispatch loop over the simulated Jiaxing, by its commands: tables as of an instant, decisions and what they refuse."""

from __future__ import annotations

import csv
import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.errors import Refused, Terminal
from pipelines.flow.dispatch.dispatch_view import DispatchView
from pipelines.flow.dispatch.target_tables import targets_document
from pipelines.model.dispatch_tables import DISPATCH_TABLES
from pipelines.model.periods import Period
from pipelines.model.programme import Target

from .conftest import Jiaxing, copy_home

pytestmark = pytest.mark.slow
JUNE = "2022-06"
AFTER = "2022-07-26T09:00"


class Desk:
    """The commands of one home, as somebody types them."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def ask(self, *words: str, at: str = AFTER, period: str = JUNE) -> dict[str, Any]:
        done = self.run(*words[:1], period, *words[1:], at=at)
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def decide(self, *words: str, at: str = AFTER) -> dict[str, Any]:
        done = self.run("decide", *words, at=at)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def run(self, *words: str, at: str, as_json: bool = True) -> Any:
        tail = ["--home", str(self.home), "--now", at, *(["--json"] if as_json else [])]
        return CliRunner().invoke(app, ["dispatch", *words, *tail])


@pytest.fixture(scope="module")
def desk(jiaxing: Jiaxing) -> Desk:
    return Desk(jiaxing.context.settings.home)


def first_snail(desk: Desk) -> dict[str, Any]:
    snails = desk.ask("snails")["projects"]
    assert len(snails) > 3
    return next(s for s in snails if not s["exempt"])


def test_the_library_and_the_lists_add_up(desk: Desk) -> None:
    lists = {row["code"]: row for row in desk.ask("lists")["lists"]}
    assert {code: (row["projects"], row["expected_count"]) for code, row in lists.items()} == {
        "city_100m": (724, 724),
        "province_1bn": (78, 78),
        "newly_found_1bn": (5, 5),
        "led_projects": (33, None),
        "industry_10bn": (2, None),
        "industry_100m": (724, None),
        "advanced_manufacturing": (20, None),
    }
    assert {row["code"]: row["broken"] for row in lists.values() if row["broken"]} == {}
    library = desk.ask("library")
    assert library["total"] == len(library["projects"]) >= 83
    assert Decimal(library["plan_total"]) == sum(Decimal(p["plan_total"]) for p in library["projects"])
    assert all(isinstance(p["plan_total"], str) and Decimal(p["plan_total"]) >= 100_000 for p in library["projects"])
    assert Decimal(desk.ask("lists")["distinct"]["ytd"]) <= sum(Decimal(row["ytd"]) for row in lists.values())


def test_the_board_counts_every_project_once_and_moves_balance(desk: Desk) -> None:
    board = desk.ask("stages")
    names = [s["stage"] for s in board["stages"]]
    assert names == ["admission", "land", "approval", "start", "completion", "capacity"]
    assert sum(s["in_stage"] for s in board["stages"]) + board["finished"] == board["projects"]
    assert board["weakest"] in names and set(board["moves"][0]) == {"from", "to", "projects"}
    before = {s["stage"]: s["in_stage"] for s in desk.ask("stages", period="2022-05")["stages"]}
    for stage in board["stages"]:
        gone = sum(m["projects"] for m in board["moves"] if m["from"] == stage["stage"])
        came = sum(m["projects"] for m in board["moves"] if m["to"] == stage["stage"])
        assert before[stage["stage"]] - gone + came == stage["in_stage"]
    library = desk.ask("library")
    for amount in ("plan_total", "actual_ytd"):
        assert sum(Decimal(s[amount]) for s in board["stages"]) == Decimal(library[amount]) and board["finished"] == 0
        of_units = sum(Decimal(s[amount]) for u in board["units"] for s in u["stages"])
        assert of_units == Decimal(library[amount])
    everything = desk.ask("stages", "--scope", "all")
    assert everything["projects"] > board["projects"]
    assert sum(u["stages"][0]["due"] for u in everything["units"]) == everything["stages"][0]["due"]


def test_the_targets_of_the_article_in_june(desk: Desk) -> None:
    found = {t["id"]: t for t in desk.ask("targets")["targets"]}
    assert set(found) == {"T1", "T2", "T3", "T4"}
    t1, t3 = found["T1"], found["T3"]
    assert (t1["actual"], t1["value"], t1["state"]) == (0.241, 0.16, "on_track")
    assert (t3["actual"], t3["gap"], t3["pace_required"], t3["expected"]) == ("5400000", "3600000", "600000", "5220000")
    assert found["T2"]["state"] == "on_track" and found["T4"]["metric"] == "list_ytd"
    assert {t["scope"] for t in desk.ask("targets")["units"]} >= {"330402", "330471"}


def test_targets_of_two_years_count_both(jiaxing: Jiaxing) -> None:
    """They were without data in their second year and not shown at all in their first."""
    more = (
        Target("ytd", "330400", ">=", Decimal(16_000_000), "2022-12", Period(2021, 1)),
        Target("ytd", "330481", ">=", Decimal(3_000_000), "2023-06", Period(2022, 1)),
        Target("growth", "330400", ">=", Decimal("0.16"), "2021-12..2022-12", None),
        Target("list_ytd", "330400", ">=", Decimal(3_000_000), "2022-12", Period(2021, 7), "省重大548"),
        Target("ytd", "330400", ">=", Decimal(7_000_000), "2021-12", Period(2021, 1)),
    )
    context = replace(jiaxing.context, programme=replace(jiaxing.context.programme, targets=more))
    view = DispatchView(context, Period.parse(JUNE), datetime(2022, 7, 26, tzinfo=UTC))
    found = {(t.metric, t.window): (t.actual, t.expected, t.state) for t in targets_document(view).targets}
    assert found == {
        ("ytd", "2022-12"): (7_525_876 + 5_400_000, 16_000_000 * Decimal("1.58") / 2, "on_track"),
        ("ytd", "2023-06"): (1_162_800, Decimal("1101265.8228"), "on_track"),
        ("growth", "2021-12..2022-12"): (0.241, 0.16, "missed"),  # 12.09 % in December
        ("list_ytd", "2022-12"): (None, Decimal("2112676.0563"), "no_data"),  # no dispatch return before 2022
    }


def test_milestones_beside_the_stages_are_shown(desk: Desk, tmp_path: Path) -> None:
    """L10: 晶科 signed last year, and a hundred days from the start to trial production; 签约 was stored and shown nowhere."""
    project = next(p for p in desk.ask("library")["projects"] if "晶科" in p["name"] and p["trial"])
    assert (project["signed"], project["trial"], project["commissioned"]) == ("2021-01", "2022-01", None)
    won = next(a for a in desk.ask("showcase")["achievements"] if a["kind"] == "hundred_days")
    assert (won["project_code"], won["signed"], won["on"], won["days"]) == (
        project["project_code"],
        "2021-01",
        "2022-01",
        100,
    )
    for name, said in (
        ("library", "签约 2021-01、调试 2022-01"),
        ("showcase", "2022-01,2021-01,100"),
        ("showcase", "稳企业,51"),
    ):
        file = tmp_path / f"{name}.csv"
        assert desk.run(name, JUNE, "--csv", str(file), at=AFTER).exit_code == 0
        assert said in file.read_text(encoding="utf-8-sig")


def test_flags_and_snails_are_of_the_library_and_never_the_same(desk: Desk) -> None:
    library = {p["project_code"] for p in desk.ask("library")["projects"]}
    flags, snails = desk.ask("flags"), desk.ask("snails")
    red, slow = ({p["project_code"] for p in d["projects"]} for d in (flags, snails))
    assert red and slow and red | slow <= library and not red & slow
    assert flags["edition"] == "2022-06-e1" and len(flags["units"]) <= 3
    assert {u["unit"] for u in flags["units"]} <= {"330402", "330472", "330481", "330483"}
    assert not {w["project_code"] for w in snails["warned"]} & slow
    assert not any(p["may_be_named"] for p in snails["projects"]), "nobody is named without a permit"


def test_an_exemption_is_known_from_when_it_was_recorded(desk: Desk) -> None:
    code = first_snail(desk)["project_code"]
    words = ("exempt", code, "--cause", "public_factor", "--as", "经信局", "--from", "2022-06-01")
    whole = (*words, "--document", "嘉经信〔2022〕31号", "--until", "2022-08-31", "--reason", "供地未到位")
    with pytest.raises(Refused, match="names the department"):
        desk.decide(*whole, at="2022-07-26T10:00")
    done = desk.decide(*whole, "--department", "市自然资源和规划局", at="2022-07-26T10:00")
    assert done["decisions"][0]["document"] == "嘉经信〔2022〕31号"

    def exempt(at: str) -> tuple[bool, str | None]:
        snails = desk.ask("snails", "--as-of", at)["projects"]
        return next((s["exempt"], s["department"]) for s in snails if s["project_code"] == code)

    assert exempt("2022-07-26T09:59") == (False, None)
    assert exempt("2022-07-26T10:00") == (True, "市自然资源和规划局")
    queue = desk.ask("inspections", at="2022-07-26T11:00")["queue"]
    assert code not in {q["project_code"] for q in queue}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            (
                "exempt",
                "{p}",
                "--cause",
                "force_majeure",
                "--as",
                "经信局",
                "--until",
                "2022-12-31",
                "--reason",
                "台风",
            ),
            "rests on a document",
        ),
        (
            ("exempt", "{p}", "--cause", "force_majeure", "--as", "经信局", "--document", "文", "--reason", "台风"),
            "a day on which it ends",
        ),
        (
            (
                "exempt",
                "{p}",
                "--cause",
                "rain",
                "--as",
                "经信局",
                "--document",
                "文",
                "--reason",
                "雨",
                "--until",
                "2022-12-31",
            ),
            "no such cause",
        ),
        (
            (
                "exempt",
                "{p}",
                "--cause",
                "force_majeure",
                "--as",
                "经信局",
                "--document",
                "文",
                "--reason",
                "雨",
                "--until",
                "2022-01-01",
            ),
            "before it begins",
        ),
        (("inspect", "9999-000000", "--as", "督查室", "--document", "文"), "no such project"),
        (("inspect", "{p}", "--as", " ", "--document", "文"), "who decided it"),
        (("inspect", "{p}", "--as", "督查室", "--document", "文", "--step", "jail"), "no such step"),
        (("close", "DC202201-x", "--as", "督查室", "--document", "文"), "no such inspection"),
        (("budget", "water", "10", "--as", "经信局", "--document", "文"), "no such factor"),
        (("budget", "land", "many", "--as", "资规局", "--document", "文"), "not an amount"),
        (("grant", "land", "{p}", "--period", JUNE, "--as", "资规局", "--document", "文"), "states no need"),
        (("target", "T9", "1", "--as", "经信局", "--document", "文"), "no such target"),
        (("list-enter", "{p}", "--list", "vip", "--as", "经信局", "--document", "文"), "no such list"),
        (("library-exit", "{p}", "--as", "经信局", "--document", "文"), "a reason is needed"),
        (("permit", "{p}", "--purpose", "snail", "--as", "经信局", "--document", "文"), "a day on which it ends"),
    ],
)
def test_what_a_decision_lacks_is_said_with_the_remedy(desk: Desk, words: tuple[str, ...], said: str) -> None:
    code = first_snail(desk)["project_code"]
    before = desk.run("decisions", at=AFTER).stdout
    with pytest.raises(Refused, match=said) as refused:
        desk.decide(*(word.format(p=code) for word in words))
    assert refused.value.exit_code == 1 and refused.value.remedy and not refused.value.zh.isascii()
    assert desk.run("decisions", at=AFTER).stdout == before


def test_an_inspection_goes_its_way_and_every_step_is_in_the_audit_log(desk: Desk, jiaxing: Jiaxing) -> None:
    code = desk.ask("inspections")["queue"][0]["project_code"]
    opened = desk.decide("inspect", code, "--as", "督查室", "--document", "督〔2022〕1号", at="2022-07-27T09:00")
    number = opened["decisions"][0]["subject"]
    assert number == f"DC202207-{code}"
    with pytest.raises(Refused, match="already"):
        desk.decide("inspect", code, "--as", "督查室", "--document", "督〔2022〕2号", at="2022-07-27T10:00")

    def now(at: str) -> dict[str, Any]:
        found = desk.ask("inspections", at=at)["inspections"]
        return next(i for i in found if i["id"] == number)

    assert (now("2022-07-28T09:00")["state"], now("2022-07-28T09:00")["due"]) == ("open", "2022-08-10")
    assert now("2022-08-11T09:00")["overdue"] is True
    desk.decide("escalate", number, "--as", "督查室", "--document", "督〔2022〕9号", at="2022-08-11T09:00")
    assert (now("2022-08-11T10:00")["step"], now("2022-08-11T10:00")["due"]) == ("talk", "2022-08-18")
    desk.decide("answer", number, "--as", "海宁市", at="2022-08-15T09:00")
    with pytest.raises(Refused, match="not rectified: closing it needs a reason"):
        desk.decide("close", number, "--as", "督查室", "--document", "督〔2022〕11号", at="2022-08-15T10:00")
    desk.decide("rectify", number, "--as", "海宁市", at="2022-08-16T09:00")
    desk.decide("close", number, "--as", "督查室", "--document", "督〔2022〕12号", at="2022-08-17T09:00")
    assert now("2022-08-17T10:00")["state"] == "closed"
    with pytest.raises(Refused, match="is closed"):
        desk.decide("rectify", number, "--as", "海宁市", at="2022-08-18T09:00")
    assert now("2022-07-28T09:00")["step"] == "inspection", "the same question as of then gives the same answer"
    actions = [e.action for e in jiaxing.context.warehouse.audit_entries() if e.subject == number]
    assert actions == [f"dispatch-inspection_{k}" for k in ("opened", "escalated", "answered", "rectified", "closed")]


def test_a_decision_is_one_however_its_project_is_written(desk: Desk, tmp_path: Path) -> None:
    """By code, by name, full-width; by hand or from a register; in the encodings that registers come in."""
    first, second = ((p["project_code"], p["name"]) for p in desk.ask("library")["projects"][:2])
    words = ("--list", "city_100m", "--as", "经信局", "--document", "清〔2022〕9号")
    at = "2022-08-22T09:00"
    ids = {
        desk.decide("list-exit", project, *words, at=at)["decisions"][-1]["decision_id"] for project in (*first, *first)
    }
    assert len(ids) == 1

    def register(*projects: str, coding: str) -> int:
        lines = [f"list_exit,{project},经信局,清〔2022〕9号,,2022-08-22,,list=city_100m" for project in projects]
        file = tmp_path / "register.csv"
        head = "kind,subject,decided_by,document,reason,valid_from,valid_to,detail"
        file.write_bytes("\n".join([head, *lines]).encode(coding))
        return len(desk.decide("from-file", str(file), at=at)["decisions"])

    assert register(first[1], first[0].replace("-", "－"), coding="utf-8") == 0
    assert register(second[1], second[0], coding="gb18030") == 1
    assert register(second[0], second[1], coding="utf-16") == 0
    with pytest.raises(Terminal, match=r"cannot read register\.csv"):
        register("甲" * 200_000, coding="utf-8-sig")


def test_a_register_with_a_month_that_is_none_is_told_the_line(desk: Desk, tmp_path: Path) -> None:
    code = first_snail(desk)["project_code"]
    file = tmp_path / "grants.csv"
    file.write_text(
        f"kind,subject,decided_by,document,detail\nfactor_accepted,{code},资规局,文,factor=land;period=2022-99\n",
        encoding="utf-8",
    )
    with pytest.raises(Terminal, match=r"grants\.csv line 2: not a reporting period: 2022-99"):
        desk.decide("from-file", str(file))


def test_brief_showcase_and_book_are_written_as_tables_too(desk: Desk, tmp_path: Path) -> None:
    for words, title in ((("brief", JUNE), "上半年主要数据"), (("showcase-public", JUNE), "2022-06 成果项目")):
        file = tmp_path / "t.csv"
        assert desk.run(*words, "--csv", str(file), at=AFTER).exit_code == 0
        assert file.read_bytes().decode("utf-8-sig").startswith(title)
    csv, html = tmp_path / "b.csv", tmp_path / "b.html"
    code = first_snail(desk)["project_code"]
    desk.decide("notice", code, "--as", "经信局", at="2022-08-23T09:05")
    done = desk.run("decisions", code, "--csv", str(csv), "--html", str(html), at="2022-08-23T10:00", as_json=False)
    assert done.exit_code == 0 and "2022-08-23 09:05" in csv.read_bytes().decode("utf-8-sig"), "the time of the place"
    assert "决定登记簿" in html.read_text(encoding="utf-8") and "2022-08-23 09:05" in done.stdout


def test_the_to_do_list_is_written_as_a_table_and_a_page(desk: Desk, tmp_path: Path) -> None:
    table, page = tmp_path / "items.csv", tmp_path / "items.html"
    words = ["dispatch", "items", JUNE, "--csv", str(table), "--html", str(page), "--home", str(desk.home), "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    items = json.loads(done.stdout)["items"]
    rows = list(csv.reader(table.read_bytes().decode("utf-8-sig").splitlines()))
    assert ["单位 unit", "规则 rule", "行 row", "事项 item"] in rows
    assert items and {item["message_zh"] for item in items} <= {row[-1] for row in rows if row}
    assert "经信待办" in page.read_text(encoding="utf-8")
    before = CliRunner().invoke(
        app, ["dispatch", "items", JUNE, "--home", str(desk.home), "--as-of", "2022-07-01T09:00"]
    )
    assert isinstance(before.exception, Refused) and "没有调度月报" in before.exception.zh, "as it was known then"


def test_tables_are_printed_written_and_defused(desk: Desk, tmp_path: Path) -> None:
    shown = desk.run(
        "lists", JUNE, "--csv", str(tmp_path / "l.csv"), "--html", str(tmp_path / "l.html"), at=AFTER, as_json=False
    )
    assert shown.exit_code == 0 and "724" in shown.stdout
    text = (tmp_path / "l.csv").read_bytes().decode("utf-8-sig")
    assert text.startswith("清单 list,项目数 projects") and "省重大制造业项目" in text
    page = (tmp_path / "l.html").read_text(encoding="utf-8")
    assert "模拟数据" in page and "<script" not in page and "default-src &#39;none&#39;" in page
    for name in (
        "library",
        "stages",
        "flags",
        "snails",
        "inspections",
        "factors",
        "leaders",
        "teams",
        "helpers",
        "targets",
        "coverage",
        "campaign",
        "showcase",
    ):
        done = desk.run(name, JUNE, at=AFTER, as_json=False)
        assert done.exit_code == 0 and done.stdout.strip(), name


def test_a_month_without_returns_says_so(desk: Desk) -> None:
    for period in ("2022-12", "2019-03"):
        done = desk.run("stages", period, at=AFTER)
        assert isinstance(done.exception, Refused) and done.exception.remedy
    early = desk.run("stages", JUNE, at="2022-06-15T09:00")
    assert isinstance(early.exception, Refused), "what had not arrived then is not known"


def test_a_copied_home_answers_alike(desk: Desk, tmp_path: Path) -> None:
    """The books travel with the home; the tables are computed from them alone."""
    assert (desk.home / "warehouse.db").exists()
    copy = tmp_path / "copy"
    copy_home(desk.home, copy, "editions", "incoming")
    at = "2022-07-28T09:00"
    assert Desk(copy).ask("snails", at=at) == desk.ask("snails", at=at)


def test_the_brief_carries_the_headline_and_opens_in_word(desk: Desk, tmp_path: Path) -> None:
    from docx import Document as WordDocument

    word, page = tmp_path / "b.docx", tmp_path / "b.html"
    done = desk.run("brief", "2022-H1", "--word", str(word), "--html", str(page), at=AFTER)
    assert done.exit_code == 0, done.output
    text = json.loads(done.stdout)["headline"]["text"]
    assert text.startswith("上半年，全市制造业完成投资540亿元，同比增长24.1%，总量居全省第一")
    opened = WordDocument(str(word))
    assert any(text in paragraph.text for paragraph in opened.paragraphs)
    assert [table.rows[0].cells[0].text for table in opened.tables][:2] == ["投资（亿元）", "指标"]
    assert 'class="portrait"' in page.read_text(encoding="utf-8") and text in page.read_text(encoding="utf-8")
    again = tmp_path / "c.docx"
    desk.run("brief", "2022-06", "--word", str(again), at=AFTER)
    assert again.read_bytes() == word.read_bytes(), "the same content gives the same bytes"
    for words in (("--leader", "无此人"), ("--team", "无此班")):
        assert isinstance(desk.run("brief", JUNE, *words, at=AFTER).exception, Refused)


def test_the_step_after_publication_records_slips_once_and_lays_the_tables_down(desk: Desk, jiaxing: Jiaxing) -> None:
    from datetime import UTC, datetime

    from pipelines.flow.dispatch.weekly_look import run_dispatch_step
    from pipelines.model.periods import Period

    at = datetime(2022, 9, 1, 1, tzinfo=UTC)
    warned = desk.ask("snails", at="2022-09-01T09:00")["warned"]
    first = run_dispatch_step(jiaxing.context, Period(2022, 6), at)
    assert first.notices == len(warned) > 0
    assert run_dispatch_step(jiaxing.context, Period(2022, 6), at).notices == 0
    folder = Path(first.folder)
    assert (
        {"library.html", "snails.csv", "targets.html"}
        <= set(first.files)
        == {f.name for f in folder.iterdir() if f.is_file()}
    )
    with sqlite3.connect(jiaxing.context.settings.home / "warehouse.db") as books:
        counted = {
            t.name: books.execute(f"select count(*) from bureau_dispatch_{t.name}").fetchone()[0]
            for t in DISPATCH_TABLES
        }
        total, least = books.execute("select sum(plan_total), min(plan_total) from bureau_dispatch_library").fetchone()
    library = desk.ask("library", at="2022-09-01T09:00")
    assert counted["library"] == library["total"] and counted["warned"] == len(warned) and counted["targets"] == 4
    assert Decimal(str(total)) == Decimal(library["plan_total"]) and least >= 100_000
    assert sum(counted.values()) == sum(
        len((folder / "data" / f"dispatch_{name}.csv").read_text(encoding="utf-8-sig").splitlines()) - 1
        for name in counted
    )
    page = Path(first.showcase or "") / "index.html"
    assert page.parent == jiaxing.context.settings.editions / JUNE / "showcase"
    shown = json.loads((page.parent / "showcase.json").read_text(encoding="utf-8"))
    inside = desk.ask("showcase", at="2022-09-01T09:00")
    assert not shown["projects"] and shown["unnamed"] == len(inside["achievements"]) + len(inside["red_flags"])
    named = {a["name"] for a in inside["achievements"]} | {f["name"] for f in inside["red_flags"]}
    assert not any(name in page.read_text(encoding="utf-8") for name in named), "nobody is named without a permit"
    assert "内部资料" not in page.read_text(encoding="utf-8") and "万元" not in page.read_text(encoding="utf-8")
    told = desk.ask("snails", at="2022-09-01T10:00")["warned"]
    assert {w["noticed_on"] for w in told} == {"2022-09-01"}
    published = jiaxing.context.settings.editions / JUNE
    assert not any("dispatch" in str(f.relative_to(published)) for f in published.rglob("*")), (
        "nothing internal is published"
    )


def test_monday_morning_tells_who_has_to_know_and_only_once(jiaxing: Jiaxing) -> None:
    from datetime import UTC, datetime

    from pipelines.flow.dispatch.weekly_look import MATTERS, look_at_the_week

    at = datetime(2022, 9, 5, 1, tzinfo=UTC)
    found = look_at_the_week(jiaxing.context, at)
    assert (found.week, found.period, set(found.matters)) == ("2022-W35", JUNE, set(MATTERS))
    assert sum(found.matters["queue"].values()) > 0
    again = look_at_the_week(jiaxing.context, at)
    assert again.messages == 0 and again.matters == found.matters
    texts = [row.notice.text for row in jiaxing.context.warehouse.alerts.rows() if row.notice.kind == "dispatch"]
    assert len(texts) == found.messages
    assert not any("万元" in text.body for text in texts), "counts alone, no amounts"
