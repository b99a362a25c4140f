"""Any grid in any format, any bytes of it changed: Hypothesis looks for the file that parse and harmonize do not survive, and
shrinks it. `SAIMA_FUZZ_CASES=10000` (make fuzz) looks longer."""

from __future__ import annotations

import io
import json
import os
import random
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.flow.runtime.context import load_programme
from pipelines.flow.runtime.reader_child import FileToRead
from pipelines.flow.runtime.reader_pool import Reader, open_reader
from pipelines.model.submissions import ReadOptions
from pipelines.settings import Settings

from .test_fuzz_intake import FORMATS, HEADER, ODD, check, xlsx_bytes

pytestmark = pytest.mark.slow

CASES = int(os.environ.get("SAIMA_FUZZ_CASES", "250"))
SOUND = [
    "33048110320001",
    "2021-330481-38-03-000001",
    "项目",
    "3825",
    "新建",
    "在建",
    "2021-03",
    6000,
    3000,
    1000,
    100,
    "",
]
TALLY: Counter[str] = Counter()

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=25)
cells = st.one_of(
    st.none(),
    st.sampled_from([odd for odd in ODD if odd != "x" * 3000]),
    text,
    st.integers(-(10**19), 10**19),
    st.floats(allow_nan=False, allow_infinity=False),
    st.from_regex(r"[0-9]{1,4}[年./-][0-9]{1,2}月?", fullmatch=True),
    st.from_regex(r"[(+-]?[0-9]{1,3}([,， ][0-9]{3}){0,2}(\.[0-9]{1,6})?\)?(万元|亿|元|%)?", fullmatch=True),
)
changes = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4), st.integers(0, 4)), max_size=5)


@st.composite
def grids(draw: st.DrawFn) -> list[list[Any]]:
    """A title, a header with its columns in some order, sound rows among rows of anything."""
    order = draw(st.permutations(range(len(HEADER))))
    rows: list[list[Any]] = [
        [
            draw(
                st.sampled_from(
                    ("海宁市2022年1-6月制造业投资项目月报", "2022年6月", "", "平湖市", "海宁市二〇二二年六月")
                )
            )
        ],
        [draw(st.sampled_from(("单位:万元", "单位:亿元", "", "单位:元", "计量单位:千元、%")))],
        [HEADER[at] for at in order],
    ]
    sound = [SOUND[at] for at in order]
    rows += draw(st.lists(st.one_of(st.just(sound), st.lists(cells, max_size=14)), max_size=10))
    for _ in range(draw(st.integers(0, 3))):
        row = rows[draw(st.integers(0, len(rows) - 1))]
        if row:
            row[draw(st.integers(0, len(row) - 1))] = draw(cells)
    return [list(row) for row in rows]


def as_text(rows: Sequence[Sequence[Any]], delimiter: str) -> str:
    return "".join(delimiter.join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows)


def as_json(rows: Sequence[Sequence[Any]]) -> str:
    keys = [str(cell) for cell in rows[2]] if len(rows) > 2 else []
    meta = {"unit": "330481", "period": "2022-06", "amount_unit": "万元"}
    return json.dumps(
        {"meta": meta, "rows": [dict(zip(keys, row, strict=False)) for row in rows[3:]]}, ensure_ascii=False
    )


WRITERS = {
    "csv": lambda rows: as_text(rows, ",").encode(),
    "gb18030": lambda rows: as_text(rows, "\t").encode("gb18030", "replace"),
    "utf-16": lambda rows: as_text(rows, ";").encode("utf-16", "replace"),
    "json": lambda rows: as_json(rows).encode(),
    "xlsx": lambda rows: xlsx_bytes(rows, random.Random(len(rows))),
    "ods": lambda rows: FORMATS.ods("表", rows),
    "xlsb": lambda rows: FORMATS.xlsb("表", rows),
    "xls": lambda rows: FORMATS.xls("表", rows),
    "zip": lambda rows: FORMATS.package(
        {"a.csv": as_text(rows[:5], ","), "b.csv": as_text([*rows[:3], *rows[5:]], ",")}
    ),
}


def changed(data: bytes, places: Sequence[tuple[float, bytes, int]]) -> bytes:
    """Some bytes replaced; `places`: where (as a share), by what, instead of how many."""
    for share, new, old in places:
        at = int(share * len(data))
        data = data[:at] + new + data[at + old :]
    return data


def changed_inside(data: bytes, places: Sequence[tuple[float, bytes, int]]) -> bytes:
    """Bytes replaced in the parts of a zip that stays whole."""
    source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    names = source.namelist()
    with zipfile.ZipFile(stream, "w") as archive:
        for number, name in enumerate(names):
            own = [place for index, place in enumerate(places) if (index + len(places)) % len(names) == number]
            archive.writestr(name, changed(source.read(name), own))
    return stream.getvalue()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Path]]:
    folder = tmp_path_factory.mktemp("hypothesis")
    programme = load_programme("jiaxing")
    with open_reader(programme, Settings(home=folder, file_seconds=20, file_memory_mb=1000), 1) as pool:
        yield pool, folder / "file"


@settings(max_examples=CASES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(rows=grids(), writer=st.sampled_from(sorted(WRITERS)), places=changes, inside=st.booleans())
def test_any_file_has_parts_or_problems(reader, rows, writer, places, inside):
    pool, path = reader
    data = WRITERS[writer](rows)
    data = changed_inside(data, places) if inside and data.startswith(b"PK") else changed(data, places)
    path.write_bytes(data)
    ((_, read),) = pool.read([FileToRead("one", path, sha256(data).hexdigest(), "x", ReadOptions())])
    TALLY[check(read)] += 1
    assert not any(problem.params.get("kind") == "too_slow" for problem in read.problems)


def test_some_were_read_and_some_were_not(capsys):
    if not TALLY:
        pytest.skip("runs behind the one above")
    with capsys.disabled():
        print("\n" + "\n".join(f"{count:6} {word}" for word, count in TALLY.most_common()))
    assert TALLY["read"] + TALLY["read with problems"] > CASES / 10
    assert sum(count for word, count in TALLY.items() if word.startswith("A0")) > CASES / 10
