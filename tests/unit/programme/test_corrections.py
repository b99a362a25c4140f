"""Documented known errors: headers, names and codes are put right, an amount never."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.errors import ConfigError
from pipelines.harmonize.file import harmonize
from pipelines.model.submissions import ReadOptions
from pipelines.parse.reader import parse
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays

GOOD = {
    "kind": "header",
    "form": "project_month",
    "wrong": "投资总盘子",
    "right": "plan_total",
    "expect": "计划总投资",
    "reason": "桐乡市旧模板的列名",
    "provider": "330483",
    "status": "open",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(find("jiaxing"), tmp_path / "jiaxing"))


def write(folder: Path, *entries: dict[str, str]) -> None:
    blocks = []
    for entry in entries:
        lines = [f"    {key}: {value}" for key, value in {**entry, "since": "2022-02-10"}.items()]
        blocks.append("  -" + "\n".join(lines)[3:])
    (folder / "corrections.yml").write_text("corrections:\n" + "\n".join(blocks) + "\n", encoding="utf-8")


def loaded(folder: Path):
    return load(folder, chinese_workdays(), code_lists())


def test_wrong_headers_names_and_codes_are_understood(folder: Path, tmp_path: Path) -> None:
    alias = {**GOOD, "kind": "alias", "wrong": "桐乡统计", "right": "330483", "expect": "桐乡市"}
    code = {**alias, "kind": "code", "wrong": "330488"}
    write(folder, GOOD, {k: v for k, v in alias.items() if k != "form"}, {k: v for k, v in code.items() if k != "form"})
    programme = loaded(folder)
    unit = programme.roster.find("桐乡统计")
    assert unit is not None and unit.code == "330483" and "330488" in unit.accepted_codes
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("项目月报")
    header = [
        "基层表编码",
        "项目名称",
        "行业代码",
        "建设性质",
        "期末项目建设状态",
        "开工时间",
        "投资总盘子",
        "自开始建设累计完成投资",
        "本年完成投资",
        "本月完成投资",
    ]
    rows = [
        ["桐乡统计2022年1-6月项目月报 单位:万元"],
        header,
        ["33048310001", "甲", "3825", "新建", "在建", "2021-03", 6000, 3000, 1000, 100],
    ]
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()
    (tmp_path / "f").write_bytes(stream.getvalue())
    part = harmonize(parse(tmp_path / "f", "f"), "0" * 64, programme, ReadOptions()).parts[0]
    assert part.unit_code == "330483" and part.rows["plan_total"].to_pylist()[0] == 6000
    assert not [p for p in part.problems if p.rule == "A03"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wrong": "16.3"}, "never an amount"),
        ({"wrong": "1,162,800万元"}, "never an amount"),
        ({"kind": "alias", "wrong": "５00", "right": "330483", "expect": "桐乡市"}, "never an amount"),
        ({"kind": "amount"}, "not allowed"),
        ({"kind": "value"}, "not allowed"),
        ({"value": "16300"}, "unknown key"),
        ({"factor": "10000"}, "unknown key"),
        ({"row": "12"}, "unknown key"),
        ({"right": "amount_units"}, "no column"),
        ({"kind": "code", "wrong": "16.3", "right": "330483", "expect": "桐乡市"}, "not an area code"),
    ],
)
def test_a_correction_cannot_touch_an_amount(folder: Path, change: dict[str, str], said: str) -> None:
    write(folder, {**GOOD, **change})
    with pytest.raises(ConfigError, match=said) as raised:
        loaded(folder)
    assert raised.value.file.endswith("corrections.yml") and raised.value.line


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expect": "项目总投资"}, "no longer true"),
        ({"wrong": "总投资"}, "needless"),
        ({"kind": "alias", "wrong": "海宁", "right": "330483", "expect": "桐乡市"}, "needless"),
        ({"kind": "alias", "wrong": "桐乡统计", "right": "330499", "expect": "桐乡市"}, "no unit"),
        ({"kind": "alias", "wrong": "桐乡统计", "right": "330483", "expect": "桐乡县"}, "no longer true"),
        ({"reason": "短"}, "reason"),
        ({"status": "maybe"}, "not allowed"),
    ],
)
def test_a_guard_that_is_no_longer_true_stops_the_load(folder: Path, change: dict[str, str], said: str) -> None:
    write(folder, {**GOOD, **change})
    with pytest.raises(ConfigError, match=said):
        loaded(folder)


def test_closed_corrections_are_a_record_only(folder: Path) -> None:
    write(folder, {**GOOD, "status": "closed", "expect": "no longer"})
    column = loaded(folder).forms["project_month"].column("plan_total")
    assert column is not None and "投资总盘子" not in column.aliases


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("corrections:\n  - kind: header\n    kind: alias\n", 3, "given twice"),
        ("corrections:\n  - kind: [header\n", 3, "not valid YAML"),
        ("corrections: &a\n  - *a\n", 1, "anchors"),
        ("corrections:\n  - !!python/object/apply:os.system [ls]\n", 2, "tags"),
        ("corrections:\n  - 12\n", 2, "corrections"),
        ("correction: []\n", 1, "unknown key"),
        ("- kind: header\n", 1, "valid dictionary"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_names_its_line(folder: Path, text: str, line: int, said: str) -> None:
    (folder / "corrections.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as raised:
        loaded(folder)
    assert raised.value.line == line


def test_the_line_of_the_wrong_value_is_named(folder: Path) -> None:
    write(folder, GOOD, {**GOOD, "wrong": "16.3"})
    with pytest.raises(ConfigError) as raised:
        loaded(folder)
    assert raised.value.line == 13  # the ninth line of each entry is `since`; `wrong` is the third of the second one


def test_codes_keep_their_zeros_and_an_empty_file_is_none(folder: Path) -> None:
    write(folder, {**GOOD, "provider": "0330483"})
    loaded(folder)
    (folder / "corrections.yml").write_text("# 暂无 / none\n", encoding="utf-8")
    assert loaded(folder).forms["project_month"].column("plan_total") is not None
