"""Templates of every form of both programmes: no structural finding when empty, nothing that a spreadsheet would run."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from pipelines.harmonize.file import harmonize
from pipelines.model.periods import Period
from pipelines.model.programme import Programme
from pipelines.model.submissions import ReadFile, ReadOptions
from pipelines.parse.reader import parse
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays
from pipelines.returns.template import LastMonth, template

MADE = datetime(2022, 7, 1, tzinfo=UTC)
JUNE = Period(2022, 6)


@pytest.fixture(scope="module")
def jiaxing() -> Programme:
    return load(find("jiaxing"), chinese_workdays(), code_lists())


@pytest.fixture(scope="module")
def permits() -> Programme:
    return load(Path(__file__).parents[2] / "programmes" / "permits", chinese_workdays(), code_lists())


def read(content: bytes, programme: Programme, tmp_path: Path) -> ReadFile:
    path = tmp_path / "stored"
    path.write_bytes(content)
    return harmonize(parse(path, "t.xlsx"), "0" * 64, programme, ReadOptions())


@pytest.mark.parametrize("form", ["project_month", "unit_month", "dispatch_month", "city_month"])
def test_an_empty_template_is_recognised_and_only_lacks_rows(form: str, jiaxing: Programme, tmp_path: Path) -> None:
    layout = jiaxing.forms[form]
    unit = jiaxing.roster.bureaus()[0] if layout.domain == "bureau" else jiaxing.roster.get("330481")
    assert unit is not None
    file = read(template(layout, unit, JUNE, jiaxing, MADE, None), jiaxing, tmp_path)
    part = file.parts[0]
    assert (part.form, part.unit_code, part.period) == (form, unit.code, "2022-06")
    assert set(part.columns) == {c.field for c in layout.columns}
    assert [(p.rule, p.params["kind"]) for p in part.problems] == [("A07", "no_rows")]
    assert set(file.ignored_sheets) <= {"变动表", "_codes", "_meta"}


def test_another_programme_has_templates_too(permits: Programme, tmp_path: Path) -> None:
    layout = permits.forms["unit_month"]
    unit = next(u for u in permits.roster.units if u.ranked and permits.roster.find(u.name) is u)
    period = permits.calendar.periods("unit_month")[0]
    part = read(template(layout, unit, period, permits, MADE, None), permits, tmp_path).parts[0]
    assert part.unit_code == unit.code and part.period == str(period)
    assert not [p for p in part.problems if p.rule != "A07"]


def test_texts_of_last_month_stay_texts_and_the_same_input_gives_the_same_bytes(jiaxing: Programme) -> None:
    layout, unit = jiaxing.forms["project_month"], jiaxing.roster.get("330481")
    assert unit is not None
    values = {"stat_project_no": "=1+1", "project_name": "@SUM(A1)", "owner_name": "\x07甲\ud800", "plan_total": "999"}
    last = LastMonth("2022-05", [(values, Decimal("12.5"))])
    content = template(layout, unit, JUNE, jiaxing, MADE, last)
    assert content == template(layout, unit, JUNE, jiaxing, MADE, last)
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = {c.value: c.data_type for row in book["项目月报"].iter_rows() for c in row if c.value is not None}
    assert cells["=1+1"] == "s" and cells["@SUM(A1)"] == "s" and 12.5 in cells
    assert "999" not in cells and 999 not in cells
    assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]


def test_every_drop_down_list_fits_excel(jiaxing: Programme) -> None:
    unit = jiaxing.roster.get("330481")
    assert unit is not None
    looked_at = 0
    for form in ("project_month", "unit_month", "dispatch_month"):
        book = openpyxl.load_workbook(io.BytesIO(template(jiaxing.forms[form], unit, JUNE, jiaxing, MADE, None)))
        for validation in book.worksheets[0].data_validations.dataValidation:
            if validation.type == "list":
                looked_at += 1
                source = validation.formula1
                assert len(source) <= 257
                if not source.startswith('"'):
                    assert source.lstrip("=") in book.defined_names
    assert looked_at >= 8


def test_five_hundred_projects_are_written_in_a_few_seconds(jiaxing: Programme) -> None:
    unit = jiaxing.roster.get("330481")
    assert unit is not None
    rows = [({"stat_project_no": str(n), "project_name": f"项目{n}"}, Decimal(n)) for n in range(500)]
    started = time.thread_time()
    template(jiaxing.forms["project_month"], unit, JUNE, jiaxing, MADE, LastMonth("2022-05", rows))
    assert time.thread_time() - started < 8
