"""A digit too many or too few: the total of a unit or of a large project that is ten times what everything else says is not signed before
somebody has looked; honest months are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from expectations.examples import CLEAN, example_uscc
from pipelines.cli.app import app
from pipelines.flow.month.draft import composed_now
from pipelines.flow.month.gate_documents import gate_document
from pipelines.flow.month.publication_gate import overrule
from pipelines.flow.month.run_month import MonthRun, run_month
from pipelines.flow.portal.edition_view import ranking_view
from pipelines.model.periods import Period

from .bureau_programme import BASES, YTD, Bureau

pytestmark = pytest.mark.slow
FEBRUARY, MARCH = Period(2022, 2), Period(2022, 3)
SENT, AUDIT, AFTER = (datetime(2022, 3, day, 3, tzinfo=UTC) for day in (8, 14, 25))
LATER = timedelta(days=31)
OWN = "330402"
YTD_MARCH = {code: level * 19 // 10 for code, level in YTD.items()}
BASES_MARCH = {code: base * 19 // 10 for code, base in BASES.items()}


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    found = Bureau.open(tmp_path, ("project_month",))
    yield found
    found.context.warehouse.close()


def run(bureau: Bureau, period: Period, ytd: Mapping[str, int], bases: Mapping[str, int]) -> MonthRun:
    """A month whose bureau took over what the units sent."""
    march = period == MARCH
    sent, audit, after = (t + LATER * march for t in (SENT, AUDIT, AFTER))
    label = "1—3月" if march else "1—2月"
    for code, level in ytd.items():
        bureau.county(code, sent, ytd=level, last_year=bases[code], month=label)
    bureau.city(audit, bases, ytd, city_base=sum(bases.values()), month=label)
    return run_month(bureau.context, period, after, bureau.inbox, sign_off_as="演示")


def blocks(bureau: Bureau, period: Period) -> list[tuple[str, str]]:
    now = AFTER + LATER * (period == MARCH)
    return [(b.kind, b.unit_code) for b in composed_now(bureau.context, period, now).blocking]


@pytest.mark.parametrize(
    ("ytd", "bases"),
    [
        ({**YTD_MARCH, OWN: 10 * YTD_MARCH[OWN]}, BASES_MARCH),
        ({**YTD_MARCH, OWN: YTD_MARCH[OWN] * 6}, BASES_MARCH),
        (YTD_MARCH, {**BASES_MARCH, OWN: 10 * BASES_MARCH[OWN]}),
        ({**YTD_MARCH, OWN: 10 * YTD_MARCH[OWN]}, {**BASES_MARCH, OWN: 10 * BASES_MARCH[OWN]}),
    ],
    ids=["a digit too many", "of half the true figure", "in the base", "in both"],
)
def test_ten_times_what_the_unit_was_a_month_ago(
    bureau: Bureau, ytd: Mapping[str, int], bases: Mapping[str, int]
) -> None:
    """All of it was published: the unit led the ranking, up 1100 %."""
    assert run(bureau, FEBRUARY, YTD, BASES).state == "published"
    done = run(bureau, MARCH, ytd, bases)
    assert done.state == "draft" and "差十倍" in done.reason
    assert ("tenfold", OWN) in blocks(bureau, MARCH) and {unit for _, unit in blocks(bureau, MARCH)} <= {OWN, "330400"}
    now = AFTER + LATER
    found = composed_now(bureau.context, MARCH, now).blocking
    overrule(bureau.context, MARCH, found, [b.block_id for b in found], "已与企业台账逐笔核对，数据属实", "王五", now)
    again = run_month(bureau.context, MARCH, now, bureau.inbox, sign_off_as="演示")
    assert again.state == "published"
    assert "已与企业台账逐笔核对" in Path(again.path or "").read_text(encoding="utf-8"), "the decision is printed"


def test_the_years_first_month_is_looked_at_beside_the_others_and_the_target(bureau: Bureau) -> None:
    done = run(bureau, FEBRUARY, {**YTD, OWN: 10 * YTD[OWN]}, BASES)
    assert done.state == "draft" and blocks(bureau, FEBRUARY) == [("tenfold", OWN)]


def test_a_month_that_the_target_foresees_is_signed(bureau: Bureau) -> None:
    """Its base a twentieth of the others', its figure what the year's target says it should be by now."""
    ytd, bases = {**YTD, OWN: 90_000}, {**BASES, OWN: 12_000}
    assert run(bureau, FEBRUARY, ytd, bases).state == "published"


@pytest.mark.parametrize("factor", [(3, 1), (1, 3), (4, 2)])
def test_an_honest_turn_is_signed(bureau: Bureau, factor: tuple[int, int]) -> None:
    """A large project that began, a year ago or now: figures do treble in a month."""
    assert run(bureau, FEBRUARY, YTD, BASES).state == "published"
    up, base = factor
    ytd, bases = {**YTD_MARCH, OWN: up * YTD_MARCH[OWN]}, {**BASES_MARCH, OWN: base * BASES_MARCH[OWN]}
    assert run(bureau, MARCH, ytd, bases).state == "published"


def projects(bureau: Bureau, at: datetime, months: list[int], ytd: list[int], label: str, why: str = "") -> None:
    rows: list[dict[str, Any]] = []
    for number, (month, level) in enumerate(zip(months, ytd, strict=True)):
        row = {**CLEAN["project_month"], "reported_unit_code": OWN, "site_code": f"{OWN}100"}
        row |= {"stat_project_no": f"{OWN}0002200{number}", "project_code": f"2101-{OWN}-04-01-10000{number}"}
        row |= {"project_name": f"年产{number + 3}万台电机项目", "uscc": example_uscc(number + 1)}
        row |= {"plan_total": 900_000, "cum_total": 40_000 + level, "ytd": level, "month": month}
        row |= {"build": level // 2, "install": 0, "equip": level - level // 2, "other": 0}
        row |= {"old_equip": 0, "renew_equip": 0, "land_fee": 0, "explanation": why if month > 50_000 else None}
        rows.append(row)
    bureau.projects("project_month", OWN, at, rows, f"2022年{label}")


@pytest.mark.parametrize(
    ("month", "why", "signed"),
    [(100_000, "", False), (100_000, "进口光刻设备到货，合同及付款凭证附后", True), (14_000, "", True)],
    ids=["unexplained", "explained on the row", "an honest month"],
)
def test_a_large_project_that_jumps_says_why(bureau: Bureau, month: int, why: str, signed: bool) -> None:
    """D09 was a query among many: the unit's total went out with a digit too many in it."""
    before = [40_000, 40_000, 40_000]
    projects(bureau, SENT, [10_000] * 3, before, "1—2月")
    assert run(bureau, FEBRUARY, YTD, BASES).state == "published"
    ytd = [40_000 + month, 50_000, 50_000]
    projects(bureau, SENT + LATER, [month, 10_000, 10_000], ytd, "1—3月", why)
    done = run(bureau, MARCH, {**YTD_MARCH, OWN: sum(ytd)}, BASES_MARCH)
    assert (done.state == "published") is signed, done.reason
    withheld = [(w.code, w.reason) for w in gate_document(bureau.context, MARCH, AFTER + LATER).withheld]
    assert withheld[:1] == [(OWN, "increment")] * (month == 100_000), (
        "one project is the month: kept back, and still asked about"
    )
    assert signed or (blocks(bureau, MARCH) == [("open_query", OWN)] and "项目数有待核实" in done.reason)


