"""Spreadsheets that exhaust or abort their reader cost only themselves: the files beside them are read all the same."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelines.flow.runtime.context import load_programme
from pipelines.flow.runtime.reader_child import FileToRead
from pipelines.flow.runtime.reader_pool import open_reader
from pipelines.model.submissions import ReadOptions
from pipelines.settings import REPOSITORY, Settings

from ..unit.harmonize.other_formats import aborting

MESSY = REPOSITORY.parent / "shared" / "realdata" / "messy_files" / "calamine"

pytestmark = pytest.mark.slow

GOOD = (
    "海宁市2022年1-6月制造业投资汇总表,,,,\n单位:万元,,,,\n"
    "指标名称,计量单位,统计口径,本年累计,上年同期\n制造业投资,万元,管理,1162800,760000\n"
)


def to_read(number: int, path: Path) -> FileToRead:
    return FileToRead(str(number), path, hashlib.sha256(path.read_bytes()).hexdigest(), path.name, ReadOptions())


def abortive(path: Path) -> Path:
    path.write_bytes(aborting())
    return path


def exhausting(path: Path) -> Path:
    """A text of 15 million cells: no memory is left, and the process lives to say so."""
    path.write_text(GOOD + ("1," * 250 + "\n") * 60_000, encoding="utf-8")
    return path


def read_between_good_ones(folder: Path, bad: Sequence[Path], memory_mb: int) -> list[str]:
    """What is wrong with each of the bad files (rule and kind); the good ones before, between and behind them are read all the same."""
    good = [folder / f"good{n}.csv" for n in range(len(bad) + 1)]
    for path in good:
        path.write_text(GOOD, encoding="utf-8")
    order = [path for pair in zip(good, bad, strict=False) for path in pair] + good[-1:]
    started = time.monotonic()
    settings = Settings(home=folder, file_memory_mb=memory_mb, file_seconds=20)
    with open_reader(load_programme("jiaxing"), settings, len(order)) as reader:
        results = [read for _, read in reader.read([to_read(n, p) for n, p in enumerate(order)])]
        reader.stop()
    assert time.monotonic() - started < 90
    assert [read.name for read in results] == [path.name for path in order]
    for read in results[::2]:
        assert [part.unit_code for part in read.parts] == ["330481"], read.problems
    assert not any(read.parts for read in results[1::2])
    return [f"{first.rule} {first.params['kind']}" for first in (read.problems[0] for read in results[1::2])]


def test_files_that_exhaust_memory_stand_between_good_ones(tmp_path: Path) -> None:
    bad = [abortive(tmp_path / "1.ods"), exhausting(tmp_path / "2.csv"), abortive(tmp_path / "3.ods")]
    found = read_between_good_ones(tmp_path, bad, memory_mb=256)
    assert found == ["A01 reader_died", "A01 too_much_memory", "A01 reader_died"]


@pytest.mark.needs_realdata
@pytest.mark.skipif(not MESSY.exists(), reason=f"no real data at {MESSY}")
def test_three_real_files_that_exhausted_a_reader_once_stand_between_good_ones(tmp_path: Path) -> None:
    """Each asked for gigabytes in an older version of calamine. Today's reads them, or says what they are; no return is among them."""
    bad = sorted(MESSY.glob("OOM_alloc*.xls"))
    assert len(bad) == 3
    assert all(found[:3] in ("A01", "A03") for found in read_between_good_ones(tmp_path, bad, memory_mb=1024))


def test_a_file_that_takes_too_long_is_stopped_and_named(tmp_path: Path) -> None:
    good = [tmp_path / f"good{n}.csv" for n in range(2)]
    for path in good:
        path.write_text(GOOD, encoding="utf-8")
    endless = tmp_path / "endless.csv"
    header, row = GOOD.rstrip().rsplit("\n", 1)
    endless.write_text(header + "\n" + (row + "\n") * 190_000, encoding="utf-8")
    settings = Settings(home=tmp_path, file_seconds=1)
    with open_reader(load_programme("jiaxing"), settings, 3) as reader:
        order = [good[0], endless, good[1]]
        results = [read for _, read in reader.read([to_read(n, p) for n, p in enumerate(order)])]
        reader.stop()
    assert [bool(read.parts) for read in results] == [True, False, True]
    assert results[1].problems[0].rule == "A01"
    assert results[1].problems[0].params["kind"] in ("too_slow", "reader_died")


def test_an_aborting_reader_prints_nothing_of_its_own(tmp_path: Path) -> None:
    """The Rust reader prints a stack trace when it runs out of memory; the person who asked reads a verdict."""
    bad = abortive(tmp_path / "bad.ods")
    good = tmp_path / "good.csv"
    good.write_text(GOOD, encoding="utf-8")
    environment = {**os.environ, "SAIMA_FILE_MEMORY_MB": "256", "RUST_BACKTRACE": "1"}
    command = [
        sys.executable,
        "-m",
        "pipelines.cli.app",
        "check",
        "--json",
        "--home",
        str(tmp_path / "none"),
        str(bad),
        str(good),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, env=environment, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    first, second = json.loads(done.stdout)
    assert (first["verdict"], first["findings"][0]["rule"]) == ("unreadable", "A01")
    assert "使读取程序中止" in first["findings"][0]["message_zh"]
    assert second["verdict"].startswith("accepted")


def test_a_pipe_or_a_folder_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    for path in (tmp_path / "pipe.xlsx", tmp_path):
        command = [sys.executable, "-m", "pipelines.cli.app", "check", "--home", str(tmp_path / "none"), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=120, check=False)
        assert done.returncode == 2
        assert "不是文件" in done.stderr
