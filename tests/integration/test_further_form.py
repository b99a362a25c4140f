"""A form that no code knows, declared by a programme: weekly progress of cold stores. It is read, validated, versioned, stored and
audited like any other."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.return_template import make_template
from pipelines.flow.intake.dry_run import CheckedFile, check
from pipelines.flow.intake.process import process
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.model.periods import Period
from pipelines.programme.init import copy_to
from pipelines.settings import Settings

FORM = "cold_store_week"
LAYOUT = """
name = "cold_store_week"
zh = "冷库项目周报"
en = "Weekly progress of cold stores"
domain = "dispatch"
grain = "project"
period_kind = "week"
order = 70
measure = "wan_yuan"
amount = "actual_ytd"
key = ["project_code"]
identity = ["project_code", "project_name"]
scored = false
sheets = ["冷库周报"]

[amount_units]
"万元" = "1"
"亿元" = "10000"

[[columns]]
field = "project_code"
aliases = ["项目代码"]
required = true
non_empty = true

[[columns]]
field = "project_name"
aliases = ["项目名称"]
required = true
non_empty = true

[[columns]]
field = "actual_ytd"
aliases = ["冷库累计完成投资"]
required = true

[[columns]]
field = "start_actual"
aliases = ["冷库开工时间"]

[[columns]]
field = "explanation"
aliases = ["上报说明"]
"""
CALENDAR = "cold_store_week,2022-W25,2022-06-20 09:00,2022-06-27 09:00,,,,\ncold_store_week,2022-W26,2022-06-27 09:00,2022-07-04 09:00,,,,\n"
CODE, OTHER = "2101-330481-04-01-123456", "2101-330481-04-01-654321"
HEADER = "项目代码,项目名称,冷库累计完成投资,冷库开工时间,上报说明"
NOW = datetime(2022, 7, 4, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    folder = copy_to(tmp_path_factory.mktemp("further") / "programme")
    (folder / "forms" / f"{FORM}.toml").write_text(LAYOUT, encoding="utf-8")
    with (folder / "calendar.csv").open("a", encoding="utf-8") as file:
        file.write(CALENDAR)
    return open_context(Settings(home=folder.parent / "home"), str(folder))


def sent(folder: Path, name: str, *rows: str, week: str = "2022年第26周", seconds_ago: int = 3600) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join([f"海宁市{week}冷库项目周报", "单位:万元", HEADER, *rows]), encoding="utf-8")
    os.utime(path, (NOW.timestamp() - seconds_ago, NOW.timestamp() - seconds_ago))
    return path


def checked(context: Context, path: Path) -> CheckedFile:
    return next(iter(check(context, [path], None, None, with_history=False)))


@pytest.mark.parametrize(
    ("row", "rule", "said"),
    [
        (f"{CODE},冷库一期,-1,2022-03,", "C02", "不能为负"),
        (f"{CODE},,10,2022-03,", "B14", "必填"),
        (f"{CODE},冷库一期,约十,2022-03,", "C01", "只填数字"),
        (f"{CODE},冷库一期,10,去年,", "E01", "读不出年月"),
        ("2113-330481-04-01-123456,冷库一期,10,2022-03,", "B05", "赋码"),
    ],
)
def test_its_rows_are_asked_what_every_form_is_asked(
    row: str, rule: str, said: str, context: Context, tmp_path: Path
) -> None:
    result = checked(context, sent(tmp_path, "冷库.csv", row, f"{OTHER},冷库二期,20,2022-04,"))
    part = result.parts[0]
    assert (part.part.form, part.part.unit_code, part.part.period) == (FORM, "330481", "2022-W26")
    found = {f.rule: f.message_zh for f in part.verdict.findings}
    assert list(found) == [rule] and said in found[rule]
    assert part.verdict.received == 5 and part.verdict.not_data == 3


def test_a_key_given_twice_and_a_week_outside_the_calendar_are_refused(context: Context, tmp_path: Path) -> None:
    twice = checked(context, sent(tmp_path, "重复.csv", *[f"{CODE},冷库一期,10,2022-03,"] * 2))
    assert {f.rule for f in twice.parts[0].verdict.findings} == {"B07"} and twice.word == "rejected"
    outside = checked(context, sent(tmp_path, "外.csv", f"{CODE},冷库一期,10,2022-03,", week="2022年第30周"))
    assert [f.rule for f in outside.parts[0].verdict.findings] == ["A05"]
    month = checked(context, sent(tmp_path, "月.csv", f"{CODE},冷库一期,10,2022-03,", week="2022年1-6月"))
    assert [f.rule for p in month.parts for f in p.verdict.findings] == ["A05"]


def test_versions_facts_template_and_audit(context: Context, tmp_path: Path) -> None:
    """Two weeks and a correction; what counts stands in the lake and in SQL, and the books balance."""
    sent(tmp_path / "in", "25.csv", f"{CODE},冷库一期,10,2022-03,", week="2022年第25周")
    sent(tmp_path / "in", "26.csv", f"{CODE},冷库一期,12,2022-03,")
    collect(context, NOW, tmp_path / "in")
    process(context, NOW)
    rows = (f"{CODE},冷库一期,12.5,2022-03,", f"{OTHER},冷库二期,20,2022-04,")
    sent(tmp_path / "again", "26.csv", *rows, seconds_ago=1800)
    collect(context, NOW, tmp_path / "again")
    process(context, NOW)
    warehouse = context.warehouse
    row = warehouse.current("2022-W26", FORM)["330481", FORM]
    assert (row.version, row.state, row.history.previous_period) == (2, "accepted", "2022-W25")
    facts = warehouse.current_facts(FORM, "2022-W26")
    assert [str(v) for v in facts["actual_ytd"].to_pylist()] == ["12.5000", "20.0000"]
    with warehouse.database.read() as connection:
        stored = connection.execute(sa.text(f"SELECT period, actual_ytd FROM current_{FORM} ORDER BY period, row_no"))
        assert [tuple(r) for r in stored] == [("2022-W25", 100000), ("2022-W26", 125000), ("2022-W26", 200000)]
    checks = {c["id"]: c for c in audit(context, NOW)["checks"]}
    assert checks[f"current-facts-{FORM}"]["looked_at"] == 3
    assert [name for name, c in checks.items() if c["failed"]] == []
    book = openpyxl.load_workbook(
        io.BytesIO(make_template(context, FORM, "海宁市", Period.parse("2022-W26"), with_history=True))
    )
    cells = [str(c.value) for r in book["冷库周报"].iter_rows() for c in r if c.value is not None]
    assert "海宁市2022年第26周冷库项目周报" in cells and "冷库一期" in cells and any("上期累计" in c for c in cells)


def test_a_column_added_later_reaches_the_tables(context: Context, tmp_path: Path) -> None:
    """The programme's form gets a column in use: lake and SQL get it too, earlier rows have none."""
    layout = context.programme.path / "forms" / f"{FORM}.toml"
    layout.write_text(LAYOUT + '\n[[columns]]\nfield = "floor_under"\naliases = ["冷库面积"]\n', encoding="utf-8")
    again = open_context(context.settings)
    path = sent(tmp_path / "in", "25.csv", week="2022年第25周")
    path.write_text(
        path.read_text(encoding="utf-8").replace("上报说明", "上报说明,冷库面积")
        + f"\n{CODE},冷库一期,11,2022-03,,900\n",
        encoding="utf-8",
    )
    os.utime(path, (NOW.timestamp() - 60, NOW.timestamp() - 60))
    collect(again, NOW, tmp_path / "in")
    process(again, NOW)
    facts = {
        str(p): again.warehouse.current_facts(FORM, p)["floor_under"].to_pylist() for p in ("2022-W25", "2022-W26")
    }
    assert facts["2022-W26"] == [None, None] and [str(v) for v in facts["2022-W25"]] == ["900.0000"]
    assert audit(again, NOW)["ok"]
