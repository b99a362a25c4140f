"""The files of a programme folder as pydantic models, one a TOML file or CSV row; fields are the keys and columns."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from ..model.periods import Period
from ..model.units import UnitKind
from .explain import BadValue

_MOMENT = re.compile(r"\A(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})\Z", re.ASCII)
_WINDOW = re.compile(r"\A\d{4}(-\d{2}(\.\.\d{4}-\d{2})?)?\Z", re.ASCII)


def _period(value: object) -> Period:
    try:
        return Period.parse(str(value))
    except ValueError as error:
        raise BadValue(f"{value!r} 不是报告期,应写 YYYY-MM", f"{value!r} is not a period, write YYYY-MM") from error


def _moment(value: object) -> datetime:
    """Local time of the programme; the loader attaches the zone."""
    match = _MOMENT.match(str(value))
    try:
        if match:
            return datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        match = None
    raise BadValue(f"{value!r} 不是时间,应写 YYYY-MM-DD HH:MM", f"{value!r} is not a time, write YYYY-MM-DD HH:MM")


def _zone(value: object) -> str:
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError) as error:
        raise BadValue(f"未知的时区 {value!r}", f"unknown time zone {value!r}, such as Asia/Shanghai") from error
    return str(value)


def _window(value: object) -> str:
    text = str(value)
    try:
        if _WINDOW.match(text):
            bounds = [Period.parse(part) for part in text.split("..") if "-" in part]
            if bounds == sorted(bounds):
                return text
    except ValueError:
        text = ""
    raise BadValue(f"{value!r} 不是时间范围", f"{value!r} is not a window", ("2022", "2022-09", "2022-06..2022-09"))


def _parts(value: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(value).replace("；", ";").split(";") if part.strip())


Text = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{2,24}$")]
Parts = Annotated[tuple[str, ...], PlainValidator(_parts)]
Month = Annotated[Period, PlainValidator(_period)]
Moment = Annotated[datetime, PlainValidator(_moment)]
Zone = Annotated[str, BeforeValidator(_zone)]
Window = Annotated[str, BeforeValidator(_window)]
Share = Annotated[Decimal, Field(gt=0, le=1)]
NotNegative = Annotated[Decimal, Field(ge=0)]


class Strict(BaseModel):
    """Unknown keys and columns are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProgrammeFile(Strict):
    """programme.toml. `workdays`: what deadlines are counted in (china: with 调休; weekdays: Monday to Friday)."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    zh: Text
    en: Text
    city_code: Code | None = None
    city_zh: Text
    city_en: Text
    province_areas: Annotated[int, Field(ge=1)] | None = None
    time_zone: Zone
    simulated: bool
    workdays: Literal["china", "weekdays"] = "china"


class UnitRow(Strict):
    """units.csv; `aliases` and `accepted_codes` are separated by semicolons."""

    code: Code
    name: Text
    aliases: Parts = ()
    accepted_codes: Parts = ()
    kind: UnitKind
    parent: Code | None = None
    valid_from: Month | None = None
    valid_to: Month | None = None
    official: bool = True
    ranked: bool | None = None


class EnglishRow(Strict):
    """units_en.csv: what a unit is called in English."""

    code: Code
    en: Text


class NameRow(Strict):
    """unit_names.csv: what a unit is called in some months."""

    code: Code
    name: Text
    valid_from: Month | None = None
    valid_to: Month | None = None


class MemberRow(Strict):
    """unit_members.csv; `sign` -1 takes the member out of the unit. An enterprise may lack a code, never a name."""

    unit_code: Code
    member_code: Code | None = None
    member_name: Text
    kind: Literal["township", "enterprise"]
    sign: Literal["1", "-1"]
    valid_from: Month | None = None
    valid_to: Month | None = None


class CalendarLine(Strict):
    """calendar.csv; local times of the programme's zone."""

    form: Text
    period: Month
    open: Moment
    county_due: Moment
    city_audit_due: Moment | None = None
    freeze: Moment | None = None
    publish: Moment | None = None
    official_release: Moment | None = None


class SeasonalRow(Strict):
    """seasonal.csv: share of the year done from January to the month."""

    month: Annotated[int, Field(ge=1, le=12)]
    share: Share


