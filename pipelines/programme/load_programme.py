"""Loads a programme folder and checks it whole: the unknown, missing or impossible is an error with its line, and all errors of a
folder are found in one run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from ..model.calendar import CalendarRow, ReportingCalendar, Workdays, utc
from ..model.forms import FormLayout
from ..model.measures import Measure
from ..model.notifications import PHONE
from ..model.programme import CodeLists, FurtherIndicator, ListMembership, Method, Programme, ScoredIndicator, Target
from ..model.publication import DisclosureRule
from ..model.units import DatedName, Unit, UnitMember, UnitRoster
from . import checks, unit_checks
from .alerting import CHANNELS, load_channels
from .calendar_checks import check_calendar
from .contacts import CONTACTS, ContactRow, load_contacts
from .corrections import FILE as CORRECTIONS
from .corrections import load_corrections
from .csv_lines import Lines, read_csv
from .dispatch_policy_file import FILE as DISPATCH_POLICY
from .dispatch_policy_file import load_policy
from .error_list import ErrorList
from .files import (
    CalendarLine,
    EnglishRow,
    ListRow,
    MeasureTable,
    MemberRow,
    NameRow,
    ProgrammeFile,
    SeasonalRow,
    TargetRow,
    TileRow,
    UnitRow,
)
from .folder import MAIN_FILE
from .folder_files import ENGLISH, FORMS, NAMES, TILES, folder_files, version_of
from .imprint_file import FILE as IMPRINT
from .imprint_file import load_imprint
from .issue_deadlines import with_issue_deadlines
from .layouts import read_layout
from .method_checks import MethodCheck
from .method_file import MethodFile
from .source_files import FILE as SOURCES
from .source_files import load_sources
from .succession import FILE as CONCORDANCE
from .succession import read_concordance
from .toml_lines import read_model
from .workdays import FILE as WORKDAYS
from .workdays import with_workdays

Row = TypeVar("Row", bound=BaseModel)


def load(path: Path, workdays: Workdays, codes: CodeLists) -> Programme:
    """The programme of a folder. `workdays` are the Chinese ones; a programme with `workdays = "weekdays"` uses plain
    Monday to Friday instead. Times of the calendar become aware instants in UTC. Where the folder is wrong: ConfigError, or
    ConfigErrors with all that is wrong in the order of the files."""
    errors = ErrorList()
    files = folder_files(path, errors)
    main, main_text = read_model(path / MAIN_FILE, ProgrammeFile, errors)
    least = main.distances if main else ProgrammeFile.model_fields["distances"].default
    if main:
        checks.check_measures(path / MAIN_FILE, main_text, main, errors)
    if main and main.workdays == "weekdays":
        workdays = Workdays({})
    workdays = with_workdays(path / WORKDAYS, workdays, errors)
    declared = {measure.code: _measure(measure) for measure in (main.measures if main else ())}
    form_files = {file.stem: file for file in files if file.parent == path / FORMS}
    names = tuple(form_files)
    layouts = {name: read_layout(file, errors, frozenset(declared)) for name, file in form_files.items()}
    forms = {name: layout for name, layout in layouts.items() if layout is not None}
    checks.check_forms(path, names, forms, frozenset(declared), errors)
    corrections = load_corrections(path / CORRECTIONS, errors)
    forms = corrections.forms(forms, names)
    units = read_csv(path / "units.csv", UnitRow, errors)
    city_code = main.city_code if main else None
    unit_checks.check_units(units, city_code)
    unit_codes = {row.code for _, row in units}
    method, method_text = read_model(path / "method.toml", MethodFile, errors)
    if method:
        bureaus = sum(row.kind == "bureau" for _, row in units) if units.complete else None
        check = MethodCheck(path / "method.toml", method_text, method, errors)
        check.check(names, forms, bureaus, main is None or city_code is not None)
    unit_checks.check_city(units, city_code)
    calendar = read_csv(path / "calendar.csv", CalendarLine, errors)
    check_calendar(calendar, names, forms, workdays, least)
    members = _rows(path / "unit_members.csv", MemberRow, errors)
    seasonal = _rows(path / "seasonal.csv", SeasonalRow, errors)
    if seasonal.path.exists():
        checks.check_seasonal(seasonal)
    lists = _rows(path / "lists.csv", ListRow, errors)
    checks.check_lists(lists)
    targets = _rows(path / "targets.csv", TargetRow, errors)
    sources = load_sources(path / SOURCES, unit_codes if units.complete else None, errors)
    dated_names = _rows(path / NAMES, NameRow, errors)
    channels, alerting = load_channels(path / CHANNELS, errors)
    contact_rows = _rows(path / CONTACTS, ContactRow, errors)
    english = _rows(path / ENGLISH, EnglishRow, errors)
    tiles = _rows(path / TILES, TileRow, errors)
    roster = UnitRoster(_units(units, dated_names, english))
    concordance = read_concordance(path / CONCORDANCE, roster, errors)
    if units.complete:
        unit_checks.check_names(dated_names, units)
        unit_checks.check_english(english, unit_codes)
        unit_checks.check_tiles(tiles, unit_codes)
        unit_checks.check_members(members, unit_codes)
        scopes = unit_codes | ({city_code} if city_code else set()) if main else None
        checks.check_targets(targets, scopes, _indicators(forms), frozenset(row.list_code for _, row in lists))
        roster = UnitRoster(corrections.units(roster.units))
        contacts = load_contacts(contact_rows, roster, names, forms, channels, alerting.default)
    dispatch = load_policy(path / DISPATCH_POLICY, targets, errors)
    imprint = load_imprint(path / IMPRINT, errors)
    errors.raise_any()
    assert main is not None and method is not None, "what is missing is an error"
    return Programme(
        name=main.name,
        zh=main.zh,
        en=main.en,
        path=path,
        version=version_of(path, files),
        time_zone=main.time_zone,
        city_code=main.city_code,
        city_zh=main.city_zh,
        city_en=main.city_en,
        province_areas=main.province_areas,
        simulated=main.simulated,
        roster=roster,
        tiles={row.code: (row.column, row.line) for _, row in tiles},
        members=tuple(_member(row) for _, row in members),
        calendar=_calendar(calendar, workdays, main.time_zone),
        seasonal={row.month: row.share for _, row in seasonal},
        targets=tuple(Target(**dict(row)) for _, row in targets),
        lists=tuple(ListMembership(**dict(row)) for _, row in lists),
        sources=sources,
        method=_method(method),
        forms=with_issue_deadlines(forms, dispatch, codes.lists),
        concordance=concordance,
        codes=codes,
        contacts=tuple(contact for contact in contacts if contact.channel != PHONE),
        phones=tuple(contact for contact in contacts if contact.channel == PHONE),
        channels=channels or (),
        alerting=alerting,
        language=main.language,
        encodings=main.encodings,
        measures=declared,
        whole_zh=main.whole_zh,
        whole_en=main.whole_en,
        above_zh=main.above_zh,
        above_en=main.above_en,
        dispatch=dispatch,
        imprint=imprint,
    )


def _rows(path: Path, model: type[Row], errors: ErrorList) -> Lines[Row]:
    """The rows of a file that a programme may leave out."""
    return read_csv(path, model, errors) if path.exists() else Lines(path, errors)


def _indicators(forms: Mapping[str, FormLayout]) -> tuple[str, ...] | None:
    lead = forms.get(checks.role_name(forms, "level"))
    return tuple(indicator.code for indicator in lead.indicators) if lead else None


def _units(units: Lines[UnitRow], names: Lines[NameRow], english: Lines[EnglishRow]) -> tuple[Unit, ...]:
    """The units with their names of other months and in English."""
    en = {row.code: row.en for _, row in english}
    dated: dict[str, list[DatedName]] = {}
    for _, row in names:
        dated.setdefault(row.code, []).append(DatedName(row.name, row.valid_from, row.valid_to))
    return tuple(Unit(**dict(row), names=tuple(dated.get(row.code, ())), en=en.get(row.code, "")) for _, row in units)


def _measure(table: MeasureTable) -> Measure:
    return Measure(
        table.code,
        table.zh,
        table.en,
        table.display_zh or table.zh,
        table.display_en or table.en,
        table.divisor,
        table.places,
    )


def _member(row: MemberRow) -> UnitMember:
    values = {**dict(row), "member_code": row.member_code or "", "sign": 1 if row.sign == "1" else -1}
    return UnitMember(**values)


def _calendar(lines: Lines[CalendarLine], workdays: Workdays, time_zone: str) -> ReportingCalendar:
    rows = []
    for _, line in lines:
        moments = {
            name: utc(moment, time_zone)
            for name, moment in dict(line).items()
            if name not in ("form", "period") and moment is not None
        }
        rows.append(CalendarRow(form=line.form, period=line.period, **moments))
    return ReportingCalendar(tuple(rows), workdays, time_zone)


def _method(file: MethodFile) -> Method:
    apart = ("deductions", "points", "indicators", "further", "disclosure")
    values = {name: value for name, value in dict(file).items() if name not in apart}
    return Method(
        **values,
        **dict(file.deductions),
        **dict(file.points),
        disclosure=DisclosureRule(**dict(file.disclosure)),
        indicators=tuple(ScoredIndicator(**dict(i)) for i in file.indicators),
        further=tuple(FurtherIndicator(**dict(one)) for one in file.further),
    )
