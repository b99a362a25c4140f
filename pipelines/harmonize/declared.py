"""Unit, period and unit of amount of a table: options > account > folder > manifest > the file's own meta > title > rows. The
first that says something decides; every later one that says something else is a contradiction (A04, A05, A06). File names say
nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from pipelines.model.forms import FormLayout
from pipelines.model.periods import SPELLINGS, PeriodKind
from pipelines.model.programme import Programme
from pipelines.model.raw import Cell
from pipelines.model.submissions import Problem, ReadOptions
from pipelines.model.units import UnitRoster

from .chinese_numerals import chinese_numerals
from .dates import find_periods
from .numbers import fold
from .period_texts import ISSUED, REPORT_DATE, english_periods_of, month_of_title, period_text, texts_of_title

_UNIT_LABEL = re.compile(
    r"(?:填报|报送|综合|上报)?(?:单位|(?<!制定)(?<!制表)(?<!批准)机关|地区)(?:名称)?(?:\([^()]*\))?:(?=(?P<unit>[^:]+))"
)
_PERIOD_LABEL = re.compile(r"(?:报告期|报告时期|所属期|报表时间):(?P<period>[^:]+)")
_ENGLISH_PERIOD_LABEL = re.compile(r"\s*(?:report(?:ing)? )?period ?:", re.IGNORECASE)
_ENGLISH_DATE = re.compile(
    r"(?:date|issued|printed|prepared|revised|updated|released|filed|as of|due)\b.*", re.IGNORECASE | re.DOTALL
)
"""When a table was made is not what it is about."""
_TRADITIONAL = str.maketrans("萬億", "万亿")
_AMOUNT_LABEL = re.compile(r"单位(?:名称)?[::]?(?=(?P<text>[^::)】]+))")
_LISTED = re.compile(r"[、,;]|和|及|或")
_MONEY = re.compile(r"(?:[十百千万亿]+|人民币|美|欧|日|港|澳)*元")
_SCALE = r"(?:thousands?|millions?|billions?|mn|bn|'?000s?)"
_CURRENCY = r"(?:us\$|c\$|usd|cad|aud|eur|gbp|jpy|rmb|cny|us-?dollars?|dollars?|euros?|pounds?|yen|\$|€|£|¥)"
_OWN_MONEY = re.compile(
    r"(?:(?:[十百千万亿]|人民币|美|欧|日|港|澳)*元(?:人民币)?|[十百千万亿]{1,2}"
    rf"|{_SCALE}?(?:of)?{_CURRENCY}{_SCALE}?)\Z",
    re.IGNORECASE,
)
_ENGLISH_MONEY = re.compile(rf"{_SCALE}?(?:of)?{_CURRENCY}{_SCALE}?\Z", re.IGNORECASE)
_ENGLISH_AMOUNT_LABEL = re.compile(
    r"(?:units?(?:ofmeasure|ofamount)?:|(?:amounts|values|figures)(?:are)?in)(?=(?P<text>[^:;)]+))", re.IGNORECASE
)
_ONLY_A_MONTH = re.compile(r"(?:\d{4}年\d{1,2}月|\d{4}[-./]\d{1,2}|20\d{4})\Z")
"""A cell that holds a month and nothing else is the office's date where the title names the period."""


@dataclass(frozen=True)
class Declaration:
    """What one source says."""

    source: str
    value: str
    row: int | None = None


@dataclass
class Title:
    """What the rows above a table's header say: units (codes), periods, units of amount, and labelled texts not understood."""

    units: list[Declaration] = dataclass_field(default_factory=list)
    periods: list[Declaration] = dataclass_field(default_factory=list)
    amount_units: list[Declaration] = dataclass_field(default_factory=list)
    foreign_units: list[Declaration] = dataclass_field(default_factory=list)
    unknown_unit: str = ""


