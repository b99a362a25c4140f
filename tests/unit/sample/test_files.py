"""The files themselves: reproducible, on time but for those that should be late, and saying the same when read by other means."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from pipelines.errors import Terminal
from pipelines.model.periods import Period
from pipelines.sample import generate as sample
from pipelines.sample.generate import generate

PERIODS = ("2021-12", "2022-02", "2022-05", "2022-06")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def made(jiaxing, tmp_path_factory):
    out = tmp_path_factory.mktemp("sample")
    return out, generate(jiaxing, out, PERIODS)


def number(text: object) -> Decimal:
    return Decimal(unicodedata.normalize("NFKC", str(text)).replace(",", ""))


@cache
def sheets(path: Path) -> list[list[list[object]]]:
    """All tables of a file as plain rows; nothing of pipelines is used to read them."""
    if path.suffix == ".xlsx":
        return [
            [list(row) for row in sheet.iter_rows(values_only=True)]
            for sheet in openpyxl.load_workbook(path, read_only=True).worksheets
        ]
    content = path.read_bytes()
    if path.suffix == ".json":
        rows = json.loads(content)["rows"]
        return [[list(rows[0]), *(list(row.values()) for row in rows)]]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return [list(csv.reader(io.StringIO(text)))]


def projects(path: Path) -> dict[str, dict[str, Decimal]]:
    """基层表编码 → ytd, month, cum (万元) of the project table in a file, {} where it has none."""
    for rows in sheets(path):
        top = next((i for i, row in enumerate(rows) if "基层表编码" in row), None)
        if top is None:
            continue
        header, body = list(rows[top]), rows[top + 1 :]
        if "本年完成投资" in header and "合计" in body[0]:
            start = header.index("本年完成投资")
            header = [below if below is not None else above for above, below in zip(header, body[0], strict=True)]
            header[start : start + 2] = ["本年完成投资", "本月完成投资"]
            body = body[1:]
        scale = 10_000 if any("亿元" in str(cell) for row in rows[:top] for cell in row) else 1
        at = {name: header.index(f"{name}完成投资") for name in ("本年", "本月", "自开始建设累计")}
        key = header.index("基层表编码")
        found = {}
        for row in body:
            if len(row) > key and row[key] and str(row[key]).isdigit():
                found[str(row[key])] = {name: number(row[column]) * scale for name, column in at.items()}
        return found
    return {}


def unit_total(path: Path) -> Decimal | None:
    """制造业投资 (管理) of the summary in a file, 万元."""
    for rows in sheets(path):
        for i, header in enumerate(rows):
            if "统计口径" not in header:
                continue
            joined = [b if b is not None else a for a, b in zip(header, rows[i + 1], strict=True)]
            name = next(n for n in ("本年累计", "自年初累计", "绝对值") if n in header or n in joined)
            column = header.index(name) if name in header and name != "绝对值" else joined.index(name)
            scope, indicator = header.index("统计口径"), header.index("指标名称")
            scale = 10_000 if any("亿元" in str(cell) for row in rows[:i] for cell in row) else 1
            for row in rows[i + 1 :]:
                if row[scope] == "管理" and row[indicator] in ("制造业投资", "manufacturing_investment"):
                    return number(row[column]) * scale
    return None


def final(made, period: str) -> dict[str, tuple[dict[str, dict[str, Decimal]], Decimal]]:
    """Per unit the last project table and the last total of a period."""
    out, truth = made
    tables: dict[str, dict] = {}
    totals: dict[str, Decimal] = {}
    for file in sorted(truth.files[period], key=lambda f: f["arrived_at"]):
        if file["unit"] == "330400" or file["role"] in ("older", "faulty"):
            continue
        path = out / period / file["name"]
        if "project_month" in file["forms"]:
            tables[file["unit"]] = projects(path)
        if "unit_month" in file["forms"]:
            total = unit_total(path)
            assert total is not None, path
            totals[file["unit"]] = total
    return {unit: (rows, totals[unit]) for unit, rows in tables.items()}


def test_details_sum_to_totals_and_both_to_the_truth(made):
    for period in ("2021-12", "2022-06"):
        units = final(made, period)
        truth = made[1].months[period]["units"]
        assert len(units) == 9
        for unit, (rows, total) in units.items():
            assert sum(row["本年"] for row in rows.values()) == total == truth[unit]["ytd"], unit
            assert len(rows) == truth[unit]["projects"]
    assert sum(total for _, total in final(made, "2022-06").values()) == 5_400_000


def test_june_continues_may_and_february_continues_december(made):
    may, june = final(made, "2022-05"), final(made, "2022-06")
    for unit in may.keys() & june.keys():
        for key, old in may[unit][0].items():
            new = june[unit][0][key]
            assert new["本年"] == old["本年"] + new["本月"], (unit, key)
    december, february = final(made, "2021-12"), final(made, "2022-02")
    carried = 0
    for unit, (rows, _) in february.items():
        for key, row in rows.items():
            opening = december[unit][0].get(key, {"自开始建设累计": Decimal(0)})["自开始建设累计"]
            assert row["自开始建设累计"] == opening + row["本年"], (unit, key)
            carried += key in december[unit][0]
    assert carried > 1700


def test_two_runs_and_a_month_alone_give_the_same_bytes_and_times(jiaxing, made, tmp_path):
    generate(jiaxing, tmp_path, ["2022-06"])
    whole, alone = made[0] / "2022-06", tmp_path / "2022-06"
    files = sorted(p.relative_to(alone) for p in alone.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file())
    assert len(files) > 25
    for name in files:
        assert (alone / name).read_bytes() == (whole / name).read_bytes(), name
        assert (alone / name).stat().st_mtime_ns == (whole / name).stat().st_mtime_ns


def test_a_second_run_changes_nothing_and_a_damaged_month_is_made_again(jiaxing, tmp_path):
    first = generate(jiaxing, tmp_path, ["2021-02"])
    inodes = {p: p.stat().st_ctime_ns for p in (tmp_path / "2021-02").iterdir()}
    called: list[tuple[int, int]] = []
    assert generate(jiaxing, tmp_path, ["2021-02"], lambda done, total: called.append((done, total))) == first
    assert called == []
    assert {p: p.stat().st_ctime_ns for p in (tmp_path / "2021-02").iterdir()} == inodes
    victim = next(p for p in inodes if p.suffix == ".json" and "project" in p.name)
    content = victim.read_bytes()
    victim.write_bytes(b"{}")
    generate(jiaxing, tmp_path, ["2021-02"], lambda done, total: called.append((done, total)))
    assert victim.read_bytes() == content
    assert called[-1] == (len(first.files["2021-02"]), len(first.files["2021-02"]))


def test_arrivals(made, jiaxing):
    out, truth = made
    for period in PERIODS:
        late = {p["unit"] for p in truth.planted if p["kind"] == "late" and p["period"] == period}
        for file in truth.files[period]:
            arrived = datetime.fromisoformat(file["arrived_at"])
            assert (out / period / file["name"]).stat().st_mtime == arrived.timestamp()
            for form in file["forms"]:
                row = jiaxing.calendar.row(form, Period.parse(period))
                assert row.open <= arrived < (row.freeze or arrived)
                assert (arrived > row.county_due) == (file["unit"] in late)
    june = truth.files["2022-06"]
    zone = [datetime.fromisoformat(f["arrived_at"]).astimezone(SHANGHAI) for f in june if f["unit"] == "330471"]
    assert len(zone) == 3 and {str(moment.date()) for moment in zone} == {"2022-07-13"}
    city = next(f for f in june if f["unit"] == "330400")
    assert "2022-07-14" <= city["arrived_at"] < "2022-07-18T04:00"


def test_everything_asked_for_is_planted_and_june_is_put_right(made, jiaxing, tmp_path):
    _, truth = made
    june = [f for f in truth.files["2022-06"] if f["unit"] != "330400"]
    assert {f["unit"] for f in june} == set(truth.months["2022-06"]["units"])
    for file in june:
        if file["role"] == "faulty":
            fixed = [
                f
                for f in june
                if f["role"] == "correction" and (f["unit"], f["forms"]) == (file["unit"], file["forms"])
            ]
            assert fixed and fixed[0]["arrived_at"] > file["arrived_at"]
    twice = [f for f in june if f["role"] == "resend"]
    assert all(
        any(o is not f and o["sha256"] == f["sha256"] and o["arrived_at"] < f["arrived_at"] for o in june)
        for f in twice
    )
    old = [f for f in june if f["role"] == "older"]
    assert old and all(f["name"].startswith("late/") for f in old)
    assert all(any(n["unit"] == f["unit"] and n["arrived_at"] > f["arrived_at"] for n in june) for f in old)
    everything = sample.INJECTED_FAULTS
    assert {p.kind for p in everything} >= {
        "amount_column_in_yi",
        "broken_rows",
        "sent_twice",
        "corrected_and_resubmitted",
        "older_after_newer",
        "never_sent",
    }
    assert all(p.period != "2022-06" for p in everything if p.kind == "never_sent")
    assert not [p for p in everything if p.period < "2022"]
    march = generate(jiaxing, tmp_path, ["2022-03"])
    assert {f["unit"] for f in march.files["2022-03"]} == {*truth.months["2022-06"]["units"], "330400"} - {"330421"}


def test_everything_says_that_it_is_simulated(made):
    out, truth = made
    assert "模拟" in (out / "README.txt").read_text(encoding="utf-8")
    assert json.loads((out / "truth.json").read_text(encoding="utf-8"))["simulated"] is True
    for period in PERIODS:
        for file in truth.files[period]:
            path = out / period / file["name"]
            text = path.read_bytes()
            said = "模拟" in path.name or "模拟".encode() in text or "模拟".encode("gb18030") in text
            assert said or "模拟" in str(sheets(path)[0][0][0]), path


def test_periods_outside_the_simulation_are_refused(jiaxing, tmp_path):
    with pytest.raises(Terminal, match="2022-01"):
        generate(jiaxing, tmp_path, ["2022-01"])


@pytest.mark.slow
def test_every_regular_file_reads_back_as_the_rows_it_was_made_of(made, jiaxing, world):
    """Through the real reader: the canonical rows equal those of the simulation, field by field, without problems."""
    from pipelines.harmonize.file import harmonize
    from pipelines.model.submissions import ReadOptions
    from pipelines.parse.reader import parse
    from pipelines.sample.published_facts import index_of

    out, truth = made
    scopes = {"管理": "managed", "属地": "territorial"}
    compared = 0
    for period in PERIODS:
        for file in truth.files[period]:
            path = out / period / file["name"]
            sidecar = path.with_name(path.name + ".manifest.json")
            manifest = json.loads(sidecar.read_text(encoding="utf-8")) if sidecar.exists() else {}
            read = harmonize(parse(path, file["name"]), file["sha256"], jiaxing, ReadOptions(manifest=manifest))
            assert not read.problems and [p.form for p in read.parts] == file["forms"]
            for part in read.parts:
                assert (part.unit_code, part.period, part.problems) == (file["unit"], period, ())
                if file["role"] in ("faulty", "older"):
                    continue
                rows = world.rows(part.form, file["unit"], index_of(period))
                assert part.rows.num_rows == len(rows)
                for column in part.rows.column_names:
                    sent = [row.get(column) for row in rows]
                    got = part.rows.column(column).to_pylist()
                    if column == "measure" or all(v is None for v in got):
                        continue
                    if column in ("growth", "growth_official"):
                        assert [v is not None and round(v * 100, 4) for v in got] == [
                            v is not None and float(v) for v in sent
                        ]
                        continue
                    if column in ("sheet", "row_no", "value_status"):
                        continue
                    got = [v.isoformat() if isinstance(v, date) else v for v in got]
                    if column == "automation_rate":
                        got = [v and f"{v:.0%}" for v in got]
                    assert got == [scopes.get(v, v) if v != "" else None for v in sent], (file["name"], column)
                    compared += len(got)
    assert compared > 100_000
