"""Reading, harmonizing and archiving county workbooks against calamine alone, in one run.

    python tests/benchmarks/bench_reading.py [--files 2850] [--rows 270] [--workers 2]

Prints seconds and the ratio to calamine: for one process (parse, harmonize and archive, no pool) and for the pool that
`saima process` uses. Every file has its own bytes; files are made before the clock starts; the better of `--rounds` counts."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

from pipelines.collect.archive import Archive
from pipelines.collect.entries import Entry
from pipelines.flow.runtime.context import load_programme
from pipelines.flow.runtime.reader_child import FileToRead
from pipelines.flow.runtime.reader_pool import open_reader
from pipelines.harmonize.file import harmonize
from pipelines.model.programme import Programme
from pipelines.model.submissions import ReadOptions
from pipelines.parse.reader import parse
from pipelines.settings import Settings

HEADER = (
    "行政区划代码",
    "基层表编码",
    "项目代码",
    "项目名称",
    "建设单位",
    "统一社会信用代码",
    "行业代码",
    "建设性质",
    "期末项目建设状态",
    "隶属关系",
    "控股情况",
    "登记注册类型",
    "开工时间",
    "全部建成投产时间",
    "计划总投资",
    "自开始建设累计完成投资",
    "本年完成投资",
    "本月完成投资",
    "建筑工程",
    "安装工程",
    "设备工器具购置",
    "其他费用",
    "上报说明",
    "建设地址区划",
)
MOMENT = datetime(2022, 7, 8, 2, tzinfo=UTC)


def book(seed: int, rows: int) -> bytes:
    """A county's project sheet of 24 columns."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream)
    sheet = workbook.add_worksheet("项目月报")
    sheet.merge_range(0, 0, 0, len(HEADER) - 1, "海宁市2022年1-6月制造业投资项目月报")
    sheet.write(1, len(HEADER) - 1, "单位:万元")
    sheet.write_row(2, 0, HEADER)
    for n in range(rows):
        amount = (seed * 7919 + n * 104_729) % 90_000 / 10
        sheet.write_row(
            3 + n,
            0,
            (
                "330481",
                f"3304811032{n:04d}",
                f"2021-330481-38-03-{n:06d}",
                f"年产{seed}-{n}万件精密部件项目",
                f"海宁某某{n}有限公司",
                "91330481MA2B00000X",
                "3825",
                "新建",
                "在建",
                "90",
                "3",
                "150",
                "2021-03",
                "",
                60000 + amount,
                3000 + amount,
                1000 + amount,
                100 + n / 100,
                400,
                100,
                400,
                100 + amount,
                "",
                "330481100000",
            ),
        )
    workbook.close()
    return stream.getvalue()


def make(folder: Path, files: int, rows: int, shapes: int = 40) -> list[Path]:
    """Files with their own bytes: `shapes` workbooks, told apart by the comment at the end of the zip."""
    folder.mkdir(parents=True)
    books = [book(seed, rows) for seed in range(min(files, shapes))]
    paths = []
    for number in range(files):
        data, comment = books[number % len(books)], f"{number:06d}".encode()
        path = folder / f"{number:06d}.xlsx"
        path.write_bytes(data[:-2] + len(comment).to_bytes(2, "little") + comment)
        paths.append(path)
    return paths


def calamine(paths: list[Path]) -> int:
    """The floor: every sheet of every file to Python values."""
    rows = 0
    for path in paths:
        workbook = CalamineWorkbook.from_path(str(path))
        rows += sum(len(workbook.get_sheet_by_name(name).to_python()) for name in workbook.sheet_names)
    return rows


def archived(paths: list[Path], root: Path) -> list[tuple[Path, str]]:
    archive = Archive(root)
    entries = [Entry("bench", p.name, p, MOMENT, p.stat().st_size) for p in paths]
    return [(archive.path(stored.sha256), stored.sha256) for stored in archive.store_many(entries).stored]


def one_process(paths: list[Path], root: Path, programme: Programme) -> int:
    rows = 0
    for path, digest in archived(paths, root):
        read = harmonize(parse(path, "x.xlsx"), digest, programme, ReadOptions())
        rows += sum(len(part.rows) for part in read.parts)
    return rows


def pooled(paths: list[Path], root: Path, programme: Programme, workers: int) -> int:
    rows = 0
    settings = Settings(home=root, workers=workers)
    files = [
        FileToRead(digest, path, digest, "x.xlsx", ReadOptions()) for path, digest in archived(paths, root / "raw")
    ]
    with open_reader(programme, settings, len(files)) as reader:
        for _, read in reader.read(files):
            rows += sum(len(part.rows) for part in read.parts)
    return rows


def timed(work: Callable[[], int], rows: int) -> float:
    start = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - start
    assert found >= rows, f"{found} rows of {rows}"
    return seconds


def run(files: int, rows: int, workers: int, rounds: int) -> dict[str, float]:
    """Seconds and ratios; the three ways take turns, so that a busy moment hits all of them."""
    programme = load_programme("jiaxing")
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        paths = make(root / "in", files, rows)
        with open_reader(programme, Settings(home=root / "pool", workers=workers), files) as reader:
            list(
                reader.read(
                    [
                        FileToRead("warm", p, hashlib.sha256(p.read_bytes()).hexdigest(), "x", ReadOptions())
                        for p in paths[:8]
                    ]
                )
            )
        for number in range(rounds):
            ways = {
                "calamine": lambda: calamine(paths),
                "one_process": lambda number=number: one_process(paths, root / f"one{number}", programme),
                "pool": lambda number=number: pooled(paths, root / f"pool{number}", programme, workers),
            }
            for name, work in ways.items():
                best[name] = min(best.get(name, 1e9), timed(work, files * rows))
            shutil.rmtree(root / f"one{number}")
            shutil.rmtree(root / f"pool{number}")
    found = {f"{name}_seconds": round(seconds, 3) for name, seconds in best.items()}
    ratios = {f"{name}_ratio": round(best[name] / best["calamine"], 2) for name in ("one_process", "pool")}
    return {"files": files, "rows": rows, **found, **ratios}


def main() -> None:
    """Print one JSON object; exit 1 where the pool is slower than 2.5 times calamine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2850)
    parser.add_argument("--rows", type=int, default=270)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    found = run(given.files, given.rows, given.workers, given.rounds)
    print(json.dumps(found))
    sys.exit(0 if found["pool_ratio"] <= 2.5 else 1)


if __name__ == "__main__":
    main()
