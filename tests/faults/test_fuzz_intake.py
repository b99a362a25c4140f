"""Mutated submissions of every format through the reader pool: each comes back with parts or problems, no row is lost or doubled.

`SAIMA_FUZZ_CASES=10000` runs as many cases; `SAIMA_FUZZ_SEED` begins elsewhere."""

from __future__ import annotations

import importlib.util
import io
import os
import random
import sys
import zipfile
from collections import Counter
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pipelines.flow.runtime.context import load_programme
from pipelines.flow.runtime.reader_child import FileToRead
from pipelines.flow.runtime.reader_pool import open_reader
from pipelines.model.submissions import ReadFile, ReadOptions
from pipelines.settings import Settings

pytestmark = pytest.mark.slow

CASES = int(os.environ.get("SAIMA_FUZZ_CASES", "1000"))
SEED = int(os.environ.get("SAIMA_FUZZ_SEED", "0"))
HEADER = [
    "基层表编码",
    "项目代码",
    "项目名称",
    "行业代码",
    "建设性质",
    "期末项目建设状态",
    "开工时间",
    "计划总投资",
    "自开始建设累计完成投资",
    "本年完成投资",
    "本月完成投资",
    "上报说明",
]
ODD: tuple[Any, ...] = (
    None,
    "",
    " ",
    "\u3000",
    "—",
    "…",
    "合计",
    "其中:",
    "填表人:",
    "单位:亿元",
    "平湖市2022年5月",
    "1,234.5",
    "１２",
    "(3)",
    "1e9",
    "NaN",
    "无",
    "本月无发生额",
    "x" * 3000,
    "\u202e",
    "'",
    '"',
    "\\",
    "=1+1",
    "<b>&",
    "本年完成投资",
    "项目名称",
    "2022年13月",
    "0",
    1e308,
    -1e-9,
    5e17,
    0.1 + 0.2,
    float(2**53),
    44713.0,
    -0.0,
    "#DIV/0!",
    "\ud7ff",
    "🀄",
    "a\nb",
    "a,b;c\td",
    "24.1%",
    "拟2022年6月",
)


def _other_formats() -> Any:
    """The format writers beside the layout tests; tests are no package, so the file is loaded by its path."""
    path = Path(__file__).resolve().parents[1] / "unit" / "harmonize" / "other_formats.py"
    spec = importlib.util.spec_from_file_location("other_formats_of_fuzz", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


FORMATS = _other_formats()


def grid(rnd: random.Random) -> list[list[Any]]:
    rows: list[list[Any]] = [["海宁市2022年1-6月制造业投资项目月报"], ["单位:万元"], list(HEADER)]
    for n in range(rnd.randrange(0, 9)):
        rows.append(
            [
                f"3304811032{n:04d}",
                f"2021-330481-38-03-{n:06d}",
                f"项目{n}",
                "3825",
                "新建",
                "在建",
                "2021-03",
                6000 + n,
                3000,
                1000,
                100,
                "",
            ]
        )
    for _ in range(rnd.randrange(0, 12)):
        row = rnd.choice(rows)
        action = rnd.random()
        if action < 0.6 and row:
            row[rnd.randrange(len(row))] = rnd.choice(ODD)
        elif action < 0.75:
            row.insert(rnd.randrange(len(row) + 1), rnd.choice(ODD))
        elif action < 0.85 and len(row) > 1:
            del row[rnd.randrange(len(row))]
        else:
            rows.insert(rnd.randrange(len(rows) + 1), list(rnd.choice(rows)))
    return rows


def csv_bytes(rows: list[list[Any]], rnd: random.Random) -> bytes:
    delimiter = rnd.choice(",,;\t")
    text = "".join(
        delimiter.join("" if c is None else str(c) for c in row) + rnd.choice(("\n", "\r\n")) for row in rows
    )
    return text.encode(rnd.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16", "big5")), "replace")


def xlsx_bytes(rows: list[list[Any]], rnd: random.Random) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"strings_to_formulas": rnd.random() < 0.5, "nan_inf_to_errors": True})
    sheet = book.add_worksheet(rnd.choice(("表", "项目月报", "Sheet1")))
    top, left = rnd.randrange(3), rnd.randrange(3)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(top + number, left + column, value)
    if rnd.random() < 0.2:
        sheet.merge_range(top, left, top, left + 5, "合并")
    book.close()
    return stream.getvalue()


