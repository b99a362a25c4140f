"""A county's month: template → fill → check → explain → resubmit, and what the bureau does in between: return, accept, waive.
Real files through the real flow; workbooks are opened and edited with openpyxl as a clerk would with Excel."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from expectations.catalogue import RULES
from pipelines.errors import Refused
from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.decisions import decide, explain, waive
from pipelines.flow.feedback.return_submission import return_submission, withdraw
from pipelines.flow.feedback.return_template import make_template
from pipelines.flow.feedback.write_feedback import write_due_feedback, write_feedback
from pipelines.flow.intake.dry_run import check
from pipelines.flow.intake.process import process
from pipelines.flow.month.quality_report import write_report
from pipelines.flow.notify.send import run_alerts
from pipelines.flow.records.submission_status import status_document
from pipelines.flow.runtime.context import Context, load_programme, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.rebuild import rebuild
from pipelines.model.loading import SubmissionRow
from pipelines.model.periods import Period
from pipelines.sample.generate import generate
from pipelines.settings import Settings

pytestmark = pytest.mark.slow
UNIT, JUNE = "330481", Period(2022, 6)
WORDS = "设备集中到货:进口生产线三台于六月整体到厂并验收入账"


@dataclass
class County:
    """One county's home; `rows` are its June figures by project, `wrong` and `asked` the projects with an error and a query."""

    context: Context
    sample: Path
    rows: dict[str, dict[str, Any]]
    wrong: str
    asked: str

    def send(self, path: str, content: bytes, day: int, hour: int = 2) -> SubmissionRow:
        """Drop a file into the inbox, process, and give its newest project_month version."""
        target = self.context.settings.inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        at = datetime(2022, 7, day, hour, tzinfo=UTC)
        os.utime(target, (at.timestamp(), at.timestamp()))
        assert not collect(self.context, at).failures
        process(self.context, at)
        write_due_feedback(self.context)
        return self.newest()

    def newest(self) -> SubmissionRow:
        return next(r for r in self.context.warehouse.submissions("2022-06", form="project_month") if r.latest)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    sample, home = tmp_path_factory.mktemp("sample"), tmp_path_factory.mktemp("county")
    generate(load_programme("jiaxing"), sample, ["2022-05", "2022-06"])
    context = open_context(Settings(home=home), "jiaxing")
    may = next((sample / "2022-05").glob("海宁*.xlsx"))
    inbox = context.settings.inbox
    inbox.mkdir()
    (inbox / may.name).write_bytes(may.read_bytes())
    at = datetime(2022, 6, 9, 2, tzinfo=UTC)
    os.utime(inbox / may.name, (at.timestamp(), at.timestamp()))
    collect(context, at)
    process(context, at)
    write_due_feedback(context)
    run_alerts(context, at)  # May's receipts are sent in May: the audit finds messages that were passed by
    june = next((sample / "2022-06").glob("海宁*.xlsx"))
    checked = next(iter(check(context, [june], None, None, True)))
    part = next(c.part for c in checked.parts if c.part.form == "project_month")
    rows = {r["stat_project_no"]: r for r in part.rows.to_pylist()}
    big = [
        n for n, r in rows.items() if r["cum_total"] > 5000 and r["ytd"] and r["cum_total"] * 100 < r["plan_total"] * 95
    ]
    found = County(context, sample, rows, big[0], big[1])
    yield found
    context.warehouse.close()


def header(sheet: Any) -> tuple[int, dict[str, int]]:
    """(header row, name without star and brackets → column), from 1."""
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        names = {str(v).lstrip("*").split("(")[0]: at for at, v in enumerate(row, start=1) if v}
        if {"基层表编码", "项目名称", "行业代码"} <= names.keys():
            return number, names
    raise AssertionError("no header")


def save(book: Any, tmp_path: Path) -> bytes:
    path = tmp_path / "saved.xlsx"
    book.save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def template(county: County) -> bytes:
    return make_template(county.context, "project_month", UNIT, JUNE, True)


