"""Everything that arrives for a month: the files of every unit with their times, and what the plants change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from ..model.calendar import CalendarRow
from ..model.periods import Period
from ..model.programme import Programme
from .form_tables import FormTable, lay_out
from .injected_faults import LATE, Files, InjectedFault, plants_of
from .published_facts import BUREAU, index_of
from .returns import Row
from .shapes import SHAPES, Shape
from .stream import Stream
from .world import World
from .writers import to_csv, to_json, to_xlsx


@dataclass(frozen=True)
class SampleFile:
    """One file: `name` relative to the period's folder, `arrived` aware UTC, `make` its bytes, `manifest` its sidecar or None."""

    period: str
    name: str
    unit: str
    forms: tuple[str, ...]
    arrived: datetime
    make: Callable[[], bytes]
    manifest: Mapping[str, str] | None = None
    injected_fault: InjectedFault | None = None
    role: str = "regular"


class Month:
    """The deliveries of one period."""

    def __init__(self, world: World, programme: Programme, period: str) -> None:
        self.world = world
        self.programme = programme
        self.period = Period.parse(period)
        self.zone = ZoneInfo(programme.time_zone)

    def __iter__(self) -> Iterator[SampleFile]:
        for unit, shape in SHAPES.items():
            yield from self._unit(unit, shape)

    def _unit(self, unit: str, shape: Shape) -> Iterator[SampleFile]:
        period = str(self.period)
        injected_faults = plants_of(period, unit)
        if any(p.kind == "never_sent" for p in injected_faults):
            return
        files = self.rows(unit, shape)
        if not files:
            return
        first, second = self.times(unit, files)
        spoilt = {form: p for p in injected_faults if p.spoil and p.kind != "older_after_newer" for form in p.forms}
        for number, (pattern, forms) in enumerate(shape.files):
            forms = tuple(form for form in forms if form in files)
            if not forms:
                continue
            name = pattern.format(
                year=self.period.year, month=self.period.month, stamp=period.replace("-", ""), period=period
            )
            minute = timedelta(minutes=3 * number)
            injected_fault = next((spoilt[form] for form in forms if form in spoilt), None)
            if injected_fault is not None and injected_fault.spoil is not None:
                wrong = injected_fault.spoil(files)
                yield self._file(unit, shape, name, forms, first + minute, wrong, injected_fault, "faulty")
                if injected_fault.corrected:
                    yield self._file(
                        unit, shape, _with(name, "(更正)"), forms, second + minute, files, injected_fault, "correction"
                    )
                continue
            yield self._file(unit, shape, name, forms, first + minute, files)
            for extra in injected_faults:
                if extra.kind == "sent_twice" and set(extra.forms) & set(forms):
                    yield self._file(
                        unit,
                        shape,
                        _with(name, "(重发)"),
                        forms,
                        second + minute,
                        files,
                        extra,
                        "resend",
                        first + minute,
                    )
                elif extra.kind == "older_after_newer" and extra.spoil is not None:
                    old = first + minute - timedelta(hours=20)
                    yield self._file(
                        unit, shape, f"late/{_with(name, '(初稿)')}", forms, old, extra.spoil(files), extra, "older"
                    )

    def rows(self, unit: str, shape: Shape) -> dict[str, list[Row]]:
        """Rows by form of what the unit sends for the period, as far as the calendar asks for the form."""
        month = index_of(str(self.period))
        wanted = [form for _, forms in shape.files for form in forms if self.programme.calendar.row(form, self.period)]
        rows = {form: self.world.rows(form, unit, month) for form in wanted if form in self.programme.forms}
        return {form: found for form, found in rows.items() if found}

    def times(self, unit: str, files: Mapping[str, object]) -> tuple[datetime, datetime]:
        """(first, second) arrival in UTC: some working days before the due date, the second a working day later but still in time."""
        due = min(row.county_due for row in self._calendar(files))
        day = due.astimezone(self.zone).date()
        workdays = self.programme.calendar.workdays
        s = Stream(f"{unit}/{self.period}/arrival")
        clock = time(s.between(9, 16), s.between(0, 59), s.between(0, 59))
        if unit == BUREAU:
            return self._utc(datetime.combine(day, time(15, 20))), due
        late = LATE.get((str(self.period), unit))
        if late is not None:
            arrived = self._utc(datetime.combine(workdays.add(day, late[0]), time.fromisoformat(late[1])))
            return arrived, arrived
        planned = bool(plants_of(str(self.period), unit))
        before = 2 if planned else s.choose((0, 0, 1, 1, 2, 3))
        first = datetime.combine(workdays.add(day, -before), clock)
        second = datetime.combine(workdays.add(day, -1), time(s.between(9, 16), s.between(0, 59), s.between(0, 59)))
        return self._utc(first), self._utc(second)

    def _calendar(self, forms: Mapping[str, object]) -> list[CalendarRow]:
        rows = (self.programme.calendar.row(form, self.period) for form in forms)
        return [row for row in rows if row is not None]

    def _utc(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=self.zone).astimezone(UTC)

    def _file(
        self,
        unit: str,
        shape: Shape,
        name: str,
        forms: tuple[str, ...],
        arrived: datetime,
        files: Files,
        injected_fault: InjectedFault | None = None,
        role: str = "regular",
        created: datetime | None = None,
    ) -> SampleFile:
        """`created`: when the content was made, where that is not the time of arrival (a file sent twice)."""
        manifest = None
        if shape.manifest:
            manifest = {"unit": unit, "period": str(self.period), "form": forms[0], "amount_unit": shape.amount_unit}
        stamp = (created or arrived).astimezone(self.zone).replace(tzinfo=None)
        return SampleFile(
            str(self.period),
            name,
            unit,
            forms,
            arrived,
            lambda: self._bytes(unit, shape, forms, files, stamp),
            manifest,
            injected_fault,
            role,
        )

    def _bytes(self, unit: str, shape: Shape, forms: tuple[str, ...], files: Files, created: datetime) -> bytes:
        tables = [self._table(form, files[form], shape) for form in forms]
        if shape.kind == "xlsx":
            return to_xlsx(tables, created)
        if shape.kind == "csv":
            return to_csv(tables[0], shape.encoding)
        meta = {
            "unit": unit,
            "period": str(self.period),
            "form": forms[0],
            "amount_unit": shape.amount_unit,
            "note": "模拟数据 / simulated",
        }
        return to_json(tables[0], meta)

    def _table(self, form: str, rows: list[Row], shape: Shape) -> FormTable:
        programme, period = self.programme, self.period
        return lay_out(form, rows, programme.forms[form], shape, programme.codes, period.year, period.month)


def _with(name: str, mark: str) -> str:
    path = PurePosixPath(name)
    return f"{path.stem}{mark}{path.suffix}"
