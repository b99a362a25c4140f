"""What a terminal does to a command: closed pipes, full disks, encodings, odd homes. No traceback, and 0, 1 or 2."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import REPOSITORY

SAIMA = (sys.executable, "-m", "pipelines.cli.app")


def saima(*arguments: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    extra = more.pop("env", {})
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SAIMA", "LC_", "LANG", "PYTHON"))} | extra
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    done = subprocess.run([*SAIMA, *arguments], cwd=REPOSITORY, env=environment, check=False, **pipes)
    assert b"Traceback" not in (done.stderr or b"") and b"internal error" not in (done.stderr or b""), done.stderr
    return done


@pytest.mark.parametrize("env", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_chinese_reaches_a_terminal_of_any_locale(env: dict[str, str]) -> None:
    assert "审核关系目录" in saima("--help", env=env).stdout.decode("utf-8")


def test_json_is_whole_in_an_encoding_without_the_characters() -> None:
    done = saima("rules", "--json", env={"PYTHONIOENCODING": "latin-1"})
    assert "文件打不开" in json.loads(done.stdout.decode("ascii"))["rules"][0]["message_zh"]


def test_a_reader_that_is_gone_is_no_verdict() -> None:
    """The framework would exit with 1, which means "rejected" or "no" here."""
    read, write = os.pipe()
    os.close(read)
    try:
        assert saima("rules", "--json", stdout=write).returncode == 2
    finally:
        os.close(write)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = saima("rules", stdout=full)
    assert done.returncode == 2 and "No space left" in done.stderr.decode()


def test_homes_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for home, word in (("a#b", "'#'"), ("file", "not a folder"), ("absent", "not a home")):
        done = saima("audit", "--home", str(tmp_path / home))
        assert done.returncode == 2 and word in done.stderr.decode(), done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_setting_that_is_no_number_is_named() -> None:
    done = saima("late", env={"SAIMA_WORKERS": "many"})
    assert done.returncode == 2 and "SAIMA_WORKERS" in done.stderr.decode()


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = saima("sample", "--out", str(tmp_path / "file" / "under"), "--period", "2022-02")
    assert done.returncode == 2 and "under" in done.stderr.decode()


@pytest.fixture(scope="module")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("edges") / "home"
    assert saima("collect", "--home", str(home)).returncode == 0
    return home


def test_an_address_that_nobody_can_listen_on_is_named(new_home: Path) -> None:
    """The server ended with 3, a status of its own, and a line of its log."""
    (new_home / "site").mkdir(exist_ok=True)
    (new_home / "site" / "index.html").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("web", "serve"):
            done = saima(command, "--port", port, "--home", str(new_home), timeout=60)
            said = done.stderr.decode()
            assert done.returncode == 2 and f"不能在 127.0.0.1:{port} 上监听" in said and "--port" in said, said


@pytest.mark.parametrize("command", [("access",), ("waivers",), ("alerts", "calls")], ids=" ".join)
def test_an_empty_table_is_no_answer_about_a_month_that_does_not_exist(
    command: tuple[str, ...], new_home: Path
) -> None:
    done = saima(*command, "1999-01", "--home", str(new_home))
    said = done.stderr.decode()
    assert done.returncode == 2 and "1999-01 不在报送日历中" in said and "日历范围" in said, said
