"""Nothing that decides a verdict, its text or a ranking depends on the order of a hash: a month under several PYTHONHASHSEED."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .bureau_programme import NAMES, Bureau

pytestmark = pytest.mark.slow
SENT = datetime(2022, 3, 8, 2, tzinfo=UTC)
AFTER = datetime(2022, 3, 25, 3, tzinfo=UTC)
SEEDS = ("1", "20221128")
TOTALS = "指标名称,统计口径,本年累计,上年同期,增速(%),计量单位,上报说明"
PROJECTS = "项目代码,项目名称,牵头局,县领导,备注甲,备注乙,计划总投资,本年完成投资,开工计划,竣工计划,问题数"


def lay(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    os.utime(file, (SENT.timestamp(),) * 2)


def table(title: str, header: str, *rows: str) -> bytes:
    return ("\n".join((title, "单位:万元", header, *rows)) + "\n").encode()


def fill(bureau: Bureau) -> None:
    """Files with several things wrong at once: what is told first, and in which words, must not be a matter of luck."""
    good = table(f"{NAMES['330402']}2022年1—2月制造业投资汇总月报", TOTALS, "制造业投资,管理,120000,100000,20,万元,")
    packed = bureau.inbox / "330402.zip"
    with zipfile.ZipFile(packed, "w") as package:
        for name in ("汇总.csv", "副本/汇总.csv", "再一份.csv"):
            package.writestr(zipfile.ZipInfo(name, (2022, 3, 8, 10, 0, 0)), good)
        package.writestr(zipfile.ZipInfo("说明.txt", (2022, 3, 8, 10, 0, 0)), "请查收")
    lay(packed, packed.read_bytes())
    lay(
        bureau.inbox / "330411.csv",
        table(
            f"{NAMES['330411']}、{NAMES['330424']}2022年1—2月制造业投资汇总月报(2021年1—3月)",
            f"{TOTALS},甲,乙,丙,丁",
            "制造业投资,管理口,二十三万,—,#REF!,亿元,,1,2,3,4",
            "民间投资,辖区,1 2,3,0.2,元,,,,,",
            "制造业投资,管理,230000,200000,15,万元,,,,,",
        ),
    )
    bureau.county("330424", SENT, last_year=299_000)
    bureau.county("330411", SENT, ytd="二十三万")
    rows = [f"2201-330424-04-01-{n:06d},项目{n},经信,王,x,y,—,{n}万,13月,2022-02,二" for n in range(4)]
    lay(
        bureau.inbox / "330424d.csv", table(f"{NAMES['330424']}2022年1—2月制造业项目调度月报", PROJECTS, *rows, rows[0])
    )
    bureau.city(datetime(2022, 3, 14, 2, tzinfo=UTC), city_base=610_000, places="15,3", rates={"330424": "20.1"})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """Everything that each run tells: answers to the files and the pages and tables of the draft."""
    root = tmp_path_factory.mktemp("seeds")
    bureau = Bureau.open(root)
    bureau.context.warehouse.close()
    fill(bureau)
    found = []
    for seed in SEEDS:
        home = root / f"home-{seed}"
        words = ("month", "2022-02", "--from", str(bureau.inbox), "--home", str(home), "--now", AFTER.isoformat())
        words = (*words, "--programme", str(root / "programme"))
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli.app", *words, "--json"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        folders = (home / "out", home / "editions")
        files = {f.relative_to(home).as_posix(): f for folder in folders for f in folder.rglob("*") if f.is_file()}
        found.append({name: file.read_bytes() for name, file in sorted(files.items())})
    return found


def test_answers_and_draft_are_the_same_to_the_byte(told: list[dict[str, bytes]]) -> None:
    first = told[0]
    assert sum(name.endswith(".receipt.json") for name in first) == 6
    assert any(name.endswith("ranking.json") for name in first)
    for other in told[1:]:
        assert other.keys() == first.keys()
        assert [name for name in first if other[name] != first[name]] == []


def test_the_run_had_something_to_say(told: list[dict[str, bytes]]) -> None:
    answers = [text.decode() for name, text in told[0].items() if name.endswith(".receipt.json")]
    words = [json.loads(text)["verdict"] for text in answers]
    assert (words.count("rejected"), words.count("unassigned")) == (1, 2)
    assert sum(text.count('"rule"') for text in answers) >= 10
