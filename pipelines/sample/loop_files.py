"""The files of the eight further forms with the days on which they arrive: a workbook of two sheets a unit and month, CSV otherwise.
They lie under `<period>/dispatch/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..model.forms import FormLayout
from ..model.programme import Programme
from .form_tables import Cell, FormTable
from .injected_faults import plants_of
from .loop_decisions import replies
from .loop_rows import MEMO_GAPS, SUCCESSION, LoopRows, last_day
from .loop_survey import FIRST_ROUND, SECOND_ROUND, SURVEYED
from .published_facts import BUREAU, index_of
from .returns import Row
from .shapes import SHAPES
from .writers import to_csv, to_xlsx

FOLDER = "dispatch"
PLAN_PERIOD, CHANGE_PERIOD = "2022-02", "2022-03"
"""The plan of the year lies with the first report of the year, its change with the second."""
LOOP_PERIODS = ("2022-06", "2022-07", "2022-08", "2022-09")
LEADERS_ON = ROSTER_ON = FIRST_ROUND
ROSTER_MENDED_ON = date(2022, 6, 20)
ROSTER_MENDED = "330411"
SECOND_LEADER = "330483"
"""Its first list of leaders gives a project two at a time and is rejected; the right one follows an hour later."""


@dataclass(frozen=True)
class LoopFile:
    """`name` relative to the period's folder; `arrived` aware UTC; `period` of the rows, `forms` in the order of the sheets."""

    name: str
    unit: str
    forms: tuple[str, ...]
    period: str
    arrived: datetime
    content: bytes
    expected: str = "accepted"


