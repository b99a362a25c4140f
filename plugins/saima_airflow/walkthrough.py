"""`make run`: simulate Jiaxing, load 2021 as history, run 2022-02 … 2022-07 through the real DAGs, publish.

Everything it does a second time it finds done: no ledger row, fact, edition byte or audit entry is added.
"""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.cli import output
from pipelines.cli.app import guarded
from pipelines.model.periods import Period
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.flow.runtime.context import Context

HISTORY_YEAR = 2021
MONTHS = tuple(Period(2022, month) for month in range(2, 8))
APPROVER = "演示签署人"


def main() -> int:
    """All steps, with what a person wants to see of each; 0 when the last month is published."""
    # The flow is imported here: children that read files import this module again and need none of it.
    from pipelines.flow.runtime.context import DEFAULT_PROGRAMME, open_context

    started = time.perf_counter()
    settings = Settings.load()
    output.say(f"赛马演示 / Saima demonstration; 状态目录 / state: {settings.home}")
    context = open_context(settings, DEFAULT_PROGRAMME)
    simulated = settings.home / "sample"
    _simulate(context, simulated)
    _load_history(context, simulated)
    paths = _run_months(context, simulated)
    output.say(f"\n全部完成 / done in {time.perf_counter() - started:.0f} s. 已发布 / published:")
    for path in paths:
        output.say(f"  {path}")
    output.say("下一步 / next: .venv/bin/saima status 2022-06 · saima rank 2022-06 · saima audit · make up")
    return 0


def _periods(context: Context) -> list[str]:
    history = [p for p in context.programme.calendar.periods(context.programme.lead_form) if p.year == HISTORY_YEAR]
    return [str(p) for p in (*history, *MONTHS)]


def _simulate(context: Context, out: Path) -> None:
    from pipelines.sample.generate import generate

    with output.progress(quiet=False) as bar:
        task = bar.add_task("1/3 模拟报送 / simulating submissions", total=None)
        truth = generate(
            context.programme, out, _periods(context), lambda done, total: bar.update(task, completed=done, total=total)
        )
    count = sum(len(files) for files in truth.files.values())
    output.say(f"1/3 模拟报送文件 {count} 个（全部为模拟数据） / {count} simulated files: {out}")


def _load_history(context: Context, simulated: Path) -> None:
    from pipelines.flow.month.run_month import run_month
    from pipelines.flow.records.submission_status import is_history

    periods = [p for p in context.programme.calendar.periods(context.programme.lead_form) if p.year == HISTORY_YEAR]
    with output.progress(quiet=False) as bar:
        task = bar.add_task("2/3 历史数据 / history", total=len(periods))
        for period in periods:
            if not is_history(context, period):
                row = context.programme.calendar.row(context.programme.lead_form, period)
                assert row is not None
                run_month(context, period, row.publish or row.county_due, simulated / str(period), history=True)
            bar.advance(task)
    output.say(f"2/3 {HISTORY_YEAR} 年 {len(periods)} 期历史数据已入库 / {len(periods)} months of history loaded")


def _run_months(context: Context, simulated: Path) -> list[str]:
    from saima_airflow.demo import Demonstration

    from pipelines.flow.notify.send import run_alerts

    output.say("3/3 经 Airflow DAG 逐月运行 / month by month through the Airflow DAGs")
    paths = []
    with Demonstration(context.settings.home, APPROVER) as airflow:
        for period in MONTHS:
            shutil.copytree(
                simulated / str(period),
                context.settings.inbox / str(period),
                dirs_exist_ok=True,
                copy_function=_copy_new,
            )
            row = context.programme.calendar.row(context.programme.lead_form, period)
            assert row is not None and row.freeze is not None and row.publish is not None
            closing = (row.freeze + timedelta(minutes=5)).isoformat()
            nows = dict.fromkeys(("collect_submissions", "close_month", "monthly_ranking"), closing)
            nows["release_edition"] = (row.publish + timedelta(minutes=1)).isoformat()
            for event in airflow.run_month(str(period), nows):
                if event.state != "running":
                    output.note(f"  {period} {event.title} ({event.dag_id}): {event.state} {event.seconds:.1f} s")
            run_alerts(context, row.freeze + timedelta(minutes=5), scheduled=False)
            paths.append(_report(context, period))
    return paths


def _report(context: Context, period: Period) -> str:
    from pipelines.cli.steps import print_month
    from pipelines.flow.month.draft import top_of
    from pipelines.flow.month.run_month import peak_rss_mb, summary
    from pipelines.flow.records.submission_status import files_of_no_unit

    row = context.programme.calendar.row(context.programme.lead_form, period)
    edition = context.warehouse.editions.newest(str(period))
    assert row is not None and row.freeze is not None and edition is not None
    seen = row.freeze + timedelta(minutes=5)
    units, rows = summary(context, period, seen)

    print_month(
        {
            "period": str(period),
            "state": edition.state,
            "edition": edition.edition_id,
            "reason": "",
            "units": units,
            "rows": rows,
            "unassigned": len(files_of_no_unit(context, period, seen)),
            "path": edition.published_path,
            "failures": [],
            "sources_failed": [],
            "stages": [],
            "alerts": {},
            "peak_rss_mb": peak_rss_mb(),
        },
        top_of(edition.document),
    )
    return edition.published_path


def _copy_new(source: str, target: str) -> str:
    """Copy with the file time (it is the arrival); what stands there already is left as it is."""
    if not Path(target).exists():
        shutil.copy2(source, target)
    return target


if __name__ == "__main__":
    guarded(main)
