"""Columns that a programme declares itself: typed from the file to the lake, checked like others, added to a home that is in use."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.errors import ConfigError
from pipelines.flow.month.run_month import run_month
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.model.periods import Period
from pipelines.programme.layouts import load_layout
from pipelines.settings import Settings

from .other_programmes import ARRIVED, CALENDAR, METHOD, NOW, PERIOD, PROGRAMME, SOURCES, put, write

pytestmark = pytest.mark.slow

FORM = """name = "unit_month"
zh = "工业月报"
en = "Monthly return"
domain = "stat"
grain = "indicator"
role = "level"
amount = "ytd"
measure = "wan_yuan"
default_unit = "万元"
key = ["indicator"]

[amount_units]
"万元" = "1"
"亿元" = "10000"

[[indicators]]
code = "output"
names = ["工业总产值"]
measure = "wan_yuan"
zh = "工业总产值"
en = "Industrial output"

[[columns]]
field = "reported_unit_name"
aliases = ["地区"]

[[columns]]
field = "indicator"
aliases = ["指标"]
required = true

[[columns]]
field = "ytd"
aliases = ["本年累计"]
required = true

[[columns]]
field = "ytd_last_year"
aliases = ["上年同期"]
required = true
"""
POWER = """
[[own_columns]]
name = "x_power"
type = "quantity"
unit = "MWh"
zh = "工业用电量"
en = "industrial power used"
aliases = ["用电量(MWh)"]

[[own_columns]]
name = "x_tax"
type = "amount"
unit = "万元"
zh = "应交增值税"
en = "value-added tax due"
aliases = ["增值税"]
"""
OFFICE = """
[[own_columns]]
name = "x_office"
type = "text"
zh = "填报科室"
en = "office that reports"
aliases = ["科室"]
"""


def programme(folder: Path, form: str) -> Path:
    return write(
        folder,
        {
            "programme.toml": PROGRAMME.format(
                name="own", zh="工业", en="Industry", city_zh="某市", city_en="the city", more=""
            ),
            "method.toml": METHOD.format(indicator="output", levels="true", more=""),
            "sources.toml": SOURCES,
            "calendar.csv": CALENDAR,
            "units.csv": "code,name,kind\n330101,东县,county\n330102,西县,county\n",
            "forms/unit_month.toml": form,
        },
    )


def file(name: str, power: object, tax: object) -> str:
    title = f"{name}2024年1-6月工业月报"
    head = "地区,指标,本年累计,上年同期,用电量(MWh),增值税(亿元)"
    return "\n".join([title, head, f"{name},工业总产值,120,100,{power},{tax}", ""])


def run(home: Path, folder: Path) -> Context:
    context = open_context(Settings(home=home), str(folder))
    assert run_month(context, Period(2024, 6), NOW, sign_off_as="演示签署人").state in ("published", "draft")
    return context


def accepted(context: Context) -> pa.Table:
    rows = [r for r in context.warehouse.submissions(PERIOD) if r.current]
    return context.warehouse.facts("unit_month", [r.submission_id for r in rows])


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Context, Path, Path]]:
    home, folder = tmp_path_factory.mktemp("home"), programme(tmp_path_factory.mktemp("programme"), FORM + POWER)
    put(home / "inbox", "东县.csv", file("东县", 1234.5, 0.02))
    put(home / "inbox", "西县.csv", file("西县", "约五百", 0.03))
    context = run(home, folder)
    yield context, home, folder
    context.warehouse.close()


def test_own_columns_are_typed_and_converted(used: tuple[Context, Path, Path]) -> None:
    rows = accepted(used[0])
    assert rows.schema.field("x_power").type == rows.schema.field("ytd").type
    assert rows.select(["unit_code", "x_power", "x_tax"]).to_pylist() == [
        {"unit_code": "330101", "x_power": Decimal("1234.5"), "x_tax": Decimal(200)}
    ]
    mirrored = used[0].warehouse.current_facts("unit_month", PERIOD)
    assert mirrored["x_tax"].to_pylist() == [Decimal(200)]


def test_what_cannot_be_read_in_one_is_an_error(used: tuple[Context, Path, Path]) -> None:
    rejected = next(r for r in used[0].warehouse.submissions(PERIOD) if r.unit_code == "330102")
    (found,) = used[0].warehouse.findings([rejected.submission_id]).to_pylist()
    assert (rejected.word, found["rule"], found["cell"], found["field"]) == ("rejected", "C01", "E3", "x_power")
    assert "约五百" in found["message_zh"]


def test_the_books_hold_them_and_a_later_column_finds_its_place(used: tuple[Context, Path, Path]) -> None:
    context, home, folder = used
    checks = audit(context, NOW)
    assert checks["ok"], [check for check in checks["checks"] if check["failed"]]
    context.warehouse.close()
    programme(folder, FORM + POWER + OFFICE)
    later = ARRIVED.replace(hour=5)
    put(
        home / "inbox",
        "西县2.csv",
        file("西县", 500, 0.03).replace("(亿元)", "(亿元),科室").replace("0.03", "0.03,工业科"),
        later,
    )
    again = run(home, folder)
    rows = {row["unit_code"]: row for row in accepted(again).to_pylist()}
    assert (rows["330102"]["x_office"], rows["330102"]["x_power"]) == ("工业科", Decimal(500))
    assert (rows["330101"]["x_office"], rows["330101"]["x_power"]) == (None, Decimal("1234.5"))
    assert audit(again, NOW)["ok"]
    again.warehouse.close()


def test_a_name_without_the_prefix_and_a_field_nobody_declared_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "unit_month.toml"
    path.write_text(FORM + POWER.replace("x_power", "power"), encoding="utf-8")
    with pytest.raises(ConfigError):
        load_layout(path)
    path.write_text(FORM + '\n[[columns]]\nfield = "x_power"\naliases = ["用电量"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="x_power"):
        load_layout(path)