def test_the_template_carries_identities_and_the_locked_cumulative_and_nothing_else(
    county: County, template: bytes, tmp_path: Path
) -> None:
    (tmp_path / "t.xlsx").write_bytes(template)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["项目月报", "变动表", "_codes", "_meta"]
    assert [book[n].sheet_state for n in ("_codes", "_meta")] == ["hidden", "hidden"]
    meta = {a.value: b.value for a, b in book["_meta"].iter_rows(max_col=2)}
    assert (meta["unit"], meta["period"], meta["form"]) == (UNIT, "2022-06", "project_month")
    sheet = book["项目月报"]
    top = "\n".join(str(v) for row in sheet.iter_rows(max_row=3, values_only=True) for v in row if v)
    for mark in (
        "表号:",
        "制定机关:",
        "批准文号:",
        "有效期至:",
        "模拟",
        "单位：万元",
        "填报单位：海宁市",
        "报告期：2022-06",
    ):
        assert mark in top
    at, names = header(sheet)
    accepted = county.context.warehouse.current_facts("project_month", "2022-05").to_pylist()
    expected = {r["stat_project_no"]: r["ytd"] for r in accepted}
    shown = {}
    for row in range(at + 1, at + 1 + len(accepted)):
        number = sheet.cell(row, names["基层表编码"]).value
        locked = sheet.cell(row, names["上期累计"])
        shown[number] = Decimal(str(locked.value))
        assert locked.protection.locked and not sheet.cell(row, names["本年完成投资"]).protection.locked
        assert (
            sheet.cell(row, names["计划总投资"]).value is None and sheet.cell(row, names["本年完成投资"]).value is None
        )
    assert sheet.protection.sheet and shown == expected
    assert sheet.freeze_panes is not None and sheet.cell(at, names["计划总投资"]).comment is not None
    lists = {str(v.formula1) for v in sheet.data_validations.dataValidation if v.type == "list"}
    assert (
        any("新建" in one for one in lists)
        and "list_industry_code" in lists
        and "list_industry_code" in book.defined_names
    )
    words = [str(c.value) for row in sheet.iter_rows() for c in row if c.value]
    assert any(w.startswith("填表人") for w in words) and any(w.startswith("报出日期") for w in words)


def filled(county: County, template: bytes, tmp_path: Path) -> bytes:
    """The clerk types June's figures beside each project, one of them wrong and one surprising."""
    (tmp_path / "t.xlsx").write_bytes(template)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book["项目月报"]
    at, names = header(sheet)
    fields = {
        c.field: names[c.aliases[0].split("(")[0]]
        for c in county.context.programme.forms["project_month"].columns
        if c.aliases[0].split("(")[0] in names
    }
    listed = {sheet.cell(r, fields["stat_project_no"]).value: r for r in range(at + 1, sheet.max_row + 1)}
    free = iter(r for r in range(at + 1, sheet.max_row) if sheet.cell(r, fields["stat_project_no"]).value is None)
    for number, values in county.rows.items():
        row = listed.get(number) or next(free)
        for field, column in fields.items():
            value = values[field]
            if value is not None:
                sheet.cell(row, column).value = float(value) if isinstance(value, Decimal) else value
        if number == county.wrong:
            sheet.cell(row, fields["plan_total"]).value = 16.3
        if number == county.asked:
            sheet.cell(row, fields["plan_total"]).value = float(values["cum_total"]) - 1
            sheet.cell(row, fields["doc_no"]).value = "海发改〔2022〕118号"
    return save(book, tmp_path)


@pytest.fixture(scope="module")
def first(county: County, template: bytes, tmp_path_factory: pytest.TempPathFactory) -> SubmissionRow:
    return county.send("海宁/6月.xlsx", filled(county, template, tmp_path_factory.mktemp("fill")), 8)


def test_the_filled_template_is_read_without_a_word_about_its_structure(county: County, first: SubmissionRow) -> None:
    findings = county.context.warehouse.findings([first.submission_id]).to_pylist()
    assert not [f for f in findings if f["rule"].startswith("A")]
    assert {f["rule"] for f in findings if f["severity"] == "error"} >= {"C03"}
    assert any(f["rule"] == "C08" and f["severity"] == "query" for f in findings)
    facts = county.context.warehouse.facts("project_month", [first.submission_id], accepted_only=False).to_pylist()
    assert {r["stat_project_no"]: r["ytd"] for r in facts} == {n: r["ytd"] for n, r in county.rows.items()}


def answer_of(county: County, name: str) -> Path:
    return county.context.settings.out / f"{name}.verdict.xlsx"


