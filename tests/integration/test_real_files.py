"""Every messy real file through `saima check`'s process pool: a verdict each, quickly, in bounded memory, nothing accepted empty."""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from hashlib import sha256
from pathlib import Path

import psutil
import pytest

from pipelines.flow.intake.dry_run import check
from pipelines.flow.runtime.context import open_context
from pipelines.flow.runtime.reader_child import FileToRead
from pipelines.flow.runtime.reader_pool import open_reader
from pipelines.model.submissions import ReadOptions
from pipelines.settings import Settings

REALDATA = Path(__file__).resolve().parents[3] / "shared" / "realdata"
FOLDERS = ("messy_files", "fai_vintages")
WORDS = {"accepted", "accepted_with_queries", "rejected", "unreadable"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs_realdata,
    pytest.mark.skipif(not REALDATA.exists(), reason="../shared/realdata is absent"),
]


def files() -> list[Path]:
    return sorted(p for folder in FOLDERS for p in (REALDATA / folder).rglob("*") if p.is_file())


def test_every_real_file_has_a_verdict(tmp_path, capsys):
    context = open_context(Settings(home=tmp_path, file_memory_mb=1024, file_seconds=10), "jiaxing")
    found = list(check(context, files(), None, None, with_history=False))
    assert len(found) == len(files()) > 250
    classes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in found:
        assert one.word in WORDS
        document = one.document()
        findings = document["findings"] + [f for s in document["submissions"] for f in s["findings"]]
        assert findings or one.passed, one.file
        assert not any("Traceback" in f["message_zh"] + f["message_en"] for f in findings), one.file
        rows = sum(s["rows"]["accepted"] for s in document["submissions"])
        assert not one.passed or rows > 0, one.file
        first = one.read.problems[0] if one.read.problems else None
        kind = f"{first.rule} {first.params['kind']}" if first else findings[0]["rule"]
        classes[one.word, kind][Path(one.file).suffix.casefold()] += 1
    with capsys.disabled():
        lines = [
            f"{word:12} {kind:24} {sum(kinds.values()):4}  {', '.join(f'{e} {n}' for e, n in kinds.most_common(5))}"
            for (word, kind), kinds in sorted(classes.items(), key=lambda item: -sum(item[1].values()))
        ]
        print("\n" + "\n".join(lines))


def test_no_real_file_takes_ten_seconds_or_a_gigabyte(tmp_path):
    """One child, one file after the other; a child that died or was stopped is a verdict too, and is named here."""
    context = open_context(Settings(home=tmp_path, workers=1, file_memory_mb=1000, file_seconds=10), "jiaxing")
    slowest, largest, died = 0.0, 0, []
    with open_reader(context.programme, context.settings, 1) as reader:
        warm = FileToRead("warm", files()[0], sha256(files()[0].read_bytes()).hexdigest(), "warm", ReadOptions())
        list(reader.read([warm]))
        before = children_peak()
        for path in files():
            start = time.monotonic()
            ((_, read),) = reader.read(
                [FileToRead("one", path, sha256(path.read_bytes()).hexdigest(), path.name, ReadOptions())]
            )
            kinds = {problem.params.get("kind") for problem in read.problems}
            if kinds & {"reader_died", "too_slow"}:
                died.append(path.name)
                list(reader.read([warm]))
                continue
            slowest = max(slowest, time.monotonic() - start)
            largest = max(largest, children_peak())
    assert slowest < 10
    assert largest - before < 1_000_000_000
    assert set(died) <= {"OOM_alloc.xls", "OOM_alloc2.xls", "OOM_alloc3.xls"}


def children_peak() -> int:
    """Resident bytes of this process's readers."""
    return sum(child.memory_info().rss for child in psutil.Process(os.getpid()).children(recursive=True))
