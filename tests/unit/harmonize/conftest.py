"""Small files in the shapes counties send, made by the tests."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from pipelines.harmonize.file import harmonize
from pipelines.model.programme import Programme
from pipelines.model.submissions import FormPart, ReadFile, ReadOptions
from pipelines.parse.reader import parse
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays

HEADER = (
    "基层表编码",
    "项目代码",
    "项目名称",
    "建设单位",
    "统一社会信用代码",
    "行业代码",
    "建设性质",
    "期末项目建设状态",
    "开工时间",
    "计划总投资",
    "自开始建设累计完成投资",
    "本年完成投资",
    "本月完成投资",
    "建筑工程",
    "安装工程",
    "设备工器具购置",
    "其他费用",
    "上报说明",
)
TITLE = ("海宁市2022年1-6月制造业投资项目月报", "单位:万元")


def project(number: int, **changes: Any) -> list[Any]:
    """One plausible row under HEADER; `changes` by header."""
    row = dict(
        zip(
            HEADER,
            (
                f"3304811032{number:04d}",
                f"2021-330481-38-03-{number:06d}",
                f"年产{number + 1}万件精密部件项目",
                f"海宁某某{number}有限公司",
                "91330481MA2B00000X",
                "3825",
                "新建",
                "在建",
                "2021-03",
                6000 + number,
                3000 + number,
                1000 + number,
                100,
                400,
                100,
                400,
                100 + number,
                "",
            ),
            strict=True,
        )
    )
    assert set(changes) <= set(row)
    return list({**row, **changes}.values())


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]], merge: Sequence[str] = ()) -> bytes:
    """Sheets as (name, rows); None leaves a cell empty; `merge` ranges on the first sheet, filled by their first cell."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    for position, (name, rows) in enumerate(sheets):
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)
        if position == 0:
            for area in merge:
                first = area.split(":")[0]
                column = (
                    sum((ord(c) - 64) * 26**i for i, c in enumerate(reversed([c for c in first if c.isalpha()]))) - 1
                )
                row = int("".join(c for c in first if c.isdigit())) - 1
                sheet.merge_range(area, rows[row][column])
    book.close()
    return stream.getvalue()


def csv_text(rows: Sequence[Sequence[Any]], delimiter: str = ",") -> str:
    return "".join(delimiter.join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows)


@pytest.fixture(scope="session")
def jiaxing() -> Programme:
    return load(find("jiaxing"), chinese_workdays(), code_lists())


@pytest.fixture
def read(tmp_path: Path, jiaxing: Programme) -> Callable[..., ReadFile]:
    """Parses and harmonizes bytes as flow does."""

    def run(content: bytes | str, **options: Any) -> ReadFile:
        path = tmp_path / "stored"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return harmonize(parse(path, "报表"), "0" * 64, jiaxing, ReadOptions(**options))

    return run


@pytest.fixture
def read_part(read: Callable[..., ReadFile]) -> Callable[..., FormPart]:
    """The only part of a file."""

    def run(content: bytes | str, **options: Any) -> FormPart:
        result = read(content, **options)
        assert len(result.parts) == 1, result.problems
        return result.parts[0]

    return run


def kinds(part: FormPart) -> list[tuple[str, str]]:
    """(rule, kind) of a part's problems."""
    return [(problem.rule, problem.params["kind"]) for problem in part.problems]
