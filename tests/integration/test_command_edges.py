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


def saima(*arguments: str | bytes, **more: Any) -> subprocess.CompletedProcess[bytes]:
    extra = more.pop("env", {})
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SAIMA", "LC_", "LANG", "PYTHON"))} | extra
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    done = subprocess.run([*SAIMA, *arguments], env=environment, check=False, **({"cwd": REPOSITORY} | pipes))
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


EMPTY_ANSWERS = (
    *(("access",), ("waivers",), ("alerts", "calls"), ("explanation", "list")),
    *(("dispatch", "teams"), ("dispatch", "helpers")),
)


@pytest.mark.parametrize("command", EMPTY_ANSWERS, ids=" ".join)
def test_an_empty_table_is_no_answer_about_a_month_that_does_not_exist(
    command: tuple[str, ...], new_home: Path
) -> None:
    done = saima(*command, "1999-01", "--home", str(new_home))
    said = done.stderr.decode()
    assert done.returncode == 2 and "1999-01 不在报送日历中" in said and "日历范围" in said, said


ASKED = (
    *(("status", "2022-06"), ("late", "2022-06"), ("publish", "2022-06"), ("alerts", "outbox"), ("users", "list")),
    *(("overrule", "2022-06", "b1", "--reason", "x", "--as", "x"), ("return", "s1", "--reason", "x", "--as", "x")),
)


@pytest.mark.parametrize("command", ASKED, ids=" ".join)
def test_a_mistyped_home_is_told_and_not_begun(command: tuple[str, ...], tmp_path: Path) -> None:
    """A new one was made there, and answered that nobody had sent anything."""
    done = saima(*command, "--home", str(tmp_path / "hom"))
    assert done.returncode == 2 and "不是状态目录" in done.stderr.decode() and not (tmp_path / "hom").exists()


@pytest.mark.parametrize("option", ["--home", "--from", "--programme"])
def test_an_empty_argument_is_no_folder(option: str, tmp_path: Path) -> None:
    """`--home "$UNSET"` began a home in the folder one stood in, `--from` took in its files."""
    environment = {"PYTHONPATH": str(REPOSITORY)}
    done = saima("collect", option, "", cwd=tmp_path, env=environment)
    assert done.returncode == 2 and "有一个参数是空的" in done.stderr.decode() and not list(tmp_path.iterdir())


def test_an_argument_in_another_encoding_is_named(new_home: Path) -> None:
    """The name of who decides, typed in a terminal of GBK: an internal error."""
    done = saima("overrule", "2022-06", "b1", "--reason", "x", "--as", "张三".encode("gbk"), "--home", str(new_home))
    assert done.returncode == 2 and "UTF-8" in done.stderr.decode(errors="replace")


@pytest.mark.parametrize("now", ["0001-01-01T00:00", "9999-12-31T23:59", "2022-02-30"])
def test_a_moment_that_no_clock_shows_is_refused(now: str, new_home: Path) -> None:
    """An internal error; at the far end messages were written that no audit could read any more."""
    done = saima("collect", "--now", now, "--home", str(new_home))
    assert done.returncode == 2 and now in done.stderr.decode() and "2022-07-18T12:05" in done.stderr.decode()


@pytest.mark.parametrize(
    ("command", "code", "zh"),
    [
        (("rank", "2022-06"), 1, "尚未关账"),
        (("status", "2022-13"), 2, "不是报告期"),
        (("status",), 2, "命令或选项有误"),
        (("check", "absent.xlsx"), 2, "打不开文件"),
        (("publish", "2022-06", "--nosuch"), 2, "命令或选项有误"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_refusal_is_one_document_where_json_was_asked_for(
    command: tuple[str, ...], code: int, zh: str, new_home: Path
) -> None:
    """Stdout was empty: whoever reads it had to guess from the exit code."""
    done = saima(*command, "--json", "--home", str(new_home))
    said = json.loads(done.stdout)["error"]
    assert done.returncode == said["exit_code"] == code and zh in said["zh"] and said["en"] and said["remedy"]
    assert zh in done.stderr.decode(), "people read it on stderr, as before"
