"""The publication gate: what would mislead keeps a month from being signed until corrected, explained or overruled in print."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.errors import Refused, Terminal
from pipelines.flow import dagapi
from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.decisions import explain
from pipelines.flow.intake.process import process
from pipelines.flow.month.draft import as_it_stands, composed_now, draft
from pipelines.flow.month.publication_gate import _province
from pipelines.flow.month.release import publish, sign
from pipelines.flow.month.run_month import run_month
from pipelines.flow.notify.send import problems
from pipelines.flow.records.closing_queries import closing_findings
from pipelines.model.periods import Period

from .bureau_programme import BASES, NAMES, YTD, Bureau

pytestmark = pytest.mark.slow
MONTH = Period(2022, 2)
SENT = datetime(2022, 3, 8, 2, tzinfo=UTC)
AUDIT = datetime(2022, 3, 14, 2, tzinfo=UTC)
AFTER = datetime(2022, 3, 25, 3, tzinfo=UTC)


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    found = Bureau.open(tmp_path)
    yield found
    found.context.warehouse.close()


def send_all(bureau: Bureau, **city) -> None:
    for code in NAMES:
        bureau.county(code, SENT)
    bureau.city(AUDIT, **city)


def said(bureau: Bureau) -> list[tuple[str, str, str]]:
    return [(b.kind, b.unit_code, b.rule) for b in composed_now(bureau.context, MONTH, AFTER).blocking]


@pytest.fixture(autouse=True)
def _no_log_of_airflow() -> None:
    """Airflow, where another test of the process has imported it, sends log lines to stdout."""
    structlog.reset_defaults()


def command(bureau: Bureau, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(
        app, [*words, "--home", str(bureau.context.settings.home), "--now", AFTER.isoformat()], catch_exceptions=False
    )
    return result.exit_code, result.stdout


def test_a_sound_month_is_signed_by_two_people_and_published(bureau: Bureau) -> None:
    send_all(bureau)
    assert run_month(bureau.context, MONTH, AFTER, bureau.inbox).state == "draft" and not said(bureau)
    sign(bureau.context, MONTH, "statistics", "张三", AFTER)
    with pytest.raises(Refused, match="须由两人签发"):
        sign(bureau.context, MONTH, "dispatch", " 张 三", AFTER)
    sign(bureau.context, MONTH, "dispatch", "李四", AFTER)
    overdue = problems(bureau.context, AFTER + timedelta(hours=2))
    assert "draft_unpublished" in [problem["problem"] for problem in overdue]
    assert publish(bureau.context, MONTH, AFTER).state == "published"
    assert not [p for p in problems(bureau.context, AFTER + timedelta(hours=2)) if "draft" in p["problem"]]


@pytest.mark.parametrize(
    ("city", "block"),
    [
        ({"city_base": 610_000}, ("bases_differ", "330400", "")),
        ({"places": "15,3"}, ("province_rank", "330400", "")),
        ({"totals": {**YTD, "330411": 230_002}}, ("open_query", "330400", "F12")),
        ({"rates": {"330402": "20.1"}}, ("open_query", "330400", "F12")),
        ({"bases": {k: v for k, v in BASES.items() if k != "330411"}}, ("base_missing", "330411", "")),
    ],
    ids=["bases", "place 15 of 11", "official total", "official rate", "no base"],
)
def test_what_would_mislead_stops_the_signature(bureau: Bureau, city: dict, block: tuple[str, str, str]) -> None:
    send_all(bureau, **city)
    run = run_month(bureau.context, MONTH, AFTER, bureau.inbox, sign_off_as="演示")
    assert run.state == "draft" and "不能签发" in run.reason and block in said(bureau)
    assert command(bureau, "month", "2022-02", "--sign-off-as", "演示")[0] == 1, "what was to be signed is not"
    with pytest.raises(Refused, match="未核定"):
        sign(bureau.context, MONTH, "statistics", "张三", AFTER)
    page = Path(run.path or "").read_text(encoding="utf-8")
    assert "不得签发" in page and "F12" not in page and "工作表" not in page
    assert block[2] != "F12" or f"{NAMES['330402' if 'rates' in city else '330411']}「制造业投资」核定的" in page


def test_there_is_no_place_0(bureau: Bureau) -> None:
    """Refused when it comes (H15); of a return that older rules accepted it stops the signature."""
    send_all(bureau)
    run_month(bureau.context, MONTH, AFTER, bureau.inbox)
    ranking = composed_now(bureau.context, MONTH, AFTER).ranking
    accepted_before = replace(ranking, city=replace(ranking.city, rank_growth_province=0))
    assert [b.kind for b in _province(bureau.context, accepted_before)] == ["province_rank"]
    bureau.city(AFTER - timedelta(hours=1), places="1,0")
    collect(bureau.context, AFTER, bureau.inbox)
    process(bureau.context, AFTER)
    (city,) = (r for r in bureau.context.warehouse.submissions("2022-02", form="city_month") if r.latest)
    rules = bureau.context.warehouse.findings([city.submission_id])["rule"].to_pylist()
    assert (city.word, rules) == ("rejected", ["H15"])


def test_units_that_do_not_sum_to_the_city_and_a_total_below_the_last_one(bureau: Bureau) -> None:
    bureau.county("330402", SENT, ytd=130_000)
    for code in ("330411", "330424"):
        bureau.county(code, SENT)
    bureau.city(AUDIT, rates={"330411": "30.1", "330424": "30.1"})
    run_month(bureau.context, MONTH, AFTER, bureau.inbox)
    assert {rule for _, _, rule in said(bureau)} == {"F02", "F12"}
    # Two rates that are wrong by the same figure: an explanation of one area is none of another, it had lifted both.
    found = closing_findings(bureau.context, bureau.context.warehouse.closings.all("2022-02")[-1])
    row = next(f.row for _, f in found if f.message_zh.startswith("秀洲区「制造业投资」官方增速"))
    before = composed_now(bureau.context, MONTH, AFTER).blocking
    why = "官方增速按新口径计算，已与省局核对"
    sent = next(b.submission_id for b in before if b.rule == "F12")
    explain(bureau.context, sent, "F12", [row or 0], "其他", why, None, "王五", AFTER)
    left = composed_now(bureau.context, MONTH, AFTER).blocking
    assert [b.zh.split("「")[0] for b in before if b not in left] == ["秀洲区"] and len(left) == len(before) - 1


def test_an_edition_of_nothing_is_not_signed(bureau: Bureau) -> None:
    """Files whose headers the form does not know leave every unit missing: nothing is published, and the summary says why."""
    bureau.city(AUDIT)
    (bureau.inbox / "330402.csv").write_text("unit_code,value\n330402,120000\n", encoding="utf-8")
    os.utime(bureau.inbox / "330402.csv", (SENT.timestamp(),) * 2)
    code, out = command(bureau, "month", "2022-02", "--from", str(bureau.inbox), "--sign-off-as", "演示")
    assert code == 1 and "没有一个单位的报送被接受" in out and "另有 1 个文件无法读取" in out


def test_the_file_of_the_month_before_is_not_signed_as_the_next_one(bureau: Bureau) -> None:
    """Three indicators of 330402 are the same in February and March, and the bureau has taken its total over."""
    header = "指标名称,统计口径,本年累计,上年同期,计量单位,上报说明"
    figures = ("制造业投资,管理,120000,100000", "工业投资,管理,130000,110000", "固定资产投资,管理,240000,210000")
    for month, at in (("1—2月", SENT), ("1—3月", SENT + timedelta(days=32))):
        for code in ("330411", "330424"):
            bureau.county(code, at, month=month, ytd=YTD[code] + (month == "1—3月"))
        rows = [f"{row},万元," for row in figures]
        bureau._write(f"330402-{at:%m%d}.csv", at, f"南湖区2022年{month}制造业投资汇总月报", header, rows)
        grown = {code: ytd + (month == "1—3月" and code != "330402") for code, ytd in YTD.items()}
        bureau.city(at + timedelta(days=6), month=month, totals=grown)
    march, after = Period(2022, 3), AFTER + timedelta(days=31)
    assert run_month(bureau.context, MONTH, AFTER, bureau.inbox).state == "draft"
    run = run_month(bureau.context, march, after, bureau.inbox, sign_off_as="演示")
    blocks = composed_now(bureau.context, march, after).blocking
    assert ("330402", "D08") in [(b.unit_code, b.rule) for b in blocks]
    assert run.state == "draft" and "南湖区的数与上次上报的完全相同" in run.reason


def test_close_says_what_blocks_and_a_printed_decision_lifts_it(bureau: Bureau) -> None:
    send_all(bureau, places="15,3")
    run_month(bureau.context, MONTH, AFTER, bureau.inbox)
    code, out = command(bureau, "close", "2022-02", "--json")
    blocking = json.loads(out)["blocking"]
    assert code == 0 and [b["kind"] for b in blocking] == ["province_rank"]
    code, text = command(bureau, "close", "2022-02")
    assert code == 0 and "全省位次为15，应为1—11" in text and f"saima overrule 2022-02 {blocking[0]['id']}" in text
    before = draft(bureau.context, MONTH, AFTER).edition
    code, out = command(
        bureau,
        "overrule",
        "2022-02",
        blocking[0]["id"],
        "--reason",
        "全省位次含开发区，共十六个",
        "--as",
        "王五",
        "--json",
    )
    assert code == 0 and json.loads(out)["open"] == 0
    decided = draft(bureau.context, MONTH, AFTER).edition
    assert decided.content_hash != before.content_hash, "a decision is under the signed hash"
    for role, name in (("statistics", "张三"), ("dispatch", "李四")):
        sign(bureau.context, MONTH, role, name, AFTER)
    page = Path(publish(bureau.context, MONTH, AFTER).published_path).read_text(encoding="utf-8")
    assert "经王五于2022-03-25" in page and "全省位次含开发区，共十六个" in page
    with pytest.raises(Refused, match="没有这些待核定事项"):
        command(bureau, "overrule", "2022-02", "b0", "--reason", "理由理由理由理由理由", "--as", "王五")
    with pytest.raises(Terminal, match="须写明理由"):
        command(bureau, "overrule", "2022-02", "b0", "--reason", "太短", "--as", "王五")


def test_a_draft_that_waits_is_found_by_looking_at_the_state(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocked: nobody is asked. Overruled by a command, no event: it is found. Asked about: left alone. Returned: done with."""
    monkeypatch.setenv("SAIMA_HOME", str(bureau.context.settings.home))

    def waiting(hours: float) -> list[tuple[str, str | None]]:
        found = dagapi.unsigned((AFTER + timedelta(hours=hours)).isoformat())
        return [(draft["period"], draft["release_run"]) for draft in found]

    def wrong(hours: float) -> list[str]:
        return [
            p["problem"] for p in problems(bureau.context, AFTER + timedelta(hours=hours)) if "draft" in p["problem"]
        ]

    send_all(bureau, places="15,3")
    run_month(bureau.context, MONTH, AFTER, bureau.inbox)
    assert (waiting(0), wrong(-1), wrong(1)) == ([], [], ["draft_blocked"]), "its moment of publication has passed"
    assert dagapi.draft("2022-02", AFTER.isoformat())["blocked"]
    block = composed_now(bureau.context, MONTH, AFTER).blocking[0].block_id
    command(bureau, "overrule", "2022-02", block, "--reason", "全省位次含开发区，共十六个", "--as", "王五")
    assert (waiting(0), waiting(0.2)) == ([], []), "its own event may still start the run"
    assert (waiting(0.25), wrong(1)) == ([("2022-02", None)], ["draft_unsigned"])
    draft_now = dagapi.draft("2022-02", AFTER.isoformat())
    assert draft_now["blocked"] == []
    dagapi.begin_release(draft_now["edition"], draft_now["content_hash"], "run 1", AFTER.isoformat())
    assert (waiting(0.5), waiting(1)) == ([], [("2022-02", "run 1")]), "whether run 1 still asks is Airflow's to say"
    named = (
        draft_now["edition"],
        "statistics",
        "张三",
        draft_now["content_hash"],
        "approved",
        AFTER.isoformat(),
        False,
    )
    dagapi.sign(*named)
    assert (waiting(2), wrong(2)) == ([("2022-02", "run 1")], ["draft_unsigned"]), "one of two"
    returned = ("dispatch", "李四", draft_now["content_hash"], "returned", AFTER.isoformat(), False)
    with pytest.raises(Terminal, match="sending back needs an opinion"):
        dagapi.sign(draft_now["edition"], *returned)
    dagapi.sign(draft_now["edition"], *returned, "环节数据待核")
    assert (waiting(9), wrong(48)) == ([], [])


