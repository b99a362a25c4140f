"""A small home of its own: a corrected earlier month judges the later one again; a rebuild from the archive gives the same."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.process import process
from pipelines.flow.month.close import closable, close
from pipelines.flow.month.draft import draft
from pipelines.flow.month.quality_report import write_report
from pipelines.flow.month.release import publish, sign
from pipelines.flow.month.run_month import run_month
from pipelines.flow.runtime.context import open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.rebuild import rebuild
from pipelines.model.periods import Period
from pipelines.settings import Settings

pytestmark = pytest.mark.slow
NOW = datetime(2022, 4, 12, 4, tzinfo=UTC)


MORE = 50
"""万元 added to one project of February: within the tolerance of totals and of unit_month, but not of a project's chain."""
ADDED = ("自开始建设累计完成投资", "本年完成投资", "本月完成投资", "设备工器具购置")


def corrected(content: str) -> tuple[str, str]:
    """February with one project's investment raised; the project's number."""
    lines = list(csv.reader(io.StringIO(content)))
    at = next(n for n, row in enumerate(lines) if "基层表编码" in row)
    header, row = lines[at], lines[at + 1]
    for name in ADDED:
        row[header.index(name)] = str(int(row[header.index(name)]) + MORE)
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue(), row[header.index("基层表编码")]


def test_a_corrected_earlier_month_judges_the_later_ones_again_and_lists_what_changed(
    sample: Path, tmp_path: Path
) -> None:
    """海盐 sends February to April, then a February in which one project had 50 万元 more: March's chain breaks, April stands."""
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    for period in ("2022-02", "2022-03", "2022-04"):
        folder = tmp_path / period
        folder.mkdir()
        for file in (sample / period).iterdir():
            if file.is_file() and "海盐" in file.name:
                shutil.copy2(file, folder / file.name)
        collect(context, NOW, folder)
    process(context, NOW)
    write_due_feedback(context)
    warehouse = context.warehouse
    before = warehouse.current("2022-03", "project_month")[("330424", "project_month")]
    assert before.queries == 0

    (tmp_path / "corrected").mkdir()
    original = next(f for f in (tmp_path / "2022-02").iterdir() if "项目" in f.name)
    content, number = corrected(original.read_text(encoding="utf-8-sig"))
    again = tmp_path / "corrected" / original.name
    again.write_text(content, encoding="utf-8-sig")
    os.utime(again, ((original.stat().st_mtime) + 3600,) * 2)
    later = NOW + timedelta(minutes=5)
    collect(context, later, tmp_path / "corrected")
    done = process(context, later)
    write_due_feedback(context)

    february = warehouse.current("2022-02", "project_month")[("330424", "project_month")]
    after = warehouse.current("2022-03", "project_month")[("330424", "project_month")]
    assert february.version == 2 and before.submission_id in done.revalidated
    assert (after.verdict_id != before.verdict_id, after.version) == (True, before.version)
    assert not warehouse.stale(after.rules_version, after.programme_version)
    march = next(c for c in done.revalidated_versions if c.after.period == "2022-03")
    assert (march.before.word, march.after.word, march.causes) == (before.word, after.word, ("history",))
    assert "D01" in {f.rule for f in march.appeared} and not march.disappeared
    rows = {
        r["row_no"]: r["stat_project_no"] for r in warehouse.facts("project_month", [after.submission_id]).to_pylist()
    }
    assert {rows[f.row] for f in march.appeared if f.row} == {number}
    assert not [c for c in done.revalidated_versions if c.after.period == "2022-04"], (
        "April's chain hangs on March, not on February"
    )

    document, folder = write_report(context, Period(2022, 3), later, tmp_path / "report")
    listed = next(c for c in document["changes"] if c["form"] == "project_month")
    assert listed["appeared"] and listed["unit"] == "330424" and listed["causes"] == ["history"]
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "新增" in page and listed["appeared"][0]["message_zh"][:20] in page
    assert "appeared" in (folder / "changes.csv").read_text(encoding="utf-8-sig")
    assert process(context, later).revalidated_versions == ()
    context.warehouse.close()


def corrected_copy(sample: Path, folder: Path, arrived: datetime, added: int) -> Path:
    """海盐's unit return of February with another figure of last year (a query at most), arriving at a moment."""
    original = sample / "2022-02" / "海盐2月汇总.csv"
    folder.mkdir()
    text = original.read_text(encoding="utf-8-sig")
    line = next(row for row in text.splitlines() if row.startswith("工业投资,"))
    cells = line.split(",")
    cells[3] = str(int(cells[3]) + added)
    (folder / original.name).write_text(text.replace(line, ",".join(cells)), encoding="utf-8-sig")
    os.utime(folder / original.name, (arrived.timestamp(), arrived.timestamp()))
    return folder