def test_what_is_kept_back_is_told_with_its_reason_before_anybody_signs(bureau: Bureau) -> None:
    """The draft named the units; why, and what could be done, nobody was told."""
    projects(bureau, SENT, [10_000] * 2, [60_000] * 2, "1—2月")
    for code, level in YTD.items():
        bureau.county(code, SENT, ytd=level, last_year=BASES[code])
    bureau.city(AUDIT, BASES, YTD, city_base=sum(BASES.values()))
    run_month(bureau.context, FEBRUARY, AFTER, bureau.inbox)
    home = ["--home", str(bureau.context.settings.home), "--now", "2022-03-25T11:00"]
    done = CliRunner().invoke(app, ["close", "2022-02", *home])
    assert done.exit_code == 0, done.output
    assert "[不予公布 / withheld] 南湖区：有投资的企业 2 家，少于 3 家。核对明细是否报全" in done.stdout
    assert "会推算出其他不予公布的单位" in done.stdout and "[不予公布 / withheld] 嘉兴市：合计" in done.stdout
    said = json.loads(CliRunner().invoke(app, ["close", "2022-02", *home, "--json"]).stdout)["withheld"]
    assert [w["reason"] for w in said] == ["few", "with_others", "with_others", "total"]
    public = (bureau.context.settings.editions / "2022-02" / "2022-02-e1").rglob("*")
    texts = [file.read_bytes() for file in public if file.suffix in (".html", ".json", ".txt", ".csv", ".md")]
    assert texts and not any("少于 3 家".encode() in text for text in texts), "the reason is for those who sign"


def test_what_no_rule_could_decide_is_told_to_those_who_close_and_sign(bureau: Bureau) -> None:
    """A unit without a base was compared with nothing: that went as a rule that found nothing."""
    for code, level in YTD.items():
        bureau.county(code, SENT, ytd=level, last_year=BASES[code])
    known = {code: base for code, base in BASES.items() if code != OWN}
    bureau.city(AUDIT, known, YTD, city_base=sum(BASES.values()))
    run_month(bureau.context, FEBRUARY, AFTER, bureau.inbox)
    home = ["--home", str(bureau.context.settings.home), "--now", "2022-03-25T11:00"]
    done = CliRunner().invoke(app, ["close", "2022-02", *home])
    assert done.exit_code == 0, done.output
    assert "[未判 / not decided] F10 南湖区没有可比基数" in done.stdout
    said = json.loads(CliRunner().invoke(app, ["close", "2022-02", *home, "--json"]).stdout)["undecided"]
    shown = ranking_view(bureau.context, FEBRUARY, AFTER).undecided
    assert [one["rule"] for one in said] == [one.rule for one in shown] == ["F10"]
