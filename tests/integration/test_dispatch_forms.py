"""The forms of the dispatch loop through the ordinary intake: a template of each, a file of each accepted, versions, and the plan
that 31 January freezes."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from expectations.examples import CLEAN
from pipelines.flow.dispatch.weekly_look import run_dispatch_step
from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.return_template import make_template
from pipelines.flow.intake.dry_run import check
from pipelines.flow.intake.process import process
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.rebuild import rebuild
from pipelines.model.loading import DraftEdition
from pipelines.model.periods import SPELLINGS, Period
from pipelines.settings import Settings
from pipelines.warehouse.db.schema import DISPATCH_TABLE_ROW

PERIODS = {
    "project_plan": "2022",
    "issue_log": "2022-06",
    "service_memo": "2022-W26",
    "leader_assignment": "2022-06-15",
    "helper_roster": "2022-06-15",
    "visit_log": "2022-06",
    "approval_list": "2022-06-15",
    "inspection_reply": "2022-07-20",
}
NOW = datetime(2022, 7, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return open_context(Settings(home=tmp_path_factory.mktemp("forms") / "home"), "jiaxing")


def written(context: Context, form: str, period: str, **changes: object) -> str:
    """The clean row of the form as a county would write it: names instead of codes, the layout's headers."""
    layout, codes = context.programme.forms[form], context.programme.codes.lists
    row = {**CLEAN[form], **changes}
    fields = [c for c in layout.columns if c.field in row]
    cells = [codes.get(c.field, {}).get(str(row[c.field]), row[c.field]) for c in fields]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([f"海宁市{layout.zh}"])
    writer.writerow([f"报告期:{period}", "", "单位:万元"])
    writer.writerow([c.aliases[0] for c in fields])
    writer.writerow([v.isoformat() if isinstance(v, date) else v for v in cells])
    return out.getvalue()


def put(folder: Path, name: str, content: str, arrived: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    os.utime(folder / name, (arrived.timestamp(), arrived.timestamp()))


def test_every_form_goes_through_the_intake(context: Context, tmp_path: Path) -> None:
    january = datetime(2022, 1, 20, tzinfo=UTC)
    for form, period in PERIODS.items():
        arrived = january if form == "project_plan" else datetime(2022, 7, 20, 8, tzinfo=UTC)
        put(tmp_path, f"{form}.csv", written(context, form, period), arrived)
    collect(context, NOW, tmp_path)
    process(context, NOW)
    looked_at = 0
    for form, period in PERIODS.items():
        rows = context.warehouse.submissions(period, form=form)
        assert [(r.unit_code, r.state, r.errors, r.queries) for r in rows] == [("330481", "accepted", 0, 0)], form
        facts = context.warehouse.current_facts(form, period).to_pylist()[0]
        stored = {k: str(facts[k]) for k, v in CLEAN[form].items() if isinstance(v, str) and k in facts}
        assert stored == {k: v for k, v in CLEAN[form].items() if k in stored}
        looked_at += len(stored)
    assert looked_at > 30


def test_a_weekly_form_is_told_of_weeks_and_a_day_of_days(context: Context, tmp_path: Path) -> None:
    text = written(context, "service_memo", "2022-W26", meeting_on="星期四").replace("报告期:2022-W26", "")
    put(tmp_path, "memo.csv", text, NOW)
    found = next(iter(check(context, [tmp_path / "memo.csv"], None, None, False)))
    told = {f.rule: f.message_zh for f in found.parts[0].verdict.findings}
    assert "请在标题写明，如“2022年第26周”" in told["A05"]
    put(tmp_path, "memo.csv", written(context, "service_memo", "2022-W26", meeting_on="星期四"), NOW)
    found = next(iter(check(context, [tmp_path / "memo.csv"], None, None, False)))
    assert "读不出日期。请写成 2022-06-28" in {f.rule: f.message_zh for f in found.parts[0].verdict.findings}["E01"]


def test_a_plan_changed_after_31_january_is_logged_and_does_not_count(context: Context, tmp_path: Path) -> None:
    changed = written(context, "project_plan", "2022", annual_plan=13_000, plan_m12=2_000)
    put(tmp_path, "late.csv", changed, datetime(2022, 2, 10, tzinfo=UTC))
    collect(context, NOW, tmp_path)
    process(context, NOW)
    versions = context.warehouse.submissions("2022", form="project_plan")
    assert [(v.version, v.current, v.revision) for v in versions] == [(1, True, False), (2, False, True)]
    assert [str(v) for v in context.warehouse.current_facts("project_plan", "2022")["annual_plan"].to_pylist()] == [
        "12000.0000"
    ]


def test_a_rebuilt_home_has_its_dispatch_tables_and_release_runs_again(tmp_path: Path) -> None:
    settings, period = Settings(home=tmp_path / "home"), Period(2022, 6)
    before = open_context(settings, "jiaxing")
    done_in = {"admission_actual": "2020-11", "approval_actual": "2021-02"}
    june = written(before, "dispatch_month", "2022-06", **done_in)
    put(tmp_path / "in", "june.csv", june, datetime(2022, 7, 8, tzinfo=UTC))
    collect(before, NOW, tmp_path / "in")
    process(before, NOW)
    run_dispatch_step(before, period, NOW)
    draft = DraftEdition("2022-06-e1", "2022-06", "in1", "h1", "S", {"period": "2022-06", "units": []}, "x", NOW)
    before.warehouse.editions.save_draft(draft)
    before.warehouse.follow_ups.begin_release("2022-06-e1", "h1", "manual__1", NOW)

    def kept(context: Context) -> tuple[object, ...]:
        with context.warehouse.database.read() as connection:
            rows = connection.execute(sa.select(DISPATCH_TABLE_ROW).order_by(*DISPATCH_TABLE_ROW.primary_key)).all()
        return [tuple(row) for row in rows], context.warehouse.follow_ups.release_runs()

    rows, runs = kept(before)
    assert {row[1] for row in rows} >= {"stages", "lists"} and runs == [("2022-06-e1", "h1", "manual__1", NOW)]
    done = rebuild(before, NOW + timedelta(days=1))
    assert (done.carried_over["release_runs"], done.carried_over["dispatch_tables"]) == (1, 1)
    after = open_context(settings, "jiaxing")
    assert kept(after) == (rows, runs)
    after.warehouse.close()


@pytest.mark.parametrize("form", PERIODS)
def test_a_template_of_the_form_names_its_period(form: str, context: Context) -> None:
    period = PERIODS[form]
    layout = context.programme.forms[form]
    assert Period.parse(SPELLINGS[layout.period_kind]).kind == Period.parse(period).kind == layout.period_kind
    book = openpyxl.load_workbook(
        io.BytesIO(make_template(context, form, "海宁市", Period.parse(period), with_history=False))
    )
    texts = [str(c.value) for r in book[layout.sheets[0]].iter_rows() for c in r if c.value is not None]
    assert f"报告期：{period}" in texts and any(layout.zh in text for text in texts)
