"""Tables for people: a frame around a few rows, a line a row where there are thousands."""

from __future__ import annotations

import json

import pytest

from pipelines.cli import output

COLUMNS = ("名称 name", "行 rows", "说明 note")


def test_a_long_table_is_a_line_a_row_in_straight_columns(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("海宁市", n, None) for n in range(output.MANY_ROWS)] + [("a\x1b[31m[b]x", 1_234, "两行\n的说明")]
    output.table("2022-06 状态 / status", COLUMNS, rows, right=(1,))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(rows) + 2
    assert lines[0] == "2022-06 状态 / status"
    assert lines[2] == "海宁市            0"
    assert lines[-1] == "a\N{REPLACEMENT CHARACTER}[31m[b]x     1234  两行 的说明"


def test_a_short_table_has_its_frame(capsys: pytest.CaptureFixture[str]) -> None:
    output.table("状态 / status", COLUMNS, [("海宁市", 7, "[b]")], right=(1,))
    shown = capsys.readouterr().out
    assert "┃ 名称 name" in shown
    assert "[b]" in shown


def test_json_holds_no_character_that_drives_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"name": "项目\u202e057\u009b31m\u200b　甲\U000e0041", "行": "一\n二"}
    output.print_json(document)
    text = capsys.readouterr().out
    assert "项目\\u202e057\\u009b31m\\u200b　甲\\udb40\\udc41" in text
    assert json.loads(text) == document
