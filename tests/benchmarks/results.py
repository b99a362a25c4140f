"""What a benchmark found, kept: JSON and Markdown beside each other, and the Markdown between two marks of a page of the repository."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).resolve().parents[2]
OUT = REPOSITORY / "var" / "benchmarks"
PAGE = Path(__file__).with_name("README.md")
CAPACITY_PAGE = REPOSITORY / "docker" / "README.md"
WIDTH = 40


def machine() -> str:
    """The machine in a line, with its load and the date: a number without them says nothing."""
    load = " ".join(f"{x:.1f}" for x in os.getloadavg())
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_cpu_model()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; {datetime.now(UTC):%Y-%m-%d}, load average {load}"
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "CPU")


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers to the right."""
    numeric = [all(isinstance(row[n], int | float) for row in rows) for n in range(len(header))]
    lines = [header, ["--:" if one else "---" for one in numeric], *([_shown(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.3f}" if abs(cell) < 1 else f"{cell:,.1f}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def chart(values: Mapping[str, float], unit: str) -> str:
    """Bars of text: they stand in a terminal as in a page."""
    longest, top = max(map(len, values)), max(values.values())
    bars = [
        f"{name:{longest}} {'█' * max(1, round(value / top * WIDTH)):{WIDTH}} {_shown(float(value))} {unit}"
        for name, value in values.items()
    ]
    return "\n".join(["```text", *bars, "```"])


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--json`, `--out`, `--write`: the same for every benchmark."""
    parser.add_argument("--json", action="store_true", help="one object on the last line instead of the table")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the JSON and Markdown files (var/benchmarks)")
    parser.add_argument("--write", action="store_true", help="put the table into the page of the repository too")


def publish(name: str, found: Mapping[str, Any], markdown: str, given: argparse.Namespace, page: Path = PAGE) -> str:
    """Keep a result as the options say; what is to be printed."""
    given.out.mkdir(parents=True, exist_ok=True)
    text = f"{machine()}\n\n{markdown}\n"
    (given.out / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False) + "\n", encoding="utf-8")
    (given.out / f"{name}.md").write_text(text, encoding="utf-8")
    if given.write:
        put_into(page, name, text)
    return (json.dumps(found, ensure_ascii=False) if given.json else text.rstrip()) + "\n"


def put_into(page: Path, name: str, text: str) -> None:
    """Replace what stands between the marks of this name."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    whole = page.read_text(encoding="utf-8")
    before, found, rest = whole.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{page}: no marks {begin} … {end}")
    page.write_text(f"{before}{begin}\n{text.rstrip()}\n{end}{after}", encoding="utf-8")