def test_corrections_around_the_closing_of_a_month(sample: Path, tmp_path: Path) -> None:
    """Drafted early; corrected before the freeze (a new draft, the old one names what it used and cannot be signed); corrected
    again after it (kept as a revision, told so, and nothing published moves)."""
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    warehouse, period = context.warehouse, Period(2022, 2)
    row = context.programme.calendar.row("unit_month", period)
    assert row is not None and row.freeze is not None and row.publish is not None
    early = run_month(context, period, row.freeze - timedelta(hours=2), sample / "2022-02")
    assert early.state == "draft", early.reason
    first = warehouse.editions.newest("2022-02")
    assert first is not None

    before_freeze = row.freeze - timedelta(hours=1)
    collect(context, row.freeze, corrected_copy(sample, tmp_path / "second", before_freeze, 1))
    process(context, row.freeze)
    write_due_feedback(context)
    key = ("330424", "unit_month")
    counting = warehouse.current("2022-02", "unit_month")[key]
    assert (counting.version, counting.arrived_at) == (2, before_freeze)
    assert str(period) in closable(context, row.freeze)
    assert close(context, period, row.freeze).emitted
    second = draft(context, period, row.freeze).edition
    assert second.edition_id != first.edition_id
    used = [
        {(i["unit"], i["form"]): i["version"] for i in json.loads(manifest.read_text(encoding="utf-8"))["inputs"]}
        for manifest in (Path(e.path).parent / "manifest.json" for e in (first, second))
    ]
    assert (used[0][key], used[1][key]) == (1, 2)
    for role in context.programme.method.signatures:
        sign(context, period, role, "演示", row.publish, demonstration=True)
    published = publish(context, period, row.publish)
    assert published.edition_id == second.edition_id

    late = row.publish + timedelta(days=1)
    folder = corrected_copy(sample, tmp_path / "third", late, 2)
    collect(context, late, folder)
    process(context, late)
    write_due_feedback(context)
    latest = next(r for r in warehouse.submissions("2022-02") if (r.unit_code, r.form) == key and r.latest)
    assert (latest.version, latest.revision, latest.current) == (3, True, False)
    assert warehouse.current("2022-02", "unit_month")[key].version == 2
    assert str(period) not in closable(context, late)
    assert draft(context, period, late).edition.edition_id == second.edition_id
    answer = context.settings.out / "海盐2月汇总.csv.receipt.txt"
    assert "已冻结" in answer.read_text(encoding="utf-8")

    refused = tmp_path / "fourth" / answer.name.removesuffix(".receipt.txt")
    refused.parent.mkdir()
    lines = (folder / refused.name).read_text(encoding="utf-8-sig").splitlines()
    refused.write_text("\n".join(line for line in lines if not line.startswith("制造业投资,管理")), encoding="utf-8")
    later = late + timedelta(hours=1)
    os.utime(refused, (later.timestamp(), later.timestamp()))
    collect(context, later, refused.parent)
    process(context, later)
    write_due_feedback(context)
    said = answer.read_text(encoding="utf-8")
    assert "退回更正" in said and "已冻结" in said, "whoever repairs it is told that it would change nothing"
    context.warehouse.close()


def test_rebuilding_from_the_archive_gives_the_same_books(sample: Path, tmp_path: Path) -> None:
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    row = context.programme.calendar.row("unit_month", Period(2022, 2))
    assert row is not None and row.publish is not None
    run_month(context, Period(2021, 12), datetime(2022, 2, 1, tzinfo=UTC), sample / "2021-12", history=True)
    run = run_month(context, Period(2022, 2), row.publish, sample / "2022-02", sign_off_as="演示")
    assert run.state == "published"
    before = [(r.submission_id, r.version, r.word, r.current) for r in context.warehouse.submissions()]
    edition = context.warehouse.editions.newest("2022-02")

    done = rebuild(context, datetime(2022, 4, 1, tzinfo=UTC))
    assert done.submissions == len(before) > 30
    assert done.carried_over["closings"] == 2 and done.carried_over["signatures"] == 2

    again = open_context(context.settings)
    assert [(r.submission_id, r.version, r.word, r.current) for r in again.warehouse.submissions()] == before
    rebuilt = again.warehouse.editions.newest("2022-02")
    assert edition is not None and rebuilt is not None
    assert (rebuilt.state, rebuilt.content_hash) == ("published", edition.content_hash)
    assert audit(again, datetime(2022, 4, 1, tzinfo=UTC))["ok"]
    again.warehouse.close()
