"""A small programme with a bureau, for tests of closing and signing: three counties of the simulated Jiaxing, one or
two months; files as CSV, written with the time at which they arrive."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.flow.runtime.context import Context, open_context
from pipelines.settings import REPOSITORY, Settings

NAMES = {"330402": "南湖区", "330411": "秀洲区", "330424": "海盐县"}
BASES = {"330402": 100_000, "330411": 200_000, "330424": 300_000}
YTD = {"330402": 120_000, "330411": 230_000, "330424": 330_000}
FORMS = ("unit_month", "city_month", "dispatch_month")
_TABLES = {"calendar.csv": "form", "units.csv": "code", "targets.csv": "scope", "unit_tiles.csv": "code"}


def make_programme(folder: Path, more_forms: tuple[str, ...] = (), dispatch: bool = False) -> Path:
    """The folder, cut out of the bundled one; `dispatch`: with the settings of the dispatch loop."""
    shutil.copytree(REPOSITORY / "pipelines" / "programmes" / "jiaxing", folder)
    for name in (
        "unit_members.csv",
        "lists.csv",
        "contacts.csv",
        "channels.toml",
        "corrections.yml",
        "units_en.csv",
        *(() if dispatch else ("dispatch.toml",)),
    ):
        (folder / name).unlink(missing_ok=True)
    for form in (folder / "forms").iterdir():
        if form.stem not in (*FORMS, *more_forms):
            form.unlink()
    kept = {*FORMS, *more_forms, *NAMES, "330400"}
    for name, column in _TABLES.items():
        with (folder / name).open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        at = header.index(column)
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *(row for row in rows if row[at] in kept)])
    return folder


@dataclass
class Bureau:
    """A home of this programme and a folder that files are put into."""

    context: Context
    inbox: Path

    @classmethod
    def open(cls, root: Path, more_forms: tuple[str, ...] = (), dispatch: bool = False) -> Bureau:
        programme = make_programme(root / "programme", more_forms, dispatch)
        inbox = root / "sent"
        inbox.mkdir()
        return cls(open_context(Settings(home=root / "home", workers=1), str(programme)), inbox)

    def county(
        self,
        code: str,
        at: datetime,
        ytd: str | int | None = None,
        last_year: int | None = None,
        month: str = "1—2月",
        explanation: str = "",
    ) -> None:
        """A county's unit_month of 2022."""
        level = YTD[code] if ytd is None else ytd
        self._write(
            f"{code}-{at:%d%H%M}.csv",
            at,
            f"{NAMES[code]}2022年{month}制造业投资汇总月报",
            "指标名称,统计口径,本年累计,上年同期,计量单位,上报说明",
            [f"制造业投资,管理,{level},{last_year or BASES[code]},万元,{explanation}"],
        )

    def city(
        self,
        at: datetime,
        bases: Mapping[str, int] = BASES,
        totals: Mapping[str, int] = YTD,
        rates: Mapping[str, str] | None = None,
        city_base: int = 600_000,
        places: str = "1,3",
        month: str = "1—2月",
        restated: Mapping[str, str] | None = None,
    ) -> None:
        """The bureau's city_month of 2022; `restated`: area → why its base was."""
        stated, why = rates or {}, restated or {}
        reason = {code: f",{text},王五,2022-04-13" for code, text in why.items()}
        rows = [
            f"{code},制造业投资,管理,{totals[code]},{bases[code]},{stated.get(code, '')},万元,,{reason.get(code, ',,,')}"
            for code in NAMES
            if code in bases
        ]
        whole = sum(totals.values())
        rows.append(f"330400,制造业投资,管理,{whole},{city_base},,万元,{places}{reason.get('330400', ',,,')}")
        self._write(
            f"city-{at:%d%H%M}.csv",
            at,
            f"嘉兴市2022年{month}全市制造业投资核定表",
            "地区代码,指标名称,统计口径,本年累计,可比基数,官方增速(%),计量单位,总量全省位次,增速全省位次,"
            "调整原因,批准人,批准日期",
            rows,
        )

    def projects(
        self, form: str, code: str, at: datetime, rows: list[dict[str, object]], month: str = "2022-06"
    ) -> None:
        """A county's return of a form that has a row a project; fields by their names, amounts in 万元."""
        layout = self.context.programme.forms[form]
        columns = [column for column in layout.columns if any(column.field in row for row in rows)]
        cells = [["" if row.get(c.field) is None else str(row[c.field]) for c in columns] for row in rows]
        header = ",".join(column.aliases[0] for column in columns)
        self._write(f"{form}-{code}.csv", at, f"{NAMES[code]}{month}{layout.zh}", header, [",".join(r) for r in cells])

    def _write(self, name: str, at: datetime, title: str, header: str, rows: list[str]) -> None:
        file = self.inbox / name
        file.write_text("\n".join((title, "单位:万元", header, *rows)) + "\n", encoding="utf-8")
        os.utime(file, (at.timestamp(),) * 2)
