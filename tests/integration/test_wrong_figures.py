"""A bureau with wrong figures: what no reader would believe stops the signature; and what is published is recounted from the files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from pipelines.errors import Refused
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.month.close import close
from pipelines.flow.month.draft import composed_now, draft
from pipelines.flow.month.publication_gate import overrule
from pipelines.flow.month.release import sign
from pipelines.flow.month.run_month import MonthRun, run_month
from pipelines.flow.runtime.context import open_context
from pipelines.model.periods import Period

from .bureau_programme import BASES, NAMES, YTD, Bureau

pytestmark = pytest.mark.slow
FEBRUARY, MARCH = Period(2022, 2), Period(2022, 3)
SENT, AUDIT, AFTER = (datetime(2022, 3, day, 3, tzinfo=UTC) for day in (8, 14, 25))
LATER = timedelta(days=31)
YTD_MARCH = {code: level + 50_000 for code, level in YTD.items()}
BASES_MARCH = {code: base + 50_000 for code, base in BASES.items()}


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    found = Bureau.open(tmp_path)
    yield found
    found.context.warehouse.close()


def month(bureau: Bureau, ytd: Mapping[str, int] = YTD, bases: Mapping[str, int] = BASES) -> MonthRun:
    for code, level in ytd.items():
        bureau.county(code, SENT, ytd=level, last_year=bases[code])
    bureau.city(AUDIT, bases, {**YTD, **ytd}, city_base=sum(bases.values()))
    return run_month(bureau.context, FEBRUARY, AFTER, bureau.inbox, sign_off_as="演示")


def month_after(
    bureau: Bureau,
    ytd: Mapping[str, int] = YTD_MARCH,
    bases: Mapping[str, int] = BASES_MARCH,
    restated: Mapping[str, str] | None = None,
) -> MonthRun:
    for code, level in ytd.items():
        bureau.county(code, SENT + LATER, ytd=level, last_year=bases[code], month="1—3月")
    whole = sum(bases.values())
    bureau.city(AUDIT + LATER, bases, ytd, city_base=whole, month="1—3月", restated=restated)
    return run_month(bureau.context, MARCH, AFTER + LATER, bureau.inbox, sign_off_as="演示")


def said(bureau: Bureau, period: Period, now: datetime) -> set[tuple[str, str]]:
    return {(b.kind, b.unit_code) for b in composed_now(bureau.context, period, now).blocking}


@pytest.mark.parametrize(
    ("ytd", "bases", "blocks"),
    [
        ({**YTD, "330402": 12}, BASES, {("out_of_proportion", "330402")}),
        ({**YTD, "330402": 1_200_000_000}, BASES, {("out_of_proportion", "330402"), ("out_of_proportion", "330400")}),
        (YTD, {**BASES, "330402": 10}, {("out_of_proportion", "330402")}),
        ({**YTD, "330402": 12}, {**BASES, "330402": 10}, {("out_of_proportion", "330402")}),
        (
            {**YTD, "330402": 1_200_000_000},
            {**BASES, "330402": 1_000_000_000},
            {("out_of_proportion", "330402"), ("out_of_proportion", "330400")},
        ),
        (dict.fromkeys(YTD, 0), BASES, {("out_of_proportion", "330400")}),
        ({**YTD, "330402": 0}, BASES, set()),
        ({**YTD, "330402": 990_000}, BASES, set()),
    ],
    ids=[
        "亿元 as 万元",
        "元 as 万元",
        "a base in 亿元",
        "all in 亿元",
        "all in 元",
        "nothing at all",
        "one unit idle",
        "tenfold",
    ],
)
def test_a_slip_that_the_bureau_took_over_is_not_signed(
    bureau: Bureau, ytd: Mapping[str, int], bases: Mapping[str, int], blocks: set[tuple[str, str]]
) -> None:
    """It was published, with 170,066.00亿元, up 188862.2 %."""
    run = month(bureau, ytd, bases)
    found = {block for block in said(bureau, FEBRUARY, AFTER) if block[0] == "out_of_proportion"}
    assert found == blocks
    assert (run.state == "draft" and "相差悬殊" in run.reason) if blocks else "相差悬殊" not in run.reason


def test_a_cumulative_figure_that_fell_since_the_edition_before_is_asked_about(bureau: Bureau) -> None:
    assert month(bureau).state == "published"
    run = month_after(bureau, bases={**BASES_MARCH, "330402": 90_000, "330424": 250_000})
    assert run.state == "draft" and "南湖区的可比基数低于上期发布的累计可比基数" in run.reason
    now = AFTER + LATER
    assert said(bureau, MARCH, now) == {("base_fell", code) for code in ("330402", "330424", "330400")}
    blocks = composed_now(bureau.context, MARCH, now).blocking
    overrule(
        bureau.context, MARCH, blocks, [b.block_id for b in blocks], "去年底划出两家企业，基数同步调整", "王五", now
    )
    again = run_month(bureau.context, MARCH, now, bureau.inbox, sign_off_as="演示")
    assert again.state == "published"
    assert "去年底划出两家企业" in Path(again.path or "").read_text(encoding="utf-8"), "the decision is printed"


def test_the_base_of_the_city_falls_with_one_that_was_restated(bureau: Bureau) -> None:
    """The city was asked for a reason of its own, though the county's row gives it."""
    assert month(bureau).state == "published"
    bases = {**BASES, "330424": 250_000}
    assert month_after(bureau, bases=bases, restated={"330424": "剔除重复统计的项目"}).state == "published"


