"""workdays.csv: what a programme knows of working days better than the package."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from pipelines.errors import ConfigError
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays

HEADER = "date,is_workday,source,notice_no\n"


def loaded(tmp_path: Path, lines: str):
    folder = tmp_path / "jiaxing"
    copytree(find("jiaxing"), folder)
    before = load(folder, chinese_workdays(), code_lists())
    (folder / "workdays.csv").write_text(HEADER + lines, encoding="utf-8")
    return before, load(folder, chinese_workdays(), code_lists())


def test_a_local_day_off_moves_working_days_and_announces_nothing(tmp_path: Path) -> None:
    before, after = loaded(tmp_path, "2022-07-11,false,台风停工,\n2027-03-01,false,本市放假,\n")
    assert not after.calendar.workdays.is_workday(date(2022, 7, 11))
    assert after.calendar.workdays.provisional(2027)
    assert after.version == before.version, "working days decide lateness, no verdict"


def test_a_notice_announces_its_year_and_holds_alone(tmp_path: Path) -> None:
    _, after = loaded(
        tmp_path,
        "2027-02-14,true,国务院办公厅,国办发明电〔2026〕0号\n2027-02-06,false,国务院办公厅,国办发明电〔2026〕0号\n",
    )
    days = after.calendar.workdays
    assert not days.provisional(2027) and days.provisional(2028)
    assert days.is_workday(date(2027, 2, 14)), "a Sunday worked in exchange"
    assert days.is_workday(date(2027, 2, 5)), "computed before, not in the notice: an ordinary Friday"


@pytest.mark.parametrize(
    ("lines", "line", "part"),
    [
        ("2022-07-11,maybe,x,\n", 2, "is_workday"),
        ("2022-07-11,true,x,\n2022-07-11,false,x,\n", 3, "twice"),
        ("2022-13-11,true,x,\n", 2, "date"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, lines: str, line: int, part: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, lines)
    assert raised.value.file.endswith("workdays.csv") and raised.value.line == line
    assert part in str(raised.value)
