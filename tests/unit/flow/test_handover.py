"""What a reader process hands over is what it read: every table to the last cell, every problem, in order."""

from __future__ import annotations

import gc
import pickle
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.flow.runtime.arrow_transport import pack, unpack
from pipelines.flow.runtime.context import load_programme
from pipelines.harmonize.file import harmonize
from pipelines.model.submissions import ReadFile, ReadOptions
from pipelines.parse.reader import parse

PROJECTS = "行政区划代码,基层表编码,项目代码,项目名称,建设单位,行业代码,计划总投资,自开始建设累计完成投资,本年完成投资,本月完成投资"


def _project_file(title: str, rows: int) -> str:
    lines = [
        f"330481,3304811032{n:04d},2021-330481-38-03-{n:06d},第{n}个项目,海宁{n}公司,3825,{6000 + n}.5,—,{n},{n % 7}"
        for n in range(rows)
    ]
    return "\n".join([title, "单位:万元", PROJECTS, *lines, "合计,,,,,,1000,,,"])


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> list[ReadFile]:
    folder: Path = tmp_path_factory.mktemp("sent")
    programme = load_programme("jiaxing")
    texts = {
        "a.csv": _project_file("海宁市2022年1-6月制造业投资项目月报", 30),
        "none.csv": "无表",
        "b.csv": _project_file("平湖市2022年1-6月制造业投资项目月报", 5),
        "empty.csv": "",
        "c.csv": _project_file("海宁市2022年1-5月制造业投资项目月报", 1),
    }
    found = []
    for name, text in texts.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        found.append(harmonize(parse(path, name), name, programme, ReadOptions()))
    assert sum(len(file.parts) for file in found) == 3
    return found


def test_every_file_arrives_as_it_was_read(read: list[ReadFile]) -> None:
    arrived = unpack(pickle.loads(pickle.dumps(pack(read))), {})
    assert len(arrived) == len(read)
    tables = 0
    for sent, got in zip(read, arrived, strict=True):
        assert (got.sha256, got.name, got.problems, got.ignored_sheets) == (
            sent.sha256,
            sent.name,
            sent.problems,
            sent.ignored_sheets,
        )
        assert len(got.parts) == len(sent.parts)
        for one, other in zip(sent.parts, got.parts, strict=True):
            for field in fields(one):
                before, after = getattr(one, field.name), getattr(other, field.name)
                if isinstance(before, pa.Table):
                    tables += 1
                    assert after.equals(before, check_metadata=True), field.name
                    after.validate(full=True)
                    assert max(column.num_chunks for column in after.columns) <= 1, field.name
                else:
                    assert after == before, field.name
    assert tables == 12


def test_files_of_one_form_share_their_streams(read: list[ReadFile]) -> None:
    """Four kinds of table a form, however many files: their number is what made handing over slow."""
    assert len(pack(read).streams) == 4


def test_a_file_without_tables_and_no_file_at_all(read: list[ReadFile]) -> None:
    without = next(file for file in read if not file.parts)
    assert unpack(pack([without]), {}) == [without]
    assert unpack(pack([]), {}) == []


def test_what_was_handed_over_is_let_go_at_once() -> None:
    """Tables that waited for the garbage collector were 400 MB of a country's month."""
    gc.collect()
    gc.disable()
    try:
        before = pa.total_allocated_bytes()
        for n in range(5):
            unpack(pack([pa.table({"figure": range(n, n + 1_000)})]), {})
        assert pa.total_allocated_bytes() == before
    finally:
        gc.enable()
