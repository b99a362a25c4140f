"""Mutated files never raise, never lose a row: parse and harmonize give parts or problems, and every row has one class."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path

import pytest

from pipelines.harmonize.file import harmonize
from pipelines.model.submissions import ReadOptions
from pipelines.parse.reader import parse

from .conftest import HEADER, TITLE, csv_text, project, workbook
from .test_variants import ROWS, as_json, two_levels, two_levels_csv, with_totals_and_footers

REALDATA = Path(__file__).resolve().parents[4] / "shared" / "realdata"
CELLS = (
    "",
    " ",
    "\u3000",
    "—",
    "…",
    "合计",
    "其中:",
    "填表人:",
    "单位:亿元",
    "海宁市2022年5月",
    "#DIV/0!",
    "1,234.5",
    "１２",
    "(3)",
    "1e9",
    "NaN",
    "无",
    "本月无发生额",
    "x" * 5000,
    "\u202e",
    "'",
    '"',
    "\\",
    "=1+1",
    "<b>",
    "本年完成投资",
    "项目名称",
    "亿元",
    "2022年13月",
    "0",
    1e308,
    -1e-9,
    5e17,
    0.1 + 0.2,
    True,
    float(2**53),
    44713.0,
    -0.0,
)


def check(result) -> None:
    assert result.parts or result.problems
    for part in result.parts:
        part.rows.validate(full=True)
        classes = part.raw["row_class"].to_pylist()
        assert classes.count("data") == len(part.rows)
        assert set(classes) <= {"data", "title", "header", "total", "footer"}
        assert len(set(part.raw["row_no"].to_pylist())) == len(part.raw)
        assert all(isinstance(cell, str) for row in part.raw["cells"].to_pylist() for cell in json.loads(row))
        assert all(problem.params.get("kind") for problem in part.problems)


def shuffled_cells(random_: random.Random):
    grid = [[TITLE[0]], [TITLE[1]], list(HEADER), *(list(row) for row in ROWS[:8])]
    for _ in range(random_.randrange(1, 30)):
        row = random_.choice(grid)
        action = random_.random()
        if action < 0.6:
            row[random_.randrange(len(row))] = random_.choice(CELLS)
        elif action < 0.75:
            row.insert(random_.randrange(len(row) + 1), random_.choice(CELLS))
        elif action < 0.85 and len(row) > 1:
            del row[random_.randrange(len(row))]
        else:
            grid.insert(random_.randrange(len(grid) + 1), list(random_.choice(grid)))
    return grid


@pytest.mark.parametrize("seed", range(60))
def test_grids_with_anything_in_them(seed, read):
    random_ = random.Random(seed)
    grid = shuffled_cells(random_)
    kind = seed % 3
    if kind == 0:
        check(read(workbook(("表", grid))))
    elif kind == 1:
        check(
            read(
                csv_text([[str(c).replace(",", ";").replace("\n", " ").replace('"', "") for c in row] for row in grid])
            )
        )
    else:
        head = [str(cell) for cell in grid[2]]
        rows = [dict(zip(head, row, strict=False)) for row in grid[3:]]
        check(read(json.dumps({"meta": {"unit": "330481"}, "rows": rows}, allow_nan=False)))


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bytes(seed, read):
    random_ = random.Random(1000 + seed)
    source = [two_levels(), with_totals_and_footers(), two_levels_csv().encode("gb18030"), as_json().encode()][seed % 4]
    data = bytearray(source)
    for _ in range(random_.randrange(1, 12)):
        data[random_.randrange(len(data))] = random_.randrange(256)
    check(read(bytes(data)))


@pytest.mark.parametrize("seed", range(60))
def test_changed_xml_inside_an_intact_zip(seed, read):
    random_ = random.Random(2000 + seed)
    source, stream = zipfile.ZipFile(io.BytesIO(two_levels())), io.BytesIO()
    victim = random_.choice(source.namelist())
    with zipfile.ZipFile(stream, "w") as archive:
        for name in source.namelist():
            data = bytearray(source.read(name))
            for _ in range(random_.randrange(1, 6) if name == victim else 0):
                at = random_.randrange(len(data))
                data[at : at + random_.randrange(4)] = random_.randbytes(random_.randrange(4))
            archive.writestr(name, bytes(data))
    check(read(stream.getvalue()))


def test_a_project_row_of_every_odd_cell(read):
    for cell in CELLS:
        check(read(workbook(("表", [[TITLE[0]], [TITLE[1]], list(HEADER), [cell] * len(HEADER), project(1)]))))


@pytest.mark.needs_realdata
@pytest.mark.skipif(not REALDATA.exists(), reason="../shared/realdata is absent")
def test_no_messy_file_passes_for_a_return(jiaxing):
    files = sorted(
        p for f in ("messy_files", "fai_vintages", "codes") for p in (REALDATA / f).rglob("*") if p.is_file()
    )
    looked_at = 0
    for path in files:
        if "OOM" in path.name:
            continue
        result = harmonize(parse(path, path.name), "0" * 64, jiaxing, ReadOptions())
        assert result.problems or any(part.problems for part in result.parts), path
        check(result)
        looked_at += 1
    assert looked_at > 200
