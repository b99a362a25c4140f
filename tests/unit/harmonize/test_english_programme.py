"""An English programme: periods, encodings, units of amount and names of counties as American offices write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.harmonize.english_periods import english_periods, is_english_period
from pipelines.harmonize.file import harmonize
from pipelines.harmonize.period_texts import period_text
from pipelines.model.periods import Period, PeriodKind
from pipelines.model.programme import Programme
from pipelines.model.submissions import ReadFile, ReadOptions
from pipelines.parse.reader import parse
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays

JUNE = (
    "June 2024",
    "Jun. 2024",
    "June, 2024",
    "2024 June",
    "Jan–Jun 2024",
    "January–June 2024",
    "January - June 2024",
    "January to June 2024",
    "January through June, 2024",
    "January 2024 to June 2024",
    "Q2 2024",
    "Q2/2024",
    "2024 Q2",
    "2024-Q2",
    "2Q 2024",
    "Q1–Q2 2024",
    "Second quarter of 2024",
    "2nd quarter 2024",
    "Quarter 2, 2024",
    "First half of 2024",
    "H1 2024",
    "6/2024",
    "06/2024",
)


@pytest.mark.parametrize("text", JUNE)
def test_a_period_in_english(text: str) -> None:
    assert english_periods(text) == (Period(2024, 6),)
    assert is_english_period(text)
    assert english_periods(f"Building permits, {text} (preliminary)") == (Period(2024, 6),)
    assert not is_english_period(f"Building permits, {text}")


@pytest.mark.parametrize(
    "text",
    [
        "15 June 2024",
        "June 15, 2024",
        "15th June 2024",
        "6/15/2024",
        "mayor 2024",
        "2024-06",
        "Q5 2024",
        "13/2024",
        "June",
    ],
)
def test_dates_and_other_words_are_no_period(text: str) -> None:
    assert english_periods(text) == ()
    assert not is_english_period(text)


def test_the_year_before_is_not_a_period_of_the_title() -> None:
    assert english_periods("January–June 2024 compared with January–June 2023") == (Period(2024, 6),)
    assert english_periods("July 2024, revised June 2024") == (Period(2024, 7), Period(2024, 6))


@pytest.fixture(scope="module")
def permits() -> Programme:
    return load(find("permits"), chinese_workdays(), code_lists())


def read(tmp_path: Path, programme: Programme, text: str, encoding: str = "utf-8") -> ReadFile:
    path = tmp_path / "file"
    path.write_bytes(text.encode(encoding))
    return harmonize(parse(path, "file.csv", programme.encodings), "0" * 64, programme, ReadOptions())


TABLE = "County,Indicator,Year to date,Same period last year,Unit of measure,Note\n"


def part_of(file: ReadFile) -> tuple[str | None, str | None, list[tuple[str, str]]]:
    assert len(file.parts) == 1, file.problems
    part = file.parts[0]
    return part.unit_code, part.period, [(p.rule, str(p.params.get("kind"))) for p in part.problems]


@pytest.mark.parametrize("period", ["January–June 2026", "June 2026", "Q2 2026", "Period: January to June 2026"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_file_of_a_county(tmp_path: Path, permits: Programme, period: str, encoding: str) -> None:
    text = (
        f'"Newport County: building permits, {period}"\n"Date: July 6, 2026"\n{TABLE}'
        "Newport County,Value of permits,12.5,10,USD million,café – façade\nNewport County,Housing units,7,6,housing units,\n"
    )
    file = read(tmp_path, permits, text, encoding)
    assert part_of(file) == ("44005", "2026-06", [])
    rows = file.parts[0].rows
    assert [str(value) for value in rows["ytd"].to_pylist()] == ["12500000.0000", "7.0000"]
    assert rows["explanation"].to_pylist() == ["café – façade", None]


def test_the_issue_date_is_not_the_period(tmp_path: Path, permits: Programme) -> None:
    text = f'"Newport County, June 2026"\n"Issued July 2026"\n{TABLE}Newport County,Value of permits,1,1,USD,\n'
    assert part_of(read(tmp_path, permits, text))[1] == "2026-06"


def test_a_period_column_in_english(tmp_path: Path, permits: Programme) -> None:
    text = "County,Period,Indicator,Year to date,Last year\nNewport County,January–June 2026,Valuation,5,4\n"
    assert part_of(read(tmp_path, permits, text)) == ("44005", "2026-06", [])


def test_western_letters_are_refused_where_the_programme_does_not_say_so(tmp_path: Path, jiaxing: Programme) -> None:
    text = "County,Period\nMünster,café\n"
    file = read(tmp_path, jiaxing, text, "cp1252")
    assert [(p.rule, p.params["likely"]) for p in file.problems] == [("A02", "ISO-8859-1")]


def test_chinese_in_another_encoding_is_not_read_as_western_letters(tmp_path: Path, permits: Programme) -> None:
    text = "县区,本年累计,上年同期\n南湖区制造业投资月报,1,2\n海宁市制造业投资月报,3,4\n"
    file = read(tmp_path, permits, text, "gb18030")
    assert [(p.rule, p.params["likely"]) for p in file.problems] == [("A02", "GB18030")]


@pytest.mark.parametrize(
    ("title", "header", "cell", "value"),
    [
        ("", "Year to date", "USD thousand", "1000"),
        ("", "Year to date", "USD  Million", "1000000"),
        ("", "Year to date", "usd", "1"),
        ("", "Year to date (USD thousand)", "", "1000"),
        ("(USD million)", "Year to date", "", "1000000"),
        ("Amounts in USD thousand", "Year to date", "", "1000"),
        ("Unit of measure: USD million", "Year to date", "", "1000000"),
        ("", "Year to date", "", "1"),
    ],
)
def test_units_of_amount_with_spaces(
    tmp_path: Path, permits: Programme, title: str, header: str, cell: str, value: str
) -> None:
    text = (
        f'"Newport County, June 2026"\n{title}\nCounty,Indicator,{header},Last year,Unit of measure\n'
        f"Newport County,Value of permits,1,1,{cell}\n"
    )
    file = read(tmp_path, permits, text)
    assert part_of(file) == ("44005", "2026-06", [])
    assert file.parts[0].rows["ytd"].to_pylist()[0] == int(value)


@pytest.mark.parametrize("title", ["(USD billion)", "(thousands of dollars)", "Amounts in EUR million", "($ millions)"])
def test_money_that_the_form_does_not_know_is_not_read_as_dollars(
    tmp_path: Path, permits: Programme, title: str
) -> None:
    text = f'"Newport County, June 2026"\n{title}\n{TABLE}Newport County,Value of permits,1,1,,\n'
    assert ("A04", "not_allowed") in part_of(read(tmp_path, permits, text))[2]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Washington County", "44009"),
        ("Kent County (44003)", "44003"),
        ("10001 Kent County", "10001"),
        ("Kent County, 44", "44003"),
        ("Kent County", None),
        ("Kent County (44009)", None),
        ("Sussex County, June 2026", None),
    ],
)
def test_a_repeated_name_needs_its_code_or_parent_beside_it(permits: Programme, name: str, code: str | None) -> None:
    found = permits.roster.find(name)
    assert (found.code if found else None) == code


def test_titles_name_one_of_several_bearers_by_what_stands_beside(permits: Programme) -> None:
    roster = permits.roster
    for text, code in (
        ("Kent County (10001): permits, June 2026", "10001"),
        ("Permits of Kent County (44), June 2026", "44003"),
        ("Kent County permits, 2026-10", None),
    ):
        found = roster.find_in(text)
        assert (found.code if found else None) == code, text


def test_repeated_names_are_shown_with_what_tells_them_apart(permits: Programme) -> None:
    roster = permits.roster
    kent, newport = roster.get("44003"), roster.get("44005")
    assert kent is not None and newport is not None
    assert (roster.label(kent), roster.label(newport)) == ("Kent County (44)", "Newport County")
    assert roster.find(roster.label(kent)) is kent, "what is printed can be read back"


def test_total_rows_with_spaces_are_totals(tmp_path: Path, permits: Programme) -> None:
    text = f'"Newport County, June 2026"\n{TABLE}Newport County,Value of permits,5,4,USD,\nGrand Total,,5,4,,\n'
    file = read(tmp_path, permits, text)
    assert part_of(file) == ("44005", "2026-06", [])
    assert len(file.parts[0].rows) == 1 and len(file.parts[0].totals) == 2


@pytest.mark.parametrize(
    ("text", "kind", "period"),
    [
        ("Q2 2024", "quarter", "2024-Q2"),
        ("second quarter of 2024", "quarter", "2024-Q2"),
        ("January–June 2024", "quarter", "2024-Q2"),
        ("June 2024", "quarter", "2024-Q2"),
        ("May 2024", "quarter", None),
        ("2024年上半年", "quarter", "2024-Q2"),
        ("2024年1-9月", "quarter", "2024-Q3"),
        ("2024年前三季度", "quarter", "2024-Q3"),
        ("2024年第四季度", "quarter", "2024-Q4"),
        ("Q2 2024", "month", "2024-06"),
        ("Q2 2024", "week", None),
    ],
)
def test_a_text_names_a_period_of_the_forms_kind(text: str, kind: PeriodKind, period: str | None) -> None:
    assert period_text(text, kind) == period
