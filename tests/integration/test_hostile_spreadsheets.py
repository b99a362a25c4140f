"""Spreadsheets that exhaust or abort their reader cost only themselves: the files beside them are read all the same."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from pipelines.flow.runtime.context import load_programme
from pipelines.flow.runtime.reader_child import FileToRead
from pipelines.flow.runtime.reader_pool import open_reader
from pipelines.model.submissions import ReadOptions
from pipelines.settings import REPOSITORY, Settings

MESSY = REPOSITORY.parent / "shared" / "realdata" / "messy_files" / "calamine"

pytestmark = pytest.mark.slow

GOOD = (
    "海宁市2022年1-6月制造业投资汇总表,,,,\n单位:万元,,,,\n"
    "指标名称,计量单位,统计口径,本年累计,上年同期\n制造业投资,万元,管理,1162800,760000\n"
)


def to_read(number: int, path: Path) -> FileToRead:
    return FileToRead(str(number), path, hashlib.sha256(path.read_bytes()).hexdigest(), path.name, ReadOptions())


@pytest.mark.needs_realdata
@pytest.mark.skipif(not MESSY.exists(), reason=f"no real data at {MESSY}")
def test_three_files_that_exhaust_memory_stand_between_good_ones(tmp_path: Path) -> None:
    good = [tmp_path / f"good{n}.csv" for n in range(4)]
    for path in good:
        path.write_text(GOOD, encoding="utf-8")
    bad = sorted(MESSY.glob("OOM_alloc*.xls"))
    assert len(bad) == 3
    order = [good[0], bad[0], good[1], bad[1], good[2], bad[2], good[3]]
    started = time.monotonic()
    settings = Settings(home=tmp_path, file_memory_mb=1024, file_seconds=20)
    with open_reader(load_programme("jiaxing"), settings, len(order)) as reader:
        results = [read for _, read in reader.read([to_read(n, p) for n, p in enumerate(order)])]
        reader.stop()
    assert time.monotonic() - started < 90
    for path, read in zip(order, results, strict=True):
        assert read.name == path.name
        if path in good:
            assert [part.unit_code for part in read.parts] == ["330481"], read.problems
        else:
            assert not read.parts and read.problems[0].rule in ("A01", "A03")


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
    cell = '<table:table-cell table:number-columns-repeated="250" office:value-type="float" office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="1000">{cell}</table:table-row>'
    names = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    body = f'<office:body><office:spreadsheet><table:table table:name="a">{row * 60}</table:table></office:spreadsheet></office:body>'
    bad = tmp_path / "bad.ods"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml", f'<?xml version="1.0"?><office:document-content {names}>{body}</office:document-content>'
        )
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
    assert second["verdict"].startswith("accepted")


def test_a_pipe_or_a_folder_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    for path in (tmp_path / "pipe.xlsx", tmp_path):
        command = [sys.executable, "-m", "pipelines.cli.app", "check", "--home", str(tmp_path / "none"), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=120, check=False)
        assert done.returncode == 2
        assert "不是文件" in done.stderr
