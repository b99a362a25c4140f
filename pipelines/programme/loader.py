"""Loads a programme folder and checks it whole: the unknown, missing or impossible is a ConfigError with its line."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import ConfigError
from ..model.calendar import CalendarRow, ReportingCalendar, Workdays, utc
from ..model.notices import PHONE
from ..model.programme import CodeLists, ListMembership, Method, Programme, ScoredIndicator, Source, Target
from ..model.units import DatedName, Unit, UnitMember, UnitRoster
from . import checks
from .alerting import CHANNELS, CONTACTS, ContactRow, load_channels, load_contacts
from .corrections import FILE as CORRECTIONS
from .corrections import Corrections, CorrectionsFile
from .csv_lines import Lines, read_csv
from .explain import explain, worst
from .files import (
    CalendarLine,
    EnglishRow,
    ListRow,
    MemberRow,
    MethodFile,
    NameRow,
    ProgrammeFile,
    SeasonalRow,
    SourcesFile,
    TargetRow,
    UnitRow,
)
from .folder import MAIN_FILE
from .layouts import load_layout
from .message_files import MESSAGES, check_message
from .succession import FILE as CONCORDANCE
from .succession import read_concordance
from .toml_lines import line_of, read_toml
from .workdays import FILE as WORKDAYS
from .workdays import with_workdays
from .yaml_lines import read_yaml

REQUIRED = (MAIN_FILE, "units.csv", "calendar.csv", "method.toml", "sources.toml")
NAMES = "unit_names.csv"
ENGLISH = "units_en.csv"
OPTIONAL = (
    "unit_members.csv",
    NAMES,
    ENGLISH,
    "seasonal.csv",
    "targets.csv",
    "lists.csv",
    CONTACTS,
    CHANNELS,
    WORKDAYS,
    CORRECTIONS,
    CONCORDANCE,
    "README.md",
)
FORMS = "forms"
UNVERSIONED = (CONTACTS, ENGLISH, CHANNELS, WORKDAYS, "README.md")
"""Who is told decides no verdict: a new mailbox must not make every verdict stale (DESIGN §4)."""

File = TypeVar("File", bound=BaseModel)
Row = TypeVar("Row", bound=BaseModel)


def load(path: Path, workdays: Workdays, codes: CodeLists) -> Programme:
    """The programme of a folder. `workdays` are the Chinese ones; a programme with `workdays = "weekdays"` uses plain
    Monday to Friday instead. Times of the calendar become aware instants in UTC."""
    files = _files(path)
    main, _ = _toml(path / MAIN_FILE, ProgrammeFile)
    if main.workdays == "weekdays":
        workdays = Workdays({})
    workdays = with_workdays(path / WORKDAYS, workdays)
    forms = {file.stem: load_layout(file) for file in files if file.parent.name == FORMS}
    checks.check_forms(path, forms)
    corrections = _corrections(path / CORRECTIONS)
    forms = corrections.forms(forms)
    units = read_csv(path / "units.csv", UnitRow)
    checks.check_units(units)
    unit_codes = {row.code for _, row in units}
    method, method_text = _toml(path / "method.toml", MethodFile)
    bureaus = sum(row.kind == "bureau" for _, row in units)
    checks.check_method(path / "method.toml", method_text, method, forms, bureaus, main.city_code)
    calendar = read_csv(path / "calendar.csv", CalendarLine)
    checks.check_calendar(calendar, forms, workdays)
    members = _rows(path / "unit_members.csv", MemberRow)
    checks.check_members(members, unit_codes)
    seasonal = _rows(path / "seasonal.csv", SeasonalRow)
    if seasonal.path.exists():
        checks.check_seasonal(seasonal)
    targets = _rows(path / "targets.csv", TargetRow)
    scopes = unit_codes | ({main.city_code} if main.city_code else set())
    checks.check_targets(targets, scopes, tuple(i.code for i in forms[checks.LEAD_FORM].indicators))
    lists = _rows(path / "lists.csv", ListRow)
    checks.check_lists(lists)
    sources = _sources(path / "sources.toml", unit_codes)
    names = _rows(path / NAMES, NameRow)
    checks.check_names(names, units)
    english = _rows(path / ENGLISH, EnglishRow)
    checks.check_english(english, unit_codes)
    roster = UnitRoster(corrections.units(_units(units, names, english)))
    channels, alerting = load_channels(path / CHANNELS)
    contacts = load_contacts(_rows(path / CONTACTS, ContactRow), roster, forms, channels, alerting.default)
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
        members=tuple(_member(row) for _, row in members),
        calendar=_calendar(calendar, workdays, main.time_zone),
        seasonal={row.month: row.share for _, row in seasonal},
        targets=tuple(Target(**dict(row)) for _, row in targets),
        lists=tuple(ListMembership(**dict(row)) for _, row in lists),
        sources=sources,
        method=_method(method),
        forms=forms,
        concordance=read_concordance(path / CONCORDANCE, roster),
        codes=codes,
        contacts=tuple(contact for contact in contacts if contact.channel != PHONE),
        phones=tuple(contact for contact in contacts if contact.channel == PHONE),
        channels=channels,
        alerting=alerting,
    )


def _files(path: Path) -> list[Path]:
    """All files of the folder, sorted; a missing or unknown one is an error (a misspelt one would be ignored)."""
    for name in (*REQUIRED, FORMS):
        if not ((path / name).is_dir() if name == FORMS else (path / name).is_file()):
            raise ConfigError(
                path / name, None, "方案缺少此文件", "the programme lacks this file", (*REQUIRED, f"{FORMS}/")
            )
    files = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file.relative_to(path)))
    for file in files:
        relative = file.relative_to(path)
        form = relative.parent == Path(FORMS) and file.suffix == ".toml"
        if relative.parent == Path(MESSAGES):
            check_message(file)
        elif not form and str(relative) not in (*REQUIRED, *OPTIONAL):
            raise ConfigError(
                file,
                None,
                "方案中未知的文件",
                "unknown file in the programme",
                (*REQUIRED, *OPTIONAL, f"{FORMS}/*.toml", f"{MESSAGES}/*.j2"),
            )
    return files


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


def _toml(path: Path, model: type[File]) -> tuple[File, str]:
    content, text = read_toml(path)
    try:
        return model.model_validate(content), text
    except ValidationError as error:
        first = worst(error)
        zh, en, allowed = explain(first, model)
        raise ConfigError(path, line_of(text, first["loc"]) or 1, zh, en, allowed) from error


def _rows(path: Path, model: type[Row]) -> Lines[Row]:
    """The rows of a file that a programme may leave out."""
    return read_csv(path, model) if path.exists() else Lines(path)


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


def _units(units: Lines[UnitRow], names: Lines[NameRow], english: Lines[EnglishRow]) -> list[Unit]:
    """The units with their names of other months and in English."""
    en = {row.code: row.en for _, row in english}
    dated: dict[str, list[DatedName]] = {}
    for _, row in names:
        dated.setdefault(row.code, []).append(DatedName(row.name, row.valid_from, row.valid_to))
    return [Unit(**dict(row), names=tuple(dated.get(row.code, ())), en=en.get(row.code, "")) for _, row in units]


def _sources(path: Path, units: set[str]) -> tuple[Source, ...]:
    file, text = _toml(path, SourcesFile)
    names = [source.name for source in file.sources]
    for number, name in enumerate(names):
        if names.index(name) != number:
            raise ConfigError(
                path, line_of(text, ("sources", number, "name")), f"来源重复:{name}", f"source given twice: {name}"
            )
        unit = file.sources[number].options.unit
        if unit is not None and unit not in units:
            raise ConfigError(
                path,
                line_of(text, ("sources", number, "options", "unit")),
                f"来源 {name} 的 unit 不是本方案的单位:{unit}",
                f"source {name}: unit {unit} is not in units.csv",
            )
    return tuple(Source(s.name, s.kind, s.location, s.options.model_dump(exclude_none=True)) for s in file.sources)


def _corrections(path: Path) -> Corrections:
    if not path.exists():
        return Corrections(path, lambda _: None, ())
    content, line = read_yaml(path)
    try:
        file = CorrectionsFile.model_validate(content)
    except ValidationError as error:
        first = worst(error)
        zh, en, allowed = explain(first, CorrectionsFile)
        raise ConfigError(path, line(first["loc"]) or 1, zh, en, allowed) from error
    return Corrections(path, line, file.corrections)


def _method(file: MethodFile) -> Method:
    values = {name: value for name, value in dict(file).items() if name not in ("deductions", "indicators")}
    return Method(
        **values, **dict(file.deductions), indicators=tuple(ScoredIndicator(**dict(i)) for i in file.indicators)
    )