def test_the_verdict_lies_in_out_marked_and_listed(county: County, first: SubmissionRow) -> None:
    folder = county.context.settings.out / "海宁"
    assert sorted(p.name for p in folder.iterdir()) == [
        "6月.xlsx.receipt.json",
        "6月.xlsx.receipt.txt",
        "6月.xlsx.verdict.xlsx",
    ]
    receipt = (folder / "6月.xlsx.receipt.txt").read_text(encoding="utf-8")
    assert first.sha256 in receipt and "C03" in receipt and "2022-07-" in receipt
    book = openpyxl.load_workbook(folder / "6月.xlsx.verdict.xlsx")
    assert book.sheetnames == ["说明", "数据", "错误清单", "_meta"] and book["_meta"].sheet_state == "hidden"
    meta = {a.value: b.value for a, b in book["_meta"].iter_rows(max_col=2)}
    assert (meta["submission_1"], meta["sha256"], meta["rules_version"]) == (
        first.submission_id,
        first.sha256,
        first.rules_version,
    )
    sheet = book["数据"]
    _, names = header(sheet)
    row = next(r for r in range(1, sheet.max_row) if sheet.cell(r, names["基层表编码"]).value == county.wrong)
    cell = sheet.cell(row, names["计划总投资"])
    assert cell.value == 16.3 and cell.fill.fgColor.rgb.endswith("F4B9B2") and "C03" in cell.comment.text
    remark = sheet.cell(row, names["审核意见"]).value
    assert "C03" in remark and remark.count("\n") >= 1
    listed = [[c.value for c in line] for line in book["错误清单"].iter_rows(min_row=2)]
    assert [cell.coordinate, "计划总投资", "C03", "强制性"] in [[r[3], r[4], r[6], r[7]] for r in listed]
    assert not [c for s in book for line in s.iter_rows() for c in line if c.data_type == "f"]


def test_writing_the_answer_again_changes_no_byte(county: County, first: SubmissionRow) -> None:
    path = answer_of(county, "海宁/6月.xlsx")
    before = path.read_bytes()
    path.unlink()
    write_feedback(county.context, [first.receipt_id])
    assert path.read_bytes() == before


@pytest.fixture(scope="module")
def second(county: County, first: SubmissionRow, tmp_path_factory: pytest.TempPathFactory) -> SubmissionRow:
    """The clerk corrects the error, explains the query, and sends the very same workbook back."""
    book = openpyxl.load_workbook(answer_of(county, "海宁/6月.xlsx"))
    sheet = book["数据"]
    at, names = header(sheet)
    for row in range(at + 1, sheet.max_row + 1):
        number = sheet.cell(row, names["基层表编码"]).value
        if number == county.wrong:
            sheet.cell(row, names["计划总投资"]).value = float(county.rows[number]["plan_total"])
        if sheet.cell(row, names["审核意见"]).value and number != county.wrong:
            sheet.cell(row, names["上报说明"]).value = WORDS
    return county.send("海宁/6月-更正.xlsx", save(book, tmp_path_factory.mktemp("again")), 8, 6)


def test_the_same_workbook_filled_in_is_a_valid_resubmission(county: County, second: SubmissionRow) -> None:
    assert (second.version, second.state, second.current) == (2, "accepted_with_queries", True)
    assert second.errors == 0 and second.queries >= 1 and second.open_queries == 0
    facts = county.context.warehouse.facts("project_month", [second.submission_id]).to_pylist()
    assert len(facts) == len(county.rows)
    for row in facts:
        same = county.rows[row["stat_project_no"]]
        fields = [
            f for f in same if f not in ("sheet", "row_no", "value_status", "explanation", "plan_total", "doc_no")
        ]
        assert {f: row[f] for f in fields} == {f: same[f] for f in fields}


def test_the_bureau_accepts_and_returns_explanations(county: County, second: SubmissionRow) -> None:
    rulings, now = county.context.warehouse.rulings, datetime(2022, 7, 8, 8, tzinfo=UTC)
    given = [e for e in rulings.explanations("2022-06") if e.cell.rule == "C08" and e.cell.row_key == county.asked]
    assert [(e.state, e.reason, e.given_by) for e in given] == [("given", "设备集中到货", UNIT)]
    decide(county.context, [given[0].explanation_id], "returned", "市局甲", now, "请附调整概算文件", None)
    process(county.context, now)
    write_due_feedback(county.context)
    assert county.newest().open_queries == 1
    decide(county.context, [given[0].explanation_id], "accepted", "市局甲", now, "", None)
    process(county.context, now)
    write_due_feedback(county.context)
    assert county.newest().open_queries == 0
    assert county.newest().current


