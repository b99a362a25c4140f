"""Two counties become one: the new one is judged against what both reported, and the books agree."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.return_template import last_month
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.process import process
from pipelines.flow.month.close import close
from pipelines.flow.month.draft import draft
from pipelines.flow.records.history_rows import as_now, history_rows
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.indicators.levels import unit_levels
from pipelines.model.periods import Period
from pipelines.programme.folder import find
from pipelines.settings import Settings

pytestmark = pytest.mark.slow
NOW = datetime(2022, 5, 12, 4, tzinfo=UTC)
OLD, NEW = ("330424", "330483"), "330497"
ENCODINGS = {"海盐": "utf-8-sig", "桐乡": "gb18030"}


def programme(folder: Path) -> Path:
    """Jiaxing in which 海盐 and 桐乡 report as 新海市 from April 2022."""
    copy = Path(shutil.copytree(find("jiaxing"), folder))
    for name in ("contacts.csv", "channels.toml"):
        (copy / name).unlink()
    rows = list(csv.DictReader(io.StringIO((copy / "units.csv").read_text(encoding="utf-8-sig"))))
    for row in rows:
        if row["code"] in OLD:
            row["valid_to"] = "2022-03"
    accepted = ";".join(
        (*OLD, *(code for row in rows if row["code"] in OLD for code in row["accepted_codes"].split(";")))
    )
    rows.append(
        {
            "code": NEW,
            "name": "新海市",
            "kind": "county",
            "valid_from": "2022-04",
            "official": "false",
            "parent": "330400",
            "accepted_codes": accepted,
        }
    )
    with (copy / "units.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    lines = [f"{old},{NEW},2022-04,1,浙政函〔2022〕1 号" for old in OLD]
    (copy / "concordance.csv").write_text("\n".join(["old_code,new_code,valid_from,share,basis", *lines]) + "\n")
    return copy


def table(folder: Path, place: str, what: str, key: str) -> list[dict[str, str]]:
    """Data rows of a county's CSV by header."""
    file = next(f for f in sorted(folder.iterdir()) if place in f.name and what in f.name)
    lines = list(csv.reader(io.StringIO(file.read_text(encoding=ENCODINGS[place]))))
    at = next(n for n, row in enumerate(lines) if key in row)
    named = [dict(zip(lines[at], row, strict=False)) for row in lines[at + 1 :]]
    return [row for row in named if row["本年累计" if key == "指标名称" else "基层表编码"].strip().isdigit()]


def put(folder: Path, name: str, title: str, rows: list[dict[str, str]]) -> None:
    header = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[title], ["单位:万元"], header, *([row.get(n, "") for n in header] for row in rows)])
    (folder / name).write_text(text.getvalue(), encoding="utf-8-sig")


@pytest.fixture(scope="module")
def merged(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Context, str]]:
    """The home after April; and the number of a project that the new county forgot."""
    place = tmp_path_factory.mktemp("merger")
    context = open_context(Settings(home=place / "home"), str(programme(place / "jiaxing")))
    march = place / "march"
    march.mkdir()
    for file in (sample / "2022-03").iterdir():
        if file.is_file() and any(p in file.name for p in ENCODINGS) and "调度" not in file.name:
            shutil.copy2(file, march / file.name)
    collect(context, NOW, march)
    process(context, NOW)
    write_due_feedback(context)
    april = place / "april"
    april.mkdir()
    projects = [row for name in ENCODINGS for row in table(sample / "2022-04", name, "项目", "基层表编码")]
    known = {r["stat_project_no"] for r in context.warehouse.current_facts("project_month", "2022-03").to_pylist()}
    forgotten = next(
        row for row in reversed(projects) if row["基层表编码"] in known and row["期末项目建设状态"] == "在建"
    )
    put(april, "项目.csv", "新海市2022年1-4月制造业投资项目月报", [r for r in projects if r is not forgotten])
    first, second = (table(sample / "2022-04", name, "汇总", "指标名称") for name in ENCODINGS)
    totals = [
        {**a, "增速(%)": "", **{n: str(Decimal(a[n]) + Decimal(b[n])) for n in ("本年累计", "上年同期")}}
        for a, b in zip(first, second, strict=True)
    ]
    put(april, "汇总.csv", "新海市2022年1-4月制造业投资汇总月报", totals)
    collect(context, NOW, april)
    process(context, NOW)
    write_due_feedback(context)
    yield context, forgotten["基层表编码"]
    context.warehouse.close()


