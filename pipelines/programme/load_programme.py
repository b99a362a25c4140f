"""Loads a programme folder and checks it whole: the unknown, missing or impossible is an error with its line, and all errors of a
folder are found in one run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from ..errors import ConfigError
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
from .layouts import read_layout
from .message_files import MESSAGES, check_message
from .method_checks import MethodCheck
from .method_file import MethodFile
from .source_files import FILE as SOURCES
from .source_files import load_sources
from .succession import FILE as CONCORDANCE
from .succession import read_concordance
from .toml_lines import read_model
from .value_errors import close_to
from .workdays import FILE as WORKDAYS
from .workdays import with_workdays

REQUIRED = (MAIN_FILE, "units.csv", "calendar.csv", "method.toml", SOURCES)
NAMES = "unit_names.csv"
ENGLISH = "units_en.csv"
TILES = "unit_tiles.csv"
OPTIONAL = (
    "unit_members.csv",
    NAMES,
    ENGLISH,
    TILES,
    "seasonal.csv",
    "targets.csv",
    "lists.csv",
    CONTACTS,
    CHANNELS,
    WORKDAYS,
    CORRECTIONS,
    CONCORDANCE,
    DISPATCH_POLICY,
    "README.md",
)
FORMS = "forms"
UNVERSIONED = (CONTACTS, ENGLISH, TILES, CHANNELS, WORKDAYS, DISPATCH_POLICY, "README.md")
"""Who is told, and what the dispatch loop makes of a return, decides no verdict: a new mailbox must not make every verdict stale
(DESIGN §4)."""

Row = TypeVar("Row", bound=BaseModel)


def load(path: Path, workdays: Workdays, codes: CodeLists) -> Programme:
    """The programme of a folder. `workdays` are the Chinese ones; a programme with `workdays = "weekdays"` uses plain
    Monday to Friday instead. Times of the calendar become aware instants in UTC. Where the folder is wrong: ConfigError, or
    ConfigErrors with all that is wrong in the order of the files."""
    errors = ErrorList()
    files = _files(path, errors)
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
    errors.raise_any()
    assert main is not None and method is not None, "what is missing is an error"
    return Programme(
        name=main.name,
        zh=main.zh,
        en=main.en,
        path=path,
        version=_version(path, files),
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
        forms=forms,
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
    )


def _files(path: Path, errors: ErrorList) -> list[Path]:
    """All files of the folder, sorted; a missing or unknown one is an error (a misspelt one would be ignored)."""
    files = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file.relative_to(path)))
    allowed = (*REQUIRED, *OPTIONAL, f"{FORMS}/*.toml", f"{MESSAGES}/*.j2")
    names = {file.relative_to(path).as_posix() for file in files}
    lost = [name for name in (*REQUIRED, *OPTIONAL) if name not in names]
    for file in files:
        relative = file.relative_to(path)
        form = relative.parent == Path(FORMS) and file.suffix == ".toml"
        if relative.parent == Path(MESSAGES):
            with errors.kept():
                check_message(file)
        elif not form and relative.as_posix() not in (*REQUIRED, *OPTIONAL):
            near = close_to(relative.as_posix(), lost)
            errors.add(
                ConfigError(
                    file,
                    None,
                    f"方案中未知的文件{near[0]}",
                    f"unknown file in the programme{near[1]}",
                    allowed,
                    relative.as_posix(),
                )
            )
    for name in (*REQUIRED, FORMS):
        if not ((path / name).is_dir() if name == FORMS else (path / name).is_file()):
            zh, en = "方案缺少此文件", "the programme lacks this file"
            errors.add(ConfigError(path / name, None, zh, en, (*REQUIRED, f"{FORMS}/")))
    if any(not (path / name).is_file() for name in REQUIRED):
        errors.raise_any()
    return files


def file_digests(folder: Path) -> dict[str, str]:
    """Name below the folder → SHA-256 (its first 24 digits) of every file that is not hidden."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not _hidden(file.relative_to(folder)))
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:24] for file in files}


def _hidden(relative: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in relative.parts)


def _version(path: Path, files: list[Path]) -> str:
    """SHA-256 over the relative names and bytes of the files that decide a verdict; lengths keep names and contents apart."""
    digest = hashlib.sha256()
    for file in files:
        relative = file.relative_to(path)
        if relative.as_posix() in UNVERSIONED or relative.parent == Path(MESSAGES):
            continue
        content = file.read_bytes()
        digest.update(f"{relative.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


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