def test_a_returned_file_counts_no_more_until_a_new_one_comes(
    county: County, second: SubmissionRow, template: bytes, tmp_path: Path
) -> None:
    context = county.context
    now = datetime(2022, 7, 8, 9, tzinfo=UTC)
    row, done = return_submission(context, second.submission_id, "三个项目缺立项文号", None, "市局乙", now)
    assert row.state == "returned" and not row.current and done.deadline is not None
    assert not context.warehouse.current("2022-06", "project_month")
    shown = _status(context, datetime(2022, 7, 8, 10, tzinfo=UTC))
    assert shown["state"] == "returned" and shown["returned"]["reason"] == "三个项目缺立项文号" and not shown["late"]
    assert _status(context, datetime(2022, 7, 8, 8, 30, tzinfo=UTC))["state"] == "accepted_with_queries"
    assert "三个项目缺立项文号" in (context.settings.out / "海宁" / "6月-更正.xlsx.receipt.txt").read_text(
        encoding="utf-8"
    )
    with pytest.raises(Refused, match="returned before"):
        return_submission(context, second.submission_id, "再退一次", None, "市局乙", now)
    again = county.send("海宁/6月-第三次.xlsx", filled(county, template, tmp_path), 8, 11)
    assert again.version == 3 and again.submission_id != second.submission_id
    assert again.current == (again.word != "rejected")


def _status(context: Context, now: datetime) -> dict[str, Any]:
    return next(
        u for u in status_document(context, JUNE, now)["units"] if u["unit"] == UNIT and u["form"] == "project_month"
    )


def test_two_signatures_lift_an_error(county: County) -> None:
    context, now = county.context, datetime(2022, 7, 8, 12, tzinfo=UTC)
    before = county.newest()
    findings = [f for f in context.warehouse.findings([before.submission_id]).to_pylist() if f["severity"] == "error"]
    assert before.errors == len(findings) > 0 and before.quarantined >= 1
    for finding in findings:

        def sign(name: str, f: dict[str, Any] = finding) -> Any:
            return waive(
                context, before.submission_id, f["rule"], f["row_no"], None, "跨期合并立项", "2022-09", name, now
            )

        if finding["rule"] == "F01":
            continue
        assert not sign("市局甲").granted
        with pytest.raises(Refused, match="two people"):
            sign("市局甲")
        assert sign("市局乙").granted
    process(context, now)
    write_due_feedback(context)
    after = county.newest()
    assert (after.errors, after.quarantined, after.current) == (0, 0, True)
    kept = context.warehouse.findings([after.submission_id]).to_pylist()
    lifted = [f for f in kept if "已豁免" in f["message_zh"]]
    assert lifted and {f["severity"] for f in lifted} == {"information"}
    with pytest.raises(Refused, match="cannot be waived"):
        waive(context, after.submission_id, "A03", None, None, "表头特殊", None, "市局甲", now)


def test_the_report_orders_queries_by_impact_and_lists_every_decision(county: County, tmp_path: Path) -> None:
    now = datetime(2022, 7, 8, 12, 30, tzinfo=UTC)
    document, folder = write_report(county.context, JUNE, now, tmp_path)
    queries = document["queries"]
    assert queries and [q["order"] for q in queries] == list(range(1, len(queries) + 1))
    still_open = [Decimal(q["impact"]["share"] or 0) for q in queries if not q["answered"]]
    assert still_open == sorted(still_open, reverse=True)
    assert len(document["rules"]) == len(RULES) and document["returns"][0]["reason"] == "三个项目缺立项文号"
    assert {e["state"] for e in document["explanations"]} >= {"accepted"}
    assert all(w["granted"] and len(w["signatures"]) == 2 for w in document["waivers"]) and document["waivers"]
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "跨期合并立项" in page and "采纳 市局甲" in page
    entries = json.loads((folder / "validation_report.json").read_text(encoding="utf-8"))
    assert {e["value"] for e in entries} == {"0", "1", "NA"}
    runs = county.context.warehouse.rule_runs([county.newest().submission_id])
    own = [e for e in entries if e["event"]["trigger"] == county.newest().submission_id]
    assert len(own) == len(runs[county.newest().submission_id])


