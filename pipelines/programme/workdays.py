"""workdays.csv: days that a programme knows better than the package: a new announcement of the State Council, a change of one, a
local day off. Optional; without it the seed (chinesecalendar) holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from ..model.calendar import Workdays
from .csv_lines import Lines, read_csv
from .error_list import ErrorList
from .file_types import CellFlag, Key, Strict, Text

FILE = "workdays.csv"


class WorkdayRow(Strict):
    """A day: worked or free, where that stands, and the number of the notice (国办发明电〔2025〕…). A row with a notice number
    announces its whole year: days of that year that are not listed follow the week."""

    date: Annotated[date, Key("日期", "the day", "2026-02-14")]
    is_workday: Annotated[CellFlag, Key("上班", "a working day", "true")]
    source: Annotated[Text, Key("出处", "where that stands", "国务院办公厅通知")]
    notice_no: Annotated[str, Key("文号", "number of the notice", "国办发明电〔2025〕7 号")] = ""


def with_workdays(path: Path, workdays: Workdays, errors: ErrorList) -> Workdays:
    """The working days with the programme's own table over them; errors name file and line."""
    if not path.exists():
        return workdays
    lines: Lines[WorkdayRow] = read_csv(path, WorkdayRow, errors)
    first: dict[date, int] = {}
    for line, row in lines:
        if row.date in first:
            lines.refuse(
                line,
                f"日期重复：{row.date}，见第 {first[row.date]} 行",
                f"date given twice: {row.date}, see line {first[row.date]}",
            )
        first[row.date] = line
    days = {row.date: row.is_workday for _, row in lines}
    return workdays.with_announcements(days, {row.date.year for _, row in lines if row.notice_no.strip()})
