"""workdays.csv: days that a programme knows better than the package: a new announcement of the State Council, a change of one, a
local day off. Optional; without it the seed (chinesecalendar) holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ..model.calendar import Workdays
from .csv_lines import Lines, read_csv
from .files import Strict, Text

FILE = "workdays.csv"


class WorkdayRow(Strict):
    """A day: worked or free, where that stands, and the number of the notice (国办发明电〔2025〕…). A row with a notice number
    announces its whole year: days of that year that are not listed follow the week."""

    date: date
    is_workday: Annotated[str, Field(pattern=r"^(true|false)$")]
    source: Text
    notice_no: str = ""


def with_workdays(path: Path, workdays: Workdays) -> Workdays:
    """The working days with the programme's own table over them; ConfigError names file and line."""
    if not path.exists():
        return workdays
    lines: Lines[WorkdayRow] = read_csv(path, WorkdayRow)
    first: dict[date, int] = {}
    for line, row in lines:
        if row.date in first:
            raise lines.wrong(
                line,
                f"日期重复:{row.date},见第 {first[row.date]} 行",
                f"date given twice: {row.date}, see line {first[row.date]}",
            )
        first[row.date] = line
    days = {row.date: row.is_workday == "true" for _, row in lines}
    return workdays.with_announcements(days, {row.date.year for _, row in lines if row.notice_no.strip()})
