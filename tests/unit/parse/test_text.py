"""Encodings and CSV/JSON records: strict, exact, with the line a clerk would look for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.model.visible_text import _RANGES, INVISIBLE, has_invisible, visible
from pipelines.parse.reader import parse

ROW = "项目名称,计划总投资\n年产1万件精密部件项目,500\n"


def read(tmp_path: Path, content: bytes, name: str = "x.csv"):
    path = tmp_path / "stored"
    path.write_bytes(content)
    return parse(path, name)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (ROW.encode("utf-8"), "utf-8"),
        (ROW.encode("utf-8-sig"), "utf-8-sig"),
        (ROW.encode("gb18030"), "gb18030"),
        (ROW.encode("utf-16"), "utf-16"),
        (ROW.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + ROW.encode("utf-16-be"), "utf-16"),
        ("项目名称,单位\n㐂䶮𠮷—,1\n".encode("gb18030"), "gb18030"),
    ],
)
def test_the_encodings_counties_use(tmp_path, content, encoding):
    parsed = read(tmp_path, content)
    assert (parsed.encoding, parsed.problems) == (encoding, ())
    assert parsed.sheets[0].rows[0][0] == "项目名称"


@pytest.mark.parametrize(
    ("content", "kind", "likely"),
    [
        (ROW.encode("utf-16")[:-1], "undecodable", "UTF-16LE"),
        (b"\xfe\xff" + ROW.encode("utf-16-be")[:-1], "undecodable", "UTF-16BE"),
        (b"\xff\xfe" + "甲,\ud83d乙\n".encode("utf-16-le", "surrogatepass"), "undecodable", "UTF-16LE"),
        ("甲,\x00乙\n".encode("utf-16"), "nul", None),
        ("甲,\ufffd乙\n".encode("utf-16"), "replacement_character", None),
        ("甲,\x02乙\n".encode("utf-16"), "control", None),
        ("甲\n".encode("utf-32-be"), "utf16", "UTF-32BE"),
        (ROW.encode("utf-16-le"), "utf16", "UTF-16LE"),
        ("Fläche,Höhe\nMünchen,1\n".encode("latin-1"), "undecodable", "ISO-8859-1"),
        ("a,\ufffd\n".encode(), "replacement_character", None),
        (b"a,b\x00c\n1,2\n" + b"x,y\n" * 50, "nul", None),
        (b"\x01\x02\x03\x04 text", "control", None),
        (ROW.encode("utf-32"), "utf16", "UTF-32"),
        (ROW.encode("utf-32-be"), "utf16", "UTF-32BE"),
        (ROW.encode("utf-7"), "utf16", "UTF-7"),
        (ROW.encode("hz"), "utf16", "HZ"),
        (
            "stat_project_no,項目名稱,owner\n1,年產1萬件精密部件項目,海寧某某有限公司\n".encode("big5"),
            "undecodable",
            "BIG5",
        ),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_the_likely_encoding(tmp_path, content, kind, likely):
    problem = read(tmp_path, content).problems[0]
    assert (problem.rule, problem.params["kind"]) == ("A02", kind)
    if likely:
        assert problem.params["likely"] == likely


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    text = ROW.replace(",", delimiter)
    assert read(tmp_path, text.encode()).sheets[0].rows[1] == ["年产1万件精密部件项目", "500"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_row_numbers_are_physical_lines(tmp_path, newline):
    text = newline.join(["a,b", '"two', 'lines",1', "", "c,2", ""])
    sheet = read(tmp_path, text.encode()).sheets[0]
    assert list(sheet.row_numbers) == [1, 2, 5]
    assert sheet.rows[2] == ["c", "2"]


def test_an_unclosed_quote_names_its_line(tmp_path):
    problem = read(tmp_path, b'a,b\n1,2\n"3,4\n5,6\n').problems[0]
    assert (problem.params["kind"], problem.row) == ("csv_quote", 3)


def test_json_numbers_keep_every_digit(tmp_path):
    text = '[{"a": 0.1000000000000000055511151231257827, "b": 123456789012345678901, "c": 12, "d": null}]'
    row = read(tmp_path, text.encode()).sheets[0].rows[1]
    assert row == [Decimal("0.1000000000000000055511151231257827"), Decimal(123456789012345678901), 12, None]


def test_json_rows_are_numbered_from_one_and_missing_keys_are_empty(tmp_path):
    sheet = read(tmp_path, b'[{"a": 1}, {"b": 2}]').sheets[0]
    assert list(sheet.row_numbers) == [0, 1, 2]
    assert sheet.rows == [["a", "b"], [1, None], [None, 2]]


def test_json_with_meta(tmp_path):
    text = '{"meta": {"unit": "330481", "period": "2022-06", "nil": true}, "rows": []}'
    assert read(tmp_path, text.encode()).meta == {"unit": "330481", "period": "2022-06", "nil": "true"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('[{"a": 1, "a": 2}]', "json_duplicate_key"),
        ('[{"a": NaN}]', "json_nan"),
        ('[{"a": -Infinity}]', "json_nan"),
        ('[{"a": {"b": 1}}]', "json_shape"),
        ("[1, 2]", "json_shape"),
        ('{"rows": 5}', "json_shape"),
        ('{"rows": [], "x": 1}', "json_shape"),
        ('[{"a": 1}', "json_syntax"),
        ("[" * 100_000, "json_depth"),
        ('[{"a": ' + "9" * 5000 + "}]", None),
    ],
)
def test_json_that_is_not_a_table(tmp_path, text, kind):
    parsed = read(tmp_path, text.encode())
    if kind is None:
        assert parsed.problems or parsed.sheets
    else:
        assert parsed.problems[0].params["kind"] == kind


@pytest.mark.parametrize(
    "text", ['[{"a": "x\\ud83d"}]', '[{"\\uDC00": 1}]', '{"meta": {"unit": "\\ud800"}, "rows": [{"a": 1}]}']
)
def test_half_a_character_of_json_is_told(tmp_path, text):
    """It ended the reader: 文件读取失败（UnicodeEncodeError）."""
    (problem,) = read(tmp_path, text.encode()).problems
    assert (problem.rule, problem.params["kind"], problem.row) == ("A02", "replacement_character", 1)
    assert not read(tmp_path, b'[{"a": "\\ud83d\\ude00"}]').problems


def test_too_wide_a_csv(tmp_path):
    assert read(tmp_path, ("a," * 400 + "\n").encode()).problems[0].params["kind"] == "csv_too_wide"


def test_a_cell_beyond_the_limit(tmp_path):
    assert read(tmp_path, b"a,b\n" + b"x" * 200_000 + b",1\n").problems[0].params["kind"] == "line_too_long"


def test_a_long_text_is_looked_through_for_the_same_characters_as_a_short_one() -> None:
    """The table that long texts go through knows every character of the pattern, and none beside."""
    padding = "某县（市、区）制造业，第Ⅱ期“项目”\t\n" * 60
    assert not has_invisible(padding) and visible(padding) == padding
    edges = {edge + step for first, last in _RANGES for edge in (first, last) for step in (-1, 0, 1)} - {-1}
    found = {code for code in edges if INVISIBLE.match(chr(code))}
    assert len(found) > len(_RANGES)
    for code in edges:
        text = padding + chr(code) + padding
        assert has_invisible(text) == (code in found) == has_invisible(chr(code)), hex(code)
        assert visible(text) == (padding * 2 if code in found else text)
    assert not has_invisible(padding + "\ud83d") and not has_invisible(padding + "𠮷")


ROWS = '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]'
LISTS = '[["a", "b"], [1, "x"], [2, "y"]]'


@pytest.mark.parametrize(
    "text",
    [
        f'{{"data": {ROWS}}}',
        f'{{"code": 0, "msg": "ok", "data": {{"total": 2, "pageNum": 1, "pageSize": 2, "list": {ROWS}}}}}',
        f'{{"records": {ROWS}, "total": 2, "size": 10, "current": 1, "orders": [], "searchCount": true, "pages": 1}}',
        f'{{"total": 2, "list": {ROWS}, "pageNum": 1, "pageSize": 10, "startRow": 1, "prePage": 0, "nextPage": 0, '
        '"isFirstPage": true, "isLastPage": true, "navigatepageNums": [1], "pages": 1}',
        f'{{"content": {ROWS}, "pageable": {{"offset": 0}}, "last": true, "totalElements": 2, "number": 0, "empty": false}}',
        f'{{"count": 2, "next": null, "previous": null, "results": {ROWS}}}',
        f'{{"Sheet1": {LISTS}}}',
        LISTS,
        '{"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]}',
        '{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}',
        f'{{"schema": {{"fields": []}}, "data": {ROWS}}}',
    ],
)
def test_shapes_of_json_that_programs_write(tmp_path, text):
    """All were refused."""
    parsed = read(tmp_path, text.encode())
    assert parsed.problems == ()
    assert [list(row) for row in parsed.sheets[0].rows] == [["a", "b"], [1, "x"], [2, "y"]]


def test_what_stands_beside_wrapped_rows_is_declared(tmp_path):
    parsed = read(tmp_path, f'{{"unit": "330424", "period": "2022-06", "data": {ROWS}}}'.encode())
    assert parsed.meta == {"unit": "330424", "period": "2022-06"}


@pytest.mark.parametrize(
    ("beside", "named"),
    [
        ('"total": 500', "total"),
        ('"totalPages": 3', "totalPages"),
        ('"page": 2', "page"),
        ('"limit": 2', "limit"),
        ('"has_next": true', "has_next"),
        ('"nextPage": 2', "nextPage"),
        ('"prePage": 1', "prePage"),
        ('"previous": "?page=1"', "previous"),
        ('"last": false', "last"),
        ('"first": false', "first"),
        ('"合计": 3', "合计"),
        ('"more": [1]', "data、more"),
        ('"of": {"x": 1}', "of"),
    ],
)
def test_a_page_of_a_list_and_what_nobody_knows_are_refused(tmp_path, beside, named):
    (problem,) = read(tmp_path, f'{{"data": {ROWS}, {beside}}}'.encode()).problems
    assert problem.params["kind"] == "json_shape" and named in problem.params["reason"]