def test_a_query_raised_at_closing_is_explained_costs_nothing_in_its_edition_and_is_settled_for_the_next(
    bureau: Bureau,
) -> None:
    """海盐's own base differs from the bureau's (F16); nobody answers, and March pays; then it is explained, and March does not."""
    for code in NAMES:
        bureau.county(code, SENT, last_year=299_000 if code == "330424" else None)
    bureau.city(AUDIT)
    run_month(bureau.context, MONTH, AFTER, bureau.inbox, sign_off_as="演示")
    february = units(bureau, MONTH)
    assert february["330424"]["unanswered"]["queries"] == 0, "asked a minute before the draft: nobody could answer"
    march, closed = Period(2022, 3), datetime(2022, 4, 25, 3, tzinfo=UTC)
    for code in NAMES:
        bureau.county(
            code,
            datetime(2022, 4, 8, 2, tzinfo=UTC),
            ytd=YTD[code] + 50_000,
            last_year=BASES[code] + 40_000,
            month="1—3月",
        )
    bases = {code: base + 40_000 for code, base in BASES.items()}
    totals = {code: ytd + 50_000 for code, ytd in YTD.items()}
    bureau.city(datetime(2022, 4, 13, 2, tzinfo=UTC), bases=bases, totals=totals, city_base=720_000, month="1—3月")
    run_month(bureau.context, march, closed, bureau.inbox)
    assert units(bureau, march)["330424"]["unanswered"] == {"queries": 1, "rows": 1, "share": "1.00000000"}
    sent = bureau.context.warehouse.current("2022-02", "unit_month")[("330424", "unit_month")].submission_id
    words = ("--reason", "基数偏低", "--text", "上年同期按旧口径填报,差一个退库项目", "--as", "海盐统计局")
    code, out = command(bureau, "explain", sent, "--rule", "F16", *words, "--json")
    assert code == 0 and [e["rule"] for e in json.loads(out)["explanations"]] == ["F16"]
    frozen = datetime(2022, 4, 18, 4, tzinfo=UTC)
    composed = composed_now(bureau.context, march, closed)
    assert composed.ranking.units[0].inputs.state == "scored"
    late = next(u for u in composed.ranking.units if u.unit_code == "330424").inputs
    assert frozen > AFTER and late.unanswered_queries == 0, "explained before March froze"