class LoopMonth:
    """The loop's files of a month of the simulation."""

    def __init__(self, rows: LoopRows, programme: Programme, period: str) -> None:
        self._rows, self._programme, self._period = rows, programme, period
        self._zone = ZoneInfo(programme.time_zone)

    def __iter__(self) -> Iterator[LoopFile]:
        if self._period in (PLAN_PERIOD, CHANGE_PERIOD):
            yield from self._plans(changed=self._period == CHANGE_PERIOD)
        if self._period not in LOOP_PERIODS:
            return
        silent = {u for u in SHAPES if any(f.kind == "never_sent" for f in plants_of(self._period, u))}
        for unit in self._rows.units:
            if unit not in silent:
                yield self._monthly(unit)
        yield from self._weekly(silent)
        yield from self._events()

    def _plans(self, changed: bool) -> Iterator[LoopFile]:
        for place, unit in enumerate(("330482",) if changed else self._rows.units):
            day, clock = (date(2022, 3, 21), time(15, 10)) if changed else (date(2022, 1, 18), time(10, 3 * place))
            name = "年度投资计划(调整)" if changed else "年度投资计划"
            yield self._file(
                unit, name, "2022", {"project_plan": self._rows.plan(unit, changed)}, datetime.combine(day, clock)
            )

    def _monthly(self, unit: str) -> LoopFile:
        month = index_of(self._period)
        forms = {"issue_log": self._rows.issue_log(unit, month), "visit_log": self._rows.visit_log(unit, month)}
        day = self._programme.calendar.workdays.add(last_day(month), 5)
        return self._file(
            unit, "问题和走访", self._period, forms, datetime.combine(day, time(10, 5 * list(SHAPES).index(unit)))
        )

    def _weekly(self, silent: set[str]) -> Iterator[LoopFile]:
        """Memos of the weeks that end in the month, sent on Friday evening or, late, on Monday afternoon."""
        for row in self._programme.calendar.rows:
            if row.form != "service_memo" or not self._files_week(row.period.last_day):
                continue
            week, sunday = str(row.period), row.period.last_day
            for unit in self._rows.units:
                gap = MEMO_GAPS.get((unit, week), "")
                if not self._rows.people.teams(unit) or gap == "missing" or unit in silent:
                    continue
                friday = datetime.combine(sunday - timedelta(days=2), time(17, 40))
                at = datetime.combine(sunday + timedelta(days=1), time(14, 20)) if gap == "late" else friday
                yield self._file(unit, "专班周备忘", week, {"service_memo": self._rows.memos(unit, week)}, at)

    def _files_week(self, sunday: date) -> bool:
        """Whether a week lies with this month; the one that ends on 2 October lies with September."""
        return f"{min(sunday, date(2022, 9, 30)):%Y-%m}" == self._period

    def _events(self) -> Iterator[LoopFile]:
        if self._period == "2022-06":
            yield from self._june_lists()
        for number, day in ((1, FIRST_ROUND), (2, SECOND_ROUND)):
            for unit in SURVEYED[number] if f"{day:%Y-%m}" == self._period else ():
                yield self._event(unit, "排摸清单", day, "approval_list", self._rows.survey(unit, number))
        if self._period == f"{SUCCESSION:%Y-%m}":
            leaders = self._rows.leaders("330421", SUCCESSION)
            yield self._event("330421", "联挂名单(调整)", SUCCESSION, "leader_assignment", leaders)
        for text, (unit, row) in replies(self._rows).items():
            if text.startswith(self._period):
                answer: Row = dict(row)
                yield self._event(unit, "督查整改回复", date.fromisoformat(text), "inspection_reply", [answer])

    def _june_lists(self) -> Iterator[LoopFile]:
        """Leaders and rosters of the year as they stood in June: one list is rejected and one roster completed."""
        rows = self._rows
        for unit in rows.units:
            if unit == SECOND_LEADER:
                wrong = rows.leaders(unit, LEADERS_ON, second=True)
                yield self._event(unit, "联挂名单(初稿)", LEADERS_ON, "leader_assignment", wrong, "rejected", 9)
            leaders = rows.leaders(unit, LEADERS_ON)
            yield self._event(unit, "联挂名单", LEADERS_ON, "leader_assignment", leaders)
        for unit in (*rows.units, BUREAU):
            roster = rows.roster(unit, whole=unit != ROSTER_MENDED)
            yield self._event(unit, "服务员名册", ROSTER_ON, "helper_roster", roster)
        mended = rows.roster(ROSTER_MENDED)
        yield self._event(ROSTER_MENDED, "服务员名册(补报)", ROSTER_MENDED_ON, "helper_roster", mended)

    def _event(
        self, unit: str, noun: str, day: date, form: str, rows: list[Row], expected: str = "accepted", hour: int = 16
    ) -> LoopFile:
        return self._file(unit, noun, str(day), {form: rows}, datetime.combine(day, time(hour, 30)), expected)

    def _file(
        self,
        unit: str,
        noun: str,
        period: str,
        forms: Mapping[str, list[Row]],
        local: datetime,
        expected: str = "accepted",
    ) -> LoopFile:
        """`local`: naive time of the place."""
        arrived = local.replace(tzinfo=self._zone).astimezone(UTC)
        tables = [self._table(form, rows, unit, period) for form, rows in forms.items()]
        workbook = len(tables) > 1
        content = to_xlsx(tables, local) if workbook else to_csv(tables[0], "utf-8-sig")
        name = f"{FOLDER}/{SHAPES[unit].called}{noun}{period}(模拟).{'xlsx' if workbook else 'csv'}"
        return LoopFile(name, unit, tuple(forms), period, arrived, content, expected)

    def _table(self, form: str, rows: Sequence[Row], unit: str, period: str) -> FormTable:
        layout = self._programme.forms[form]
        columns = [c for c in layout.columns if c.required or any(row.get(c.field) is not None for row in rows)]
        names = [c.field for c in columns]
        cells = [[self._cell(layout, name, row) for name in names] for row in rows]
        title = f"{SHAPES[unit].called}{layout.zh}(模拟数据)"
        headers = [("", next(a for a in c.aliases if "|" not in a)) for c in columns]
        return FormTable(form, layout.sheets[0], [title, f"报告期:{period}", "单位:万元"], headers, names, cells)

    def _cell(self, layout: FormLayout, name: str, row: Row) -> Cell:
        """Codes of a list by their names, as people write them."""
        value = row.get(name)
        return self._programme.codes.lists.get(name, {}).get(str(value), value) if value is not None else None
