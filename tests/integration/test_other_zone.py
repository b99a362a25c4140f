"""A programme in another zone, language and currency through the commands: --now, deadlines and every shown time are local, amounts
are shown in its own unit, and the command line rounds like the page."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.programme.init import copy_to

RUNNER = CliRunner()
ZONE = ZoneInfo("America/Toronto")
FIGURES = {
    "44001": ("Bristol County", "11,025", "10,000"),
    "44003": ("Kent County", "11,000", "10,000"),
    "44005": ("Newport County", "9,000", "10,000"),
}
ARRIVED = {"44001": (10, 16, 59), "44003": (10, 17, 1), "44005": (13, 9, 0)}
"""Day of July, hour and minute in Toronto; due on the 10th at 17:00."""


def local(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 7, day, hour, minute, tzinfo=ZONE)


@pytest.fixture(scope="module")
def toronto(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with programme, files of three counties and the home after the month."""
    base = tmp_path_factory.mktemp("toronto")
    programme = copy_to(base / "programme", "permits")
    main = programme / "programme.toml"
    main.write_text(main.read_text(encoding="utf-8").replace("America/New_York", "America/Toronto"), encoding="utf-8")
    units = (programme / "units.csv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in units[1:] if row.startswith(("44001", "44003", "44005"))]
    (programme / "units.csv").write_text("\n".join((units[0], *kept)) + "\n", encoding="utf-8")
    inbox = base / "files"
    inbox.mkdir()
    for code, (name, year, last) in FIGURES.items():
        file = inbox / f"{code}.csv"
        file.write_bytes(
            f'"{name}: permits, January–June 2026"\nFIPS code,Indicator,Year to date,Last year,Unit of measure,Note\n'
            f'{code},Value of permits,"{year}","{last}",USD thousand,naïve\n'.encode("cp1252")
        )
        at = local(*ARRIVED[code]).timestamp()
        os.utime(file, (at, at))
    done = saima(base, "month", "2026-06", "--from", str(inbox), "--now", "2026-07-13T09:30", "--sign-off-as", "demo")
    assert done.exit_code == 0, done.output
    return base


def saima(base: Path, *words: str) -> Any:
    return RUNNER.invoke(app, [*words, "--home", str(base / "home"), "--programme", str(base / "programme")])


def test_now_is_local_to_the_programme(toronto: Path) -> None:
    done = saima(toronto, "late", "2026-06", "--now", "2026-07-10T17:00", "--json")
    assert json.loads(done.stdout)["now"] == "2026-07-10T21:00:00+00:00"
    named = saima(toronto, "late", "2026-06", "--now", "2026-07-10T17:00+08:00", "--json")
    assert json.loads(named.stdout)["now"].startswith("2026-07-10T09:00"), "a zone that is named counts"
    shown = saima(toronto, "late", "2026-06", "--now", "2026-07-10T17:30")
    assert "2026-07-10 17:30" in shown.stdout


def test_a_moment_that_is_none_is_refused_before_a_home_is_made(tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["status", "2026-06", "--now", "yesterday", "--home", str(tmp_path / "home")])
    assert done.exit_code != 0 and not (tmp_path / "home").exists()


def test_lateness_is_counted_in_the_zone(toronto: Path) -> None:
    done = saima(toronto, "status", "2026-06", "--now", "2026-07-13T09:30", "--json")
    units = {unit["unit"]: unit for unit in json.loads(done.stdout)["units"]}
    assert {code: (unit["late"], unit["workdays_late"]) for code, unit in units.items()} == {
        "44001": (False, 0),
        "44003": (True, 0),
        "44005": (True, 1),
    }
    shown = saima(toronto, "status", "2026-06", "--now", "2026-07-13T09:30").stdout
    assert "2026-07-10 16:59" in shown and "2026-07-10 17:01" in shown and "2026-07-13 09:00" in shown


def test_the_command_line_rounds_like_the_page(toronto: Path) -> None:
    """+10.25 %: the nearest double is below it, people round it up."""
    shown = saima(toronto, "rank", "2026-06").stdout
    assert "10.3%" in shown and "10.2%" not in shown
    month = saima(toronto, "month", "2026-06", "--now", "2026-07-13T09:40").stdout
    assert "+10.3%" in month
    document = json.loads(saima(toronto, "rank", "2026-06", "--json").stdout)
    first = next(unit for unit in document["units"] if unit["unit"] == "44001")
    assert (first["growth"], first["ytd"]) == (pytest.approx(0.1025), "11025000")
    pages = list((toronto / "home" / "editions").rglob("published/*/index.html")) or list(
        (toronto / "home" / "editions").rglob("index.html")
    )
    page = pages[-1].read_text(encoding="utf-8")
    assert "10.3" in page and "USD thousand" in page and "11,025" in page