def read_title(
    rows: Sequence[tuple[int, Sequence[Cell]]], roster: UnitRoster, city: str, layout: FormLayout, english: bool = False
) -> Title:
    """Reads the title rows (number, cells). A labelled entry (填报单位:…, 报告期:…) outweighs a mention in the title, a
    county one of the bureau (its letterhead stands above many a county's table). `english`: periods are also written in English."""
    title = Title()
    mentioned: list[Declaration] = []
    months: list[Declaration] = []
    bare: list[Declaration] = []
    issued: list[Declaration] = []
    for number, row in rows:
        for cell in texts_of_title(row):
            if not cell.strip():
                continue
            kind = layout.period_kind
            whole = REPORT_DATE.sub("", fold(cell).replace("∶", ":"))
            text = ISSUED.sub("", whole)
            if text != whole:
                issued.extend(Declaration("title", str(period), number) for period in find_periods(whole, kind))
            _amounts(title, text, number, layout)
            if label := _PERIOD_LABEL.search(text):
                title.periods.extend(
                    Declaration("title", str(p), number) for p in find_periods(label["period"], kind)[:1]
                )
            else:
                into = bare if _ONLY_A_MONTH.match(chinese_numerals(text)) else months
                into.extend(Declaration("title", str(period), number) for period in find_periods(text, kind))
                named = english_periods_of(_ENGLISH_DATE.sub("", cell), kind) if english else ()
                into = title.periods if _ENGLISH_PERIOD_LABEL.match(cell) else months
                into.extend(Declaration("title", str(period), number) for period in named)
            labelled = [label["unit"] for label in _UNIT_LABEL.finditer(text)]
            codes = [code for unit in labelled if (code := find_unit(unit, roster, city))]
            title.units.extend(Declaration("title", code, number) for code in codes)
            if codes:
                continue
            if unit := find_unit(text, roster, city):
                mentioned.append(Declaration("title", unit, number))
            else:
                foreign = next((unit for unit in labelled if not _MONEY.match(unit)), None)
                title.unknown_unit = title.unknown_unit or (foreign or "")[:60]
    lowest = roster.lowest(declared.value for declared in mentioned)
    title.units = title.units or [declared for declared in mentioned if declared.value in lowest]
    title.periods = title.periods or months or bare
    if not title.periods and layout.period_kind == "month":
        said = month_of_title([text for _, row in rows for text in texts_of_title(row)])
        title.periods = [Declaration("title", str(said))] if said else []
    title.periods = title.periods or issued
    return title


def find_unit(text: str, roster: UnitRoster, city: str) -> str | None:
    """Code of the unit a text names; the city's own name inside a county's (嘉兴市海宁市) does not count."""
    unit = roster.find(text) or (roster.find_in(text.replace(city, "")) if city else None) or roster.find_in(text)
    return unit.code if unit else None


def _amounts(title: Title, text: str, row: int, layout: FormLayout) -> None:
    """`单位:万元`, `(万元)`, `金额单位:亿元、%`: the unit of amount, or a kind of money the form does not allow."""
    for label in (*_AMOUNT_LABEL.finditer(text), *_ENGLISH_AMOUNT_LABEL.finditer(text)):
        declared = label["text"]
        known = amount_unit(declared, layout)
        if known is not None:
            title.amount_units.append(Declaration("title", known, row))
            _further_units(title, declared, row, layout)
        elif (money := _MONEY.match(declared)) and not "\u4e00" <= declared[money.end() : money.end() + 1] <= "\u9fff":
            title.foreign_units.append(Declaration("title", money[0], row))
        elif is_money(declared):
            title.foreign_units.append(Declaration("title", declared, row))
        else:
            _further_units(title, declared, row, layout)
    if not title.amount_units:
        for inside in (*re.findall(r"\(([^()]+)\)", text), *([text] if text.endswith("元") else ())):
            known = amount_unit(inside, layout, whole=True)
            if known is not None:
                title.amount_units.append(Declaration("title", known, row))
            elif _ENGLISH_MONEY.match(inside):
                title.foreign_units.append(Declaration("title", inside, row))


def _further_units(title: Title, declared: str, row: int, layout: FormLayout) -> None:
    """`单位:万元、亿元`: whoever states two units of amount states none. What else is stated beside or before it (个, %, 平方米) is no
    amount."""
    for part in _LISTED.split(declared)[1:]:
        known = amount_unit(part, layout, whole=True)
        if known is not None:
            title.amount_units.append(Declaration("title", known, row))
        elif _MONEY.fullmatch(part):
            title.foreign_units.append(Declaration("title", part, row))


def amount_unit(text: str, layout: FormLayout, whole: bool = False) -> str | None:
    """The unit of amount a text begins with (is, when `whole`); the longest of the form's; None where it names none."""
    folded = "".join(unicodedata.normalize("NFKC", text).translate(_TRADITIONAL).split()).removeprefix("人民币")
    names = sorted((*layout.amount_units, layout.measure), key=len, reverse=True)
    if whole and f"{folded}元" in layout.amount_units:
        return f"{folded}元"
    for name in names:
        key = "".join(unicodedata.normalize("NFKC", name).split())
        if folded.casefold() == key.casefold() or (
            not whole and re.match(rf"{re.escape(key)}(?![a-z\u4e00-\u9fff])", folded, re.IGNORECASE)
        ):
            return (
                name
                if name in layout.amount_units
                else next((unit for unit, factor in layout.amount_units.items() if factor == 1), None)
            )
    return None