def made(rnd: random.Random, depth: int = 0) -> bytes:
    rows = grid(rnd)
    kind = rnd.randrange(7 if depth == 0 else 5)
    if kind == 0:
        return csv_bytes(rows, rnd)
    if kind == 1:
        return xlsx_bytes(rows, rnd)
    if kind == 2:
        return FORMATS.ods("表", rows)
    if kind == 3:
        return FORMATS.xlsb("表", rows)
    if kind == 4:
        return FORMATS.xls("表", rows)
    files = {f"{n}-{rnd.choice('表甲乙')}.dat": made(rnd, 1) for n in range(rnd.randrange(1, 4))}
    if kind == 5:
        return FORMATS.package(files, rnd.choice(("utf-8", "gb18030")))
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.cn", "报表"
    mail.set_content("x")
    for name, data in files.items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def broken(data: bytes, rnd: random.Random) -> bytes:
    """Bytes flipped, cut, doubled, or changed inside a zip that stays intact."""
    action = rnd.random()
    if action < 0.35 or not data:
        return data
    if action < 0.6 and data.startswith(b"PK"):
        source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
        victim = rnd.choice(source.namelist())
        with zipfile.ZipFile(stream, "w") as archive:
            for name in source.namelist():
                content = bytearray(source.read(name))
                for _ in range(rnd.randrange(1, 5) if name == victim and content else 0):
                    at = rnd.randrange(len(content))
                    content[at : at + rnd.randrange(4)] = rnd.randbytes(rnd.randrange(4))
                archive.writestr(name, bytes(content))
        return stream.getvalue()
    if action < 0.85:
        changed = bytearray(data)
        for _ in range(rnd.randrange(1, 12)):
            changed[rnd.randrange(len(changed))] = rnd.randrange(256)
        return bytes(changed)
    if action < 0.95:
        return data[: rnd.randrange(len(data))]
    return data + data[: rnd.randrange(len(data))]


def check(read: ReadFile) -> str:
    """The promise of parse and harmonize, and a word for the tally."""
    assert read.parts or read.problems
    assert all(
        p.rule in ("A01", "A02", "A03", "A04", "A05", "A06", "A07") and p.params.get("kind") for p in read.problems
    )
    for part in read.parts:
        part.rows.validate(full=True)
        classes = part.raw["row_class"].to_pylist()
        assert classes.count("data") == len(part.rows)
        assert set(classes) <= {"data", "title", "header", "total", "footer"}
        assert len(set(part.raw["row_no"].to_pylist())) == len(part.raw)
        assert len(part.rows) or part.nil_return or part.problems
        for row in part.rows["row_no"].to_pylist():
            assert part.sheet_of(row) is not None
    if read.problems:
        return f"{read.problems[0].rule} {read.problems[0].params['kind']}"
    return "read with problems" if any(part.problems for part in read.parts) else "read"


def test_mutated_submissions(tmp_path, capsys):
    programme = load_programme("jiaxing")
    tally: Counter[str] = Counter()
    settings = Settings(home=tmp_path, file_seconds=20, file_memory_mb=1000)
    batch = 500
    with open_reader(programme, settings, CASES) as reader:
        for first in range(0, CASES, batch):
            files = []
            for number in range(first, min(first + batch, CASES)):
                rnd = random.Random(SEED + number)
                path = tmp_path / str(number % batch)
                path.write_bytes(broken(made(rnd), rnd))
                files.append(
                    FileToRead(str(number), path, sha256(path.read_bytes()).hexdigest(), f"{number}.dat", ReadOptions())
                )
            for file, read in reader.read(files):
                try:
                    tally[check(read)] += 1
                except AssertionError as error:
                    raise AssertionError(f"case {SEED + int(file.key)}: {error}") from error
    with capsys.disabled():
        print("\n" + "\n".join(f"{count:6} {word}" for word, count in tally.most_common()))
    assert tally.total() == CASES
    assert tally["read"] > CASES / 20
    assert tally["A01 too_slow"] == 0
