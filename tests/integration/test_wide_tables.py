"""One file with several units and several indicators as columns: every figure at its cell, every row with its unit, totals held
against all rows, signs and words as the layout says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.harmonize.file import harmonize
from pipelines.model.notifications import Contact
from pipelines.model.programme import Programme
from pipelines.model.submissions import FormPart, ReadFile, ReadOptions
from pipelines.parse.reader import parse
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays

from .other_programmes import city_code, city_table, county_codes, figures, name_of, province, table


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    return load(province(tmp_path_factory.mktemp("province")), chinese_workdays(), code_lists())


def read(text: str, programme: Programme, work: Path, **options: Any) -> ReadFile:
    path = work / "stored"
    path.write_text(text, encoding="utf-8")
    return harmonize(parse(path, "6月.csv"), "0" * 64, programme, ReadOptions(**options))


def said(parts: tuple[FormPart, ...]) -> list[tuple[str | None, str, str]]:
    return [(part.unit_code, p.rule, p.params.get("kind", "")) for part in parts for p in part.problems]


def test_every_row_is_its_units_and_every_column_its_indicators(programme: Programme, tmp_path: Path) -> None:
    parts = read(city_table(0), programme, tmp_path).parts
    assert [part.unit_code for part in parts] == [city_code(0), *county_codes(0)] and said(parts) == []
    for part in parts[1:]:
        rows = part.rows.select(["indicator", "ytd", "ytd_last_year", "measure"]).to_pylist()
        output, before, profit, profit_before = figures(0)[part.unit_code or ""]
        assert [(r["indicator"], r["ytd"], r["ytd_last_year"]) for r in rows] == [
            ("output", Decimal(output), Decimal(before)),
            ("profit", Decimal(profit), Decimal(profit_before)),
        ]
        numbers = part.rows["row_no"].to_pylist()
        assert [part.cell_of(n, "ytd") for n in numbers] == [f"C{numbers[0]}", f"E{numbers[0]}"]
    raw = [(row["row_no"], row["row_class"]) for part in parts for row in part.raw.to_pylist()]
    assert len(raw) == len(set(raw)) and [c for _, c in raw].count("data") == 2 * len(parts)
    assert [c for _, c in raw if c != "data"] == ["title", "title", "header", "header"]


def test_words_in_place_of_figures_mean_what_the_layout_says(programme: Programme, tmp_path: Path) -> None:
    changed = {"330102": ("*", 10000, 20, -300, "扭亏"), "330103": (1, 2, "约五百", 400, "转正")}
    parts = {part.unit_code: part for part in read(city_table(0, changed), programme, tmp_path).parts}
    rows = parts["330102"].rows.to_pylist()
    assert [(r["ytd"], r["growth"], r["value_status"]) for r in rows] == [
        (None, None, '{"ytd":"suppressed"}'),
        (Decimal(20), None, '{"growth":"turned_profit"}'),
    ]
    notes = [(n["cell"], n["code"]) for n in parts["330103"].notes.to_pylist()]
    assert sorted(notes) == [("E8", "not_a_number"), ("G8", "not_a_number")]


def test_a_city_sends_for_its_counties_alone(programme: Programme, tmp_path: Path) -> None:
    stranger = ("330201", (1, 1, 1, 1, ""))
    title = f"{name_of(city_code(0))}2024年1-6月"
    (part,) = read(table([("330101", (1, 1, 1, 1, "")), stranger], title), programme, tmp_path).parts
    assert said((part,)) == [(city_code(0), "A06", "rows_differ")] and part.problems[0].cell == "A6"
    (part,) = read(
        table([("330101", (1, 1, 1, 1, "")), ("999999", (1, 1, 1, 1, ""))], title), programme, tmp_path
    ).parts
    assert said((part,)) == [(city_code(0), "A06", "unknown_unit")]
    untitled = table([("330101", (1, 1, 1, 1, "")), ("330102", (1, 1, 1, 1, ""))], "2024年1-6月")
    (part,) = read(untitled, programme, tmp_path).parts
    assert said((part,)) == [(None, "A06", "rows_differ")]
    parts = read(untitled, programme, tmp_path, folder=city_code(0)).parts
    assert [part.unit_code for part in parts] == ["330101", "330102"] and said(parts) == []
    parts = read(untitled, programme, tmp_path, account=city_code(1)).parts
    assert said(parts) == [(city_code(1), "A06", "rows_differ")]


def test_a_county_is_no_sender_of_a_city_s_form(programme: Programme, tmp_path: Path) -> None:
    (part,) = read(table([("330101", (1, 1, 1, 1, ""))], "2024年1-6月"), programme, tmp_path).parts
    assert said((part,)) == [("330101", "A06", "not_a_sender")]


def test_a_total_row_closes_all_counties_but_not_their_city(programme: Programme, tmp_path: Path) -> None:
    title = f"{name_of(city_code(0))}2024年1-6月"
    rows = [(city_code(0), (300, 200, 10, 9, "")), ("330101", (100, 90, 4, 4, "")), ("330102", (200, 110, 6, 5, ""))]
    closed = table(rows, title) + "合计,,300,200,10,9,\n"
    assert said(read(closed, programme, tmp_path).parts) == []
    wrong = table(rows, title) + "合计,,300,200,99,9,\n"
    found = [p for part in read(wrong, programme, tmp_path).parts for p in part.problems]
    assert {(p.rule, p.cell, p.params["sum"], p.params["total"]) for p in found} == {("A08", "E8", "10", "99")}
    assert len(found) == 3  # the file is wrong, so none of its units has sent anything yet


def test_a_missing_column_is_named_with_its_indicator(programme: Programme, tmp_path: Path) -> None:
    lines = city_table(0).splitlines()
    lines[3] = lines[3].replace("本年累计,上年同期,增速(%)", "本月,上年同期,增速(%)")
    (*_, part) = read("\n".join(lines), programme, tmp_path).parts
    missing = next(p for p in part.problems if p.params["kind"] == "missing_column")
    assert (missing.field, missing.params["zh"]) == ("ytd:profit", "利润总额|本年完成投资")


def test_a_county_without_people_of_its_own_is_reached_through_its_city(programme: Programme) -> None:
    contact = Contact(city_code(0), "*", "county", "统计科", "outbox", "city@example.invalid")
    reached = replace(programme, contacts=(contact,))
    assert reached.contacts_for("330101", "unit_month", "county") == (contact,)
    assert reached.contacts_for("330201", "unit_month", "county") == ()
