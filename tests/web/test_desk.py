"""The bureau's desk through its forms: queries, waivers with two signatures, returns, calls, closing, gate, sign-off, publication."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.warehouse.db.schema import HEAD

AFTER_DUE = datetime(2026, 4, 6, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(portal: Any) -> Any:
    """One unit is rejected, one is in; nobody of the third has sent anything."""
    portal.upload("unit", ("q1.csv", portal.wrong))
    portal.upload("other", ("q1.csv", portal.good.replace(b"980101", b"990101").replace(b"1100", b"1050")))
    portal.wrong_version = portal.versions(portal.units[0])[-1]
    return portal


def test_the_month_at_a_glance(desk: Any) -> None:
    page = desk.client("bureau").get("/desk?period=2026-Q1").text
    assert "退回更正" in page and "未报" in page and "新区" in page
    assert desk.client("engineer").get("/desk?period=2026-Q1").text.count("/desk/submissions/") == 0, "states alone"
    assert "利润" in desk.client("bureau").get(f"/desk/submissions/{desk.wrong_version}").text


def test_english_by_switch_and_times_of_the_place(desk: Any) -> None:
    client = desk.sign_in("bureau2")
    page = client.get("/desk?period=2026-Q1&lang=en")
    assert "Submissions" in page.text and 'lang="en"' in page.text
    assert "Submissions" in client.get("/desk?period=2026-Q1").text, "the choice stays"
    assert "04-02 09:00" in page.text, "01:00 UTC is nine o'clock there"


def test_a_waiver_has_two_signatures(desk: Any) -> None:
    page = f"/desk/submissions/{desk.wrong_version}"
    fields = {"rule": "C09", "row": "4", "reason": "确认无误的豁免"}
    none = desk.post("bureau", f"{page}/waive", page, **fields)
    assert none.status_code == 409 and "没有规则 C09 的错误" in none.text
    structure = desk.post("bureau", f"{page}/waive", page, rule="A01", row="4", reason="确认无误的豁免")
    assert structure.status_code == 409 and "不能豁免" in structure.text
    cell = {"rule": "C01", "row": "4", "reason": "口头核对过的豁免"}
    assert desk.post("bureau", f"{page}/waive", page, **cell).status_code == 303
    shown = desk.client("bureau").get("/desk/waivers?period=2026-Q1").text
    assert "待第二人签字" in shown and "已生效" not in shown
    again = desk.post("bureau", f"{page}/waive", page, **cell)
    assert again.status_code == 409, "one person signs once"
    assert "待第二人签字" in desk.client("bureau2").get("/desk/waivers?period=2026-Q1").text


def test_a_return_needs_a_reason_and_reaches_the_unit(desk: Any) -> None:
    version = desk.versions(desk.units[1])[-1]
    page = f"/desk/submissions/{version}"
    assert desk.post("bureau", f"{page}/return", page, reason="  ").status_code == 400
    wrong_day = desk.post("bureau", f"{page}/return", page, reason="口径有误", deadline="tomorrow")
    assert wrong_day.status_code == 400 and "不是时间" in wrong_day.text
    assert (
        desk.post("bureau", f"{page}/return", page, reason="口径有误", deadline="2026-04-09T18:00").status_code == 303
    )
    mine = desk.client("other").get("/unit").text
    assert "口径有误" in mine and "2026-04-09 18:00" in mine
    again = desk.post("bureau", f"{page}/return", page, reason="再退一次", deadline="2026-04-09T18:00")
    assert again.status_code == 409


def test_calls_are_logged_under_the_name_of_the_account(desk: Any) -> None:
    before = desk.now[0]
    desk.now[0] = AFTER_DUE
    fields = {"period": "2026-Q1", "unit": desk.units[2], "form": "unit_quarter", "action": "call", "spoke_to": "科长"}
    assert desk.post("bureau", "/desk/calls", "/accounts", **fields, answer="下午报").status_code == 303
    shown = desk.client("bureau").get("/desk/calls?period=2026-Q1")
    assert shown.status_code == 200 and "下午报" in shown.text and "bureau 一" in shown.text
    wrong = desk.post("bureau", "/desk/calls", "/accounts", **{**fields, "action": "nothing"}, answer="x")
    assert wrong.status_code == 422
    snooze = {**fields, "action": "snooze", "reason": "台风", "until": "soon"}
    assert desk.post("bureau", "/desk/calls", "/accounts", **snooze).status_code == 400
    desk.now[0] = before


def test_what_nobody_chose_is_said(desk: Any) -> None:
    assert desk.post("bureau", "/desk/explanations", "/accounts", decision="accepted").status_code == 400
    assert desk.post("bureau", "/desk/explanations", "/accounts", decision="perhaps").status_code == 422
    assert desk.post("bureau", "/operation/outbox", "/accounts").status_code == 409


def test_a_month_that_cannot_close_says_why(desk: Any) -> None:
    answer = desk.post("bureau", "/ranking/2026-Q1/close", "/accounts")
    assert answer.status_code == 409 and "不能关账" in answer.text
    assert desk.post("bureau", "/ranking/nonsense/close", "/accounts").status_code == 404


def test_who_may_not_sign_a_role_does_not(desk: Any) -> None:
    fields = {"role": "statistics", "edition": "2026-Q1-e1", "content_hash": "x", "decision": "approved"}
    assert desk.post("dispatch", "/ranking/2026-Q1/sign", "/ranking", **fields).status_code == 403
    assert desk.post("bureau", "/ranking/2026-Q1/sign", "/accounts", **{**fields, "role": "king"}).status_code == 403
    unclear = desk.post("bureau", "/ranking/2026-Q1/sign", "/accounts", **{**fields, "decision": "perhaps"})
    assert unclear.status_code == 422
    unknown = desk.post("bureau", "/ranking/2026-Q1/sign", "/accounts", **{**fields, "decision": "returned"})
    assert unknown.status_code == 400 and "没有版次 2026-Q1-e1" in unknown.text


def test_the_installation(desk: Any) -> None:
    page = desk.client("engineer").get("/operation/sources").text
    assert "inbox" in page and "数据库结构" in page and HEAD in page
    rules = desk.client("engineer").get("/operation/rules?period=2026-Q1").text
    assert "C01" in rules and "1100" not in rules
    figures = desk.client("engineer").get("/metrics").text
    assert 'saima_forms{period="2026-Q1",state="received"} 2.0' in figures
    assert 'saima_findings{period="2026-Q1",rule="C01"} 1.0' in figures


def test_dispatch_without_returns_says_so(desk: Any) -> None:
    answer = desk.client("dispatch").get("/dispatch")
    assert answer.status_code == 409 and "还没有调度月报" in answer.text
    kinds = desk.client("dispatch").get("/dispatch/decisions?kind=exemption").text
    assert "依据文件文号" in kinds and "到期日" in kinds
    refused = desk.post("dispatch", "/dispatch/decisions", "/dispatch/decisions?kind=notice", kind="nothing")
    assert refused.status_code == 422


def test_instants_are_printed_in_the_time_of_the_programme(desk: Any) -> None:
    """Half past five in the afternoon of Greenwich is the next day in Shanghai: decisions and accounts."""
    from datetime import UTC, date, datetime

    from typer.testing import CliRunner

    from pipelines.cli.app import app as commands
    from pipelines.flow.dispatch.documents_of import decisions_document
    from pipelines.flow.dispatch.print_tables import print_tables
    from pipelines.flow.portal import accounts
    from pipelines.model.dispatch_decisions import DispatchDecision

    context, at = desk.state.context, datetime(2026, 4, 1, 17, 30, tzinfo=UTC)
    decision = DispatchDecision("exemption", "P-ZONE", "经信局", at, date(2026, 4, 2), document="文〔2026〕1号")
    context.warehouse.decisions.record(lambda _: [decision])
    document = decisions_document(context, at, "P-ZONE")
    assert document.model_dump(mode="json")["decisions"][0]["recorded_at"] == "2026-04-02T01:30:00+08:00"
    assert print_tables(document, {})[0].rows[0][0] == "2026-04-02 01:30"
    accounts.add_account(context, "zone", "某人", "viewer", None, "all", "setup", at, desk.password, False)
    accounts.sign_in(context, "zone", desk.password, at)
    home = str(desk.state.settings.home)
    listed = CliRunner().invoke(commands, ["users", "list", "--home", home], env={"COLUMNS": "200"}).output
    assert "2026-04-02 01:30" in listed and "17:30" not in listed


def test_the_doctor_names_the_remedy_of_a_calendar_that_is_provisional(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from pipelines.flow.portal.doctor import examine
    from pipelines.flow.runtime.context import open_context
    from pipelines.settings import Settings

    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    checks = {c.check: c for c in examine(context.settings, context, datetime(2026, 11, 29, tzinfo=UTC)).checks}
    found = checks["calendar_provisional"]
    assert found.outcome == "warning" and "workdays.csv" in found.remedy and "saima alerts" not in found.remedy


def test_the_doctor_finds_what_is_wrong(desk: Any) -> None:
    from datetime import timedelta

    from pipelines.flow.portal.doctor import examine

    context, settings = desk.state.context, desk.state.settings
    fine = {c.check: c.outcome for c in examine(settings, context, desk.now[0]).checks}
    assert fine["database"] == fine["migrations"] == fine["clock"] == fine["pool"] == "ok"
    assert fine["channels"] == "warning", "the programme sends nothing"
    earlier = examine(settings, context, desk.now[0] - timedelta(days=1))
    clock = next(c for c in earlier.checks if c.check == "clock")
    assert "+00:00" not in clock.en and clock.en[6:16] == clock.zh[3:13], "both in the time of the programme"
    assert not earlier.ok and clock.outcome == "failed" and "NTP" in clock.remedy
    settings.home.chmod(0o705)
    try:
        opened = {c.check: c for c in examine(settings, context, desk.now[0]).checks}
    finally:
        settings.home.chmod(0o700)
    assert opened["permissions"].outcome == "warning" and "chmod" in opened["permissions"].remedy


def test_a_last_period_or_day_that_is_none_is_said(desk: Any) -> None:
    page = f"/desk/submissions/{desk.wrong_version}"
    fields = {"rule": "C09", "row": "4", "reason": "确认无误的豁免", "until": "soon"}
    waived = desk.post("bureau", f"{page}/waive", page, **fields)
    assert waived.status_code == 400 and "不是报告期：soon" in waived.text and "2022-06" in waived.text
    settled = desk.post(
        "bureau", "/desk/explanations", page, decision="accepted", explanation="e1", until="2026-13", remark=""
    )
    assert settled.status_code == 400 and "不是报告期：2026-13" in settled.text
    decided = desk.post(
        "dispatch",
        "/dispatch/decisions",
        "/dispatch/decisions?kind=exemption",
        kind="exemption",
        subject="x",
        ends="2026-02-30",
    )
    assert decided.status_code == 400 and "不是日期：2026-02-30" in decided.text


@pytest.mark.parametrize("row", ["四", "x", "-1", "9" * 40, "²"])
def test_what_is_no_number_of_a_row_means_no_row(desk: Any, row: str) -> None:
    """A form without a number is about the whole file: a slip of the pen must not be."""
    page = f"/desk/submissions/{desk.wrong_version}"
    waived = desk.post("bureau", f"{page}/waive", page, rule="C01", row=row, reason="确认无误的豁免")
    assert waived.status_code == 409 and "不是行号" in waived.text
    own = f"/unit/submissions/{desk.wrong_version}"
    told = desk.post("unit", f"{own}/explain", own, rule="C01", row=row, reason="其他", text="已与企业核对，数据无误")
    assert told.status_code == 409 and "不是行号" in told.text


def test_a_last_period_is_of_the_kind_of_the_return(desk: Any) -> None:
    page = f"/desk/submissions/{desk.wrong_version}"
    fields = {"rule": "C01", "row": "4", "reason": "确认无误的豁免", "until": "2026-12"}
    waived = desk.post("bureau", f"{page}/waive", page, **fields)
    assert waived.status_code == 400 and "不是同一种" in waived.text and "2022-Q2" in waived.text


def test_a_month_is_chosen_and_not_typed(desk: Any) -> None:
    pages = ("/desk", "/desk/queries", "/desk/calls", "/desk/waivers", "/ranking", "/operation/rules", "/unit")
    for path in pages:
        who = "unit" if path == "/unit" else "bureau"
        page = desk.client(who).get(f"{path}?period=2026-Q1").text
        assert "<option selected>2026-Q1</option>" in page and '<input name="period"' not in page, path
    older = desk.client("bureau").get("/desk/queries?period=2025-Q4").text
    assert "<option selected>2025-Q4</option>" in older, "a period of an address is among them, opened or not"
    assert 'href="/desk/queries?period=2026-Q1" rel="next"' in older
    assert "2026-Q1 的报表" in desk.client("unit").get("/unit?period=2026-Q1").text
    assert "这一期没有报表" in desk.client("unit").get("/unit?period=2019-Q1").text