def test_desk_explanations_answer_many_rows(county: County) -> None:
    context, now = county.context, datetime(2022, 7, 8, 12, 40, tzinfo=UTC)
    version = county.newest()
    queried = [f for f in context.warehouse.findings([version.submission_id]).to_pylist() if f["severity"] == "query"]
    rule = next(f["rule"] for f in queried if not f["answered"] and f["row_no"])
    asked = [f for f in queried if f["rule"] == rule]
    with pytest.raises(Refused, match="says too little"):
        explain(context, version.submission_id, rule, None, "其他", "情况属实情况属实情况属实", None, "县局丙", now)
    given = explain(
        context, version.submission_id, rule, None, "其他", "概算调整文件已于六月底上报待批", "2022-09", "县局丙", now
    )
    process(context, now)
    write_due_feedback(context)
    assert len({e.cell for e in given}) == len({(f["row_no"], f["field"]) for f in asked})
    after = [f for f in context.warehouse.findings([version.submission_id]).to_pylist() if f["rule"] == rule]
    assert after and all(f["answered"] for f in after if f["severity"] == "query")


def test_a_county_takes_its_file_back_until_the_due_hour(county: County, second: SubmissionRow) -> None:
    context = county.context
    newest = county.newest()
    with pytest.raises(Refused, match="newest"):
        withdraw(context, second.submission_id, "误报上月的表", "海宁局丙", datetime(2022, 7, 8, 12, 50, tzinfo=UTC))
    with pytest.raises(Refused, match="due hour"):
        withdraw(context, newest.submission_id, "误报上月的表", "海宁局丙", datetime(2022, 7, 12, 12, tzinfo=UTC))
    frozen = context.programme.calendar.row("project_month", JUNE)
    assert frozen is not None and frozen.freeze is not None
    with pytest.raises(Refused, match="下一报告期"):  # not to ask for a return, which is refused then too
        withdraw(context, newest.submission_id, "误报上月的表", "海宁局丙", frozen.freeze)
    row, done = withdraw(
        context, newest.submission_id, "误报上月的表", "海宁局丙", datetime(2022, 7, 8, 12, 50, tzinfo=UTC)
    )
    assert row.state == "returned" and not row.current and done.withdrawn
    calendar = context.programme.calendar.row("project_month", JUNE)
    assert calendar is not None and done.deadline == calendar.county_due
    receipt = context.settings.out / "海宁" / "6月-第三次.xlsx.receipt.txt"
    assert "撤回" in receipt.read_text(encoding="utf-8")
    assert [(e.action, e.actor) for e in context.warehouse.audit_entries() if e.subject == newest.submission_id][
        -1
    ] == ("withdraw", "海宁局丙")
    book = openpyxl.load_workbook(answer_of(county, "海宁/6月-第三次.xlsx"))
    sheet = book["数据"]
    at, names = header(sheet)
    for line in range(at + 1, sheet.max_row + 1):
        if sheet.cell(line, names["基层表编码"]).value == county.wrong:
            sheet.cell(line, names["计划总投资"]).value = float(county.rows[county.wrong]["plan_total"])
    path = county.context.settings.out.parent / "again"
    path.mkdir()
    fourth = county.send("海宁/6月-第四次.xlsx", save(book, path), 8, 13)
    assert fourth.version == 4 and fourth.current


def test_the_books_agree_and_a_rebuild_finds_the_same(county: County) -> None:
    now = datetime(2022, 7, 8, 13, tzinfo=UTC)
    document = audit(county.context, now)
    assert document["ok"], [c for c in document["checks"] if c["failed"]]
    before = [
        (r.submission_id, r.state, r.current, r.errors, r.open_queries) for r in county.context.warehouse.submissions()
    ]
    rebuild(county.context, now)
    fresh = open_context(county.context.settings)
    assert before == [
        (r.submission_id, r.state, r.current, r.errors, r.open_queries) for r in fresh.warehouse.submissions()
    ]
    assert [r.withdrawn for r in fresh.warehouse.rulings.returns().values()].count(
        True
    ) == 1 and fresh.warehouse.rulings.waivers()
