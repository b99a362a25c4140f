"""A reader who has every edition of fifteen months, a corrected one among them, and solves them for what was withheld."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog  # type: ignore[import-untyped]

from expectations.examples import example_uscc
from pipelines.flow.month.draft import composed_now
from pipelines.flow.month.publication_gate import overrule
from pipelines.flow.month.run_month import run_month
from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.periods import Period
from pipelines.model.publication import DISCLOSURE
from pipelines.publish.disclosure_control import NOBODY, Contributors, discloses
from pipelines.settings import REPOSITORY, Settings

pytestmark = pytest.mark.slow
UNITS = {"990101": "东县", "990102": "西县", "990103": "南区", "990104": "北县", "990105": "中区"}
FEW, STILL = "990101", "990104"
"""Two enterprises in the first year; one enterprise alone moves in April."""
MONTHS = tuple(Period(2026, 1).shift(n) for n in range(15))
CORRECTED = Period(2026, 5)
DETAIL = """name = "investors"
zh = "企业投资明细"
en = "Investment by enterprise"
domain = "stat"
grain = "project"
role = "detail"
amount = "ytd"
measure = "wan_yuan"
default_unit = "万元"
key = ["stat_project_no"]

[amount_units]
"万元" = "1"

"""
COLUMNS = {
    "reported_unit_code": "区划代码",
    "reported_period": "报告期",
    "stat_project_no": "项目编码",
    "uscc": "统一社会信用代码",
    "ytd": "本年完成投资",
    "month": "本月完成投资",
}
Cell = tuple[str, str, int]
"""Unit, period, number of the edition published for it."""


def enterprises(unit: str, year: int) -> int:
    return {"990101": 2 if year == 2026 else 7, "990102": 8, "990103": 11, "990104": 9, "990105": 12}[unit]


def invested(period: Period, corrected: bool = False) -> dict[str, dict[int, int]]:
    """Unit → enterprise → year to date in 万元; `corrected`: one enterprise of the unit of few had reported too much in May."""
    found: dict[str, dict[int, int]] = {}
    for unit in UNITS:
        found[unit] = {
            who: sum(
                0 if (unit, month, period.year) == (STILL, 4, 2026) and who else 90 + (who * 37 + month * 11) % 60
                for month in range(1, period.month + 1)
            )
            for who in range(enterprises(unit, period.year))
        }
    if corrected and period == CORRECTED:
        found[FEW][0] -= 77
    return found


def make_programme(folder: Path) -> Path:
    shutil.copytree(REPOSITORY / "pipelines" / "programmes" / "minimal", folder)
    units = "".join(f"{code},{name},,county\n" for code, name in UNITS.items())
    (folder / "units.csv").write_text("code,name,aliases,kind\n" + units, encoding="utf-8")
    columns = "".join(
        f'[[columns]]\nfield = "{name}"\naliases = ["{header}"]\n{"required = true" if name == "ytd" else ""}\n'
        for name, header in COLUMNS.items()
    )
    (folder / "forms" / "investors.toml").write_text(DETAIL + columns, encoding="utf-8")
    calendar = (folder / "calendar.csv").read_text(encoding="utf-8")
    head, *rows = calendar.splitlines()
    rows += [row.replace("unit_month", "investors") for row in rows]
    (folder / "calendar.csv").write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return folder


def send(inbox: Path, period: Period, at: datetime, corrected: bool = False) -> None:
    now, last = invested(period, corrected), invested(period.shift(-12))
    before = invested(period.shift(-1)) if period.month > 1 else None
    for unit in [FEW] if corrected else UNITS:
        base = sum(last[unit].values()) if period.year > 2026 else 400 + 100 * int(unit[-1]) * period.month
        total = [unit, str(period), "固定资产投资", sum(now[unit].values()), base, "" if not corrected else "企业多报"]
        rows = [
            [
                *(unit, str(period), f"{unit}{who:03d}", example_uscc(int(unit) * 100 + who)),
                *(ytd, ytd - (before[unit].get(who, 0) if before else 0)),
            ]
            for who, ytd in now[unit].items()
        ]
        for name, header, lines in (
            ("unit_month", ["区划代码", "报告期", "指标名称", "本年累计", "上年同期", "上报说明"], [total]),
            ("investors", [*COLUMNS.values()], rows),
        ):
            file = inbox / f"{name}-{unit}-{period}-{at:%d}.csv"
            with file.open("w", encoding="utf-8", newline="") as text:
                csv.writer(text).writerows([header, *lines])
            os.utime(file, (at.timestamp(),) * 2)


@dataclass
class Reader:
    """What was published as linear equations over the levels of the units, one variable a unit, month and edition. Nobody knows more of
    a level than that it is not negative."""

    cells: dict[Cell, int] = field(default_factory=dict)
    left: list[dict[int, float]] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    newest: dict[str, int] = field(default_factory=dict)
    withheld: set[Cell] = field(default_factory=set)

    def at(self, unit: str, period: str, number: int) -> int:
        return self.cells.setdefault((unit, period, number), len(self.cells))

    def learn(self, parts: Mapping[int, float], value: str | None) -> None:
        if value is not None:
            self.left.append(dict(parts))
            self.right.append(float(value))

    def read(self, document: Mapping[str, Any]) -> None:
        period, number = document["period"], self.newest.get(document["period"], 0) + 1
        self.newest[period] = number
        now, year_ago = Period.parse(period), str(Period.parse(period).shift(-12))
        before = str(now.shift(-1)) if now.month > 1 else None
        for unit in document["units"]:
            own = self.at(unit["unit"], period, number)
            self.learn({own: 1}, unit["ytd"])
            if unit["ytd"] is None:
                self.withheld.add((unit["unit"], period, number))
            if year_ago in self.newest:
                self.learn({self.at(unit["unit"], year_ago, self.newest[year_ago]): 1}, unit["base"])
            if before:
                earlier = self.at(unit["unit"], before, self.newest[before])
                self.learn({own: 1, earlier: -1}, unit["month"])
        city = document["city"]
        self.learn({self.at(unit, period, number): 1 for unit in UNITS}, city["ytd"])
        if year_ago in self.newest:
            self.learn({self.at(unit, year_ago, self.newest[year_ago]): 1 for unit in UNITS}, city["base"])

    def bounds(self, parts: Mapping[int, float]) -> tuple[float, float]:
        """Between what the sum of these cells must lie."""
        size = len(self.cells)
        table = np.zeros((len(self.left), size))
        for row, equation in enumerate(self.left):
            for place, factor in equation.items():
                table[row, place] = factor
        wanted = np.zeros(size)
        for place, factor in parts.items():
            wanted[place] = factor
        ends = []
        for sign in (1, -1):
            found = linprog(sign * wanted, A_eq=table, b_eq=self.right, bounds=(0, 1e7), method="highs")
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        return ends[0], ends[1]

    def knows(self, parts: Mapping[int, float]) -> bool:
        low, high = self.bounds(parts)
        return high - low < 1e-3


def truth(cell: Cell) -> dict[int, int]:
    unit, period, number = cell
    return invested(Period.parse(period), corrected=number > 1)[unit]


def behind(parts: Mapping[Cell, int]) -> Contributors:
    """Who really stands behind a sum of cells, each by how much."""
    each: dict[tuple[str, int], int] = {}
    for cell, factor in parts.items():
        for who, ytd in truth(cell).items():
            each[cell[0], who] = each.get((cell[0], who), 0) + factor * ytd
    sizes = sorted((Decimal(abs(own)) for own in each.values() if own), reverse=True)
    return sum((Contributors(1, size, size) for size in sizes), NOBODY)


@dataclass(frozen=True)
class Series:
    context: Context
    documents: tuple[Mapping[str, Any], ...]
    reader: Reader


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Series]:
    root = tmp_path_factory.mktemp("series")
    context = open_context(Settings(home=root / "home", workers=1), str(make_programme(root / "programme")))
    documents: list[Mapping[str, Any]] = []
    reader = Reader()

    def published(period: Period, at: datetime, corrected: bool = False) -> None:
        inbox = root / f"{period}-{at:%d}"
        inbox.mkdir()
        send(inbox, period, at, corrected)
        now = at + timedelta(days=4)
        run = run_month(context, period, now, inbox, sign_off_as="演示")
        if run.state == "draft":
            blocks = composed_now(context, period, now).blocking
            overrule(context, period, blocks, [b.block_id for b in blocks], "企业多报七十七万元，已更正", "王五", now)
            run = run_month(context, period, now, inbox, sign_off_as="演示")
        assert run.state == "published", (run.reason, run.units)
        document = json.loads((Path(run.path or "").parent / "ranking.json").read_bytes())
        documents.append(document)
        reader.read(document)

    for period in MONTHS:
        after = period.shift(1)
        published(period, datetime(after.year, after.month, 10, 3, tzinfo=UTC))
        if period == CORRECTED:
            published(period, datetime(after.year, after.month, 20, 3, tzinfo=UTC), corrected=True)
    yield Series(context, tuple(documents), reader)
    context.warehouse.close()


def test_no_withheld_cell_is_known_within_a_tenth(series: Series) -> None:
    reader = series.reader
    assert len(reader.withheld) > 20 and {unit for unit, *_ in reader.withheld} > {FEW}
    for cell in sorted(reader.withheld):
        low, high = reader.bounds({reader.cells[cell]: 1})
        value = sum(truth(cell).values())
        assert low <= 0.9 * value and high >= 1.1 * value, (cell, low, value, high)


def groups_of(reader: Reader) -> Iterator[dict[Cell, int]]:
    """What a reader would look at: single cells, the withheld of an edition together, and the differences of both between editions of a
    month and months of a year."""
    editions = sorted({(period, number) for _, period, number in reader.cells})
    wholes: list[tuple[str, int, list[dict[Cell, int]]]] = []
    for period, number in editions:
        hidden = {(u, p, n): 1 for u, p, n in reader.withheld if (p, n) == (period, number)}
        own = [{(unit, period, number): 1} for unit in UNITS]
        wholes.append((period, number, [*own, *([hidden] if hidden else [])]))
    for place, (period, _, parts) in enumerate(wholes):
        yield from parts
        for earlier, _, others in wholes[:place]:
            if earlier[:4] == period[:4]:
                for part in parts:
                    for other in others:
                        if {cell[0] for cell in part} == {cell[0] for cell in other}:
                            yield {**part, **dict.fromkeys(other, -1)}


def test_whatever_the_reader_can_compute_is_of_enough_enterprises(series: Series) -> None:
    reader, known = series.reader, 0
    for group in groups_of(reader):
        if reader.knows({reader.cells[cell]: factor for cell, factor in group.items()}):
            known += 1
            assert not discloses(behind(group), DISCLOSURE), (group, behind(group))
    assert known > 100


def test_the_reader_does_find_what_is_printed_by_mistake(series: Series) -> None:
    """The base of the unit of few, printed in the second year, or the corrected total, would have told."""
    reader = series.reader
    cell = (FEW, "2026-03", 1)
    careless = Reader(reader.cells, [*reader.left], [*reader.right], reader.newest, reader.withheld)
    careless.learn({reader.cells[cell]: 1}, str(sum(truth(cell).values())))
    assert careless.knows({reader.cells[cell]: 1}) and not reader.knows({reader.cells[cell]: 1})