def is_money(text: str) -> bool:
    """Whether a text names a unit of money, allowed or not."""
    return _OWN_MONEY.match("".join(unicodedata.normalize("NFKC", text).split())) is not None


def decide(rule: str, field: str, sources: Sequence[Declaration], sheet: str) -> tuple[str | None, list[Problem]]:
    """The first that says something, and a contradiction for each source that says something else."""
    if not sources:
        return None, []
    first = sources[0]
    values = dict.fromkeys(declared.value for declared in sources)
    if first.source == "rows" and len(values) > 1:
        params = {"kind": "rows_differ", "values": ", ".join(values)}
        return first.value, [
            Problem(rule, sheet, row=sources[1].row, field=field, value=sources[1].value, params=params)
        ]
    problems = []
    seen: set[str] = set()
    for other in sources[1:]:
        if other.value == first.value or other.source in seen:
            continue
        seen.add(other.source)
        params = {
            "kind": "year_differs" if rule == "A05" and first.value[4:] == other.value[4:] else "contradiction",
            "first": first.value,
            "first_source": first.source,
            "second": other.value,
            "second_source": other.source,
        }
        problems.append(Problem(rule, sheet, row=other.row, field=field, value=other.value, params=params))
    return first.value, problems


def declared_periods(
    options: ReadOptions, meta: Mapping[str, str], title: Title, rows: Sequence[Declaration], kind: PeriodKind
) -> tuple[list[Declaration], list[Problem]]:
    """All that is said about the period of the form's kind, in order of precedence; a declared text that is no period is a problem A05."""
    found: list[Declaration] = []
    problems = []
    for source, text in (
        ("options", options.period),
        ("manifest", options.manifest.get("period")),
        ("meta", meta.get("period")),
    ):
        if not text:
            continue
        period = period_text(text, kind)
        if period is None:
            problems.append(
                Problem(
                    "A05",
                    value=text,
                    params={"kind": "not_a_period", "value": text, "source": source, "spelling": SPELLINGS[kind]},
                )
            )
        else:
            found.append(Declaration(source, period))
    return [*found, *title.periods, *rows], problems


def declared_units(
    options: ReadOptions, meta: Mapping[str, str], title: Title, rows: Sequence[Declaration], programme: Programme
) -> tuple[list[Declaration], list[Problem]]:
    """All that is said about the sender; a declared unit that the roster does not know is a problem A06."""
    found: list[Declaration] = []
    problems = []
    declared = (
        ("options", options.unit_code),
        ("account", options.account),
        ("folder", options.folder),
        ("manifest", options.manifest.get("unit")),
        ("meta", meta.get("unit")),
    )
    for source, text in declared:
        if not text:
            continue
        unit = find_unit(text, programme.roster, programme.city_zh)
        if unit is None:
            problems.append(
                Problem("A06", value=text, params={"kind": "unknown_unit", "value": text, "source": source})
            )
        else:
            found.append(Declaration(source, unit))
    if not found and not problems and not title.units and not rows and title.unknown_unit:
        problems.append(
            Problem(
                "A06",
                value=title.unknown_unit,
                params={"kind": "unknown_unit", "value": title.unknown_unit, "source": "title"},
            )
        )
    return [*found, *title.units, *rows], problems


def declared_amount_units(
    options: ReadOptions, meta: Mapping[str, str], title: Title, layout: FormLayout
) -> tuple[list[Declaration], list[Problem]]:
    """All that is said about the unit of amount outside headers and cells; money the form does not know is a problem A04."""
    found: list[Declaration] = []
    problems = []
    allowed = ", ".join(layout.amount_units)
    for source, text in (("manifest", options.manifest.get("amount_unit")), ("meta", meta.get("amount_unit"))):
        if not text:
            continue
        unit = amount_unit(text, layout, whole=True)
        if unit is None:
            problems.append(
                Problem("A04", value=text, params={"kind": "not_allowed", "unit": text, "allowed": allowed})
            )
        else:
            found.append(Declaration(source, unit))
    for declared in title.foreign_units[:1]:
        params = {"kind": "not_allowed", "unit": declared.value, "allowed": allowed}
        problems.append(Problem("A04", row=declared.row, value=declared.value, params=params))
    return [*found, *title.amount_units], problems
