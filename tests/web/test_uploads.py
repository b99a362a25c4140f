"""A clerk's file from the form to the verdict, the explanation, the bureau's answer and the next version."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from pipelines.errors import Refused
from pipelines.flow.portal.print_return import printed_return
from pipelines.flow.portal.unit_view import history
from pipelines.flow.portal.uploads import pending_uploads, plain_name, receive_upload, upload_folder
from pipelines.web import unit_pages

START = datetime(2026, 4, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def sent(portal: Any) -> Any:
    """A wrong file, then a good one, of the same unit."""
    portal.first = portal.upload("unit", ("一季度.csv", portal.wrong))
    portal.second = portal.upload("unit", ("一季度.csv", portal.good))
    return portal


def test_the_wrong_cell_is_marked_in_its_place(sent: Any) -> None:
    assert sent.first.status_code == 303
    page = sent.client("unit").get(sent.first.headers["location"])
    assert page.status_code == 200
    cell = page.text.split('class="err"')[1].split("</td>")[0]
    assert "一千一百整左右" in cell and "C4" in cell and "C01" in cell
    assert "退回更正" in page.text
    assert "every 1s" not in page.text, "the verdict is there: the page asks no more"


def test_the_marked_workbook_comes_back(sent: Any) -> None:
    first = sent.versions(sent.units[0])[0]
    answer = sent.client("unit").get(f"/unit/submissions/{first}/workbook")
    assert answer.status_code == 200 and answer.headers["content-disposition"].startswith(
        "attachment; filename*=UTF-8''"
    )
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert any("C01" in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def test_the_second_version_is_accepted_and_arrived_by_the_clock_of_the_server(sent: Any) -> None:
    rows = [r for r in sent.state.context.warehouse.submissions("2026-Q1") if r.unit_code == sent.units[0]]
    assert [(r.version, r.word) for r in rows] == [(1, "rejected"), (2, "accepted")]
    assert [(r.arrived_at - START).total_seconds() for r in rows] == [1, 2]
    assert rows[-1].name.startswith(f"{sent.units[0]}/portal/u20260402")


def test_a_collection_finds_nothing_new_in_the_folder(sent: Any) -> None:
    from pipelines.flow.exchange.collect import collect

    found = collect(sent.state.context, sent.now[0])
    assert (len(found.receipts), found.known, found.failures) == (0, 2, ())


def test_history_print_and_template(sent: Any) -> None:
    client = sent.client("unit")
    history = client.get("/unit/history")
    assert history.text.count("一季度.csv") == 2
    second = sent.versions(sent.units[0])[1]
    printed = client.get(f"/unit/submissions/{second}/print").text
    assert "统计负责人" in printed and "1100" in printed and "填表人" in printed
    book = client.get("/unit/template/unit_quarter/2026-Q1")
    assert book.status_code == 200 and openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames
    assert client.get("/unit/template/unit_quarter/1999-Q1").status_code == 404
    assert client.get("/unit/template/no_form/2026-Q1").status_code == 404


def test_a_return_of_many_columns_is_printed_whole(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """On A4 a browser cut off the last columns of what a unit signs and stamps: a dispatch return has 42."""
    address = f"/unit/submissions/{sent.versions(sent.units[0])[1]}/print"
    assert "A4 横向" in sent.client("unit").get(address).text

    def wider(*about: Any) -> Any:
        sheet = printed_return(*about)
        rows = tuple(tuple(row) * 10 for row in sheet.table.rows)
        return replace(sheet, table=replace(sheet.table, columns=tuple(sheet.table.columns) * 10, rows=rows))

    monkeypatch.setattr(unit_pages, "printed_return", wider)
    page = sent.client("unit").get(address).text
    assert 'class="sheet wide"' in page and "A3 横向" in page


def test_the_same_bytes_again_are_no_version(sent: Any) -> None:
    answer = sent.upload("unit", ("一季度.csv", sent.good))
    page = sent.client("unit").get(answer.headers["location"])
    assert "未产生新版本" in page.text and len(sent.versions(sent.units[0])) == 2


def test_every_view_of_rows_is_in_the_audit_log(sent: Any) -> None:
    context = sent.state.context
    before = len([e for e in context.warehouse.audit_entries() if e.action == "view"])
    second = sent.versions(sent.units[0])[1]
    sent.client("bureau").get(f"/desk/submissions/{second}")
    entries = [e for e in context.warehouse.audit_entries() if e.action == "view"]
    assert len(entries) == before + 1 and (entries[-1].actor, entries[-1].subject) == ("bureau", second)
    assert set(sent.audited("upload")) == {"unit"}
    assert context.warehouse.checks(None, sent.now[0])[-1].failed == 0


def test_several_files_and_a_zip(portal: Any) -> None:
    content = portal.good.replace(b"980101", b"990102").replace(b"1100", b"900")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("q1.csv", content)
    answer = portal.upload("third", ("q1.zip", package.getvalue()), (".hidden.csv", content), ("empty.csv", b""))
    assert answer.status_code == 303
    page = portal.client("third").get(answer.headers["location"])
    assert page.text.count('<section class="card">') == 1 and "q1.zip" in page.text
    rows = [r for r in portal.state.context.warehouse.submissions("2026-Q1") if r.unit_code == portal.units[2]]
    assert [r.word for r in rows] == ["accepted"]


def test_nothing_to_send_is_said(portal: Any) -> None:
    answer = portal.upload("unit", ("Thumbs.db", b"x"))
    assert answer.status_code == 409 and "没有可以报送的文件" in answer.text


def test_what_cannot_be_read_says_so(portal: Any) -> None:
    answer = portal.upload("unit", ("scan.pdf", b"%PDF-1.4 nothing"))
    page = portal.client("unit").get(answer.headers["location"])
    assert "无法读取" in page.text and "PDF" in page.text


def test_withdrawal_until_the_due_hour(make_portal: Any) -> None:
    portal = make_portal()
    portal.upload("unit", ("q1.csv", portal.good))
    version = portal.versions(portal.units[0])[0]
    page = f"/unit/submissions/{version}"
    assert "撤回这份报送" in portal.client("unit").get(page).text
    assert portal.post("unit", f"{page}/withdraw", page, reason="数字有误").status_code == 303
    assert portal.state.context.warehouse.follow_ups.version(version).state == "returned"
    for who, path in (("unit", page), ("unit", "/unit"), ("unit", "/unit/history"), ("bureau", "/desk?period=2026-Q1")):
        shown = portal.client(who).get(path).text
        assert "已撤回" in shown and "市统计局退回" not in shown, "nobody has returned it"
    portal.upload("unit", ("q1b.csv", portal.good.replace(b"1100", b"1101")))
    fresh = portal.versions(portal.units[0])[1]
    portal.now[0] = portal.now[0].replace(day=4)
    page = f"/unit/submissions/{fresh}"
    assert "撤回这份报送" not in portal.client("unit").get(page).text, "what would be refused is not offered"
    late = portal.post("unit", f"{page}/withdraw", page, reason="太晚")
    assert late.status_code == 409 and "截止时间（2026-" in late.text and "+00:00" not in late.text, (
        "the time of the place"
    )


def test_a_server_that_was_stopped_goes_on(make_portal: Any) -> None:
    portal = make_portal()
    context = portal.state.context
    unit = context.programme.roster.get(portal.units[0])
    from pipelines.flow.portal.uploads import UploadedFile

    done = receive_upload(context, unit, [UploadedFile("q1.csv", 9, io.BytesIO(portal.good))], portal.now[0])
    assert portal.versions(portal.units[0]) == [], "received, and the server is gone"
    page = portal.client("unit").get(f"/unit/uploads/{done.upload_id}")
    assert "正在审核" in page.text and "every 1s" in page.text
    assert pending_uploads(context) == [r.receipt_id for r in done.receipts]
    portal.state.queue.put(pending_uploads(context))
    assert portal.state.queue.wait_until_done(60)
    assert len(portal.versions(portal.units[0])) == 1


def test_a_failed_batch_is_said_and_kept(make_portal: Any) -> None:
    portal = make_portal()

    def fails(_: list[str]) -> None:
        raise Refused("装载被占用", "the loader is held")

    portal.state.queue._process = fails
    answer = portal.upload("unit", ("q1.csv", portal.good))
    page = portal.client("unit").get(answer.headers["location"])
    assert "处理未完成" in page.text and "不必重新上传" in page.text
    assert len(pending_uploads(portal.state.context)) == 1 and portal.versions(portal.units[0]) == []
    portal.state.queue._process = portal.state._process
    portal.state.resume_uploads()
    assert portal.state.queue.wait_until_done(60)
    assert len(portal.versions(portal.units[0])) == 1, "kept, and validated as soon as that can be done"


@pytest.mark.parametrize(
    "sent_name,kept",
    [
        ("C:\\Users\\x\\月报.xlsx", "月报.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("a\u202ecod.exe.xlsx", "acod.exe.xlsx"),
        ("a\x00b\n.csv", "ab.csv"),
        ("", "file"),
        ("..", ".."),
    ],
)
def test_names_lose_what_is_no_name(sent_name: str, kept: str) -> None:
    assert plain_name(sent_name, ()) == kept


def test_names_are_told_apart_and_short() -> None:
    assert plain_name("a.csv", ["a.csv", "a-2.csv"]) == "a-3.csv"
    long = plain_name("长" * 200 + ".xlsx", ())
    assert long.endswith(".xlsx") and len(long.encode()) <= 150


@pytest.mark.parametrize(
    "upload_id", ["", "u1", "../u20260402010000aaaaaaaa", "u20260402010000AAAAAAAA", "u20260402010000aaaaaaaa/.."]
)
def test_an_id_that_is_none_is_no_folder(portal: Any, upload_id: str) -> None:
    with pytest.raises(Refused):
        upload_folder(portal.state.context.programme.roster.get("980101"), upload_id)


def test_the_figures_say_what_each_stage_took(make_portal: Any) -> None:
    portal = make_portal()
    assert "saima_stage_seconds{" not in portal.client("engineer").get("/metrics").text, "nothing has run"
    portal.upload("unit", ("q1.csv", portal.good))
    figures = portal.client("engineer").get("/metrics").text
    for stage in ("read", "validate", "stage", "load", "feedback"):
        assert f'saima_stage_seconds{{stage="{stage}"}}' in figures, stage
        assert f'saima_stage_ended_seconds{{stage="{stage}"}}' in figures, stage
    shown = dict(line.rsplit(" ", 1) for line in figures.splitlines() if line.startswith("saima_stage"))
    for stage in ("read", "validate", "stage"):
        assert shown[f'saima_stage_files{{stage="{stage}"}}'] == "1.0", stage
        assert shown[f'saima_stage_rows{{stage="{stage}"}}'] == "4.0", "title, unit, header and one row were received"
    assert float(shown['saima_stage_rows{stage="load"}']) >= 1
    kept = portal.state.settings.home / "stage_figures"
    (kept / "load.json").write_bytes(b"half of")
    (kept / "read.json").unlink()
    rest = portal.client("engineer").get("/metrics")
    assert rest.status_code == 200 and 'stage="load"' not in rest.text and 'stage="validate"' in rest.text
    (kept / "validate.json").unlink()
    kept.rename(kept.with_name("gone"))
    kept.write_bytes(b"in the way of the folder")
    portal.upload("unit", ("q1.csv", portal.good.replace(b"1100", b"1101")))
    assert len(portal.versions(portal.units[0])) == 2, "no stage fails for its figures"


def test_what_was_sent_last_stands_first(portal: Any) -> None:
    """By arrival, not by the name of the period: a week of July stood above a month of September."""
    later = portal.good.replace("第一季度".encode(), "第二季度".encode())
    portal.upload("unit", ("q2.csv", later))
    portal.upload("unit", ("q1.csv", portal.wrong + b"\n\n\n"))
    unit = portal.state.context.programme.roster.get(portal.units[0])
    periods = [row.period for row in history(portal.state.context, unit, "all", portal.now[0])]
    assert periods[:2] == ["2026-Q1", "2026-Q2"]
