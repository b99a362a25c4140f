"""A small home of its own: a corrected earlier month judges the later one again; a rebuild from the archive gives the same."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.flow.audit import audit
from pipelines.flow.context import open_context
from pipelines.flow.month import run_month
from pipelines.flow.process import process
from pipelines.flow.rebuild import rebuild
from pipelines.flow.receive import collect
from pipelines.model.periods import Period
from pipelines.settings import Settings

pytestmark = pytest.mark.slow
NOW = datetime(2022, 4, 12, 4, tzinfo=UTC)


def test_a_corrected_earlier_month_judges_the_later_one_again(sample: Path, tmp_path: Path) -> None:
    """海盐 sends March, then a February in which one project had more: March's D01 and D02 are asked again."""
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    for period in ("2022-02", "2022-03"):
        folder = tmp_path / period
        folder.mkdir()
        for file in (sample / period).iterdir():
            if file.is_file() and "海盐" in file.name:
                shutil.copy2(file, folder / file.name)
        collect(context, NOW, folder)
        process(context, NOW)
    warehouse = context.warehouse
    before = warehouse.current("2022-03", "project_month")[("330424", "project_month")]
    assert before.queries == 0

    corrected = tmp_path / "corrected"
    corrected.mkdir()
    original = next(f for f in (tmp_path / "2022-02").iterdir() if "项目" in f.name)
    february = warehouse.current_facts("project_month", "2022-02").sort_by("row_no").to_pylist()[0]
    text = original.read_text(encoding="utf-8-sig")
    line = next(row for row in text.splitlines() if february["project_name"] in row)
    changed = line.replace(f",{int(february['ytd'])},", f",{int(february['ytd']) + 1},", 1)
    assert changed != line
    (corrected / original.name).write_text(text.replace(line, changed), encoding="utf-8-sig")
    moment = (original.stat().st_mtime) + 3600
    os.utime(corrected / original.name, (moment, moment))
    collect(context, NOW + timedelta(minutes=5), corrected)
    done = process(context, NOW + timedelta(minutes=5))

    after = warehouse.current("2022-03", "project_month")[("330424", "project_month")]
    if warehouse.current("2022-02", "project_month")[("330424", "project_month")].version == 2:
        assert before.submission_id in done.rejudged
        assert after.verdict_id != before.verdict_id and after.version == before.version
    assert not warehouse.stale(after.rules_version, after.programme_version)
    context.warehouse.close()


def test_rebuilding_from_the_archive_gives_the_same_books(sample: Path, tmp_path: Path) -> None:
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    row = context.programme.calendar.row("unit_month", Period(2022, 2))
    assert row is not None and row.publish is not None
    run_month(context, Period(2021, 12), datetime(2022, 2, 1, tzinfo=UTC), sample / "2021-12", history=True)
    run = run_month(context, Period(2022, 2), row.publish, sample / "2022-02", sign_off_as="演示")
    assert run.state == "published"
    before = [(r.submission_id, r.version, r.word, r.current) for r in context.warehouse.submissions()]
    edition = context.warehouse.edition("2022-02")

    document = rebuild(context, datetime(2022, 4, 1, tzinfo=UTC))
    assert document["submissions"] == len(before) > 30

    again = open_context(context.settings)
    assert [(r.submission_id, r.version, r.word, r.current) for r in again.warehouse.submissions()] == before
    rebuilt = again.warehouse.edition("2022-02")
    assert edition is not None and rebuilt is not None
    assert (rebuilt.state, rebuilt.content_hash) == ("published", edition.content_hash)
    assert audit(again, datetime(2022, 4, 1, tzinfo=UTC))["ok"]
    again.warehouse.close()