def test_history_rules_follow_the_merged_unit(merged: tuple[Context, str]) -> None:
    context, forgotten = merged
    versions = {(r.unit_code, r.form): r for r in context.warehouse.submissions("2022-04")}
    project, total = versions[NEW, "project_month"], versions[NEW, "unit_month"]
    old = {r.unit_code: r.submission_id for r in context.warehouse.submissions("2022-03") if r.form == "project_month"}
    assert project.history.previous == "+".join(sorted(old.values())) and project.history.previous_period == "2022-03"
    findings = context.warehouse.findings([project.submission_id]).to_pylist()
    assert [f["value"] for f in findings if f["rule"] == "D07"] == [forgotten], (
        "the only project of either that is missing"
    )
    assert {f["rule"] for f in findings if f["severity"] == "error"} == {"D07", "F01"}, (
        "its amount is missing from the sum too"
    )
    runs = {r.rule: r for r in context.warehouse.rule_runs([project.submission_id])[project.submission_id]}
    before = context.warehouse.facts("project_month", sorted(old.values())).num_rows
    assert runs["D07"].rows == before > 400 and runs["D01"].rows > 400 and runs["D02"].failed == 0
    sums = {r.rule: r for r in context.warehouse.rule_runs([total.submission_id])[total.submission_id]}
    assert total.state.startswith("accepted") and sums["F17"].status == "evaluated" and sums["F17"].rows >= 4


def test_earlier_totals_are_added_up(merged: tuple[Context, str]) -> None:
    context, _ = merged
    warehouse, now = context.warehouse, Period(2022, 4)
    march = warehouse.current_facts("unit_month", "2022-03")
    by_unit = {(r["unit_code"], r["indicator"], r["scope"]): r["ytd"] for r in march.to_pylist()}
    name = warehouse.histories("unit_month", "2022-04", [NEW])[NEW].previous
    assert name is not None
    for rows, column in (
        (history_rows(context, "unit_month", [name]), "submission_id"),
        (as_now(context, "unit_month", march, Period(2022, 3), now), "unit_code"),
    ):
        assert set(rows[column].to_pylist()) == {name if column == "submission_id" else NEW}
        for row in rows.to_pylist():
            assert row["ytd"] == sum(by_unit[unit, row["indicator"], row["scope"]] for unit in OLD)


def test_the_template_of_the_new_unit_lists_the_projects_of_both(merged: tuple[Context, str]) -> None:
    context, _ = merged
    unit = context.programme.roster.get(NEW)
    assert unit is not None
    last = last_month(context, "project_month", unit, Period(2022, 4))
    assert last is not None and last.period == "2022-03" and len(last.rows) > 400
    assert {values["stat_project_no"][:6] for values, _ in last.rows} == set(OLD)


def test_the_month_of_the_merged_unit_is_what_it_has_more_than_both(
    merged: tuple[Context, str], tmp_path: Path
) -> None:
    context, _ = merged
    april = Period(2022, 4)
    warehouse, method = context.warehouse, context.programme.method
    then, now = (unit_levels(warehouse.current_facts("unit_month", m), method)[0] for m in ("2022-03", "2022-04"))
    own = now[NEW]
    assert own.ytd is not None and own.ytd_last_year is not None
    rows = [f"{code},制造业投资,管理,{own.ytd:f},{own.ytd_last_year:f},,万元,," for code in (NEW, "330400")]
    header = "地区代码,指标名称,统计口径,本年累计,可比基数,官方增速(%),计量单位,总量全省位次,增速全省位次"
    text = "\n".join(("嘉兴市2022年1—4月全市制造业投资核定表", "单位:万元", header, *rows))
    (tmp_path / "city.csv").write_text(text + "\n", encoding="utf-8")
    collect(context, NOW, tmp_path)
    process(context, NOW)
    write_due_feedback(context)
    row = context.programme.calendar.row("unit_month", april)
    assert row is not None and row.freeze is not None
    assert close(context, april, row.freeze).closed
    edition = draft(context, april, row.freeze).edition
    units: Any = edition.document["units"]
    new = next(unit for unit in units if unit["unit"] == NEW)
    before = sum(then[code].ytd or 0 for code in OLD)
    assert before > 0
    assert Decimal(str(new["month"])) == own.ytd - before


def test_the_books_agree(merged: tuple[Context, str]) -> None:
    context, _ = merged
    document = audit(context, NOW)
    assert document["ok"], [c for c in document["checks"] if c["failed"]]