def test_more_than_was_restated_is_asked_about(bureau: Bureau) -> None:
    assert month(bureau).state == "published"
    bases = {**BASES, "330402": 90_000, "330424": 250_000}
    month_after(bureau, bases=bases, restated={"330424": "剔除重复统计的项目"})
    assert said(bureau, MARCH, AFTER + LATER) == {("base_fell", "330402"), ("base_fell", "330400")}


def test_a_target_that_is_moved_in_the_year_is_a_decision(bureau: Bureau, tmp_path: Path) -> None:
    assert month(bureau).state == "published"
    targets = tmp_path / "programme" / "targets.csv"
    lines = targets.read_text(encoding="utf-8").splitlines()
    (own,) = [line for line in lines if line.startswith("annual_investment,330402,")]
    value = own.split(",")[3]
    moved = [line.replace(f",{value},", f",{int(value) // 2},") if line == own else line for line in lines]
    targets.write_text("\n".join(moved) + "\n", encoding="utf-8")
    bureau.context.warehouse.close()
    bureau.context = open_context(bureau.context.settings, str(tmp_path / "programme"))
    run = month_after(bureau)
    assert run.state == "draft" and "南湖区的年度目标与上期发布的不同" in run.reason
    assert said(bureau, MARCH, AFTER + LATER) == {("target_changed", "330402")}


def test_a_draft_that_a_later_return_overtook_is_not_signed(bureau: Bureau) -> None:
    for code in NAMES:
        bureau.county(code, SENT)
    bureau.city(AUDIT)
    run_month(bureau.context, FEBRUARY, AFTER, bureau.inbox)
    bureau.county("330402", AUDIT + timedelta(hours=1), ytd=125_000)  # arrived before the freeze, found late
    bureau.city(AUDIT + timedelta(hours=1), totals={**YTD, "330402": 125_000})
    collect(bureau.context, AFTER, bureau.inbox)
    process(bureau.context, AFTER)
    with pytest.raises(Refused, match="起草后又收到"):
        sign(bureau.context, FEBRUARY, "statistics", "张三", AFTER)
    close(bureau.context, FEBRUARY, AFTER)
    draft(bureau.context, FEBRUARY, AFTER)
    assert sign(bureau.context, FEBRUARY, "statistics", "张三", AFTER).edition_id == "2022-02-e2"


ODD = {
    "two tie": ({code: base * 11 // 10 for code, base in BASES.items()} | {"330424": 300_001}, BASES),
    "all fell, one is not in": ({"330402": 99_999, "330411": 150_000}, BASES),
    "a base of nothing": (YTD, {**BASES, "330402": 0}),
}


@pytest.mark.parametrize("case", ODD)
def test_the_published_ranking_is_recounted_from_the_files(bureau: Bureau, case: str) -> None:
    ytd, bases = ODD[case]
    run = month(bureau, ytd, bases)
    assert run.state == "published", run.reason
    levels, base = {}, {}
    for file in bureau.inbox.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as text:
            title, _, head, *rows = csv.reader(text)
        for row in rows:
            found = dict(zip(head, row, strict=True))
            if "地区代码" in found:
                base[found["地区代码"]] = Fraction(found["可比基数"])
                levels["330400"] = Fraction(found["本年累计"])
            else:
                code = next(code for code, name in NAMES.items() if title[0].startswith(name))
                levels[code] = Fraction(found["本年累计"])
    growth = {code: levels[code] / base[code] - 1 for code in NAMES if code in levels and base[code]}
    printed = {code: round(float(rate) * 100, 1) for code, rate in growth.items()}
    document = json.loads((Path(run.path or "").parent / "ranking.json").read_bytes())
    whole = levels["330400"] - base["330400"]
    for unit in document["units"]:
        code = unit["unit"]
        place = 1 + sum(other > printed[code] for other in printed.values()) if code in printed else None
        assert unit["rank"] == place, (code, unit["rank"], place)
        assert unit["growth"] == (pytest.approx(float(growth[code])) if code in growth else None)
        gained = levels[code] - base[code] if code in levels else None
        for field, share in (("pull_pp", base["330400"] / 100), ("contribution", whole)):
            known = gained is not None and (field == "pull_pp" or whole >= base["330400"] / 100)
            assert unit[field] == (pytest.approx(float(gained / share)) if known and gained is not None else None)
    notes = (Path(run.path or "").parent / "notes.txt").read_text(encoding="utf-8")
    rate = round(float(levels["330400"] / base["330400"] - 1) * 100, 1)
    assert f"同比{'增长' if rate > 0 else '下降'}{abs(rate)}%" in notes
    assert f"{'up' if rate > 0 else 'down'} {abs(rate)} %" in notes
    faster = sum(own > rate for own in printed.values())
    assert f"{faster}个地区增速快于全市" in notes and f"{faster} unit{'' if faster == 1 else 's'} grew faster" in notes
    assert f"参加排名{len(growth)}个" in notes and f"{len(growth)} are ranked" in notes
    if case == "two tie":
        assert [u["rank"] for u in document["units"]] == [1, 1, 3] and "并列" in document["units"][0]["remarks"]