def units(bureau: Bureau, period: Period) -> dict[str, dict]:
    edition = bureau.context.warehouse.editions.newest(str(period))
    assert edition is not None
    return {unit["unit"]: unit for unit in as_it_stands(bureau.context, edition)["units"]}


def test_the_same_files_give_the_same_score_whenever_the_month_is_closed(tmp_path: Path) -> None:
    """秀洲's file comes in time and is rejected (no scope), nothing follows: its lateness runs to the freeze, not to the closing."""
    hashes, late = set(), set()
    for name, moment in (
        ("early", datetime(2022, 3, 18, 5, tzinfo=UTC)),
        ("late", datetime(2022, 4, 30, 5, tzinfo=UTC)),
    ):
        (tmp_path / name).mkdir()
        bureau = Bureau.open(tmp_path / name)
        bureau.county("330402", SENT)
        bureau.county("330424", SENT)
        bureau.county("330411", SENT, ytd="二十三万")
        bureau.city(AUDIT)
        run_month(bureau.context, MONTH, moment, bureau.inbox)
        found = units(bureau, MONTH)["330411"]
        assert found["state"] == "rejected" and found["remarks"] == ["审核未通过"]
        late.add(found["workdays_late"])
        edition = bureau.context.warehouse.editions.newest("2022-02")
        assert edition is not None
        document = {k: v for k, v in edition.document.items() if k in ("units", "city", "notes")}
        hashes.add(json.dumps(document, sort_keys=True, ensure_ascii=False))
        bureau.context.warehouse.close()
    assert len(hashes) == 1 and late == {6}