class TargetRow(Strict):
    """targets.csv. Amounts are in the measure of the method's indicator, `growth` is a fraction.

    `comparator`: for `growth` an indicator whose growth is subtracted first (value 0: must grow faster), for `list_ytd`
    the list whose projects are summed from `accumulate_from` to the end of the window.
    """

    metric: Literal["annual_investment", "growth", "ytd", "list_ytd"]
    scope: Code
    operator: Literal[">=", ">", "<=", "<", "="]
    value: Decimal
    window: Window
    accumulate_from: Month | None = None
    comparator: str = ""


class ListRow(Strict):
    """lists.csv: dated membership of a project on a list."""

    list_code: Text
    project_code: Text
    valid_from: date
    valid_to: date | None = None


class SourceOptions(Strict):
    """What may be set at a source. `unit`: the unit whose account it is, so that every file of it is that unit's; `settle`: when a
    file counts as uploaded; `host_key` belongs to sftp, `hosts`, `insecure`
    and `seconds` to http, `endpoint` and `region` to s3. Credentials never stand here (SAIMA_CONN_<NAME>)."""

    unit: Code | None = None
    settle: Literal["looks", "done", "manifest", "none"] | None = None
    settle_seconds: Annotated[str, Field(pattern=r"^[0-9]{1,3}([.][0-9]+)?$")] | None = None
    max_bytes: Annotated[str, Field(pattern="^[0-9]{1,12}$")] | None = None
    host_key: Text | None = None
    hosts: Text | None = None
    insecure: Literal["yes", "no"] | None = None
    seconds: Annotated[str, Field(pattern="^[0-9]{1,4}$")] | None = None
    endpoint: Annotated[str, Field(pattern="^https?://")] | None = None
    region: Text | None = None


class SourceTable(Strict):
    """A source of sources.toml; `location` of a folder may be relative to SAIMA_HOME."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    kind: Literal["folder", "sftp", "http", "s3", "mail"]
    location: Text
    options: SourceOptions = Field(default_factory=SourceOptions)

    @model_validator(mode="after")
    def _location_fits(self) -> SourceTable:
        schemes = {"sftp": ("sftp://",), "http": ("https://", "http://"), "s3": ("s3://",)}.get(self.kind)
        if schemes and not self.location.startswith(schemes):
            raise ValueError(f"location must begin with {' or '.join(schemes)}")
        if schemes and "@" in self.location.split("//", 1)[1].split("/", 1)[0]:
            raise ValueError(f"credentials belong into SAIMA_CONN_{self.name.upper().replace('-', '_')}")
        return self


class SourcesFile(Strict):
    """sources.toml."""

    sources: Annotated[tuple[SourceTable, ...], Field(min_length=1)]


class IndicatorTable(Strict):
    """An indicator of a method: weight in percent, anchors of the efficacy function."""

    key: Text
    zh: Text
    en: Text
    weight: Annotated[Decimal, Field(gt=0, le=100)]
    lo: Decimal
    mid: Decimal
    hi: Decimal


class DeductionsTable(Strict):
    """Points taken off (domain_decisions §4)."""

    late_per_workday: NotNegative = Decimal("0.5")
    late_cap: NotNegative = Decimal(2)
    queries_factor: NotNegative = Decimal(2)
    queries_cap: NotNegative = Decimal(2)
    queries_each: NotNegative = Decimal(0)


class MethodFile(Strict):
    """method.toml; numbers are written as strings so that none of them passes through binary floating point."""

    name: Literal["SAIMA-1", "growth_rank"]
    indicator: Text
    unit_scope: Literal["", "属地", "管理"] = ""
    base_source: Literal["bureau", "submission"]
    signatures: Annotated[tuple[Literal["statistics", "dispatch"], ...], Field(min_length=1)]
    public_ranking: bool
    show_levels: bool
    min_base: NotNegative = Decimal(0)
    kappa: NotNegative = Decimal("0.10")
    score_from_month: Annotated[int, Field(ge=1, le=12)] = 4
    min_library_projects: Annotated[int, Field(ge=0)] = 3
    deductions: DeductionsTable = DeductionsTable()
    indicators: tuple[IndicatorTable, ...] = ()
